"""A customer's record beside what they said: notes with their history, tags, and links between accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.heard.removal import unquoted
from engagebot.domain.persons.customers import (
    Basis,
    CustomerLink,
    CustomerNote,
    CustomerTag,
    NewNote,
    NoteKind,
)
from engagebot.domain.persons.tenure import Tenure
from engagebot.domain.roles import Act
from engagebot.errors import NotFound
from engagebot.store.among import among
from engagebot.store.engine import Tx, count_changed, upsert
from engagebot.store.remembered import remembered
from engagebot.store.tables import customer_links, customer_notes, customer_tags, customer_tenures

_STANDS = customer_notes.c.ended_at.is_(None)
_HOLDS = customer_links.c.ended_at.is_(None)
_WISHES = [kind.value for kind in NoteKind if kind.is_wish]


def notes(tx: Tx, customer_ids: Collection[int], *, standing: bool = False) -> list[CustomerNote]:
    """What was noted about these accounts, newest first; `standing` leaves out what was ended or edited."""
    return list(_notes(tx, tuple(sorted(customer_ids)), standing))


@remembered
def _notes(tx: Tx, customer_ids: tuple[int, ...], standing: bool) -> tuple[CustomerNote, ...]:
    query = sa.select(customer_notes).where(among(tx, customer_notes.c.customer_id, customer_ids))
    if standing:
        query = query.where(_STANDS)
    return tuple(_note(row) for row in tx.execute(query.order_by(customer_notes.c.id.desc())).mappings())


def note(tx: Tx, customer_id: int, note_id: int) -> CustomerNote:
    """One note of a customer.

    Raises:
        NotFound: there is none with this id.
    """
    is_it = (customer_notes.c.id == note_id, customer_notes.c.customer_id == customer_id)
    row = tx.execute(sa.select(customer_notes).where(*is_it)).mappings().first()
    if row is None:
        raise NotFound(f"customer {customer_id} has no note {note_id}")
    return _note(row)


def add_note(tx: Tx, customer_id: int, new: NewNote, act: Act) -> int:
    """Write a note; answer its id."""
    values = {"kind": new.kind.value, "text": new.text, "basis": new.basis, **_written("noted", act)}
    statement = sa.insert(customer_notes).values(customer_id=customer_id, **values)
    note_id: int = tx.execute(statement.returning(customer_notes.c.id)).scalar_one()
    return note_id


def end_note(tx: Tx, note_id: int, act: Act) -> bool:
    """Let a note stand no more; false when that was so already."""
    is_it = (customer_notes.c.id == note_id, _STANDS)
    statement = sa.update(customer_notes).where(*is_it).values(**_written("ended", act))
    return count_changed(tx.execute(statement)) > 0


def tags(tx: Tx, customer_ids: Iterable[int]) -> dict[int, list[CustomerTag]]:
    """The tags of these accounts that have any, by name."""
    found: dict[int, list[CustomerTag]] = defaultdict(list)
    query = sa.select(customer_tags).where(among(tx, customer_tags.c.customer_id, customer_ids))
    for row in tx.execute(query.order_by(customer_tags.c.tag)).mappings():
        found[row["customer_id"]].append(CustomerTag(**row))
    return found


def known_tags(tx: Tx, *, limit: int = 200) -> list[str]:
    """The tags that are in use, by name."""
    query = sa.select(customer_tags.c.tag).distinct().order_by(customer_tags.c.tag).limit(limit)
    return list(tx.execute(query).scalars())


def tag(tx: Tx, customer_id: int, name: str, act: Act) -> bool:
    """Put a tag on somebody; false when it was there."""
    values = {"customer_id": customer_id, "tag": name, **_written("tagged", act)}
    statement = upsert(tx, customer_tags).values(**values).on_conflict_do_nothing()
    return tx.execute(statement.returning(customer_tags.c.tag)).scalar_one_or_none() is not None


def untag(tx: Tx, customer_id: int, name: str) -> bool:
    """Take a tag off somebody; false when it was not there."""
    is_it = (customer_tags.c.customer_id == customer_id, customer_tags.c.tag == name)
    return count_changed(tx.execute(sa.delete(customer_tags).where(*is_it))) > 0


def tenure(tx: Tx, customer_ids: Iterable[int]) -> Tenure | None:
    """Since when the person behind these accounts is a customer: the earliest that was noted."""
    query = sa.select(customer_tenures.c.since, customer_tenures.c.noted_by, customer_tenures.c.noted_at)
    query = query.where(among(tx, customer_tenures.c.customer_id, customer_ids))
    query = query.order_by(customer_tenures.c.since, customer_tenures.c.customer_id)
    row = tx.execute(query.limit(1)).first()
    return None if row is None else Tenure(*row)


def set_tenure(tx: Tx, customer_id: int, since: str | None, act: Act) -> bool:
    """Note since when somebody is a customer, or with `None` that nobody knows; false where it stood so."""
    is_it = customer_tenures.c.customer_id == customer_id
    before = tx.execute(sa.select(customer_tenures.c.since).where(is_it)).scalar_one_or_none()
    if before == since:
        return False
    tx.execute(sa.delete(customer_tenures).where(is_it))
    if since is not None:
        values = {"customer_id": customer_id, "since": since, **_written("noted", act)}
        tx.execute(sa.insert(customer_tenures).values(**values))
    return True


def links(tx: Tx, customer_ids: Iterable[int], *, standing: bool = False) -> list[CustomerLink]:
    """The links that these accounts have or had, newest first."""
    ids = sorted(set(customer_ids))
    ends = (customer_links.c.customer_id, customer_links.c.other_id)
    query = sa.select(customer_links).where(sa.or_(*(among(tx, end, ids) for end in ends)))
    if standing:
        query = query.where(_HOLDS)
    return [_link(row) for row in tx.execute(query.order_by(customer_links.c.id.desc())).mappings()]


def link(tx: Tx, ends: tuple[int, int], basis: Basis, reason: str, act: Act) -> int:
    """Say that two accounts are one person's; answer the link's id. Nothing is moved."""
    values = {"basis": basis.value, "reason": reason, **_written("linked", act)}
    statement = sa.insert(customer_links).values(customer_id=ends[0], other_id=ends[1], **values)
    link_id: int = tx.execute(statement.returning(customer_links.c.id)).scalar_one()
    return link_id


def unlink(tx: Tx, link_id: int, act: Act) -> bool:
    """Undo a link; false when that was so already."""
    is_it = (customer_links.c.id == link_id, _HOLDS)
    statement = sa.update(customer_links).where(*is_it).values(**_written("ended", act))
    return count_changed(tx.execute(statement)) > 0


def linked(tx: Tx, customer_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """The accounts of one person, for each of these accounts that has others; itself included."""
    groups: dict[int, set[int]] = {}
    edge = set(customer_ids)
    seen: set[int] = set()
    while edge:
        seen |= edge
        found = links(tx, edge, standing=True)
        for each in found:
            _join(groups, each.customer_id, each.other_id)
        edge = {end for each in found for end in (each.customer_id, each.other_id)} - seen
    return {who: tuple(sorted(groups[who])) for who in customer_ids if who in groups}


def _join(groups: dict[int, set[int]], one: int, other: int) -> None:
    together = groups.get(one, {one}) | groups.get(other, {other})
    for each in together:
        groups[each] = together


@remembered
def accounts_of(tx: Tx, customer_id: int) -> tuple[int, ...]:
    """All accounts of the person behind one, itself first."""
    others = linked(tx, [customer_id]).get(customer_id, ())
    return (customer_id, *(each for each in others if each != customer_id))


def forget(tx: Tx, customer_id: int) -> int:
    """Drop everything that people wrote about somebody; answer how many notes there were."""
    dropped = count_changed(
        tx.execute(sa.delete(customer_notes).where(customer_notes.c.customer_id == customer_id))
    )
    tx.execute(sa.delete(customer_tags).where(customer_tags.c.customer_id == customer_id))
    tx.execute(sa.delete(customer_tenures).where(customer_tenures.c.customer_id == customer_id))
    ends = (customer_links.c.customer_id == customer_id, customer_links.c.other_id == customer_id)
    tx.execute(sa.delete(customer_links).where(sa.or_(*ends)))
    return dropped


def unquote(tx: Tx, said: Iterable[tuple[int | None, str]]) -> None:
    """Take out of the notes about these customers what they said word for word and is kept no more."""
    by_customer: dict[int, list[str]] = defaultdict(list)
    for customer_id, words in said:
        if customer_id is not None:
            by_customer[customer_id].append(words)
    for each in notes(tx, by_customer) if by_customer else ():
        text, basis = each.text, each.basis
        for words in by_customer[each.customer_id]:
            text = unquoted(text, words)
            basis = unquoted(basis, words) if basis else basis
        if (text, basis) != (each.text, each.basis):
            is_it = customer_notes.c.id == each.id
            tx.execute(sa.update(customer_notes).where(is_it).values(text=text, basis=basis))


def expire(tx: Tx, before: datetime) -> int:
    """Drop notes that were written before then; a wish of theirs holds, without the words it came in."""
    is_old = customer_notes.c.noted_at < before
    is_wish = customer_notes.c.kind.in_(_WISHES)
    kept = (is_old, is_wish, _STANDS, customer_notes.c.basis != "")
    tx.execute(sa.update(customer_notes).where(*kept).values(basis=""))
    old = sa.delete(customer_notes).where(is_old, sa.or_(~is_wish, ~_STANDS))
    return count_changed(tx.execute(old))


def _written(what: str, act: Act) -> dict[str, Any]:
    return {f"{what}_by": act.by.name, f"{what}_at": act.at}


def _note(row: Mapping[Any, Any]) -> CustomerNote:
    return CustomerNote(**{**row, "kind": NoteKind(row["kind"])})


def _link(row: Mapping[Any, Any]) -> CustomerLink:
    return CustomerLink(**{**row, "basis": Basis(row["basis"])})
