"""Rules that paused themselves because they matched far more than usual, and who let them go on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.ruling.rule_holds import CALM, Pause
from engagebot.store.engine import Tx, count_changed, upsert
from engagebot.store.ruling import rule_counts
from engagebot.store.tables import rule_pauses

_COLUMNS = ("rule_id", "mark", "paused_at", "matched", "allowed")


def add(tx: Tx, pause: Pause) -> int | None:
    """Pause a rule as it stands; answer the pause's id, or `None` when it is paused already."""
    statement = upsert(tx, rule_pauses).values({name: getattr(pause, name) for name in _COLUMNS})
    statement = statement.on_conflict_do_nothing().returning(rule_pauses.c.id)
    found: int | None = tx.execute(statement).scalar_one_or_none()
    return found


def standing(tx: Tx, marks: Mapping[str, str] | None = None) -> list[Pause]:
    """The pauses that nobody ended, of rules that still are as these marks say; of all without marks."""
    query = sa.select(rule_pauses).where(rule_pauses.c.resumed_at.is_(None)).order_by(rule_pauses.c.rule_id)
    found = [_pause(row) for row in tx.execute(query).mappings()]
    return [each for each in found if marks is None or marks.get(each.rule_id) == each.mark]


def resume(tx: Tx, rule_id: str, *, by: str, at: datetime) -> bool:
    """End a rule's pauses; false when there is none. What it matched in this hour counts as accepted."""
    now_matched = rule_counts.fresh_in_hour(tx, at).get(rule_id, 0)
    is_more = rule_pauses.c.matched < now_matched
    statement = sa.update(rule_pauses).where(
        rule_pauses.c.rule_id == rule_id, rule_pauses.c.resumed_at.is_(None)
    )
    values = {
        "resumed_at": at,
        "resumed_by": by,
        "matched": sa.case((is_more, now_matched), else_=rule_pauses.c.matched),
    }
    return count_changed(tx.execute(statement.values(values))) > 0


def accepted(tx: Tx, rule_id: str, at: datetime) -> int:
    """The largest rush of an hour that a person said yes to within the last days; 0 without one."""
    query = sa.select(sa.func.max(rule_pauses.c.matched)).where(
        rule_pauses.c.rule_id == rule_id, rule_pauses.c.resumed_at > at - CALM
    )
    return tx.execute(query).scalar_one() or 0


def _pause(row: Mapping[Any, Any]) -> Pause:
    return Pause(**{name: row[name] for name in _COLUMNS})
