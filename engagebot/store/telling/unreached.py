"""News that reached nobody: kept apart while it lasts, since every page says so."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from engagebot.domain.records import DeliveryRecord
from engagebot.domain.telling.detours import ALARM, CASE, STORM, Unreached
from engagebot.store.engine import Tx, count_changed, upsert
from engagebot.store.tables import unreached


def note(tx: Tx, delivery: DeliveryRecord, reason: str) -> bool:
    """Keep that this notice has reached nobody, and why its last way failed; true where that is new."""
    statement = upsert(tx, unreached).values(
        notice_id=delivery.notice_id,
        kind=delivery.kind,
        case_id=delivery.case_id,
        since=delivery.created_at,
        channel=delivery.channel,
        reason=reason,
    )
    statement = statement.on_conflict_do_nothing(index_elements=["notice_id"])
    return tx.execute(statement.returning(unreached.c.notice_id)).scalar_one_or_none() is not None


def arrived(tx: Tx, notice_id: str) -> bool:
    """Drop a notice that somebody has now; true where nobody had it before."""
    return count_changed(tx.execute(sa.delete(unreached).where(unreached.c.notice_id == notice_id))) == 1


def known(tx: Tx, *, by: str, at: datetime, case_id: int | None = None) -> int:
    """Write down that a person knows, of all or of a case's; answer how many were not known before."""
    statement = sa.update(unreached).where(unreached.c.known_at.is_(None))
    if case_id is not None:
        statement = statement.where(unreached.c.case_id == case_id)
    return count_changed(tx.execute(statement.values(known_by=by, known_at=at)))


def _counted(*kinds: str) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((unreached.c.kind.in_(kinds), 1), else_=0)).over()


# Asked for each page; putting it together takes longer than its answer.
_SUMMARY = (
    sa.select(
        unreached.c.since,
        unreached.c.channel,
        unreached.c.reason,
        _counted(CASE, STORM).label("escalations"),
        _counted(ALARM).label("alarms"),
    )
    .where(unreached.c.known_at.is_(None))
    .order_by(unreached.c.since, unreached.c.notice_id)
    .limit(1)
)


def summary(tx: Tx) -> Unreached | None:
    """What reached nobody and nobody knows of, in one look; `None` where there is nothing."""
    row = tx.execute(_SUMMARY).one_or_none()
    return None if row is None else Unreached(**row._mapping)
