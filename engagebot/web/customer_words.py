"""The words of a customer's record: kinds of notes, whose an account is, how a case went, what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from engagebot.domain.persons.customers import Basis, Mark, NoteKind, Way
from engagebot.domain.persons.recovery import Course, Recovery
from engagebot.domain.records import Event
from engagebot.pipeline.people.knowing import Known
from engagebot.pipeline.people.listing import Show
from engagebot.store.persons.talks import Said
from engagebot.web.case_story import Piece, pieces, theirs
from engagebot.web.case_story import Said as Line
from engagebot.web.case_words import noted_by as noted_by
from engagebot.web.wording import Word, counted, deed, details

NOTE_KINDS = {
    NoteKind.NOTE: "note",
    NoteKind.CARES_ABOUT: "cares about",
    NoteKind.AVOID: "avoid",
    NoteKind.LIKES_CHANNEL: "likes",
    NoteKind.DISLIKES_CHANNEL: "does not want",
    NoteKind.NOT_LINKED: "no links",
}
WRITTEN = tuple((kind, NOTE_KINDS[kind]) for kind in (NoteKind.NOTE, NoteKind.CARES_ABOUT, NoteKind.AVOID))
WAYS = {way: way.words for way in Way}
MARKS = {
    Mark.STAFF: Word("one of our own people: no drafts", "⌂", "plain"),
    Mark.PRESS: Word("press", "¶", "warn"),
}
MARKS_SHORT = {Mark.STAFF: Word("staff", "⌂", "plain"), Mark.PRESS: Word("press", "¶", "warn")}
VIP_SHORT = Word("VIP", "★", "warn")
SHOWN = {
    Show.ALL: "All",
    Show.AT_RISK: "At risk",
    Show.VIP: "VIP",
    Show.PRESS: "Press",
    Show.STAFF: "Our own people",
}
VIP = Word("VIP: a person answers", "★", "warn")
RECOVERIES = {
    Recovery.RECOVERED: Word("recovered", "▲", "good"),
    Recovery.BETTER: Word("better", "↗", "good"),
    Recovery.SAME: Word("the same", "→", "plain"),
    Recovery.WORSE: Word("worse", "↘", "bad"),
    Recovery.NO_ANSWER: Word("no word since we answered", "…", "plain"),
}
STILL_UNHAPPY = Word("closed, still unhappy", "▼", "bad")
_ELSEWHERE = {"email": "e-mail", "direct_message": "direct message", "post": "posts"}


def course(of: Course) -> Word | None:
    """How a case went, in a word; `None` where nobody can tell yet."""
    if of.is_still_unhappy:
        return STILL_UNHAPPY
    return RECOVERIES[of.recovery] if of.recovery is not None else None


def note_text(kind: NoteKind, text: str) -> str:
    """A note's own words; a channel by its name."""
    return Way(text).words if kind.is_about_channel else text


def said_by(said: Said) -> str:
    """Who said something, and where."""
    if said.elsewhere is not None:
        where = _ELSEWHERE.get(said.channel, said.channel.replace("_", " "))
        minutes = f", {said.elsewhere.minutes} min" if said.elsewhere.minutes else ""
        return f"{'They' if said.is_inbound else 'We'}, {where}{minutes}"
    if said.reply is not None:
        return f"We, {said.reply.approved_by or 'by hand'}"
    return "They"


def told(event: Event, known: Known) -> list[Piece]:
    """What somebody did to the record, as one would tell it after their name."""
    tell = _DONE.get(event.action)
    # What lacks a part of its story is told as it stands.
    if tell is not None and event.detail.keys() >= _NEEDED.get(event.action, frozenset()):
        return pieces(tell(event.detail, known))
    rest = ", ".join(f"{label} {value}" for label, value in details(event.detail))
    return pieces([deed(event.action), ": " if rest else None, theirs(rest)])


