"""Putting drafts off: until when, and what brings them back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from engagebot.errors import WrongUsage

UNTIL_THEY_ANSWER: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands for no time at all: the draft sleeps until its person or its thread says something new."""
WROTE_AGAIN: Final = "back because they wrote again"
TIME_IS_OVER: Final = "back: the time is over"
WE_ANSWERED: Final = "back because we answered"
# A moment at the very end of the calendar has no words in zones east of UTC, and nobody means it.
LONGEST: Final = timedelta(days=3653)


def check_until(until: datetime, now: datetime) -> None:
    """Refuse a moment that nothing can be put off to.

    Raises:
        WrongUsage: it has passed, or is more than ten years off.
    """
    if until <= now:
        raise WrongUsage("snooze until a moment that is still to come")
    if until > now + LONGEST:
        raise WrongUsage("snooze for ten years at most")
