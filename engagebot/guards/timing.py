"""Replies that come late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from engagebot.domain.replying.advice import Check, Flag
from engagebot.guards.reading import Reply, on_whole

LATE_AFTER: Final = timedelta(hours=24)
"""From when a reply begins with a word about the wait."""
_OPENING: Final = 3


def too_late(reply: Reply) -> Iterator[Flag]:
    """Past a day, the opening says sorry for the wait; past the site's limit, it is told anyway."""
    about = reply.about
    if about.said_at is None or about.now is None:
        return
    age = about.now - about.said_at
    limit = about.answer_within
    if limit is not None and age > limit:
        advice = f"They wrote {_spoken(age)} ago, and our limit is {_spoken(limit)}; please send it soon."
        yield on_whole(Check.TOO_LATE, advice)
    if age > min(LATE_AFTER, limit or LATE_AFTER) and not _names_wait(reply):
        advice = (
            f"They have waited {_spoken(age)}; begin with a word on it, such as “Sorry this took so long”."
        )
        yield on_whole(Check.TOO_LATE, advice)


def _names_wait(reply: Reply) -> bool:
    opening = reply.sentences[:_OPENING]
    return any(hit.start < opening[-1].end for hit in reply.hits("waits")) if opening else False


def _spoken(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3600)
    if hours >= 48:
        return f"{hours // 24} days"
    if hours >= 1:
        return "an hour" if hours == 1 else f"{hours} hours"
    minutes = int(span.total_seconds() // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
