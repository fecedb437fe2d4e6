"""What a decision is taken on: the time to take it back, what a platform takes, where people are sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from engagebot.domain.outbox import Severity
from engagebot.domain.records import DraftRecord
from engagebot.store.escalations import Announcement

TextProblem = Callable[[DraftRecord, str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Where a person sends somebody; `due_at` answers when a first reply is due, from the post's time."""

    team: str
    severity: Severity
    told: Announcement
    due_at: Callable[[datetime], datetime | None]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """How approvals leave: after `undo`, and only with a text in which `text_problem` finds no fault."""

    undo: timedelta = timedelta(0)
    text_problem: TextProblem | None = None


NO_TERMS = Terms()
