"""Who may be about to leave us, and why, in words: a reason stands only as long as what it is drawn from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from engagebot.domain.casework.clocks import ClockKind
from engagebot.domain.judgement import Sentiment
from engagebot.domain.persons.recovery import LEVELS
from engagebot.domain.telling.notices import span_words

LOOKED_BACK: Final = timedelta(days=90)
RECENT: Final = timedelta(days=30)
_TALKS: Final = 3
_WORDS: Final = {
    Sentiment.VERY_NEGATIVE: "very unhappy",
    Sentiment.NEGATIVE: "unhappy",
    Sentiment.NEUTRAL: "neutral",
    Sentiment.POSITIVE: "happy",
    Sentiment.VERY_POSITIVE: "very happy",
}


class Talk(NamedTuple):
    """One thing that somebody said to us; nobody judged the feeling of a call."""

    at: datetime
    sentiment: Sentiment | None = None
    is_leaving: bool = False


class Broken(NamedTuple):
    """A promise to somebody that was due within `LOOKED_BACK` and was kept later or, so far, not at all."""

    kind: ClockKind
    span: timedelta
    due_at: datetime
    kept_at: datetime | None = None
    is_business_time: bool = False

    def late_by(self, now: datetime) -> timedelta:
        """How long after it was due it was kept, or has not been kept."""
        return (self.kept_at or now) - self.due_at


_KEPT: Final[Mapping[ClockKind, str]] = {
    ClockKind.FIRST_REPLY: "answered",
    ClockKind.NEXT_REPLY: "answered",
    ClockKind.RESOLUTION: "solved",
}


def reasons(talks: Sequence[Talk], now: datetime, broken: Sequence[Broken] = ()) -> tuple[str, ...]:
    """Why somebody may leave us; `talks` are those of `LOOKED_BACK`, in any order. Empty: nothing says so."""
    return (*_reasons(sorted(talks, key=lambda talk: talk.at), now), *_late(broken, now))


def _reasons(talks: Sequence[Talk], now: datetime) -> Iterator[str]:
    recent = [talk for talk in talks if now - RECENT <= talk.at <= now]
    leaving = [talk for talk in recent if talk.is_leaving]
    if leaving:
        yield f"spoke of leaving {_ago(leaving[-1].at, now)}"
    felt = [talk.sentiment for talk in talks if talk.sentiment is not None and talk.sentiment in LEVELS]
    felt = felt[-_TALKS:]
    levels = [LEVELS[each] for each in felt]
    is_falling = len(levels) == _TALKS and levels[0] > levels[1] >= levels[2]
    if is_falling and levels[-1] < 0:
        yield f"feels worse from talk to talk: {', '.join(_WORDS[each] for each in felt)}"
    unhappy = sum(LEVELS.get(talk.sentiment, 0) < 0 for talk in recent if talk.sentiment is not None)
    if len(recent) >= _TALKS and unhappy >= 2:
        yield f"{len(recent)} contacts in {RECENT.days} days, {unhappy} of them unhappy"


def _ago(at: datetime, now: datetime) -> str:
    days = (now - at).days
    return "today" if days == 0 else "a day ago" if days == 1 else f"{days} days ago"


def _late(broken: Sequence[Broken], now: datetime) -> Iterator[str]:
    """The promise that was broken by most, and how many others were."""
    worst = max(broken, key=lambda each: each.late_by(now), default=None)
    if worst is None:
        return
    verb, late = _KEPT.get(worst.kind, "followed up"), worst.late_by(now)
    others = f" (and {len(broken) - 1} more broken in {LOOKED_BACK.days} days)" if len(broken) > 1 else ""
    head = f"{verb} late" if worst.kept_at is not None else f"not {verb} in time"
    if worst.is_business_time:
        # What was promised counts working time alone; how late it was they count by the clock on the wall.
        after = f"{_span(late)} after that" if worst.kept_at is not None else f"{_span(late)} over so far"
        yield f"{head}: promised {_span(worst.span)} of working time, {after}{others}"
        return
    took = (
        f"took {_span(worst.span + late)}"
        if worst.kept_at is not None
        else f"{_span(worst.span + late)} so far"
    )
    yield f"{head}: promised {_span(worst.span)}, {took}{others}"


def _span(span: timedelta) -> str:
    return span_words(int(span.total_seconds() // 60)).removesuffix(" 00")
