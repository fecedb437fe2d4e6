"""Who may be about to leave us, and why, in words: a reason stands only as long as what it is drawn from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from engagebot.domain.judgement import Sentiment
from engagebot.domain.recovery import LEVELS

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


def reasons(talks: Sequence[Talk], now: datetime) -> tuple[str, ...]:
    """Why somebody may leave us; `talks` are those of `LOOKED_BACK`, in any order. Empty: nothing says so."""
    return tuple(_reasons(sorted(talks, key=lambda talk: talk.at), now))


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
