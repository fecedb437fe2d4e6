"""The lanes of the review queue: which drafts stand in which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engagebot.domain.desk import urgency
from engagebot.domain.desk.searching import EVERYTHING, Search
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import QueueItem, Slice
from engagebot.store.desk import queue
from engagebot.store.desk.queue import QueueFilter
from engagebot.store.desk.queue_order import Sort
from engagebot.store.engine import Tx


class Name(StrEnum):
    """A lane as it stands in addresses."""

    REVIEW = "review"
    UNHAPPY = "unhappy"
    TO_ANSWER = "to_answer"
    APPRECIATION = "appreciation"
    SMALL_TALK = "small_talk"
    BY_HAND = "by_hand"
    LEAVING = "leaving"
    PERSON = "person"
    SNOOZED = "snoozed"
    ANSWERED = "answered"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane's name for people, its states, and what its emptiness means.

    `part` is set for those that show one part of what is to review; `sort` is the order when none is chosen.
    """

    label: str
    states: tuple[DraftState, ...]
    empty: str
    part: urgency.Lane | None = None
    sort: Sort = Sort.DUE


_TO_REVIEW = (DraftState.PROPOSED, DraftState.HELD)
LANES: Mapping[Name, Lane] = {
    Name.REVIEW: Lane(
        "To review",
        _TO_REVIEW,
        "Every draft has been looked at. New ones appear here when a rule proposes a reply.",
    ),
    Name.UNHAPPY: Lane(
        "Unhappy",
        _TO_REVIEW,
        "Nobody unhappy waits for an answer.",
        urgency.Lane.UNHAPPY,
    ),
    Name.TO_ANSWER: Lane(
        "To answer",
        _TO_REVIEW,
        "No question is open. Who asks something, or writes what the machine cannot read, stands here.",
        urgency.Lane.TO_ANSWER,
    ),
    Name.APPRECIATION: Lane(
        "Appreciation",
        _TO_REVIEW,
        "Nobody waits for thanks. Praise stands here, below everybody who needs help.",
        urgency.Lane.APPRECIATION,
    ),
    Name.SMALL_TALK: Lane(
        "Small talk",
        _TO_REVIEW,
        "No small talk waits. What asks for nothing and praises nothing stands here.",
        urgency.Lane.SMALL_TALK,
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
        "Nothing is about to leave. Approved replies wait here while they can be undone, and longer where a "
        "cap, quiet hours or a platform that rests holds them back; each says why.",
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
        sort=Sort.NEWEST,
    ),
    Name.REJECTED: Lane(
        "Rejected",
        (DraftState.REJECTED, DraftState.EXPIRED, DraftState.WITHDRAWN),
        "Nothing was rejected. A rejected draft can be taken back from here.",
        sort=Sort.NEWEST,
    ),
}
PARTS: tuple[Name, ...] = tuple(name for name, lane in LANES.items() if lane.part is not None)
"""The parts of `review`, the most pressing first."""


def only(name: Name, now: datetime, *, search: Search = EVERYTHING, me: str | None = None) -> QueueFilter:
    """Which drafts a lane shows, or those among them that a search finds; `me` is who looks."""
    lane = LANES[name]
    return QueueFilter(
        states=lane.states,
        now=now,
        lanes=() if lane.part is None else (lane.part,),
        is_snoozed=name is Name.SNOOZED if lane.states == _TO_REVIEW else None,
        search=search,
        me=me,
    )


def sort_of(name: Name, chosen: Sort | None = None) -> Sort:
    """The order of a lane: the one chosen, or its own."""
    return chosen or LANES[name].sort


def read(
    tx: Tx, name: Name, now: datetime, *, limit: int = 50, cursor: str | None = None
) -> Slice[QueueItem]:
    """One page of a lane in its own order."""
    return queue.page(tx, only(name, now), sort_of(name), limit=limit, cursor=cursor)


def lane_of(state: DraftState) -> Name:
    """The lane where drafts in this state stand (a snoozed one is said to be to review)."""
    return next(name for name, lane in LANES.items() if state in lane.states)


def counts(tx: Tx, now: datetime) -> dict[Name, int]:
    """How many drafts stand in each lane; those that only ever grow are counted up to `queue.COUNTED`."""
    return queue.counts_by_lane(tx, {name: only(name, now) for name in LANES})
