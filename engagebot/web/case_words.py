"""The words of a case: channels, marks, lanes, how it ended."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from engagebot.domain.casework.case_marks import MarkKind
from engagebot.domain.casework.clocks import ClockKind
from engagebot.domain.casework.contacts import Channel
from engagebot.domain.casework.remedies import Cause, Reached, Stayed
from engagebot.domain.casework.timeline import MACHINE, Actor, Entry, Kind
from engagebot.domain.outbox import CaseState, DeliveryState, DraftState
from engagebot.domain.records import CaseRecord, DeliveryRecord, DraftRecord, Event
from engagebot.domain.roles import Person
from engagebot.store.casework.case_lists import Lane
from engagebot.web.stands import Stands
from engagebot.web.wording import DELIVERIES, DRAFT_STATES, Word, counted, sentence

_CHANNELS: Final = {
    Channel.PHONE.value: Word("phone", "☎", "plain"),
    Channel.CHAT.value: Word("chat", "❝", "plain"),
    Channel.SHOP.value: Word("shop", "⌂", "plain"),
    Channel.EMAIL.value: Word("e-mail", "✉", "plain"),
    Channel.DIRECT_MESSAGE.value: Word("direct message", "➤", "plain"),
    Channel.POST.value: Word("time for their posts", "◷", "plain"),
    "note": Word("note", "✎", "plain"),
    "deed": Word("what was done", "→", "plain"),
    "news": Word("who was told", "⚑", "plain"),
}
LOGGED: Final = tuple((channel.value, _CHANNELS[channel.value].text) for channel in Channel)
ANSWERED: Final = (("yes", "Yes, it was our answer"), ("no", "No, they still wait"))
USUALLY_ANSWERED: Final = (
    "An answer there ends the wait for our reply. As usual: yes by phone, in a chat or a shop, and where we "
    "went to them; no by e-mail and direct message."
)
MARKS: Final = {
    MarkKind.TENDER_TOPIC: ("!", "bad"),
    MarkKind.LAST_PLEA: ("!!", "bad"),
    MarkKind.LOOKED_FIXED: ("↺", "bad"),
    MarkKind.MAY_LEAVE: ("⇥", "bad"),
    MarkKind.FEELS_CHEATED: ("✕", "bad"),
    MarkKind.ASKED_BEFORE: ("⟳", "warn"),
    MarkKind.ASKS_FOR_HUMAN: ("☺", "warn"),
    MarkKind.SPREADS: ("⇶", "warn"),
}
LANES: Final[Mapping[Lane, str]] = {
    Lane.OPEN: "All open",
    Lane.MINE: "Mine",
    Lane.NOBODY: "Nobody has it",
    Lane.LATE: "Late",
    Lane.STALE: "Stale",
    Lane.SILENT: "Silent",
    Lane.RESTING: "Waiting or snoozed",
}
LANE_HINTS: Final[Mapping[Lane, str]] = {
    Lane.STALE: "Open for more than 14 days, or nothing done for 7, however punctual each reply was.",
    Lane.SILENT: "We have said nothing to them for too long.",
    Lane.LATE: "A promise to them is broken.",
}
CAUSES: Final = {
    Cause.OURS: "ours",
    Cause.THIRD_PARTY: "somebody else's",
    Cause.THEIRS: "theirs",
    Cause.UNKNOWN: "nobody knows",
}
STAYED: Final = {Stayed.STAYED: "they stayed", Stayed.LEFT: "they left", Stayed.UNKNOWN: "nobody knows"}
REACHED: Final = {Reached.REACHED: "yes", Reached.PARTLY: "partly", Reached.NO: "no"}
OUTCOMES: Final = ("fixed", "refunded", "explained", "no answer", "not us")
CLOCKS: Final = {
    ClockKind.FIRST_REPLY: "first reply",
    ClockKind.NEXT_REPLY: "next reply",
    ClockKind.RESOLUTION: "resolution",
    ClockKind.FOLLOW_UP: "follow-up",
}
ACTORS: Final = {Actor.HUMAN: "", Actor.RULE: "rule", Actor.SYSTEM: "machine"}


_ENDED: Final = frozenset({CaseState.RESOLVED, CaseState.CLOSED})
_AFTER_THE_END: Final = frozenset({"ending", "reopen", "close", "resolve"})
_MOVES: Final = frozenset({"ack", "unack", "wait", "snooze", "resolve", "close", "reopen"})
_MOVED: Final = {
    CaseState.NEW: "gave this case back to the team",
    CaseState.ACKNOWLEDGED: "acknowledged this case",
    CaseState.WAITING: "let this case wait for the customer",
    CaseState.SNOOZED: "snoozed this case",
    CaseState.RESOLVED: "resolved this case",
    CaseState.CLOSED: "closed this case",
    CaseState.REOPENED: "opened this case again",
}


class Refusal(NamedTuple):
    """Why something could not be done, in words with a moment between them."""

    said: str
    at: datetime | None = None
    after: str = ""


def channel(name: str) -> Word:
    """A channel in a word with its sign; a platform goes by its name."""
    return _CHANNELS.get(name) or Word(name, "¶", "plain")


def noted_by(name: str) -> str:
    """Who wrote a contact down: a person, or somebody with a link."""
    # Nobody signs in behind a link to go on elsewhere; what is known is who made it.
    made = re.fullmatch(r"link \d+ by (.+)", name)
    return f"whoever had {made[1]}'s link" if made else name


def who(entry: Entry) -> str:
    """Who is behind an entry of the timeline."""
    by = noted_by(entry.by)
    if entry.kind is Kind.CONTACT:
        return f"{'They' if entry.is_theirs else 'We'}, noted by {by}"
    if entry.actor is Actor.RULE:
        return f"rule {entry.by.partition(':')[2]}"
    return by


def answer(entry: Entry) -> str:
    """Whether one of us spoke with them at a contact elsewhere."""
    spoke = bool(entry.detail.get("answered"))
    if entry.is_theirs:
        return "answered there" if spoke else "not answered there"
    return "spoke with them" if spoke else "not reached"


def refusal(stands: Stands, case: CaseRecord, history: Sequence[Event], me: Person) -> Refusal:
    """Why something could not be done; where others moved the case meanwhile, who did, and when."""
    plain = Refusal(sentence(stands.said)) if stands.said else Refusal("")
    moved = next((event for event in reversed(history) if event.detail.get("to") == case.state.value), None)
    if not stands.is_late or moved is None:
        return plain
    if (case.state not in _ENDED and stands.form not in _MOVES) or moved.actor == MACHINE:
        return plain
    who = "You" if moved.actor == me.name else moved.actor
    if stands.form == "ack" and case.state is CaseState.ACKNOWLEDGED:
        holder = case.assignee or case.acknowledged_by or moved.actor
        has = "You look" if holder == me.name else f"{holder} looks"
        return Refusal(f"{has} after this case already, since", case.acknowledged_at or moved.at)
    is_over = case.state in _ENDED and stands.form not in _AFTER_THE_END
    after = "What you asked for was not done" + ("; reopen the case first." if is_over else ".")
    return Refusal(f"{who} {_MOVED[case.state]} on", moved.at, after)


def on_its_way(draft: DraftRecord) -> str:
    """Where a reply is that somebody proposed; `since` a moment follows."""
    if draft.state is DraftState.PROPOSED:
        return "waits for review"
    if draft.state is DraftState.BY_HAND:
        return f"was approved by {draft.approved_by} and waits to be posted by hand,"
    return f"is on its way ({DRAFT_STATES[draft.state].text}),"


def asked(request: DeliveryRecord) -> str:
    """How a request for a ticket stands."""
    if request.state is DeliveryState.DELIVERED:
        return "that system has the request."
    if request.state is DeliveryState.DEAD:
        return "that system did not take it, and it was given up."
    if request.last_error is not None:
        return "that system has not taken it yet, and is asked again."
    return f"it {DELIVERIES[request.state]}."


def lanes_in_words(counts: Mapping[Lane, int]) -> str:
    """`12 open: 3 late, 4 that nobody has, 2 stale`."""
    if not counts[Lane.OPEN]:
        return "Nobody is waiting."
    parts = (
        (Lane.LATE, "late"), (Lane.NOBODY, "that nobody has"), (Lane.SILENT, "silent"),
        (Lane.STALE, "stale"), (Lane.RESTING, "waiting for them or snoozed"),
    )  # fmt: skip
    said = [f"{counts[lane]:,} {word}" for lane, word in parts if counts[lane]]
    opened = counted(counts[Lane.OPEN], "open case")
    return f"{opened}: {', '.join(said)}." if said else f"{opened}."
