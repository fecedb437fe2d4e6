"""The shape of `config/engagebot.yaml`: what keys there are, and how their values are written."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from engagebot.domain.durations import FORMAT, Rate, parse_duration, parse_rate
from engagebot.domain.hours import parse_time_span
from engagebot.domain.leaving import REPLIES, CapScope
from engagebot.domain.optout import DEFAULT_WORDS
from engagebot.domain.risks import LARGE_REACH, SECOND_READER, RiskKind
from engagebot.yamlfile import did_you_mean, kind_of

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]+")
_MOST_AUDITED = 0.5
_SELDOM, _MOST_SELDOM = 10, 10_000
_CHANNELS = ("console", "slack", "email:ADDRESS", "webhook", "webhook:NAME")
_T = TypeVar("_T")


def refuse(code: str, message: str) -> PydanticCustomError:
    """Make the error of a validator; its text is taken literally, braces and all."""
    return PydanticCustomError(code, "{text}", {"text": message})


def _text(parse: Callable[[str], _T], wanted: str) -> BeforeValidator:
    """A validator that reads a value from text and says what was wanted when it is none."""

    def read(value: object) -> _T:
        if not isinstance(value, str):
            raise refuse("EB021", f"must be {wanted}, not {kind_of(value)}")
        try:
            return parse(value)
        except ValueError as error:
            raise refuse("EB021", str(error)) from None

    return BeforeValidator(read)


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError(f'"{text}" is not a name; write letters, digits, ".", "_" and "-", at most 64')
    return text


def _words(text: str) -> str:
    if not any(letter.isalnum() for letter in text):
        raise ValueError(f'"{text}" holds no word')
    return text


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        near = did_you_mean(text, available_timezones())
        raise ValueError(
            f'"{text}" is not a time zone; write one such as Europe/Berlin or UTC{near}'
        ) from None


def _percent(text: str) -> float:
    match = re.fullmatch(r"([0-9]{1,3})\s*%", text.strip())
    if match is None or not 0 < int(match[1]) <= 100:
        raise ValueError(f'"{text}" is not a share; write one from 1% to 100%')
    return int(match[1]) / 100


def _audit_share(text: str) -> float:
    share = 0.0 if text.strip() in {"0%", "0 %"} else _percent(text)
    if share > _MOST_AUDITED:
        raise ValueError(
            f'"{text}" asks people more about posts that nobody routed than about their work; '
            f"write {_MOST_AUDITED:.0%} or less"
        )
    return share


def _url(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+[^\s]*", text):
        raise ValueError(f'"{text}" is not an address; write one that begins with https://')
    return text


def _channel(text: str) -> str:
    form, _, rest = text.partition(":")
    fine = {
        "console": not rest,
        "slack": not rest,
        "webhook": not text.endswith(":"),
        "email": _EMAIL.fullmatch(rest) is not None,
    }
    if fine.get(form) and (":" not in text or rest):
        return text
    if form == "email":
        raise ValueError(f'"{text}" has no e-mail address; write email:support@example.com')
    near = did_you_mean(form, fine)
    raise ValueError(f'"{text}" is not a channel; allowed: {", ".join(_CHANNELS)}{near}')


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f'"{text}" is not an address or network; write one such as 10.0.0.0/8') from None
    return text


def _caps(value: object) -> tuple[Rate, ...]:
    given = value if isinstance(value, list) else [value]
    texts = [text for text in given if isinstance(text, str)]
    if not texts or len(texts) < len(given):
        raise refuse("EB021", f"must be a rate such as 6/1d, or a list of them, not {kind_of(value)}")
    try:
        rates = tuple(parse_rate(text) for text in texts)
    except ValueError as error:
        raise refuse("EB021", str(error)) from None
    if any(not rate.count for rate in rates):
        raise refuse("EB021", 'lets nothing leave; write 1 or more, or stop everything with sending: "off"')
    return rates


def _risk(text: str) -> RiskKind:
    try:
        return RiskKind(text)
    except ValueError:
        near = did_you_mean(text, tuple(RiskKind))
        raise ValueError(f'"{text}" is not a kind of risk; allowed: {", ".join(RiskKind)}{near}') from None


def _holiday(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f'"{text}" is not a date; write one such as 2026-12-25') from None


def _holidays(value: object) -> object:
    if isinstance(value, str | list):
        return value
    raise refuse("EB021", f"must be the path of an .ics file or a list of dates, not {kind_of(value)}")


def _on_off(value: object) -> bool:
    if value in ("on", "off") and isinstance(value, str):
        return value == "on"
    raise refuse("EB021", f'must be "on" or "off", not {kind_of(value)}')


def _yes_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise refuse("EB021", f"must be true or false, not {kind_of(value)}")


def _positive(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise refuse("EB021", f"must be a whole number, 0 or more, not {kind_of(value)}")


def _at_least_one(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise refuse("EB021", f"must be a whole number, 1 or more, not {kind_of(value)}")


def _seldom(value: object) -> int:
    # A check keeps somebody's reply waiting for a moment, and a desk full of checks trains for checks.
    if isinstance(value, int) and not isinstance(value, bool) and _SELDOM <= value <= _MOST_SELDOM:
        return value
    said = value if isinstance(value, int) and not isinstance(value, bool) else kind_of(value)
    raise refuse("EB021", f"must be a whole number from {_SELDOM} to {_MOST_SELDOM}, not {said}")


def _money(value: object) -> Decimal:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1_000_000:
        # By way of its text: 0.1 as a binary number is a little more than a tenth.
        return Decimal(str(value))
    raise refuse("EB021", f"must be an amount such as 2.50, 0 or more, not {kind_of(value)}")


def _some_money(value: object) -> Decimal:
    amount = _money(value)
    if not amount:
        raise refuse("EB021", "must be more than 0; leave the watch out to read nothing")
    return amount


def _level(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and -1 <= value <= 1:
        return float(value)
    raise refuse("EB021", f"must be a number from -1 to 1, not {kind_of(value)}")


Name = Annotated[str, _text(_name, "a name")]
Span = Annotated[timedelta, _text(parse_duration, f"a span of time: {FORMAT}")]
RateText = Annotated[Rate, _text(parse_rate, "a rate such as 1/30d")]
Caps = Annotated[tuple[Rate, ...], BeforeValidator(_caps)]
Zone = Annotated[ZoneInfo, _text(_zone, "a time zone")]
Share = Annotated[float, _text(_percent, "a share such as 80%")]
AuditShare = Annotated[float, _text(_audit_share, "a share such as 20%")]
Url = Annotated[str, _text(_url, "an address")]
Channel = Annotated[str, _text(_channel, "a channel")]
Network = Annotated[str, _text(_network, "an address or network")]
Minutes = Annotated[tuple[int, int], _text(parse_time_span, 'a span of the day: "09:00-18:00"')]
OnOff = Annotated[bool, BeforeValidator(_on_off)]
YesNo = Annotated[bool, BeforeValidator(_yes_no)]
Count = Annotated[int, BeforeValidator(_positive)]
Seldom = Annotated[int, BeforeValidator(_seldom)]
AtLeastOne = Annotated[int, BeforeValidator(_at_least_one)]
Money = Annotated[Decimal, BeforeValidator(_money)]
SomeMoney = Annotated[Decimal, BeforeValidator(_some_money)]
Level = Annotated[float, BeforeValidator(_level)]
Words = Annotated[str, _text(_words, "a word or a few")]
Risky = Annotated[RiskKind, _text(_risk, "a kind of risk")]
Day = Annotated[date, _text(_holiday, "a date")]


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


class AlarmsModel(Strict):
    notify: list[Channel] = ["console"]


class SlaModel(Strict):
    name: Name
    first_reply: Span
    resolution: Span | None = None
    hours: Literal["business", "always"] = "always"
    warn_at: list[Share] = [0.5, 0.8]


class HoursModel(Strict):
    """`business` holds weekdays and `holidays`; it is read in a second step, for their mixture of values."""

    business: dict[str, Any]


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
    url: Url


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
    hours: HoursModel | None = None
    contact_policy: PolicyModel = PolicyModel()
    retention: RetentionModel = RetentionModel()
    deletion: DeletionModel = DeletionModel()
    learning: LearningModel = LearningModel()
    review: ReviewModel = ReviewModel()
    sentiment: SentimentModel = SentimentModel()
    undo_seconds: Count = 10
    webhooks: dict[Name, WebhookModel] = {}
    server: ServerModel = ServerModel()


class HolidaysModel(Strict):
    """`hours.business.holidays`, when it is a list of dates."""

    holidays: list[Day]
