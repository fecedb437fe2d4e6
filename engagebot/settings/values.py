"""Everything a site is told, as values: frozen, made once, passed to who needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from engagebot.domain.casework.attention import USUAL, Attention
from engagebot.domain.casework.clocks import EVERYBODY, Audience, ClockKind, Promise
from engagebot.domain.casework.holding import HOLDING
from engagebot.domain.casework.ladders import Ladder
from engagebot.domain.drafting import Template
from engagebot.domain.durations import Rate
from engagebot.domain.hours import BusinessHours
from engagebot.domain.judgement import Borders
from engagebot.domain.limits import Limit, Scope
from engagebot.domain.listening.costs import Budget, Prices, Purse
from engagebot.domain.outbox import CASE_RESTING, CaseState, Severity
from engagebot.domain.replying.leaving import REPLIES, CapScope, Leaving
from engagebot.domain.replying.optout import DEFAULT_WORDS, OptOut
from engagebot.domain.replying.risks import LARGE_REACH, SECOND_READER, RiskKind
from engagebot.domain.replying.routes import CommunityPolicy, Manners
from engagebot.errors import Finding
from engagebot.ports import Watch

ALWAYS, BUSINESS = "always", "business"
ONCE_A_MONTH = Rate(1, timedelta(days=30))
SLACK_API = "https://slack.com/api/"


class Secret:
    """A text that does not show itself: printing, formatting and logging give a mask."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; call it only where it is used."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(("Secret", self._text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """Whom we speak for. `handles` are our own accounts by source: never treated as customers."""

    name: str
    handles: Mapping[str, str] = field(default_factory=dict)
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """People who take cases; `notify` are channels: slack, console, email:ADDRESS, webhook, webhook:NAME.

    `fallback` are channels that are used, in this order, where those fail. `ladder` says who is told when
    nobody answers; `hours` are the team's own, by name.
    """

    name: str
    notify: tuple[str, ...] = ()
    fallback: tuple[str, ...] = ()
    ladder: str | None = None
    hours: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """Who is told when a watch goes deaf, and when it hears again: channels, as in `Team`."""

    notify: tuple[str, ...] = ("console",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sla:
    """A promise to the cases of its `audience`: replies and resolution within spans of time.

    `hours` name those that count: `always`, `business` (the team's own where it has some) or others by name.
    `warn_at` are shares of the span, 0 to 1, rising; a case in a state of `pauses` stops the clocks. Who
    waits for `holding_after` is told when a person will answer.
    """

    name: str
    first_reply: timedelta
    next_reply: timedelta | None = None
    resolution: timedelta | None = None
    holding_after: timedelta | None = None
    hours: str = ALWAYS
    warn_at: tuple[float, ...] = (0.5, 0.8)
    audience: Audience = EVERYBODY
    pauses: frozenset[CaseState] = CASE_RESTING

    @property
    def is_business_time(self) -> bool:
        """Whether only working hours count."""
        return self.hours != ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPolicy:
    """How much we may speak: unasked, and at all (`replies`).

    `quiet_hours` are (start, end) minutes of the local day; they hold for what nobody asked us.
    """

    proactive_per_author: Rate = ONCE_A_MONTH
    proactive_per_day: int = 20
    replies: Mapping[CapScope, tuple[Rate, ...]] = field(default_factory=lambda: REPLIES)
    quiet_hours: tuple[int, int] | None = None
    opt_out_words: tuple[str, ...] = DEFAULT_WORDS

    @property
    def unasked(self) -> tuple[Limit, ...]:
        """The limits on replies to people who did not address us."""
        name = "contact_policy.proactive"
        return (
            Limit(
                rate=self.proactive_per_author,
                scope=Scope.AUTHOR,
                name=f"{name}_per_author",
                is_proactive_only=True,
            ),
            Limit(
                rate=Rate(self.proactive_per_day, timedelta(days=1)),
                scope=Scope.OVERALL,
                name=f"{name}_per_day",
                is_proactive_only=True,
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long texts of strangers are kept."""

    mentions: timedelta = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """How often a platform is asked whether a stored mention still stands; `sources` may differ."""

    check_every: timedelta = timedelta(hours=24)
    sources: Mapping[str, timedelta] = field(default_factory=dict)

    def every(self, source: str) -> timedelta:
        """The span that holds for a source."""
        return self.sources.get(source, self.check_every)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """How the site learns from its people: every night or when told, and from how many blind answers.

    `audit_share` is the share of people's verdicts, 0 to 1, that shall come from posts that nobody routed.
    """

    nightly: bool = True
    audit_share: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """How careful the review desk is.

    `second_reader` names the kinds of replies that two people must read, `large_reach` is how many readers
    make a reply risky. What somebody took over to post by hand comes back `by_hand_returns_after`; an
    approval is good for `approval_lasts`. One in `seeded_every` decisions is a seeded check; `None`: none.
    """

    second_reader: tuple[RiskKind, ...] = SECOND_READER
    large_reach: int = LARGE_REACH
    by_hand_returns_after: timedelta = timedelta(minutes=15)
    approval_lasts: timedelta = timedelta(hours=24)
    most_in_bulk: int = 25
    seeded_every: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Who may stand before the web app; `allowed_hosts` are names it has besides loopback and `base_url`."""

    trusted_proxies: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A site's settings. `secrets` holds every secret value, to be blacked out of logs.

    `slack_channel` is what plain `slack` means with a bot token; `apprise_urls` are the addresses by name.
    `masks_notices` keeps customers' names and words out of everything but the web app; `tests_channels` sends
    a test through each channel once a week.
    `connector_options` are what each connector's factory gets; their values are plain text, secrets included,
    so they are not shown. `warnings` are findings that do not stop the program.
    """

    site: Path
    brand: Brand
    timezone: ZoneInfo
    database_url: str = field(repr=False)
    sending: bool = False
    base_url: str = "http://127.0.0.1:8000"
    log_level: str = "INFO"
    now: datetime | None = None
    secret_key: Secret | None = None
    watches: tuple[Watch, ...] = ()
    prices: Prices = field(default_factory=Prices)
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    alarms: Alarms = Alarms()
    slas: tuple[Sla, ...] = ()
    hours: BusinessHours | None = None
    holding: Template = HOLDING
    hours_by_name: Mapping[str, BusinessHours] = field(default_factory=dict)
    ladders: Mapping[str, Ladder] = field(default_factory=dict)
    attention: Attention = USUAL
    contact_policy: ContactPolicy = ContactPolicy()
    communities: tuple[CommunityPolicy, ...] = ()
    retention: Retention = Retention()
    deletion: Deletion = Deletion()
    learning: Learning = Learning()
    borders: Borders = field(default_factory=Borders)
    undo_seconds: int = 10
    review: Review = Review()
    webhooks: Mapping[str, str] = field(default_factory=dict, repr=False)
    ticket_webhooks: tuple[str, ...] = ()
    webhook_secret: Secret | None = None
    slack_webhook_url: Secret | None = None
    slack_bot_token: Secret | None = None
    slack_app_token: Secret | None = None
    slack_signing_secret: Secret | None = None
    slack_base_url: str = SLACK_API
    slack_channel: str | None = None
    smtp_url: Secret | None = None
    apprise_urls: Mapping[str, Secret] = field(default_factory=dict)
    masks_notices: bool = False
    tests_channels: bool = True
    server: Server = Server()
    connector_options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    warnings: tuple[Finding, ...] = ()

    def first_reply_due(
        self, posted_at: datetime, *, severity: Severity | None = None, team: str | None = None
    ) -> datetime | None:
        """When a first reply is due: by the promise for such a case, or else by the first one to everybody.

        The clock starts when the customer spoke, not when we heard. `None` where nothing is promised.
        """
        holds = [sla for sla in self.slas if sla.audience == EVERYBODY]
        if severity is not None and team is not None:
            holds = [sla for sla in self.slas if sla.audience.holds(severity, team, is_vip=False)]
        if not holds:
            return None
        hours, span = self._hours_of(holds[0], team), holds[0].first_reply
        return hours.add(posted_at, span) if hours else posted_at + span

    def promise_for(self, severity: Severity, team: str, *, is_vip: bool = False) -> Promise | None:
        """The promise that holds for such a case: the first one listed that is meant for it."""
        sla = next((sla for sla in self.slas if sla.audience.holds(severity, team, is_vip=is_vip)), None)
        if sla is None:
            return None
        spans = {
            ClockKind.FIRST_REPLY: sla.first_reply,
            ClockKind.NEXT_REPLY: sla.next_reply,
            ClockKind.RESOLUTION: sla.resolution,
        }
        return Promise(
            name=sla.name,
            spans={kind: span for kind, span in spans.items() if span is not None},
            hours=self._hours_of(sla, team),
            warn_at=sla.warn_at,
            pauses=sla.pauses,
            holding_after=sla.holding_after,
        )

    def open_hours(self, team: str) -> BusinessHours | None:
        """When this team works, whatever its promises count; `None` where nobody has said."""
        known = self.teams.get(team)
        return self.hours_by_name.get((known.hours if known else None) or BUSINESS) or self.hours

    def _hours_of(self, sla: Sla, team: str | None) -> BusinessHours | None:
        if sla.hours == ALWAYS:
            return None
        known = self.teams.get(team or "")
        own = known.hours if known and sla.hours == BUSINESS else None
        return self.hours_by_name.get(own or sla.hours) or self.hours

    def ladder_of(self, team: str) -> Ladder | None:
        """Who is told when nobody answers this team's cases."""
        known = self.teams.get(team)
        return self.ladders.get(known.ladder) if known and known.ladder else None

    @property
    def purse(self) -> Purse:
        """What listening may cost."""
        return Purse(prices=self.prices, budgets=self.budgets)

    @property
    def manners(self) -> Manners:
        """What this site has decided about speaking to people."""
        return Manners(
            own_handles=self.brand.handles,
            communities={policy.key: policy for policy in self.communities},
            opt_out=OptOut(self.contact_policy.opt_out_words, self.brand.name),
        )

    @property
    def leaving(self) -> Leaving:
        """How much may leave, and when."""
        return Leaving(
            approval_lasts=self.review.approval_lasts,
            caps=self.contact_policy.replies,
            quiet_hours=self.contact_policy.quiet_hours,
            zone=self.timezone,
        )

    @property
    def var(self) -> Path:
        """Where the site keeps its state."""
        return self.site / "var"

    @property
    def avatars(self) -> Path:
        """Where pictures of authors are kept."""
        return self.var / "avatars"

    @property
    def rules_folder(self) -> Path:
        """The rule files' folder."""
        return self.site / "rules"

    @property
    def lists_folder(self) -> Path:
        """The named lists' folder."""
        return self.site / "config" / "lists"

    @property
    def lexicons_folder(self) -> Path:
        """The lexicons' folder."""
        return self.site / "config" / "lexicons"

    @property
    def replies_folder(self) -> Path:
        """The folder of the saved replies."""
        return self.site / "config" / "replies"

    @property
    def guards_folder(self) -> Path:
        """The folder of the guards' word lists."""
        return self.site / "config" / "guards"

    @property
    def known_bad_folder(self) -> Path:
        """The folder of the replies that seeded checks show."""
        return self.site / "config" / "seeded_checks"

    @property
    def ticket_systems(self) -> Mapping[str, str]:
        """The ticket systems that can be asked for tickets, and the channel of each."""
        return {name.lower(): f"webhook:{name}" for name in self.ticket_webhooks if name in self.webhooks}

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel that people can be told through: those of the settings, webhooks and the console."""
        told = [(*team.notify, *team.fallback) for team in self.teams.values()]
        told += [step.notify for ladder in self.ladders.values() for step in ladder.steps]
        names = {channel for channels in (*told, self.alarms.notify) for channel in channels}
        names |= {f"webhook:{name}" for name in self.webhooks} | {"console"}
        names |= {f"apprise:{name}" for name in self.apprise_urls}
        if self.slack_webhook_url or (self.slack_bot_token and self.slack_channel):
            names.add("slack")
        return tuple(sorted(names))
