"""A reply on its way, alone and beside what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engagebot.domain.desk.urgency import Lane
from engagebot.domain.mention import ReplyRoute
from engagebot.domain.outbox import DRAFT_ARRIVED, DRAFT_LIVE, DraftState, Purpose
from engagebot.domain.records.heard import MentionRecord
from engagebot.domain.replying.seeded import CheckAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRecord:
    """A reply on its way. `version` counts every change; approving names the version that was read.

    `target` is what it answers. `due_at` is the earliest moment it may leave (undo window, rate limit).
    `said_at` is when the person behind it spoke, `answer_by` when they should have heard from us; `lane`,
    `unhappiness` and `reach` are those of `desk.urgency`. `first_reader` has approved it where two must.
    `check` is set where what was just done to it has answered a seeded check, and nothing else. A holding
    reply names a time at which a person answers, `follow_up_at`.
    """

    id: int
    mention_id: int
    rule_id: str
    source: str
    text: str
    version: int
    state: DraftState
    reply_route: ReplyRoute
    created_at: datetime
    updated_at: datetime
    missing: tuple[str, ...] = ()
    approved_by: str | None = None
    approved_at: datetime | None = None
    due_at: datetime | None = None
    attempts: int = 0
    attempt_started_at: datetime | None = None
    attempt_ended_at: datetime | None = None
    native_id: str | None = None
    url: str | None = None
    posted_at: datetime | None = None
    last_error: str | None = None
    assignee: str | None = None
    snoozed_until: datetime | None = None
    lane: Lane | None = None
    said_at: datetime | None = None
    answer_by: datetime | None = None
    unhappiness: float | None = None
    reach: int | None = None
    first_reader: str | None = None
    woke_because: str | None = None
    check: CheckAnswer | None = None
    purpose: Purpose | None = None
    follow_up_at: datetime | None = None

    @property
    def is_the_reply(self) -> bool:
        """Whether no other reply to its mention may be begun; a holding reply that arrived asks for one."""
        is_over = self.purpose is Purpose.HOLDING and self.state in DRAFT_ARRIVED
        return self.state in DRAFT_LIVE and not is_over


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueItem:
    """A draft beside the mention it answers, as the review queue shows it."""

    draft: DraftRecord
    mention: MentionRecord
