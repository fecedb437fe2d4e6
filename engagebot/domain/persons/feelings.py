"""Feelings over time: many posts brought to a few spans, which fit a drawing and a short table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engagebot.domain.persons.recovery import LEVELS, Felt

MOST_SPANS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One day, month, quarter or year; `level` is the middle feeling, -2 (very unhappy) to 2 (very happy)."""

    label: str
    begins: date
    level: float
    posts: int
    unhappy: int


def _day(day: date) -> date:
    return day


def _week(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month(day: date) -> date:
    return day.replace(day=1)


def _quarter(day: date) -> date:
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def _year(day: date) -> date:
    return day.replace(month=1, day=1)


_UNITS: Final[tuple[tuple[Callable[[date], date], Callable[[date], str]], ...]] = (
    (_day, lambda day: f"{day.day} {day:%b %Y}"),
    (_week, lambda day: f"week of {day.day} {day:%b %Y}"),
    (_month, lambda day: f"{day:%B %Y}"),
    (_quarter, lambda day: f"{(day.month + 2) // 3}. quarter {day.year}"),
    (_year, lambda day: str(day.year)),
)


def spans(felt: Iterable[Felt], zone: ZoneInfo) -> list[Span]:
    """Bring feelings to at most `MOST_SPANS` spans of the team's own time, oldest first.

    Posts in a language that is not scored say nothing of a feeling and are left out.
    """
    days = [(_local(each.at, zone), LEVELS[each.sentiment]) for each in felt if each.sentiment in LEVELS]
    if not days:
        return []
    for begin_of, label_of in _UNITS:
        parts = _parted(days, begin_of)
        if len(parts) <= MOST_SPANS or begin_of is _year:
            return [_span(begins, label_of(begins), parts[begins]) for begins in sorted(parts)][-MOST_SPANS:]
    raise AssertionError("years are the last unit")


def _local(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _parted(days: Sequence[tuple[date, int]], begin_of: Callable[[date], date]) -> dict[date, list[int]]:
    parts: dict[date, list[int]] = {}
    for day, level in days:
        parts.setdefault(begin_of(day), []).append(level)
    return parts


def _span(begins: date, label: str, levels: Sequence[int]) -> Span:
    return Span(
        label=label,
        begins=begins,
        level=sum(levels) / len(levels),
        posts=len(levels),
        unhappy=sum(level < 0 for level in levels),
    )