_NOTED: Final = {
    NoteKind.NOTE: "wrote a note",
    NoteKind.CARES_ABOUT: "noted what they care about",
    NoteKind.AVOID: "noted what to avoid",
    NoteKind.LIKES_CHANNEL: "noted a channel that they like",
    NoteKind.DISLIKES_CHANNEL: "noted a channel that they do not want",
    NoteKind.NOT_LINKED: "noted that they want no accounts linked",
}
_Tell = Callable[[Mapping[str, Any], Known], Line]


def _words(number: object, known: Known) -> Piece | None:
    """What a note says, as far as it is still kept."""
    return next((theirs(note_text(each.kind, each.text)) for each in known.notes if each.id == number), None)


def _noted(detail: Mapping[str, Any], known: Known) -> Line:
    kind = NoteKind(detail["kind"])
    words = None if kind is NoteKind.NOT_LINKED else _words(detail["note"], known)
    return [_NOTED[kind], ": " if words else None, words]


def _changed(detail: Mapping[str, Any], known: Known) -> Line:
    words, before = _words(detail["note"], known), _words(detail.get("before"), known)
    said: Line = ["changed a note", ": " if words else None, words]
    return [*said, " (before: ", before, ")"] if before and before != words else said


def _ended(detail: Mapping[str, Any], known: Known) -> Line:
    kind, words = NoteKind(detail["kind"]), _words(detail["note"], known)
    what = f"a wish of theirs: {NOTE_KINDS[kind]}" if kind.is_wish else "a note"
    return [f"ended {what}", (" " if kind.is_wish else ": ") if words else None, words]


def _account(number: object, known: Known) -> Piece:
    handle = next((f"@{each.handle}" for each in known.accounts if each.id == number), f"customer {number}")
    return Piece(handle, href=f"/customers/{number}", is_theirs=True)


def _linked(detail: Mapping[str, Any], known: Known) -> Line:
    return ["linked ", _account(detail["account"], known), f" with this one: {Basis(detail['basis']).words}"]


def _withdrawn(detail: Mapping[str, Any]) -> str | None:
    gone = detail.get("drafts_withdrawn")
    return f"; {counted(len(gone), 'reply', 'replies')} that waited will not leave" if gone else None


def _opted_out(detail: Mapping[str, Any], known: Known) -> Line:
    refused = detail.get("refused_draft")
    how: Line = [", in a post" if detail.get("said") else None]
    if refused:
        how = [": the platform took no ", Piece("reply", href=f"/queue?item={refused}")]
    return ["noted that they asked not to be written to", *how, _withdrawn(detail)]


def _marked(detail: Mapping[str, Any], known: Known) -> Line:
    whose = "one of our own people's" if detail["mark"] == Mark.STAFF else "the press's"
    return [f"said that the account is {whose}", _withdrawn(detail)]


def _forgotten(detail: Mapping[str, Any], known: Known) -> Line:
    counts = [counted(detail[each], each[:-1]) for each in ("mentions", "cases", "notes") if detail.get(each)]
    return ["forgot them", f": words and names of {', '.join(counts)}" if counts else None]


_NEEDED: Final[Mapping[str, frozenset[str]]] = {
    "customer.noted": frozenset({"kind", "note"}),
    "customer.note_changed": frozenset({"note"}),
    "customer.note_ended": frozenset({"kind", "note"}),
    "customer.linked": frozenset({"account", "basis"}),
    "customer.unlinked": frozenset({"account"}),
    "customer.marked": frozenset({"mark"}),
}
_DONE: Final[Mapping[str, _Tell]] = {
    "customer.noted": _noted,
    "customer.note_changed": _changed,
    "customer.note_ended": _ended,
    "customer.linked": _linked,
    "customer.unlinked": lambda detail, known: ["undid the link with ", _account(detail["account"], known)],
    "customer.opted_out": _opted_out,
    "customer.marked": _marked,
    "customer.unmarked": lambda detail, known: ["said that the account is a customer's"],
    "customer.exported": lambda detail, known: ["exported all that is kept of them"],
    "customer.forgotten": _forgotten,
}
