"""How far mentions have been looked at as they grow older, by the ages that rules wait for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa

from engagebot.domain.mention import MentionState
from engagebot.store import site
from engagebot.store.engine import Tx
from engagebot.store.tables import mentions

LOOKED_AT: Final = "ages_looked_at"
"""The key under which the site keeps how far each age is."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """What was posted until then has been looked at; of that very moment the ids up to `mention_id`."""

    posted_at: datetime
    mention_id: int


@dataclass(frozen=True, slots=True)
class Passed:
    """Those that grew older than an age: the ids that rules decided once, and how far that went."""

    mention_ids: tuple[int, ...]
    until: Place
    is_all: bool
    is_none: bool


def places(tx: Tx) -> dict[timedelta, Place]:
    """How far the look at each age has come."""
    kept = site.get(tx, LOOKED_AT) or {}
    return {
        int(age) * _MS: Place(_EPOCH + posted_ms * _MS, mention_id)
        for age, (posted_ms, mention_id) in kept.items()
    }


def keep(tx: Tx, looked_at: Mapping[timedelta, Place], at: datetime) -> None:
    """Keep how far the look at each age has come."""
    value = {
        str(age // _MS): [(place.posted_at - _EPOCH) // _MS, place.mention_id]
        for age, place in sorted(looked_at.items())
    }
    site.put(tx, LOOKED_AT, value, at)


def passed(tx: Tx, after: Place, until: datetime, *, limit: int) -> Passed:
    """What was posted behind a place and no later than `until`, at most `limit` of it, oldest first.

    The index of times leads it, and nothing is left out before the limit, so it reads no more than that.
    """
    columns = mentions.c
    query = (
        sa.select(columns.id, columns.posted_at, columns.state, columns.is_history, columns.redacted_at)
        .where(
            columns.posted_at >= after.posted_at,
            columns.posted_at <= until,
            sa.or_(columns.posted_at > after.posted_at, columns.id > after.mention_id),
        )
        .order_by(columns.posted_at, columns.id)
        .limit(limit)
    )
    rows = tx.execute(query).all()
    is_all = len(rows) < limit
    return Passed(
        mention_ids=tuple(
            row.id
            for row in rows
            if row.state == MentionState.DECIDED.value and not row.is_history and row.redacted_at is None
        ),
        until=Place(until, 0) if is_all else Place(rows[-1].posted_at, rows[-1].id),
        is_all=is_all,
        is_none=not rows,
    )
