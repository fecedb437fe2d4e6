"""Putting drafts off: until when, and what brings them back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

UNTIL_THEY_ANSWER: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands for no time at all: the draft sleeps until its person or its thread says something new."""
WROTE_AGAIN: Final = "back because they wrote again"
TIME_IS_OVER: Final = "back: the time is over"
WE_ANSWERED: Final = "back because we answered"
