"""The lanes of the review queue: which drafts stand in which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engagebot.domain.outbox import DraftState
from engagebot.domain.records import QueueItem, Slice
from engagebot.store import drafts
from engagebot.store.engine import Tx


class Name(StrEnum):
    """A lane as it stands in addresses."""

    REVIEW = "review"
    BY_HAND = "by_hand"
    LEAVING = "leaving"
    PERSON = "person"
    SNOOZED = "snoozed"
    ANSWERED = "answered"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane's name for people, its states, and what its emptiness means."""

    label: str
    states: tuple[DraftState, ...]
    empty: str


_TO_REVIEW = (DraftState.PROPOSED, DraftState.HELD)
LANES: Mapping[Name, Lane] = {
    Name.REVIEW: Lane(
        "To review",
        _TO_REVIEW,
        "Every draft has been looked at. New ones appear here when a rule proposes a reply.",
    ),
    Name.BY_HAND: Lane(
        "By hand",
        (DraftState.BY_HAND,),
        "Nothing waits to be posted by hand. Approved replies that a platform does not take from programs "
        "wait here until a person has posted them.",
    ),
    Name.LEAVING: Lane(
        "Leaving soon",
        (DraftState.APPROVED, DraftState.SENDING),
        "Nothing is about to leave. Approved replies wait here while they can be undone.",
    ),
    Name.PERSON: Lane(
        "Needs a person",
        (DraftState.NEEDS_PERSON, DraftState.UNKNOWN, DraftState.FAILED),
        "No reply is in doubt. Replies that a platform refused, or of which nobody knows whether they "
        "arrived, stand here.",
    ),
    Name.SNOOZED: Lane("Snoozed", _TO_REVIEW, "Nothing is snoozed."),
    Name.ANSWERED: Lane(
        "Answered",
        (DraftState.SENT, DraftState.POSTED_BY_HAND),
        "Nobody has been answered yet. Approve a draft, and it is listed here once it has arrived.",
    ),
    Name.REJECTED: Lane(
        "Rejected",
        (DraftState.REJECTED, DraftState.EXPIRED, DraftState.WITHDRAWN),
        "Nothing was rejected. A rejected draft can be taken back from here.",
    ),
}


def read(
    tx: Tx, name: Name, now: datetime, *, limit: int = 50, cursor: str | None = None
) -> Slice[QueueItem]:
    """One page of a lane, oldest mention first."""
    return drafts.queue(
        tx, states=LANES[name].states, now=now, is_snoozed=name is Name.SNOOZED, limit=limit, cursor=cursor
    )


def lane_of(state: DraftState) -> Name:
    """The lane where drafts in this state stand (a snoozed one is said to be to review)."""
    return next(name for name, lane in LANES.items() if state in lane.states)


def counts(tx: Tx, now: datetime) -> dict[Name, int]:
    """How many drafts stand in each lane."""
    by_state = drafts.counts(tx)
    snoozed = drafts.count_snoozed(tx, now)
    found = {name: sum(by_state.get(state.value, 0) for state in lane.states) for name, lane in LANES.items()}
    found[Name.REVIEW] -= snoozed
    found[Name.SNOOZED] = snoozed
    return found
