"""When was a watch heard, when not, and how late: spans of time and what follows from them.

A ledger holds three kinds of spans for each watch: `heard`, all posts of which were brought; `gap`, posts the
platform would not give us; `limited`, in which we had to keep quiet. What is neither heard nor known to be
missing is silent, so a failure needs no entry of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# Reasons of heard stretches: those of the first poll show when a watch began to listen.
LATE, FIRST = "heard late", "the look-back of the first poll"
# Why a whole connector has to keep quiet, by the error that said so.
RESTS = {"RateLimited": "rate limit", "OutOfCredit": "no credit left", "AuthFailed": "the key is refused"}
LEAST_LATE = timedelta(minutes=10)
INTERVALS = 3


class Kind(StrEnum):
    """What an entry of the ledger says of its span."""

    HEARD = "heard"
    GAP = "gap"
    LIMITED = "limited"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The time from `from_at` up to, but without, `until_at`; empty when they are in the wrong order."""

    from_at: datetime
    until_at: datetime

    @property
    def is_empty(self) -> bool:
        """Whether nothing lies within."""
        return self.until_at <= self.from_at

    @property
    def length(self) -> timedelta:
        """How long it lasts; never below zero."""
        return max(self.until_at - self.from_at, timedelta(0))

    def within(self, other: Span) -> Span:
        """The part of it inside another; may be empty."""
        return Span(max(self.from_at, other.from_at), min(self.until_at, other.until_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger.

    A heard stretch without a `reason` was heard as it happened and may grow; one with a reason was heard
    late, at `noted_at`. `healed_at` is when a gap was heard after all.
    """

    id: int
    watch: str
    kind: Kind
    span: Span
    noted_at: datetime
    reason: str | None = None
    healed_at: datetime | None = None

    @property
    def is_late(self) -> bool:
        """Whether it was heard only some time after it happened."""
        return self.kind is Kind.HEARD and self.reason is not None

    @property
    def is_missing(self) -> bool:
        """Whether its posts are missing still."""
        return self.kind is Kind.GAP and self.healed_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How well one watch was heard within `period`; spans are sorted and do not overlap.

    `heard` leaves out gaps that are still open. `silent` is what nobody heard, for whatever reason, and
    `blind` adds the open gaps to it. `gaps` are all gaps of the period, the healed ones too, oldest first.
    `late` was heard, but late: by at most `longest_lag`.
    """

    period: Span
    heard: tuple[Span, ...]
    silent: tuple[Span, ...]
    blind: tuple[Span, ...]
    late: tuple[Span, ...]
    gaps: tuple[Entry, ...]
    limited: tuple[Span, ...]
    longest_lag: timedelta

    @property
    def blind_minutes(self) -> int:
        """How long nobody heard, in whole minutes."""
        return minutes(self.blind)

    @property
    def late_minutes(self) -> int:
        """How much was heard late, in whole minutes."""
        return minutes(self.late)

    @property
    def limited_minutes(self) -> int:
        """How long we had to keep quiet, in whole minutes."""
        return minutes(self.limited)


def late_after(every: timedelta) -> timedelta:
    """How long after a poll the next one is overdue."""
    return max(INTERVALS * every, LEAST_LATE)


def join(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Make one of spans that touch or overlap; sorted, empty ones left out."""
    joined: list[Span] = []
    for span in sorted(span for span in spans if not span.is_empty):
        if joined and span.from_at <= joined[-1].until_at:
            joined[-1] = Span(joined[-1].from_at, max(joined[-1].until_at, span.until_at))
        else:
            joined.append(span)
    return tuple(joined)


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> tuple[Span, ...]:
    """What is left of spans once others are taken out; sorted, without overlap."""
    left: list[Span] = []
    holes = join(taken)
    for span in join(spans):
        start = span.from_at
        for hole in holes:
            if hole.until_at <= start:
                continue
            if hole.from_at >= span.until_at:
                break
            if hole.from_at > start:
                left.append(Span(start, hole.from_at))
            start = max(start, hole.until_at)
        left.append(Span(start, span.until_at))
    return join(left)


def clip(spans: Iterable[Span], period: Span) -> tuple[Span, ...]:
    """The parts of spans within a period, joined."""
    return join(span.within(period) for span in spans)


def minutes(spans: Iterable[Span]) -> int:
    """How long spans last together, in whole minutes, rounded to the nearest."""
    total = sum((span.length for span in join(spans)), timedelta(0))
    return round(total.total_seconds() / 60)


def cover(entries: Sequence[Entry], period: Span, *, began_at: datetime | None, every: timedelta) -> Coverage:
    """Say how well a watch was heard in a period that ends now.

    `entries` are those of the ledger that reach into the period. What was before the watch began to listen is
    not held against it. The time since the last poll is silent only when the next one is overdue.
    """
    now = period.until_at
    heard_entries = [entry for entry in entries if entry.kind is Kind.HEARD]
    known = Span(max(period.from_at, now if began_at is None else min(began_at, now)), now)
    heard = [entry.span for entry in heard_entries]
    gaps = [entry for entry in entries if entry.kind is Kind.GAP]
    missing = [entry.span for entry in gaps if entry.is_missing]
    last = max(heard_entries, key=lambda entry: entry.span.until_at, default=None)
    to_come = []
    if last is not None and now - last.noted_at <= late_after(every):
        to_come.append(Span(last.span.until_at, now))
    silent = subtract([known], [*heard, *missing, *to_come])
    late = [entry for entry in heard_entries if entry.is_late and not entry.span.within(known).is_empty]
    return Coverage(
        period=known,
        heard=subtract(clip(heard, known), missing),
        silent=silent,
        blind=clip([*silent, *missing], known),
        late=clip((entry.span for entry in late), known),
        gaps=tuple(sorted(gaps, key=lambda entry: (entry.span, entry.id))),
        limited=clip((entry.span for entry in entries if entry.kind is Kind.LIMITED), known),
        longest_lag=max(
            (entry.noted_at - entry.span.within(known).from_at for entry in late), default=timedelta(0)
        ),
    )
