"""The words of a case: channels, marks, lanes, how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engagebot.domain.case_marks import MarkKind
from engagebot.domain.clocks import ClockKind
from engagebot.domain.contacts import Channel
from engagebot.domain.outbox import DeliveryState
from engagebot.domain.records import DeliveryRecord
from engagebot.domain.remedies import Cause, Reached, Stayed
from engagebot.domain.timeline import Actor, Entry, Kind
from engagebot.store.case_lists import Lane
from engagebot.web.wording import DELIVERIES, Word, counted, deed

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
MARKS: Final = {
    MarkKind.TENDER_TOPIC: ("!", "bad"),
    MarkKind.LAST_PLEA: ("!!", "bad"),
    MarkKind.LOOKED_FIXED: ("↺", "bad"),
    MarkKind.MAY_LEAVE: ("⇥", "bad"),
    MarkKind.FEELS_CHEATED: ("✕", "bad"),
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


def channel(name: str) -> Word:
    """A channel in a word with its sign; a platform goes by its name."""
    return _CHANNELS.get(name) or Word(name, "¶", "plain")


def who(entry: Entry) -> str:
    """Who is behind an entry of the timeline."""
    if entry.kind is Kind.CONTACT:
        return f"{'They' if entry.is_theirs else 'We'}, noted by {entry.by}"
    if entry.actor is Actor.RULE:
        return f"rule {entry.by.partition(':')[2]}"
    return entry.by


def happened(entry: Entry) -> str:
    """What an entry says that has no words of its own."""
    if entry.kind is Kind.NEWS:
        state = next((text for known, text in DELIVERIES.items() if known.value == entry.action), "")
        return f"{entry.text}: {state}"
    return deed(entry.action or "")


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
