"""Lists of cases as people work through them: who presses most comes first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from engagebot.domain.attention import NO_STEP, OLD, USUAL, Attention
from engagebot.domain.outbox import CASE_OPEN, CASE_RESTING, CaseState, Severity
from engagebot.domain.records import CaseRecord
from engagebot.store import cases as stored
from engagebot.store.case_tables import case_clocks
from engagebot.store.engine import Tx
from engagebot.store.tables import cases

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


def pressing(tx: Tx, only: CaseFilter, now: datetime, *, limit: int, offset: int = 0) -> list[CaseRecord]:
    """Open cases: what is due first first, then the graver ones, then those who wait longest."""
    due = _due()
    grave = sa.case({severity.value: severity.rank for severity in Severity}, value=cases.c.severity, else_=0)
    query = (
        sa.select(cases.c.id)
        .where(*_conditions(only, now))
        .order_by(
            sa.case((due.is_(None), 1), else_=0), due, grave.desc(), cases.c.first_symptom_at, cases.c.id
        )
    )
    ids = list(tx.execute(query.limit(limit).offset(offset)).scalars())
    found = {case.id: case for case in stored.get_many(tx, ids)}
    return [found[case_id] for case_id in ids]


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


def _due() -> sa.ColumnElement[Any]:
    clock = (
        sa.select(sa.func.min(case_clocks.c.due_at))
        .where(case_clocks.c.case_id == cases.c.id, case_clocks.c.ended_at.is_(None))
        .scalar_subquery()
    )
    promised = sa.case((cases.c.first_reply_at.is_(None), cases.c.first_reply_due_at), else_=None)
    # A case that rests is due by a clock that may run on; without one it is due for nothing.
    is_resting = cases.c.state.in_([state.value for state in CASE_RESTING])
    known = sa.func.coalesce(clock, sa.case((is_resting, None), else_=promised))
    return sa.type_coerce(known, cases.c.first_reply_due_at.type)


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
            return [_due() < sa.literal(now, type_=cases.c.first_reply_due_at.type)]
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
