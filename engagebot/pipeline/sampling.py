"""Sampling: posts that nobody routed, asked about blindly, so that learning also sees what the rules miss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from engagebot.domain.records import MentionRecord
from engagebot.store.engine import Tx
from engagebot.store.heard import verdicts

LEAST: Final = 10
"""So many are asked about each day, however little else people decided."""
MOST: Final = 200
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Posts to ask about; of `wanted` answers today (UTC), `answered` are given."""

    items: Sequence[MentionRecord]
    day: date
    wanted: int
    answered: int


def draw(tx: Tx, at: datetime, *, share: float, limit: int | None = None) -> Sample:
    """Draw today's sample: as many as are still wanted, or `limit`; equal all day but for what was answered.

    Wanted are so many that they come to `share` of all verdicts, as people gave them over the last week.
    """
    day = at.astimezone(UTC).date()
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    answered, _ = verdicts.given(tx, midnight)
    _, others = verdicts.given(tx, at - _WEEK)
    wanted = wanted_of(share, others / _WEEK.days)
    asked = max(wanted - answered, 0) if limit is None else limit
    items = verdicts.sample(tx, day, limit=min(asked, MOST))
    return Sample(items=items, day=day, wanted=wanted, answered=answered)


def wanted_of(share: float, others: float) -> int:
    """How many answers a day make up `share` of all verdicts, beside so many others."""
    if share <= 0:
        return 0
    return min(max(math.ceil(others * share / (1 - share)), LEAST), MOST)
