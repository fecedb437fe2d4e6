"""Rules that could not be evaluated: one row for each rule as it stood, with how often and the last error."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.ruling.rule_holds import Fault
from engagebot.store.engine import Tx, count_changed, upsert
from engagebot.store.tables import rule_faults

_COLUMNS = ("rule_id", "mark", "rule_set", "first_at", "last_at", "count", "error", "mention_id")


def add(tx: Tx, fault: Fault) -> None:
    """Note that a rule raised again, or for the first time since it is as it stands."""
    statement = upsert(tx, rule_faults).values({name: getattr(fault, name) for name in _COLUMNS})
    new, old = statement.excluded, rule_faults.c
    is_new_spell = old.lifted_at.is_not(None)
    statement = statement.on_conflict_do_update(
        index_elements=["rule_id", "mark"],
        set_={
            "rule_set": new.rule_set,
            "first_at": sa.case((is_new_spell, new.first_at), else_=old.first_at),
            "last_at": new.last_at,
            "count": sa.case((is_new_spell, new["count"]), else_=old["count"] + new["count"]),
            "error": new.error,
            "mention_id": new.mention_id,
            "lifted_at": None,
            "lifted_by": None,
        },
    )
    tx.execute(statement)


def standing(tx: Tx, marks: Mapping[str, str] | None = None) -> list[Fault]:
    """The faults that nobody lifted, of rules that still are as these marks say; of all without marks."""
    query = sa.select(rule_faults).where(rule_faults.c.lifted_at.is_(None)).order_by(rule_faults.c.rule_id)
    found = [_fault(row) for row in tx.execute(query).mappings()]
    return [each for each in found if marks is None or marks.get(each.rule_id) == each.mark]


def lift(tx: Tx, rule_id: str, *, by: str, at: datetime) -> bool:
    """Let a rule draft again as it stands; false when nothing kept it from that."""
    statement = sa.update(rule_faults).where(
        rule_faults.c.rule_id == rule_id, rule_faults.c.lifted_at.is_(None)
    )
    return count_changed(tx.execute(statement.values(lifted_at=at, lifted_by=by))) > 0


def _fault(row: Mapping[Any, Any]) -> Fault:
    return Fault(**{name: row[name] for name in _COLUMNS})
