"""Working hours: is the team there, and when has so much working time gone by, in the team's own zone."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})")
_DAY = timedelta(days=1)
# A team that is open one minute a week needs four years for an hour and a half; beyond that somebody erred.
_HORIZON_DAYS = 20_000


def parse_weekdays(text: str) -> tuple[int, ...]:
    """Read `mon-fri`, `sat` or `fri-mon` (round the week's end) as numbers, Monday 0.

    Raises:
        ValueError: the text is neither a weekday nor two with a dash.
    """
    said = [name.strip().lower() for name in re.split("[-–]", text)]
    names = [name[:3] if name in _LONG else name for name in said]
    if len(names) > 2 or any(name not in WEEKDAYS for name in names):
        raise ValueError(
            f'"{text}" is not a weekday; write {", ".join(WEEKDAYS)}, or two with a dash: mon-fri'
        )
    first, last = WEEKDAYS.index(names[0]), WEEKDAYS.index(names[-1])
    return tuple((first + step) % 7 for step in range((last - first) % 7 + 1))


def parse_time_span(text: str) -> tuple[int, int]:
    """Read `09:00-18:00` as minutes after midnight; the end may be 24:00, and before the start.

    Raises:
        ValueError: the text is not two times of day with a dash.
    """
    match = _SPAN.fullmatch(text.strip())
    if match is None or int(match[2]) > 59 or int(match[4]) > 59:
        raise ValueError(f'"{text}" is not a span of the day; write "09:00-18:00"')
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if start >= 1440 or end > 1440 or start == end:
        raise ValueError(f'"{text}" is not a span of the day; write "09:00-18:00"')
    return start, end


def is_within(at: datetime, span: tuple[int, int]) -> bool:
    """Say whether a local time lies in a span of the day, which may run over midnight."""
    minute, (start, end) = at.hour * 60 + at.minute, span
    return start <= minute < end if start < end else minute >= start or minute < end


def quiet_until(at: datetime, span: tuple[int, int], zone: ZoneInfo) -> datetime | None:
    """When the span of the day that `at` lies in is over, as UTC; `None` outside of it.

    It begins when the clock on the wall shows its start first and ends when that shows its end last, so the
    hour that comes twice in one night of autumn has no hole. A time that a night of spring leaves out is the
    moment at which the clocks jump.
    """
    at, (start, end) = at.astimezone(UTC), span
    today = at.astimezone(zone).date()
    for day in (today - _DAY, today):
        begins, _ = _on_the_wall(day, start, zone)
        _, ends = _on_the_wall(day if start < end else day + _DAY, end, zone)
        if begins <= at < ends:
            return ends
    return None


def _on_the_wall(day: date, minute: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first and the last moment, as UTC, at which clocks show a minute of a day."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    first, last = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first, last
    while first.astimezone(zone).replace(tzinfo=None) < wall:
        first += timedelta(minutes=1)
    return first, first


class HolidayCalendar:
    """Holidays of any year, asked for when the year is first looked at."""

    def __init__(self, of_year: Callable[[int], Iterable[date]]) -> None:
        self._of_year = of_year
        self._known: dict[int, frozenset[date]] = {}

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        if day.year not in self._known:
            self._known[day.year] = frozenset(self._of_year(day.year))
        return day in self._known[day.year]


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessHours:
    """Weekly opening hours with holidays. `spans[0]` are Monday's (start, end) minutes, sorted and apart."""

    zone: ZoneInfo
    spans: tuple[tuple[tuple[int, int], ...], ...]
    holidays: Container[date] = frozenset()

    @classmethod
    def parse(
        cls,
        days: Mapping[str, str],
        *,
        zone: ZoneInfo,
        holidays: Container[date] = frozenset(),
    ) -> BusinessHours:
        """Read `{"mon-fri": "09:00-12:00, 13:00-18:00", "sat": "10:00-14:00"}`.

        Raises:
            ValueError: a day or a span cannot be read, spans overlap, or nothing is ever open.
        """
        week: list[list[tuple[int, int]]] = [[] for _ in WEEKDAYS]
        for names, text in days.items():
            for piece in text.split(","):
                start, end = parse_time_span(piece)
                if end < start:
                    raise ValueError(f'"{piece.strip()}" runs over midnight; write it as two days\' spans')
                for day in parse_weekdays(names):
                    week[day].append((start, end))
        for day, spans in enumerate(week):
            spans.sort()
            if any(later[0] < earlier[1] for earlier, later in itertools.pairwise(spans)):
                raise ValueError(f"the hours of {WEEKDAYS[day]} overlap")
        if not any(week):
            raise ValueError("there must be at least one day with hours")
        return cls(zone=zone, spans=tuple(tuple(day) for day in week), holidays=holidays)

    def is_open(self, at: datetime) -> bool:
        """Say whether the team works at this moment."""
        start, end = next(self._open_from(at), (at + _DAY, at))
        return start <= at < end

    def opens_at(self, at: datetime) -> datetime:
        """When the team works next, as UTC: at once while it works.

        Raises:
            OverflowError: that is more than fifty years away.
        """
        for start, _ in self._open_from(at):
            return max(start, at.astimezone(UTC))
        raise OverflowError("nobody works in the next fifty years")

    def add(self, at: datetime, span: timedelta) -> datetime:
        """Return the moment, as UTC, by which `span` of working time has passed since `at`.

        No span gives `at` itself. Hours are real ones: the night the clocks change counts what really passed.

        Raises:
            OverflowError: that is more than fifty years away.
        """
        at = at.astimezone(UTC)
        if span <= timedelta(0):
            return at
        for start, end in self._open_from(at):
            here = max(start, at)
            if end - here >= span:
                return here + span
            span -= end - here
        raise OverflowError("so much working time does not pass in fifty years")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Measure the working time from `start` to `end`; nothing when `end` is earlier."""
        total = timedelta(0)
        for opens, closes in self._open_from(start):
            if opens >= end:
                break
            total += max(min(closes, end) - max(opens, start), timedelta(0))
        return total

    def _open_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Walk the open spans that end after `at`, in order and apart, as UTC."""
        at = at.astimezone(UTC)
        # A day early, so that a span of yesterday's date that is still running in UTC is not missed.
        day, closed = at.astimezone(self.zone).date() - _DAY, None
        for _ in range(_HORIZON_DAYS):
            if day not in self.holidays:
                for first, last in self.spans[day.weekday()]:
                    start, end = self._moment(day, first), self._moment(day, last)
                    # Where the clocks jump, two wall times can be one moment; spans stay apart.
                    start = max(start, closed) if closed else start
                    if end > max(at, start):
                        closed = end
                        yield start, end
            day += _DAY

    def _moment(self, day: date, minute: int) -> datetime:
        if minute == 1440:
            day, minute = day + _DAY, 0
        wall = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=self.zone)
        return wall.astimezone(UTC)
