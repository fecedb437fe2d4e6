"""Clocks of a case: what was promised, since when it runs, what pauses it, and when somebody is told.

A case's clocks follow from its history alone, so they can be put together again at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from engagebot.domain.hours import BusinessHours
from engagebot.domain.outbox import CASE_OPEN, CASE_RESTING, CaseState, Severity

BREACH = 1.0
"""The share of the span at which a promise is broken."""


class ClockKind(StrEnum):
    """What is promised: an answer, one to what they said after ours, the end, what a holding reply said."""

    FIRST_REPLY = "first_reply"
    NEXT_REPLY = "next_reply"
    RESOLUTION = "resolution"
    FOLLOW_UP = "follow_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Which cases a promise is for: empty means all; `is_vip` is `None` where both are meant."""

    severities: frozenset[Severity] = frozenset()
    teams: frozenset[str] = frozenset()
    is_vip: bool | None = None

    def holds(self, severity: Severity, team: str, *, is_vip: bool) -> bool:
        """Whether a case is meant."""
        return (
            (not self.severities or severity in self.severities)
            and (not self.teams or team in self.teams)
            and (self.is_vip is None or self.is_vip is is_vip)
        )


EVERYBODY = Audience()


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What holds for one case: a span for each kind of clock, in working time where there are `hours`.

    `warn_at` are shares of the span, above 0, rising; the breach is told besides. A case in one of the states
    `pauses` lets its clocks rest. Who waits for `holding_after` is told when a person will answer.
    """

    name: str
    spans: Mapping[ClockKind, timedelta]
    hours: BusinessHours | None = None
    warn_at: tuple[float, ...] = (0.5, 0.8)
    pauses: frozenset[CaseState] = CASE_RESTING
    holding_after: timedelta | None = None

    @property
    def shares(self) -> tuple[float, ...]:
        """The shares of a span at which somebody is told, the breach last."""
        return (*(share for share in self.warn_at if share < BREACH), BREACH)


@dataclass(frozen=True, slots=True)
class Pause:
    """A rest from `begin` to `end`; `None`: it lasts."""

    begin: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A promise that runs since `began_at`. Its `pauses` are in order and apart."""

    kind: ClockKind
    promise: str
    began_at: datetime
    span: timedelta
    hours: BusinessHours | None = None
    pauses: tuple[Pause, ...] = ()
    ended_at: datetime | None = None

    @property
    def paused_at(self) -> datetime | None:
        """Since when it rests; `None` while it runs."""
        return self.pauses[-1].begin if self.pauses and self.pauses[-1].end is None else None

    def used(self, at: datetime) -> timedelta:
        """How much of the span has gone by: the working time since it began, less the pauses."""
        at = min(at, self.ended_at or at)
        return sum((self._between(begin, min(end, at)) for begin, end in self._runs(at)), timedelta(0))

    def left(self, at: datetime) -> timedelta:
        """What is left of the span; below nothing once the promise is broken."""
        return self.span - self.used(at)

    def moment(self, share: float) -> datetime | None:
        """When this share of the span has gone by; `None` where the clock rests before."""
        wanted, since = self.span * share, self.began_at
        for pause in self.pauses:
            here = self._between(since, pause.begin)
            if here >= wanted:
                break
            wanted, since = wanted - here, pause.end or since
            if pause.end is None:
                return None
        return self._after(since, wanted)

    @property
    def due_at(self) -> datetime | None:
        """When the promise is broken; `None` while the clock rests, unless that was before."""
        return self.moment(BREACH)

    def rest(self, at: datetime) -> Clock:
        """The same clock, resting since then; one that rests or has ended stays as it is."""
        if self.ended_at is not None or self.paused_at is not None:
            return self
        return replace(self, pauses=(*self.pauses, Pause(max(at, self._last))))

    def go_on(self, at: datetime) -> Clock:
        """The same clock, running again since then."""
        if self.ended_at is not None or self.paused_at is None:
            return self
        begin = self.pauses[-1].begin
        return replace(self, pauses=(*self.pauses[:-1], Pause(begin, max(at, begin))))

    def end(self, at: datetime) -> Clock:
        """The same clock, ended then; one that has ended stays as it is."""
        return self if self.ended_at is not None else replace(self, ended_at=max(at, self.began_at))

    @property
    def _last(self) -> datetime:
        last = self.pauses[-1].end if self.pauses else None
        return last or self.began_at

    def _runs(self, at: datetime) -> Iterable[tuple[datetime, datetime]]:
        since = self.began_at
        for pause in self.pauses:
            yield since, pause.begin
            if pause.end is None:
                return
            since = pause.end
        yield since, at

    def _between(self, begin: datetime, end: datetime) -> timedelta:
        if self.hours is not None:
            return self.hours.between(begin, end)
        return max(end - begin, timedelta(0))

    def _after(self, since: datetime, span: timedelta) -> datetime:
        return self.hours.add(since, span) if self.hours is not None else since + span


