"""What the store answers with: mentions, decisions, drafts, cases and the rest, as plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from engagebot.domain.actions import Outcome, Planned
from engagebot.domain.desk.urgency import Lane
from engagebot.domain.heard.correction import Correction
from engagebot.domain.heard.removal import Removal
from engagebot.domain.judgement import Judgement
from engagebot.domain.mention import Mention, MentionState, ReplyRoute
from engagebot.domain.outbox import (
    DRAFT_ARRIVED,
    DRAFT_LIVE,
    CaseState,
    DeliveryState,
    DraftState,
    Purpose,
    Severity,
)
from engagebot.domain.persons.customers import Mark
from engagebot.domain.replying.seeded import CheckAnswer
from engagebot.domain.roles import Role
from engagebot.domain.ruling.rule_holds import Hold

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """One page of a list; `cursor` asks for the next one and is `None` at the end.

    `looked_until` is how far back was looked for it, where a list is too long to be looked through at once.
    """

    items: Sequence[T]
    cursor: str | None = None
    looked_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionRecord:
    """A stored mention. `is_history` mentions start no clock, no notification and no draft.

    `copy_of` is the id of an earlier mention that says nearly the same. `checked_at` is when the platform
    last showed that the post still stands; `redacted_at` when its words were forgotten since it was gone.
    `correction` is the word of people on it, which `judgement` holds already.
    """

    id: int
    mention: Mention
    fetched_at: datetime
    state: MentionState
    is_history: bool
    reply_route: ReplyRoute
    watch: str | None = None
    customer_id: int | None = None
    judgement: Judgement | None = None
    tags: tuple[str, ...] = ()
    outcome: Outcome | None = None
    copy_of: int | None = None
    checked_at: datetime | None = None
    redacted_at: datetime | None = None
    correction: Correction | None = None

    @property
    def removal(self) -> Removal | None:
        """Why the words are gone; `None` while they are kept."""
        if self.redacted_at is None:
            return None
        reason = self.reply_route.reason
        return next((each for each in Removal if each.value == reason), Removal.GONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """What the rule set with hash `rule_set` decided, with the facts it decided on (see `facts_json`)."""

    id: int
    mention_id: int
    rule_set: str
    decided_at: datetime
    outcome: Outcome
    matched: tuple[str, ...]
    shadow: tuple[str, ...]
    failed: tuple[str, ...]
    planned: tuple[Planned, ...]
    facts: Mapping[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRecord:
    """A reply on its way. `version` counts every change; approving names the version that was read.

    `target` is what it answers. `due_at` is the earliest moment it may leave (undo window, rate limit).
    `said_at` is when the person behind it spoke, `answer_by` when they should have heard from us; `lane`,
    `unhappiness` and `reach` are those of `domain.desk.urgency`. `first_reader` has approved it where two must.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of a history that is only ever added to; `actor` is a person, a rule or `engagebot`."""

    at: datetime
    actor: str
    action: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    subject: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """A platform account that has spoken of us. `contacts` counts all its stored mentions.

    `mark` says whose account it is, where that matters; `forgotten_at` when everything of it was forgotten.
    """

    id: int
    source: str
    handle: str
    name: str | None
    url: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    contacts: int
    open_case_id: int | None = None
    is_vip: bool | None = None
    is_opted_out: bool | None = None
    opted_out_at: datetime | None = None
    mark: Mark | None = None
    forgotten_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRecord:
    """A watch as it runs: where it stands, when it is due and how it fares."""

    id: int
    name: str
    connector: str
    cursor: str | None
    next_poll_at: datetime
    started_at: datetime | None = None
    last_poll_at: datetime | None = None
    last_success_at: datetime | None = None
    failures: int = 0
    last_error: str | None = None
    error_kind: str | None = None
    note: str | None = None
    is_stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorRecord:
    """How a connector fares over all its watches; `is_healthy` is `None` before the first poll."""

    name: str
    is_healthy: bool | None
    last_poll_at: datetime | None
    reads_today: int
    paused_until: datetime | None = None
    problem: str | None = None
    cost_today: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """A notification on its way to a channel; `notice_id` is the same over all attempts."""

    id: int
    notice_id: str
    channel: str
    kind: str
    case_id: int | None
    state: DeliveryState
    payload: Mapping[str, Any]
    created_at: datetime
    due_at: datetime
    attempts: int
    delivered_at: datetime | None = None
    last_error: str | None = None
    mention_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord:
    """A person or a service account; `password_hash` is `None` for service accounts."""

    id: int
    name: str
    role: Role
    created_at: datetime
    is_service: bool = False
    is_disabled: bool = False
    password_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetRecord:
    """A rule set that went live: its files by name, who put it there and why.

    `version` is its number in the order of going live. `marks` say by rule what made it act as it did (`None`
    for sets of old); `changes` say in words what was new about it; `rates` say what each rule matched an hour
    in its backtest.
    """

    hash: str
    sources: Mapping[str, str]
    author: str
    note: str
    live_at: datetime
    version: int = field(default=0, compare=False)
    marks: Mapping[str, str] | None = field(default=None, compare=False)
    changes: tuple[str, ...] = field(default=(), compare=False)
    rates: Mapping[str, float] | None = field(default=None, compare=False)

    @property
    def count(self) -> int | None:
        """How many rules it holds; `None` for sets of old."""
        return None if self.marks is None else len(self.marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReceipt:
    """What is kept of one source, and how long its platform has not been asked about the oldest of it.

    `is_checked` is false where nobody can ask (imports, platforms without such a question). `overdue` ones
    were not shown within the time set. `problem` says why asking fails.
    """

    source: str
    stored: int
    redacted: int
    is_checked: bool
    oldest_check_age: timedelta | None = None
    overdue: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class DeletionReceipt:
    """What is kept of strangers' words, over all sources; redacted mentions are not counted as stored."""

    sources: tuple[SourceReceipt, ...]

    @property
    def stored(self) -> int:
        """Mentions whose words are kept."""
        return sum(line.stored for line in self.sources)

    @property
    def redacted(self) -> int:
        """Mentions whose words were forgotten."""
        return sum(line.redacted for line in self.sources)

    @property
    def overdue(self) -> int:
        """Mentions that should have been asked for by now."""
        return sum(line.overdue for line in self.sources)

    @property
    def oldest_check_age(self) -> timedelta | None:
        """How long ago the mention that waits longest was last shown; `None` where nothing can be checked."""
        ages = [line.oldest_check_age for line in self.sources if line.oldest_check_age is not None]
        return max(ages, default=None)

    @property
    def unchecked(self) -> dict[str, int]:
        """Stored mentions of sources that nobody can ask, by source."""
        return {line.source: line.stored for line in self.sources if not line.is_checked and line.stored}


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStatus:
    """The site in numbers, for `engagebot status` and the metrics."""

    mentions: int
    undecided: int
    drafts: Mapping[str, int]
    cases: Mapping[str, int]
    deliveries: Mapping[str, int]
    paused_by: str | None
    paused_at: datetime | None
    heartbeat_at: datetime | None
    rules_hash: str | None = None
    rules_version: int | None = None
    holds: tuple[Hold, ...] = ()
    rules_problem: str | None = None
