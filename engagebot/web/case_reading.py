"""What is read of a case before it is shown, in a page, as JSON or in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engagebot.domain.casework.case_marks import CaseMark, MarkKind, marks_of
from engagebot.domain.casework.contacts import Channel, Contact, Effort, effort_of
from engagebot.domain.casework.remedies import Cause, Ending, Reached, Stayed, Suggestion, suggestions
from engagebot.domain.casework.tickets import CaseTicket
from engagebot.domain.casework.timeline import Entry, Place
from engagebot.domain.outbox import DRAFT_OPEN
from engagebot.domain.records import CaseRecord, DeliveryRecord, DraftRecord, Event, MentionRecord
from engagebot.errors import WrongUsage
from engagebot.store import audit
from engagebot.store.casework import cases, clocks, remedies, tickets
from engagebot.store.casework.clocks import ClockRecord
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions, readings
from engagebot.store.paging import Key, read_cursor, write_cursor
from engagebot.store.persons import contacts
from engagebot.store.replying import drafts
from engagebot.web.desk.handover import named


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case with all that is known of it; `heard` and `elsewhere` are oldest first.

    `wanted` are the requests for tickets by system, as far as no ticket of that system is linked.
    """

    case: CaseRecord
    heard: tuple[MentionRecord, ...]
    elsewhere: tuple[Contact, ...]
    effort: Effort
    marks: tuple[CaseMark, ...]
    suggestions: tuple[Suggestion, ...]
    tickets: tuple[CaseTicket, ...]
    wanted: Mapping[str, DeliveryRecord]
    follow_up: ClockRecord | None

    @property
    def may_leave(self) -> bool:
        """Whether the customer spoke of leaving."""
        return any(mark.kind is MarkKind.MAY_LEAVE for mark in self.marks)


def read_case(tx: Tx, case_id: int, now: datetime) -> CaseView:
    """Read a case.

    Raises:
        NotFound: there is none with this id.
    """
    case = cases.get(tx, case_id)
    heard = sorted(
        mentions.get_many(tx, case.mention_ids).values(), key=lambda record: record.mention.posted_at
    )
    linked = tickets.of_case(tx, case_id)
    asked = tickets.wanted(tx, case_id)
    for each in linked:
        asked.pop(each.system, None)
    return CaseView(
        case=case,
        heard=tuple(heard),
        elsewhere=tuple(contacts.of_case(tx, case_id)),
        effort=effort_of(case, now),
        marks=marks_of(case, heard, readings.growth_of(tx, case.mention_ids)),
        suggestions=tuple(suggestions(remedies.tried_before(tx, case))),
        tickets=tuple(linked),
        wanted=asked,
        follow_up=clocks.follow_up(tx, case_id),
    )


def ending(
    *,
    outcome: str | None,
    remedy: str | None,
    cause: str | None,
    was_reached: str | None,
    stayed: str | None = None,
) -> Ending:
    """How a case ended, out of what a form or a request says; what is empty was not said.

    Raises:
        WrongUsage: a word is none of ours.
    """
    return Ending(
        outcome=(outcome or "").strip() or None,
        remedy=" ".join((remedy or "").split()) or None,
        cause=Cause(named("cause", cause, list(Cause))) if cause else None,
        was_reached=Reached(named("reached", was_reached, list(Reached))) if was_reached else None,
        stayed=Stayed(named("stayed", stayed, list(Stayed))) if stayed else None,
    )


def minutes_of(written: str) -> int | None:
    """How many minutes somebody wrote; `None` for none.

    Raises:
        WrongUsage: that is no number.
    """
    said = written.strip()
    if said and not (said.isdecimal() and len(said) < 6):
        raise WrongUsage(f"minutes: {said[:20]!r} is not a number of minutes", field="minutes")
    return int(said) if said else None


def answered_of(written: str) -> bool | None:
    """Whether one of us answered, by the choice in a form; `None` where nothing was chosen.

    Raises:
        WrongUsage: that is no such choice.
    """
    if written not in ("", "yes", "no"):
        raise WrongUsage(f"answered: {written[:20]!r} is neither yes nor no", field="answered")
    return written == "yes" if written else None


def channel_of(name: str) -> Channel:
    """A channel by its name.

    Raises:
        WrongUsage: there is none.
    """
    return Channel(named("channel", name, list(Channel)))


def place_of(cursor: str | None) -> Place | None:
    """The place in a timeline that `cursor_of` wrote down.

    Raises:
        WrongUsage: it is not one of ours.
    """
    if not cursor:
        return None
    rank, _, key = cursor.partition(".")
    if not (rank.isdigit() and len(rank) == 1):
        raise WrongUsage(f"{cursor[:40]!r} is not a cursor; use the one that the list before this gave")
    found = read_cursor(key)
    return Place(found.at, int(rank), found.row_id)


def cursor_of(place: Place | None) -> str | None:
    """A place in a timeline, as a link may carry it."""
    return None if place is None else f"{place.rank}.{write_cursor(Key(place.at, place.id))}"


def entry_row(entry: Entry) -> Mapping[str, object]:
    """One entry of a timeline as it is handed out."""
    return {
        "at": entry.at.isoformat(),
        "kind": entry.kind.value,
        "channel": entry.channel,
        "actor": entry.actor.value,
        "by": entry.by,
        "theirs": entry.is_theirs,
        "action": entry.action,
        "minutes": entry.minutes,
        "text": entry.text,
        "detail": dict(entry.detail),
        "mention_id": entry.mention_id,
        "draft_id": entry.draft_id,
    }


@dataclass(frozen=True, slots=True)
class Proposed:
    """A reply that somebody proposed in a case and that is on its way: whose it is, and since when.

    Where its words are no longer those that were proposed, `worded_by` gave it the present ones.
    """

    draft: DraftRecord
    by: str
    at: datetime
    worded_by: str | None


def proposed_by(tx: Tx, history: Sequence[Event]) -> list[Proposed]:
    """The replies that people proposed in a case, until they have left or were turned down."""
    told = [event for event in history if event.action == "case.suggested"]
    found = ((drafts.get(tx, event.detail["draft"]), event) for event in told[-3:])
    return [
        Proposed(draft, event.actor, event.at, _worded_by(tx, draft))
        for draft, event in found
        if draft.state in DRAFT_OPEN
    ]


def _worded_by(tx: Tx, draft: DraftRecord) -> str | None:
    present = drafts.text_hash(draft.text)
    given = [event for event in audit.of(tx, f"draft:{draft.id}") if event.detail.get("text_hash") == present]
    return given[0].actor if given and given[0].action != "draft.proposed" else None


def latest_of(records: Iterable[MentionRecord]) -> MentionRecord | None:
    """What was said last."""
    return max(records, key=lambda record: (record.mention.posted_at, record.id), default=None)
