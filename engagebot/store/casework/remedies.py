"""What was tried for cases, and what of it did not last."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from engagebot.domain.casework.remedies import Reached, Tried, key_of
from engagebot.domain.records import CaseRecord
from engagebot.store.engine import Tx
from engagebot.store.tables import case_remedies

_MOST = 500


def add(tx: Tx, case: CaseRecord, at: datetime) -> None:
    """Remember what a case was resolved by, where that was said."""
    if case.remedy:
        values = {
            "case_id": case.id,
            "key": key_of(case.remedy),
            "remedy": case.remedy,
            "problem": case.problem,
            "cause": case.cause,
            "was_reached": case.was_reached,
            "at": at,
        }
        tx.execute(sa.insert(case_remedies).values(**values))


def fail(tx: Tx, case_id: int, at: datetime) -> None:
    """Note that what was tried last for a case did not last."""
    is_it = sa.and_(case_remedies.c.case_id == case_id, case_remedies.c.failed_at.is_(None))
    tx.execute(sa.update(case_remedies).where(is_it).values(failed_at=at))


def tried_before(tx: Tx, case: CaseRecord) -> list[Tried]:
    """What was tried lately for other cases with the same problem, and the same cause where it is known.

    Nothing where nobody knows what the case is about.
    """
    if case.problem is None:
        return []
    is_like_it = [case_remedies.c.problem == case.problem, case_remedies.c.case_id != case.id]
    if case.cause is not None and case.cause != "unknown":
        is_like_it.append(sa.func.coalesce(case_remedies.c.cause, "unknown").in_([case.cause, "unknown"]))
    query = sa.select(case_remedies).where(*is_like_it)
    query = query.order_by(case_remedies.c.at.desc(), case_remedies.c.id.desc()).limit(_MOST)
    return [
        Tried(
            case_id=row["case_id"],
            remedy=row["remedy"],
            was_reached=Reached(row["was_reached"]) if row["was_reached"] else None,
            at=row["at"],
            failed_at=row["failed_at"],
        )
        for row in tx.execute(query).mappings()
    ]


def typed(tx: Tx, most: int = 30) -> list[str]:
    """The remedies that were written lately, each once, to pick from."""
    latest = sa.func.max(case_remedies.c.id)
    query = sa.select(sa.func.max(case_remedies.c.remedy)).group_by(case_remedies.c.key)
    return list(tx.execute(query.order_by(latest.desc()).limit(most)).scalars())
