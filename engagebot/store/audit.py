"""The audit: who did what to what, only ever added to, in the transaction of the deed itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.records import Event, Slice
from engagebot.store.engine import Tx
from engagebot.store.paging import Key, next_cursor, read_cursor
from engagebot.store.tables import audit


def add(
    tx: Tx, *, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Write one line; `subject` is a kind and an id, such as `draft:12`."""
    row = {"at": at, "actor": actor, "action": action, "subject": subject, "detail": dict(detail or {})}
    tx.execute(sa.insert(audit), row)


def add_many(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write many lines at once; each has the keys of `add`."""
    if rows:
        tx.execute(sa.insert(audit), list(rows))


def of(tx: Tx, subject: str) -> list[Event]:
    """The history of one subject, oldest first."""
    query = sa.select(audit).where(audit.c.subject == subject).order_by(audit.c.id)
    return [_event(row) for row in tx.execute(query).mappings()]


def page(tx: Tx, *, limit: int = 100, cursor: str | None = None) -> Slice[Event]:
    """Everything, newest first."""
    query = sa.select(audit).order_by(audit.c.id.desc())
    if cursor is not None:
        query = query.where(audit.c.id < read_cursor(cursor).row_id)
    rows = [_event(row) for row in tx.execute(query.limit(limit + 1)).mappings()]
    return Slice(rows[:limit], next_cursor(rows, limit, lambda last: Key(last.at, last.id)))


def _event(row: Mapping[Any, Any]) -> Event:
    return Event(
        id=row["id"],
        at=row["at"],
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        detail=row["detail"] or {},
    )
