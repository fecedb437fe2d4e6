"""Cases that time lets down: those that grow old, and those whose customers hear nothing from us."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from engagebot.domain.casework.attention import NO_STEP, OLD
from engagebot.domain.outbox import CASE_OPEN, CASE_RESTING
from engagebot.domain.records import CaseRecord
from engagebot.store.casework import cases as stored
from engagebot.store.engine import Tx
from engagebot.store.tables import cases

_OPEN = [state.value for state in CASE_OPEN]
_AT_WORK = [state.value for state in CASE_OPEN - CASE_RESTING]


def stale(tx: Tx, now: datetime, *, limit: int = 100) -> list[CaseRecord]:
    """Cases that are open for more than 14 days, or to which nothing was done for 7; the idlest first."""
    is_stale = sa.or_(cases.c.opened_at < now - OLD, cases.c.updated_at < now - NO_STEP)
    query = sa.select(cases.c.id).where(cases.c.state.in_(_OPEN), is_stale)
    ids = tx.execute(query.order_by(cases.c.updated_at, cases.c.id).limit(limit)).scalars()
    return _in_order(tx, list(ids))


def silent(tx: Tx, now: datetime, *, after: timedelta, limit: int = 100) -> list[CaseRecord]:
    """Open cases that do not rest and had no word of ours for so long, the longest silence first."""
    spoken_at = sa.func.coalesce(cases.c.spoken_at, cases.c.first_reply_at, cases.c.opened_at)
    query = sa.select(cases.c.id).where(
        cases.c.state.in_(_AT_WORK), spoken_at <= sa.literal(now - after, type_=cases.c.opened_at.type)
    )
    ids = tx.execute(query.order_by(spoken_at, cases.c.id).limit(limit)).scalars()
    return _in_order(tx, list(ids))


def _in_order(tx: Tx, case_ids: list[int]) -> list[CaseRecord]:
    return sorted(stored.get_many(tx, case_ids), key=lambda case: case_ids.index(case.id))
