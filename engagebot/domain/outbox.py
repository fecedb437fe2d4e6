"""States of things that leave (reply drafts, escalation deliveries) and of cases, and the legal moves."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from engagebot.errors import IllegalMove


class DraftState(StrEnum):
    """A reply on its way from a rule to the platform."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NEEDS_PERSON = "needs_person"
    HELD = "held"
    BY_HAND = "by_hand"
    POSTED_BY_HAND = "posted_by_hand"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Purpose(StrEnum):
    """What a reply is for, where that is something else than an answer."""

    HOLDING = "holding"


class CaseState(StrEnum):
    """A person's problem from first word to closed file."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    WAITING = "waiting"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"


class DeliveryState(StrEnum):
    """A notification for people: sent at least once, with the same id each time."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    DEAD = "dead"


class Severity(StrEnum):
    """How hard a case presses, mildest first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """0 for low to 3 for urgent."""
        return _RANKS[self]


_RANKS: Mapping[Severity, int] = {severity: rank for rank, severity in enumerate(Severity)}


_D = DraftState
# A reply in `sending` can never go back to `approved` by itself: only `unknown`, settled by reading our own
# replies or by a person, leads there. `held` remembers where it came from and returns there.
DRAFT_MOVES: Mapping[DraftState, frozenset[DraftState]] = {
    _D.PROPOSED: frozenset({_D.APPROVED, _D.BY_HAND, _D.REJECTED, _D.EXPIRED, _D.WITHDRAWN, _D.HELD}),
    _D.APPROVED: frozenset({_D.SENDING, _D.PROPOSED, _D.BY_HAND, _D.EXPIRED, _D.WITHDRAWN, _D.HELD}),
    _D.SENDING: frozenset({_D.SENT, _D.FAILED, _D.UNKNOWN, _D.BY_HAND, _D.APPROVED, _D.WITHDRAWN}),
    _D.UNKNOWN: frozenset({_D.SENT, _D.APPROVED, _D.NEEDS_PERSON}),
    _D.NEEDS_PERSON: frozenset({_D.SENT, _D.APPROVED, _D.REJECTED, _D.WITHDRAWN}),
    _D.HELD: frozenset({_D.PROPOSED, _D.APPROVED, _D.BY_HAND, _D.REJECTED, _D.EXPIRED, _D.WITHDRAWN}),
    _D.BY_HAND: frozenset({_D.POSTED_BY_HAND, _D.PROPOSED, _D.REJECTED, _D.EXPIRED, _D.WITHDRAWN, _D.HELD}),
    _D.FAILED: frozenset(),
    _D.SENT: frozenset(),
    _D.POSTED_BY_HAND: frozenset({_D.PROPOSED}),
    _D.REJECTED: frozenset({_D.PROPOSED}),
    _D.EXPIRED: frozenset({_D.PROPOSED}),
    _D.WITHDRAWN: frozenset(),
}
# `sending` -> `approved` stands for one thing only: the platform said "not now" before doing anything
# (rate limit, refused connection), so the same approval waits for its `not_before`.

DRAFT_OPEN = frozenset(
    {
        _D.PROPOSED,
        _D.APPROVED,
        _D.SENDING,
        _D.UNKNOWN,
        _D.NEEDS_PERSON,
        _D.HELD,
        _D.BY_HAND,
    }
)
DRAFT_ARRIVED = frozenset({_D.SENT, _D.POSTED_BY_HAND})
DRAFT_LIVE = DRAFT_OPEN | DRAFT_ARRIVED

_C = CaseState
# `waiting` and `snoozed` lead back to `new` where nobody had acknowledged the case before.
CASE_MOVES: Mapping[CaseState, frozenset[CaseState]] = {
    _C.NEW: frozenset({_C.ACKNOWLEDGED, _C.WAITING, _C.SNOOZED, _C.RESOLVED}),
    _C.ACKNOWLEDGED: frozenset({_C.NEW, _C.WAITING, _C.SNOOZED, _C.RESOLVED}),
    _C.WAITING: frozenset({_C.NEW, _C.ACKNOWLEDGED, _C.SNOOZED, _C.RESOLVED}),
    _C.SNOOZED: frozenset({_C.NEW, _C.ACKNOWLEDGED, _C.WAITING, _C.RESOLVED}),
    _C.RESOLVED: frozenset({_C.CLOSED, _C.REOPENED}),
    _C.CLOSED: frozenset({_C.REOPENED}),
    _C.REOPENED: frozenset({_C.ACKNOWLEDGED, _C.WAITING, _C.SNOOZED, _C.RESOLVED}),
}
# Where other deeds lead: whoever accepts a case looks after it, and one that is snoozed wakes when somebody
# is at work on it. A case that waits waits for its customer, whoever has it, so it goes on waiting.
CASE_LEADS: Mapping[str, Mapping[CaseState, CaseState]] = {
    "accepted": dict.fromkeys((_C.NEW, _C.REOPENED, _C.SNOOZED), _C.ACKNOWLEDGED),
    "taken": {_C.SNOOZED: _C.ACKNOWLEDGED},
    "answered": {_C.SNOOZED: _C.ACKNOWLEDGED},
    "woke": dict.fromkeys((_C.WAITING, _C.SNOOZED), _C.ACKNOWLEDGED),
}
CASE_OPEN = frozenset({_C.NEW, _C.ACKNOWLEDGED, _C.WAITING, _C.SNOOZED, _C.REOPENED})
CASE_UNANSWERED = frozenset({_C.NEW, _C.REOPENED})
"""Nobody has said yet that they look after it."""
CASE_RESTING = frozenset({_C.WAITING, _C.SNOOZED})
"""Somebody does, and nothing is to be done until the customer speaks or a time comes."""


def led_by(deed: str, state: CaseState, *, is_looked_after: bool) -> CaseState | None:
    """Where a deed leads that is no move by itself, `None` where the case stays in its state."""
    to = CASE_LEADS[deed].get(state)
    return to if to is None or is_looked_after else CaseState.NEW


_O = DeliveryState
DELIVERY_MOVES: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    _O.PENDING: frozenset({_O.SENDING}),
    _O.SENDING: frozenset({_O.DELIVERED, _O.PENDING, _O.DEAD}),
    _O.DELIVERED: frozenset(),
    _O.DEAD: frozenset({_O.PENDING}),
}


_S = TypeVar("_S", bound=StrEnum)


def check_move(moves: Mapping[_S, frozenset[_S]], old: _S, new: _S) -> None:
    """Refuse a move that the table does not have.

    Raises:
        IllegalMove: `new` cannot follow `old`; the message names what can.
    """
    if new not in moves[old]:
        allowed = ", ".join(sorted(moves[old])) or "nothing: it has ended"
        raise IllegalMove(f"cannot go from {old} to {new}; from {old} it can go to: {allowed}")
