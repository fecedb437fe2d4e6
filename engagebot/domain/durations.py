"""Spans of time and rates as people write them: `2m`, `24h`, `30d`, `1/30d`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"([0-9]{1,6})\s*([smhdw])")
_RATE = re.compile(r"([0-9]{1,6})\s*/\s*(.+)")
FORMAT = "a number and a unit: 30s, 2m, 24h, 30d or 2w"


def parse_duration(text: str) -> timedelta:
    """Read `2m` as two minutes; seconds, minutes, hours, days and weeks.

    Raises:
        ValueError: the text is not a number followed by one unit, or is zero.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None or int(match[1]) == 0:
        raise ValueError(f"{text!r} is not a span of time; write {FORMAT}")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def format_duration(span: timedelta) -> str:
    """Write a span in the largest unit that divides it."""
    seconds = int(span.total_seconds())
    for unit in ("w", "d", "h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]}{unit}"
    return f"{seconds}s"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` in any window of length `per`."""

    count: int
    per: timedelta

    def __str__(self) -> str:
        return f"{self.count}/{format_duration(self.per)}"


def parse_rate(text: str) -> Rate:
    """Read `1/30d` as once in thirty days.

    Raises:
        ValueError: the text is not a number, a slash and a span.
    """
    match = _RATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a rate; write a number, a slash and {FORMAT}, such as 1/30d")
    return Rate(int(match[1]), parse_duration(match[2]))
