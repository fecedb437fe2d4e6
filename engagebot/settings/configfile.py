"""The shape of `config/engagebot.yaml`: what keys there are, and how their values are written."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from engagebot.domain.durations import Rate
from engagebot.domain.replying.leaving import REPLIES, CapScope
from engagebot.domain.replying.optout import DEFAULT_WORDS
from engagebot.domain.replying.risks import LARGE_REACH, SECOND_READER
from engagebot.settings.written import (
    AtLeastOne,
    AuditShare,
    Caps,
    Channel,
    Count,
    Day,
    Level,
    Minutes,
    Name,
    Network,
    OnOff,
    RateText,
    Risky,
    Seldom,
    SeverityName,
    Share,
    SomeMoney,
    Span,
    SpanOrNever,
    Url,
    Weekly,
    Words,
    YesNo,
    Zone,
)


class Strict(BaseModel):
    """No key but the known ones."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class BrandModel(Strict):
    name: Annotated[str, Field(min_length=1)]
    handles: dict[Name, str] = {}
    rivals: list[str] = []


class WatchBudgetModel(Strict):
    posts_per_day: AtLeastOne | None = None
    usd_per_day: SomeMoney | None = None
    warn_at: Share = 0.8


class ConnectorBudgetModel(Strict):
    usd_per_day: SomeMoney | None = None
    usd_per_month: SomeMoney | None = None
    warn_at: Share = 0.8


class WatchModel(BaseModel):
    """Keys beyond these are the connector's own."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: Name
    connector: str
    kind: str
    every: Span
    lookback: Span = timedelta(hours=24)
    budget: WatchBudgetModel = WatchBudgetModel()


class TeamModel(Strict):
    notify: list[Channel] = []
    fallback: list[Channel] = []
    ladder: Name | None = None
    hours: Name | None = None


class AlarmsModel(Strict):
    notify: list[Channel] = ["console"]


class AudienceModel(Strict):
    severity: list[SeverityName] = []
    vip: YesNo | None = None
    team: list[Name] = []


class SlaModel(Strict):
    name: Name
    first_reply: Span
    next_reply: Span | None = None
    resolution: Span | None = None
    holding_after: Span | None = None
    hours: Name = "always"
    warn_at: list[Share] = [0.5, 0.8]
    audience: AudienceModel = Field(AudienceModel(), alias="for")
    pauses: list[Literal["waiting", "snoozed"]] = ["waiting", "snoozed"]


class StepModel(Strict):
    after: Span
    notify: list[Channel]


class LadderModel(Strict):
    """`only_during` names hours; `outside` is `hold` or another ladder."""

    steps: list[StepModel]
    repeat: Count = 0
    only_during: Name = "always"
    outside: Name = "hold"
    page_only: SeverityName | None = None


class CasesModel(Strict):
    handover_returns_after: Span = timedelta(minutes=30)
    remind_every: SpanOrNever = timedelta(hours=24)
    unack_after: SpanOrNever = None
    silent_after: SpanOrNever = timedelta(hours=48)


class PolicyModel(Strict):
    proactive_per_author: RateText = Rate(1, timedelta(days=30))
    proactive_per_day: Count = 20
    replies_per_account: Caps = REPLIES[CapScope.ACCOUNT]
    replies_per_author: Caps = REPLIES[CapScope.AUTHOR]
    replies_per_thread: Caps = REPLIES[CapScope.THREAD]
    replies_per_community: Caps = REPLIES[CapScope.COMMUNITY]
    quiet_hours: Minutes | None = None
    opt_out_words: list[Words] = list(DEFAULT_WORDS)


class RetentionModel(Strict):
    mentions: Span = timedelta(days=365)


class DeletionModel(Strict):
    check_every: Span = timedelta(hours=24)
    sources: dict[Name, Span] = {}


class LearningModel(Strict):
    nightly: YesNo = True
    audit_share: AuditShare = 0.2


class SentimentModel(Strict):
    very_negative: Level = -0.85
    negative: Level = -0.3
    positive: Level = 0.4
    very_positive: Level = 0.85


class SeededChecksModel(Strict):
    every: Seldom


class ReviewModel(Strict):
    second_reader: list[Risky] = list(SECOND_READER)
    large_reach: AtLeastOne = LARGE_REACH
    by_hand_returns_after: Span = timedelta(minutes=15)
    approval_lasts: Span = timedelta(hours=24)
    most_in_bulk: AtLeastOne = 25
    seeded_checks: SeededChecksModel | None = None


class WebhookModel(Strict):
    """`tickets` says that a ticket system listens there, which can be asked for tickets."""

    url: Url
    tickets: YesNo = False


class SlackModel(Strict):
    channel: Annotated[str, Field(pattern=r"^(#[^\s#,]{1,80}|[CG][A-Z0-9]{4,})$")] | None = None


class NotificationsModel(Strict):
    mask: YesNo = False
    self_test: Weekly = True


class ServerModel(Strict):
    trusted_proxies: list[Network] = []
    allowed_hosts: list[str] = []


class ConfigModel(Strict):
    """The whole file."""

    brand: BrandModel
    timezone: Zone = ZoneInfo("UTC")
    sending: OnOff = False
    watches: list[WatchModel] = []
    budgets: dict[Name, ConnectorBudgetModel] = {}
    teams: dict[Name, TeamModel] = {}
    alarms: AlarmsModel = AlarmsModel()
    sla: list[SlaModel] = []
    ladders: dict[Name, LadderModel] = {}
    cases: CasesModel = CasesModel()
    hours: dict[Name, dict[str, Any]] | None = None
    contact_policy: PolicyModel = PolicyModel()
    retention: RetentionModel = RetentionModel()
    deletion: DeletionModel = DeletionModel()
    learning: LearningModel = LearningModel()
    review: ReviewModel = ReviewModel()
    sentiment: SentimentModel = SentimentModel()
    undo_seconds: Count = 10
    webhooks: dict[Name, WebhookModel] = {}
    slack: SlackModel = SlackModel()
    notifications: NotificationsModel = NotificationsModel()
    server: ServerModel = ServerModel()


class HolidaysModel(Strict):
    """`holidays` of some hours, when it is a list of dates."""

    holidays: list[Day]


class HoursZoneModel(Strict):
    """`timezone` of some hours."""

    timezone: Zone
