"""Ladders: who is told, and when, while nobody says that they look after a case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engagebot.domain.hours import BusinessHours
from engagebot.domain.outbox import Severity
from engagebot.domain.telling.notices import past_words

MOST_ROUNDS = 6
"""A ladder is walked once and repeated five times at most; by then calling louder does not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Channels that are told `after` the step before it, or after the case became unanswered."""

    after: timedelta
    notify: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Steps that are walked `rounds` times.

    It acts `during` these hours, or always where there are none. Outside of them another ladder acts, and
    where there is none it holds; cases of the severity `page_only` or above climb on at any hour.
    """

    name: str
    steps: tuple[Step, ...]
    rounds: int = 1
    during: BusinessHours | None = None
    outside: Ladder | None = None
    page_only: Severity | None = None

    @property
    def length(self) -> int:
        """How many times somebody is told at most."""
        return len(self.steps) * self.rounds

    def is_held(self, severity: Severity) -> bool:
        """Whether the hours hold for a case of this severity."""
        return self.during is not None and (self.page_only is None or severity.rank < self.page_only.rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One time that somebody is told: the `number`-th, from 1."""

    at: datetime
    notify: tuple[str, ...]
    number: int
    ladder: str


def next_rung(ladder: Ladder, *, taken: int, since: datetime, severity: Severity) -> Rung | None:
    """The rung after `taken` others, the last of them at `since`; `None` where the ladder ends."""
    if taken >= ladder.length:
        return None
    index, number = taken % len(ladder.steps), taken + 1
    step = ladder.steps[index]
    if not ladder.is_held(severity) or ladder.during is None:
        return Rung(at=since + step.after, notify=step.notify, number=number, ladder=ladder.name)
    plain = since + step.after
    other = ladder.outside
    if other is not None and not ladder.during.is_open(plain):
        # Round by round the two ladders keep in step: the third step at night is the other's third.
        another = other.steps[min(index, len(other.steps) - 1)]
        return Rung(at=since + another.after, notify=another.notify, number=number, ladder=other.name)
    at = plain if other is not None else ladder.during.add(since, step.after)
    return Rung(at=at, notify=step.notify, number=number, ladder=ladder.name)


def climb(ladder: Ladder, *, since: datetime, severity: Severity, taken: int = 0) -> Iterator[Rung]:
    """All rungs to come where nobody answers, in order."""
    while (rung := next_rung(ladder, taken=taken, since=since, severity=severity)) is not None:
        yield rung
        taken, since = rung.number, rung.at


def preview(
    ladder: Ladder,
    *,
    since: datetime,
    severity: Severity,
    zone: ZoneInfo,
    taken: int = 0,
    now: datetime | None = None,
) -> list[str]:
    """What happens if nobody answers, a line for each time: `14:05 slack`; the last says that it stops.

    Times of `now`'s day (of the first moment's, unless given) stand alone, others with their day.
    """
    lines = [
        f"{past_words(rung.at, now or since, zone)} {', '.join(rung.notify)}"
        for rung in climb(ladder, since=since, severity=severity, taken=taken)
    ]
    return [*lines, "then nobody is told any more"]
