"""What a day brings: which promises break next, what is offered to whom, and what is not as it usually is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from engagebot.domain.casework.clocks import ClockKind
from engagebot.domain.outbox import CASE_OPEN
from engagebot.domain.telling.rising import Rise
from engagebot.store.engine import Tx
from engagebot.store.tables import case_clocks, cases

_OPEN = [state.value for state in CASE_OPEN]
DAY = timedelta(days=1)
USUAL_DAYS = 7


@dataclass(frozen=True, slots=True)
class Breaking:
    """The promise of a case that is broken at `due_at` unless somebody does something."""

    case_id: int
    kind: ClockKind
    due_at: datetime


def breaking(tx: Tx, now: datetime, *, within: timedelta, limit: int) -> list[Breaking]:
    """The promises that break next, the nearest first; each case stands once, by its nearest."""
    first = sa.func.min(case_clocks.c.due_at)
    query = (
        sa.select(case_clocks.c.case_id, first.label("due_at"))
        .where(case_clocks.c.ended_at.is_(None), case_clocks.c.due_at.between(now, now + within))
        .group_by(case_clocks.c.case_id)
        .order_by(first, case_clocks.c.case_id)
        .limit(limit)
    )
    nearest = query.subquery()
    rows = tx.execute(
        sa.select(case_clocks.c.case_id, case_clocks.c.kind, case_clocks.c.due_at)
        .join(
            nearest,
            sa.and_(
                nearest.c.case_id == case_clocks.c.case_id,
                nearest.c.due_at == case_clocks.c.due_at,
            ),
        )
        .where(case_clocks.c.ended_at.is_(None))
        .order_by(case_clocks.c.due_at, case_clocks.c.id)
    )
    found: dict[int, Breaking] = {}
    for row in rows:
        found.setdefault(row.case_id, Breaking(row.case_id, ClockKind(row.kind), row.due_at))
    return list(found.values())


def follow_ups(tx: Tx, *, limit: int) -> list[Breaking]:
    """What people were told of when a person answers and is still to be done, the nearest or latest first."""
    query = (
        sa.select(case_clocks.c.case_id, case_clocks.c.kind, case_clocks.c.due_at)
        .where(
            case_clocks.c.kind == ClockKind.FOLLOW_UP.value,
            case_clocks.c.ended_at.is_(None),
            case_clocks.c.due_at.is_not(None),
        )
        .order_by(case_clocks.c.due_at, case_clocks.c.id)
        .limit(limit)
    )
    return [Breaking(row.case_id, ClockKind(row.kind), row.due_at) for row in tx.execute(query)]


def offered_to(tx: Tx, name: str, *, limit: int) -> list[int]:
    """The cases that somebody wants to hand over to this person, those that wait longest first."""
    query = sa.select(cases.c.id).where(cases.c.handed_to == name, cases.c.state.in_(_OPEN))
    return list(tx.execute(query.order_by(cases.c.handed_at, cases.c.id).limit(limit)).scalars())


def looked_fixed(tx: Tx, since: datetime, *, limit: int) -> list[int]:
    """The open cases that had been resolved and came back since then, the latest first."""
    query = sa.select(cases.c.id).where(cases.c.looked_fixed_at >= since, cases.c.state.in_(_OPEN))
    return list(
        tx.execute(query.order_by(cases.c.looked_fixed_at.desc(), cases.c.id.desc()).limit(limit)).scalars()
    )


def rises(tx: Tx, now: datetime) -> Sequence[Rise]:
    """How many cases of each problem were opened within a day, and in the days before on average."""
    today = now - DAY
    is_new = sa.case((cases.c.opened_at >= today, 1), else_=0)
    query = (
        sa.select(cases.c.problem, sa.func.sum(is_new), sa.func.count())
        .where(cases.c.opened_at.between(today - USUAL_DAYS * DAY, now))
        .group_by(cases.c.problem)
    )
    first = tx.execute(sa.select(sa.func.min(cases.c.opened_at))).scalar()
    known_days = 0 if first is None else min(USUAL_DAYS, (today - first) // DAY)
    return [
        Rise(problem=problem, today=new, usual=(count - new) / known_days if known_days > 0 else None)
        for problem, new, count in tx.execute(query)
    ]