class Told(StrEnum):
    """What a case's history tells its clocks."""

    OPENED = "opened"
    CONTACT = "contact"
    REPLY = "reply"
    FOLLOWED_UP = "followed_up"
    STATE = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that moves clocks; `at` is when it was said or done, maybe long before it was known.

    A reply that named a time at which a person answers, a holding one, has it as `follow_up_at`.
    """

    told: Told
    at: datetime
    state: CaseState | None = None
    follow_up_at: datetime | None = None


def clocks_of(history: Sequence[Happening], promise: Promise) -> list[Clock]:
    """Put a case's clocks together, in the order in which they began to count; the history is in known order.

    First reply and resolution run from the post that opened the case. A reply ends every wait that began
    before it. What the customer says after a reply starts the next one, from the moment they said it, and
    ends a pause. An end of the case ends all clocks; reopened, it gets new ones.

    A holding reply is a word of ours like any other, and begins a follow-up, due at the time that it named,
    whatever the case rests for: they were told that time. Another word of ours ends it, or a person's reason.
    """
    walk = _Walk(promise)
    for each in history:
        walk.take(each)
    return walk.clocks


@dataclass(slots=True)
class _Walk:
    promise: Promise
    clocks: list[Clock] = field(default_factory=list)
    state: CaseState = CaseState.NEW
    is_answered: bool = False
    said_after_end: datetime | None = None

    def take(self, each: Happening) -> None:
        match each.told:
            case Told.OPENED:
                self._start(ClockKind.FIRST_REPLY, each.at)
                self._start(ClockKind.RESOLUTION, each.at)
            case Told.CONTACT:
                self._contact(each.at)
            case Told.REPLY:
                self._reply(each.at, each.follow_up_at)
            case Told.FOLLOWED_UP:
                self._end(each.at, ClockKind.FOLLOW_UP)
            case Told.STATE:
                self._move(each.state or self.state, each.at)

    def _contact(self, at: datetime) -> None:
        if self.state not in CASE_OPEN:
            self.said_after_end = self.said_after_end or at
            return
        self.clocks = [clock.go_on(at) for clock in self.clocks]
        if self.is_answered:
            self._start(ClockKind.NEXT_REPLY, at)

    def _reply(self, at: datetime, follow_up_at: datetime | None) -> None:
        self.is_answered = True
        self._end(at, ClockKind.FIRST_REPLY, ClockKind.NEXT_REPLY)
        if follow_up_at is None:
            self._end(at, ClockKind.FOLLOW_UP)
        elif self.state in CASE_OPEN:
            self._follow_up(at, follow_up_at)

    def _end(self, at: datetime, *kinds: ClockKind) -> None:
        self.clocks = [
            clock.end(at) if clock.kind in kinds and clock.began_at <= at else clock for clock in self.clocks
        ]

    def _follow_up(self, at: datetime, due_at: datetime) -> None:
        # The first time that they were told stands; a second holding reply puts nothing off.
        if any(clock.kind is ClockKind.FOLLOW_UP and clock.ended_at is None for clock in self.clocks):
            return
        span = max(due_at - at, timedelta(0))
        self.clocks.append(Clock(kind=ClockKind.FOLLOW_UP, promise=self.promise.name, began_at=at, span=span))

    def _rest(self, at: datetime) -> None:
        self.clocks = [
            clock if clock.kind is ClockKind.FOLLOW_UP else clock.rest(at) for clock in self.clocks
        ]

    def _move(self, state: CaseState, at: datetime) -> None:
        was_open, self.state = self.state in CASE_OPEN, state
        if state not in CASE_OPEN:
            self.clocks = [clock.end(at) for clock in self.clocks]
            self.said_after_end = None
        elif not was_open:
            self._reopen(at)
        elif state in self.promise.pauses:
            self._rest(at)
        else:
            self.clocks = [clock.go_on(at) for clock in self.clocks]

    def _reopen(self, at: datetime) -> None:
        said, self.said_after_end = self.said_after_end, None
        self._start(ClockKind.RESOLUTION, said or at)
        if not self.is_answered:
            self._start(ClockKind.FIRST_REPLY, said or at)
        elif said is not None:
            # Where no next reply is promised, the first one is promised again.
            is_promised = self.promise.spans.get(ClockKind.NEXT_REPLY) is not None
            self._start(ClockKind.NEXT_REPLY if is_promised else ClockKind.FIRST_REPLY, said)

    def _start(self, kind: ClockKind, at: datetime) -> None:
        span = self.promise.spans.get(kind)
        if span is None or any(clock.kind is kind and clock.ended_at is None for clock in self.clocks):
            return
        self.clocks.append(
            Clock(kind=kind, promise=self.promise.name, began_at=at, span=span, hours=self.promise.hours)
        )


@dataclass(frozen=True, slots=True)
class Warnings:
    """Where a clock stands with what it tells: how many moments have passed, and when the next one comes."""

    passed: int
    next_at: datetime | None


def warnings_of(clock: Clock, shares: Collection[float], now: datetime) -> Warnings:
    """How many of the shares of a clock have gone by until now, and the moment of the next one.

    A clock that has ended tells nothing more; one that rests has no next moment.
    """
    until = min(now, clock.ended_at or now)
    moments = [clock.moment(share) for share in shares]
    passed = sum(moment is not None and moment <= until for moment in moments)
    following = moments[passed] if passed < len(moments) else None
    return Warnings(passed, None if clock.ended_at is not None else following)
