"""Lists of cases as people work through them: who presses most comes first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from engagebot.domain.casework.attention import NO_STEP, OLD, USUAL, Attention
from engagebot.domain.outbox import CASE_OPEN, CASE_RESTING, CaseState
from engagebot.domain.records import CaseRecord, Slice
from engagebot.store.casework import cases as stored
from engagebot.store.casework.urgent_cases import due_at, due_first, gravest_first
from engagebot.store.engine import Tx
from engagebot.store.paging import read_place, write_place
from engagebot.store.tables import cases

_PRESSING: Final = "pressing"
_OPEN: Final = [state.value for state in CASE_OPEN]


class Lane(StrEnum):
    """Which open cases: all, or those about which something is wrong."""

    OPEN = "open"
    MINE = "mine"
    NOBODY = "nobody"
    LATE = "late"
    STALE = "stale"
    SILENT = "silent"
    RESTING = "resting"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which open cases to list; `person` is who asks."""

    lane: Lane = Lane.OPEN
    team: str | None = None
    state: CaseState | None = None
    person: str | None = None
    attention: Attention = USUAL


def pressing(
    tx: Tx, only: CaseFilter, now: datetime, *, limit: int, cursor: str | None = None
) -> Slice[CaseRecord]:
    """Open cases: what is due first first, then the graver ones, then those who wait longest.

    A page goes on behind the case that the one before ended with, wherever others come in meanwhile.
    """
    keys = (due_first(), gravest_first(), sa.type_coerce(cases.c.first_symptom_at, sa.BigInteger), cases.c.id)
    query = sa.select(*keys).where(*_conditions(only, now)).order_by(*keys)
    if cursor is not None:
        after = read_place(cursor, _PRESSING, len(keys))
        query = query.where(
            sa.tuple_(*keys) > sa.tuple_(*(sa.literal(key, sa.BigInteger()) for key in after))
        )
    rows = [tuple(row) for row in tx.execute(query.limit(limit + 1))]
    found = {case.id: case for case in stored.get_many(tx, [row[-1] for row in rows[:limit]])}
    more = write_place(_PRESSING, rows[limit - 1]) if len(rows) > limit else None
    return Slice([found[row[-1]] for row in rows[:limit]], more)


def counts(tx: Tx, only: CaseFilter, now: datetime) -> dict[Lane, int]:
    """How many open cases each lane holds, of the same team and state."""
    lanes = [lane for lane in Lane if lane is not Lane.OPEN]
    sums = [
        sa.func.sum(sa.case((sa.and_(*_in_lane(lane, only, now)), 1), else_=0)).label(lane.value)
        for lane in lanes
    ]
    query = sa.select(sa.func.count().label("open"), *sums).select_from(cases).where(*_base(only))
    row = tx.execute(query).mappings().one()
    return {lane: int(row[lane.value] or 0) for lane in Lane}


def teams(tx: Tx) -> list[str]:
    """The teams that have an open case."""
    query = sa.select(cases.c.team).where(cases.c.state.in_(_OPEN)).distinct().order_by(cases.c.team)
    return list(tx.execute(query).scalars())


def _base(only: CaseFilter) -> Iterable[sa.ColumnElement[bool]]:
    states = _OPEN if only.state is None else [only.state.value]
    yield cases.c.state.in_(states)
    if only.team is not None:
        yield cases.c.team == only.team


def _conditions(only: CaseFilter, now: datetime) -> list[sa.ColumnElement[bool]]:
    return [*_base(only), *_in_lane(only.lane, only, now)]


def _in_lane(lane: Lane, only: CaseFilter, now: datetime) -> list[sa.ColumnElement[bool]]:
    is_resting = cases.c.state.in_([state.value for state in CASE_RESTING])
    match lane:
        case Lane.OPEN:
            return []
        case Lane.MINE:
            return [sa.or_(cases.c.assignee == only.person, cases.c.handed_to == only.person)]
        case Lane.NOBODY:
            return [cases.c.assignee.is_(None)]
        case Lane.LATE:
            return [due_at() < sa.literal(now, type_=cases.c.first_reply_due_at.type)]
        case Lane.STALE:
            return [sa.or_(cases.c.opened_at < now - OLD, cases.c.updated_at < now - NO_STEP)]
        case Lane.SILENT:
            after = only.attention.silent_after
            if after is None:
                return [sa.false()]
            spoken_at = sa.func.coalesce(cases.c.spoken_at, cases.c.first_reply_at, cases.c.opened_at)
            return [spoken_at <= sa.literal(now - after, type_=cases.c.opened_at.type), ~is_resting]
        case Lane.RESTING:
            return [is_resting]
