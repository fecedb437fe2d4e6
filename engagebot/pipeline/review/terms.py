"""What a decision is taken on: the time to take it back, what a platform takes, where people are sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from engagebot.domain.desk.preferences import LONGEST_UNDO, Preferences
from engagebot.domain.outbox import DraftState, Severity
from engagebot.domain.records import DraftRecord
from engagebot.domain.replying.advice import Flag
from engagebot.domain.replying.risks import LARGE_REACH, RiskKind
from engagebot.pipeline.review.matter import Matter
from engagebot.store.casework.escalations import Announcement
from engagebot.store.engine import Tx

TextProblem = Callable[[DraftRecord, str], str | None]
FlagsOf = Callable[[Tx, Matter, str], Sequence[Flag]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Where a person sends somebody; `due_at` answers when a first reply is due, from the post's time."""

    team: str
    severity: Severity
    told: Announcement
    due_at: Callable[[datetime], datetime | None]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """What a site is careful with; `flags` reads a wording and says what it found.

    Kinds in `second_reader` are read by two people.
    """

    second_reader: frozenset[RiskKind] = frozenset()
    large_reach: int = LARGE_REACH
    flags: FlagsOf = field(default=lambda tx, matter, wording: ())


@dataclass(frozen=True, slots=True)
class Terms:
    """How approvals leave: after `undo`, and only with a text in which `text_problem` finds no fault.

    With `confirms` they wait, after the approval, until somebody releases them. What `caution` finds risky is
    approved for a `reason` alone; without a caution nothing is risky.
    """

    undo: timedelta = timedelta(0)
    text_problem: TextProblem | None = None
    confirms: bool = False
    caution: Caution | None = None
    reason: str = ""
    most_in_bulk: int = 25

    def because(self, reason: str | None) -> Terms:
        """These terms, with the reason why what is risky is right all the same."""
        return replace(self, reason=(reason or "").strip())

    def of(self, person: Preferences) -> Terms:
        """These terms, with the time that this person wants to take a decision back."""
        wanted = self.undo if person.undo_after is None else person.undo_after
        undo = min(max(wanted, timedelta(0)), LONGEST_UNDO)
        return replace(self, undo=undo, confirms=person.confirms_sending)


NO_TERMS = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """A draft that waits for review again, and the state that was taken back."""

    draft: DraftRecord
    was: DraftState


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one item of many: the draft as it is now, or the reason why nothing was done to it.

    `was` is the state it was in before.
    """

    draft_id: int
    draft: DraftRecord | None = None
    was: DraftState | None = None
    problem: str | None = None

    @property
    def is_done(self) -> bool:
        """Whether it was done."""
        return self.problem is None
