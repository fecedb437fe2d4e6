"""The rule sets that went live: each a version with its files, who put it there, why, and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engagebot.domain.records import RuleSetRecord
from engagebot.domain.ruling.rule_holds import Hold
from engagebot.errors import NotFound
from engagebot.store.engine import Tx
from engagebot.store.ruling import rule_faults, rule_pauses
from engagebot.store.tables import decisions, rule_sets


def put(tx: Tx, new: RuleSetRecord) -> bool:
    """Note that a set goes live; false when it is the one that is live already."""
    newest = live(tx)
    if newest is not None and newest.hash == new.hash:
        if newest.marks != new.marks:
            # Another version of engagebot may read the same files otherwise.
            _change(tx, newest.version, marks=dict(new.marks or {}))
        return False
    values = {
        "hash": new.hash,
        "sources": dict(new.sources),
        "author": new.author,
        "note": new.note,
        "live_at": new.live_at,
        "marks": dict(new.marks) if new.marks is not None else None,
        "changes": list(new.changes),
        "rates": dict(new.rates) if new.rates is not None else None,
    }
    tx.execute(sa.insert(rule_sets).values(values))
    return True


def sign(tx: Tx, version: int, *, author: str, note: str) -> None:
    """Give a set that went live by itself the name and the note of the person who stands for it."""
    _change(tx, version, author=author, note=note)


def live(tx: Tx) -> RuleSetRecord | None:
    """The set that went live last, or `None`."""
    row = tx.execute(sa.select(rule_sets).order_by(rule_sets.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else _record(row)


def get(tx: Tx, version: int) -> RuleSetRecord:
    """One version.

    Raises:
        NotFound: there is none with this number.
    """
    row = tx.execute(sa.select(rule_sets).where(rule_sets.c.id == version)).mappings().first()
    if row is None:
        raise NotFound(f"there is no version {version} of the rules; `engagebot rules versions` lists them")
    return _record(row)


def by_hash(tx: Tx, set_hash: str) -> RuleSetRecord | None:
    """The set with this hash, as it went live last, or `None`."""
    query = sa.select(rule_sets).where(rule_sets.c.hash == set_hash).order_by(rule_sets.c.id.desc()).limit(1)
    row = tx.execute(query).mappings().first()
    return None if row is None else _record(row)


def version_of(tx: Tx, set_hash: str) -> int | None:
    """The number under which the set with this hash went live last, or `None`."""
    query = sa.select(sa.func.max(rule_sets.c.id)).where(rule_sets.c.hash == set_hash)
    found: int | None = tx.execute(query).scalar()
    return found


def newest(tx: Tx, limit: int = 100, *, before: int | None = None) -> list[RuleSetRecord]:
    """Versions, newest first; only those with lower numbers than `before`, where given."""
    query = sa.select(rule_sets).order_by(rule_sets.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(rule_sets.c.id < before)
    return [_record(row) for row in tx.execute(query).mappings()]


def decisions_of(tx: Tx, hashes: Sequence[str]) -> dict[str, int]:
    """How many decisions name each of these sets."""
    query = sa.select(decisions.c.rule_set, sa.func.count()).group_by(decisions.c.rule_set)
    found = {row[0]: row[1] for row in tx.execute(query)}
    return {each: found.get(each, 0) for each in hashes}


def holds(tx: Tx) -> list[Hold]:
    """The rules of the live set whose drafts are held back, by id."""
    newest = live(tx)
    marks = (newest.marks if newest is not None else None) or {}
    found: list[Hold] = [*rule_faults.standing(tx, marks), *rule_pauses.standing(tx, marks)]
    return sorted(found, key=lambda each: (each.rule_id, each.state))


def _change(tx: Tx, version: int, **values: Any) -> None:
    tx.execute(sa.update(rule_sets).where(rule_sets.c.id == version).values(values))


def _record(row: Mapping[Any, Any]) -> RuleSetRecord:
    return RuleSetRecord(
        version=row["id"],
        hash=row["hash"],
        sources=row["sources"],
        author=row["author"],
        note=row["note"],
        live_at=row["live_at"],
        marks=row["marks"],
        changes=tuple(row["changes"] or ()),
        rates=row["rates"],
    )
