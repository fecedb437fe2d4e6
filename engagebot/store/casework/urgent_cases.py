"""What makes a case press: when it is due, and how grave it is."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engagebot.domain.outbox import CASE_RESTING, Severity
from engagebot.store.paging import LARGEST
from engagebot.store.tables import case_clocks, cases


def due_at() -> sa.ColumnElement[Any]:
    """When a case is due next: by its clocks, else by its first reply; nothing where neither runs."""
    clock = (
        sa.select(sa.func.min(case_clocks.c.due_at))
        .where(case_clocks.c.case_id == cases.c.id, case_clocks.c.ended_at.is_(None))
        .correlate(cases)
        .scalar_subquery()
    )
    promised = sa.case((cases.c.first_reply_at.is_(None), cases.c.first_reply_due_at), else_=None)
    # A case that rests is due by a clock that may run on; without one it is due for nothing.
    is_resting = cases.c.state.in_([state.value for state in CASE_RESTING])
    known = sa.func.coalesce(clock, sa.case((is_resting, None), else_=promised))
    return sa.type_coerce(known, cases.c.first_reply_due_at.type)


def due_first() -> sa.ColumnElement[int]:
    """The same as a number to sort by; what is due for nothing stands last."""
    return sa.func.coalesce(sa.type_coerce(due_at(), sa.BigInteger), LARGEST)


def gravest_first() -> sa.ColumnElement[int]:
    """How grave a case is as a number to sort by."""
    ranks = {severity.value: -severity.rank for severity in Severity}
    return sa.case(ranks, value=cases.c.severity, else_=0)
