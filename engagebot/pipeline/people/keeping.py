"""Keeping a customer's record: notes, tags and marks, each move with its line in the audit.

The audit never forgets, so it holds that a note or a tag was written and never its words: those can be
forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from engagebot.domain.persons.customers import (
    LONGEST_BASIS,
    LONGEST_NOTE,
    CustomerNote,
    Mark,
    NewNote,
    NoteKind,
    tag_of,
    way_of,
)
from engagebot.domain.persons.tenure import since_of
from engagebot.domain.records import CustomerRecord
from engagebot.domain.roles import Act
from engagebot.errors import IllegalMove, WrongUsage
from engagebot.pipeline.people.audited import known, noted
from engagebot.pipeline.people.linking import unlink_all
from engagebot.store.casework import clocks
from engagebot.store.engine import Tx
from engagebot.store.persons import customers, people
from engagebot.store.replying import drafts

Lint = Callable[[str], None]
"""Raises `WrongUsage` where words hold a trait that is not kept about people."""
WHY_STAFF = "this is one of our own people"


def note(tx: Tx, customer_id: int, act: Act, new: NewNote, lint: Lint) -> CustomerNote:
    """Write a note; a wish takes the place of an earlier one about the same, be it the contrary.

    Raises:
        WrongUsage: it is empty, too long, holds a sensitive trait, or does not say how we know.
        IllegalMove: the customer was forgotten.
    """
    new = _checked(new, lint)
    known(tx, customer_id)
    for other in people.notes(tx, [customer_id], standing=True) if new.kind.is_wish else ():
        if other.kind.is_wish and other.text == new.text:
            _end(tx, other, act)
    if new.kind is NoteKind.NOT_LINKED:
        unlink_all(tx, customer_id, act)
    return _write(tx, customer_id, act, new, "noted")


class Words(NamedTuple):
    """The words of a note, and how we know."""

    text: str
    basis: str | None = None


def edit_note(tx: Tx, which: tuple[int, int], act: Act, words: Words, lint: Lint) -> CustomerNote:
    """Put other words in place of those of a note, by customer and id; the old ones stay in its history.

    Raises:
        NotFound: this customer has no such note.
        WrongUsage: the new words cannot be kept.
        IllegalMove: the note stands no more.
    """
    customer_id, note_id = which
    old = people.note(tx, customer_id, note_id)
    given = _checked(NewNote(kind=old.kind, text=words.text, basis=words.basis), lint)
    if (given.text, given.basis) == (old.text, old.basis) and old.is_standing:
        return old
    if not people.end_note(tx, note_id, act):
        raise IllegalMove(f"note {note_id} was ended or edited already")
    return _write(tx, customer_id, act, given, "note_changed", before=note_id)


def end_note(tx: Tx, which: tuple[int, int], act: Act) -> CustomerNote:
    """Let a note stand no more, by customer and id; it stays in the history.

    Raises:
        NotFound: this customer has no such note.
    """
    _end(tx, people.note(tx, *which), act)
    return people.note(tx, *which)


def tag(tx: Tx, customer_id: int, act: Act, name: str, lint: Lint) -> str:
    """Put a tag on somebody; answer it as it is kept.

    Raises:
        WrongUsage: it is no tag, or names a sensitive trait.
        IllegalMove: the customer was forgotten.
    """
    lint(name.replace("-", " "))
    kept = tag_of(name)
    known(tx, customer_id)
    if people.tag(tx, customer_id, kept, act):
        noted(tx, customer_id, act, "tagged")
    return kept


def untag(tx: Tx, customer_id: int, act: Act, name: str) -> bool:
    """Take a tag off somebody; false when it was not there."""
    kept = tag_of(name)
    customers.get(tx, customer_id)
    if not people.untag(tx, customer_id, kept):
        return False
    noted(tx, customer_id, act, "untagged")
    return True


def set_since(tx: Tx, customer_id: int, act: Act, since: str | None) -> bool:
    """Note since when somebody is a customer, or with `None` that nobody knows; false where it stood so.

    Raises:
        WrongUsage: it is no date of the past.
        IllegalMove: the customer was forgotten.
    """
    kept = None if since is None else since_of(since, act.at.date())
    known(tx, customer_id)
    if not people.set_tenure(tx, customer_id, kept, act):
        return False
    noted(tx, customer_id, act, "since_noted" if kept else "since_removed")
    return True


def set_vip(tx: Tx, customer_id: int, act: Act, *, is_vip: bool) -> CustomerRecord:
    """Say that somebody matters, or that they do not any more; rules and the desk take heed of it.

    Raises:
        IllegalMove: the customer was forgotten.
    """
    if bool(known(tx, customer_id).is_vip) is not is_vip:
        customers.set_marks(tx, customer_id, is_vip=is_vip)
        clocks.look_again(tx, act.at, customer_id=customer_id)
        noted(tx, customer_id, act, "made_vip" if is_vip else "made_no_vip")
    return customers.get(tx, customer_id)


def mark(tx: Tx, customer_id: int, act: Act, whose: Mark | None) -> CustomerRecord:
    """Say whose account it is, or `None`: a customer's like any other. Our own people get no drafts.

    Raises:
        IllegalMove: the customer was forgotten.
    """
    before = known(tx, customer_id).mark
    if before is whose:
        return customers.get(tx, customer_id)
    customers.set_marks(tx, customer_id, mark=whose, unmark=whose is None)
    detail: dict[str, object] = {"mark": (whose or before or Mark.STAFF).value}
    if whose is Mark.STAFF:
        detail["drafts_withdrawn"] = drafts.withdraw_waiting(
            tx, [customer_id], at=act.at, actor=act.by.name, reason=WHY_STAFF
        )
    noted(tx, customer_id, act, "marked" if whose else "unmarked", **detail)
    return customers.get(tx, customer_id)


def _checked(new: NewNote, lint: Lint) -> NewNote:
    text, basis = new.text.strip(), (new.basis or "").strip()
    if new.kind is NoteKind.NOT_LINKED:
        text = text or "does not want their accounts linked"
    if not text:
        raise WrongUsage("the note is empty")
    if len(text) > LONGEST_NOTE or len(basis) > LONGEST_BASIS:
        raise WrongUsage(
            f"a note has up to {LONGEST_NOTE:,} characters, and how we know up to {LONGEST_BASIS}"
        )
    if new.kind is not NoteKind.NOTE and not basis:
        raise WrongUsage("say how we know: when and in which words they told us themselves", field="basis")
    for words in (text, basis):
        lint(words)
    if new.kind.is_about_channel:
        text = way_of(text).value
    return NewNote(kind=new.kind, text=text, basis=basis or None)


def _write(tx: Tx, customer_id: int, act: Act, new: NewNote, done: str, **detail: object) -> CustomerNote:
    note_id = people.add_note(tx, customer_id, new, act)
    noted(tx, customer_id, act, done, kind=new.kind.value, note=note_id, **detail)
    return people.note(tx, customer_id, note_id)


def _end(tx: Tx, old: CustomerNote, act: Act) -> bool:
    if not people.end_note(tx, old.id, act):
        return False
    noted(tx, old.customer_id, act, "note_ended", kind=old.kind.value, note=old.id)
    return True
