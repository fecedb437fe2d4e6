"""The audit: who did what to what, only ever added to, in the transaction of the deed itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.records import Event, Slice
from engagebot.store.engine import Tx
from engagebot.store.paging import Key, next_cursor, read_cursor
from engagebot.store.remembered import remembered
from engagebot.store.tables import audit
from engagebot.store.texts import storable


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which lines to show; `kinds` are actions (`draft.approved`) or what comes before a dot (`draft`)."""

    actor: str | None = None
    kinds: tuple[str, ...] = ()
    subject: str | None = None
    since: datetime | None = None
    before: datetime | None = None


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
    return list(_of(tx, subject))


# Asked for each item that is shown; putting it together takes as long as its answer.
_OF_SUBJECT = sa.select(audit).where(audit.c.subject == sa.bindparam("of")).order_by(audit.c.id)


@remembered
def _of(tx: Tx, subject: str) -> tuple[Event, ...]:
    return tuple(_event(row) for row in tx.execute(_OF_SUBJECT, {"of": subject}).mappings())


def page(
    tx: Tx, *, limit: int = 100, cursor: str | None = None, only: AuditFilter | None = None
) -> Slice[Event]:
    """Everything that `only` lets through, newest first."""
    query = sa.select(audit).order_by(audit.c.at.desc(), audit.c.id.desc())
    if only is not None:
        query = query.where(*_conditions(only))
    if cursor is not None:
        at, row_id = read_cursor(cursor)
        is_older = sa.or_(audit.c.at < at, sa.and_(audit.c.at == at, audit.c.id < row_id))
        # The first bound alone lets the index begin at the right place on both databases.
        query = query.where(audit.c.at <= at, is_older)
    rows = [_event(row) for row in tx.execute(query.limit(limit + 1)).mappings()]
    return Slice(rows[:limit], next_cursor(rows, limit, lambda last: Key(last.at, last.id)))


def _conditions(only: AuditFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if only.actor is not None:
        conditions.append(audit.c.actor == only.actor)
    if only.subject is not None:
        conditions.append(audit.c.subject == storable(only.subject))
    if only.since is not None:
        conditions.append(audit.c.at >= only.since)
    if only.before is not None:
        conditions.append(audit.c.at < only.before)
    if only.kinds:
        conditions.append(sa.or_(*(_is_kind(storable(kind)) for kind in only.kinds)))
    return conditions


def _is_kind(kind: str) -> sa.ColumnElement[bool]:
    if "." in kind:
        return audit.c.action == kind
    return audit.c.action.startswith(f"{kind}.", autoescape=True)


def _event(row: Mapping[Any, Any]) -> Event:
    return Event(
        id=row["id"],
        at=row["at"],
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        detail=row["detail"] or {},
    )
