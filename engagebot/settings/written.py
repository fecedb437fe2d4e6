"""How values of the settings' files are written: spans, rates, shares, channels, dates and the like."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from engagebot.domain.durations import FORMAT, Rate, parse_duration, parse_rate
from engagebot.domain.hours import parse_time_span
from engagebot.domain.outbox import Severity
from engagebot.domain.replying.risks import RiskKind
from engagebot.yamlfile import did_you_mean, kind_of

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]+")
_MOST_AUDITED = 0.5
_SELDOM, _MOST_SELDOM = 10, 10_000
_CHANNELS = ("console", "slack", "slack:#NAME", "email:ADDRESS", "webhook", "webhook:NAME", "apprise:NAME")
_SLACK_PLACE = re.compile(r"#[^\s#,]{1,80}|[CG][A-Z0-9]{4,}")
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
        "slack": not rest or _SLACK_PLACE.fullmatch(rest) is not None,
        "apprise": NAME.fullmatch(rest) is not None,
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


def _severity(text: str) -> Severity:
    try:
        return Severity(text)
    except ValueError:
        near = did_you_mean(text, tuple(Severity))
        raise ValueError(f'"{text}" is not a severity; allowed: {", ".join(Severity)}{near}') from None


def _span_or_never(text: str) -> timedelta | None:
    return None if text.strip() == "never" else parse_duration(text)


def _holiday(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f'"{text}" is not a date; write one such as 2026-12-25') from None


def _on_off(value: object) -> bool:
    if value in ("on", "off") and isinstance(value, str):
        return value == "on"
    raise refuse("EB021", f'must be "on" or "off", not {kind_of(value)}')


def _yes_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise refuse("EB021", f"must be true or false, not {kind_of(value)}")


def _weekly(value: object) -> bool:
    if value in ("weekly", "off") and isinstance(value, str):
        return value == "weekly"
    raise refuse("EB021", f'must be weekly or "off", not {kind_of(value)}')


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
Weekly = Annotated[bool, BeforeValidator(_weekly)]
Count = Annotated[int, BeforeValidator(_positive)]
Seldom = Annotated[int, BeforeValidator(_seldom)]
AtLeastOne = Annotated[int, BeforeValidator(_at_least_one)]
Money = Annotated[Decimal, BeforeValidator(_money)]
SomeMoney = Annotated[Decimal, BeforeValidator(_some_money)]
Level = Annotated[float, BeforeValidator(_level)]
Words = Annotated[str, _text(_words, "a word or a few")]
Risky = Annotated[RiskKind, _text(_risk, "a kind of risk")]
Day = Annotated[date, _text(_holiday, "a date")]
SeverityName = Annotated[Severity, _text(_severity, "a severity")]
SpanOrNever = Annotated[timedelta | None, _text(_span_or_never, f"a span of time: {FORMAT}, or never")]
