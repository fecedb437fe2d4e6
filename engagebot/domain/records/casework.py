"""A case as it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engagebot.domain.outbox import CaseState, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """A customer's problem. `why` says in words what opened it.

    `contacts` counts what the customer said to us, in mentions and elsewhere; `echoes` are mentions that say
    again what another one said, and those by other people are no contacts. `minutes` are the customer's.
    `problem` is what it is about, where their words say. A person, `titled_by`, may have picked the `title`.
    `handed_to` is whom it is offered to: `assignee` has it until then. We spoke last at `spoken_at`; at
    `ladder_due_at` the next step of its ladder is due.
    """

    id: int
    customer_id: int | None
    state: CaseState
    severity: Severity
    team: str
    title: str
    why: str
    rule_id: str | None
    contacts: int
    mention_ids: tuple[int, ...]
    opened_at: datetime
    updated_at: datetime
    first_symptom_at: datetime
    assignee: str | None = None
    first_reply_due_at: datetime | None = None
    first_reply_at: datetime | None = None
    snoozed_until: datetime | None = None
    resolved_at: datetime | None = None
    outcome: str | None = None
    echoes: int = 0
    minutes: int = 0
    problem: str | None = None
    titled_by: str | None = None
    desired_outcome: str | None = None
    cause: str | None = None
    remedy: str | None = None
    was_reached: str | None = None
    stayed: str | None = None
    looked_fixed_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    handed_to: str | None = None
    handed_by: str | None = None
    handed_at: datetime | None = None
    spoken_at: datetime | None = None
    ladder_due_at: datetime | None = None
    waits_since: datetime | None = None

    @property
    def sources(self) -> int:
        """Mentions in words of their own."""
        return len(self.mention_ids) - self.echoes
