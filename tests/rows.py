"""Every row of every table as the database holds it, to be compared with what stood there before."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from engagebot.store.engine import Store, Tx

Rows = dict[str, list[dict[str, Any]]]


def rows_of(store: Store, *, without: Collection[str] = ()) -> Rows:
    """What a reader sees now, by table, in an order that does not depend on where rows lie."""
    with store.read() as tx:
        return rows_in(tx, without=without)


def rows_in(tx: Tx, *, without: Collection[str] = ()) -> Rows:
    """The same within a transaction."""
    names = sorted(set(sa.inspect(tx).get_table_names()) - {*without})
    return {name: of_table(tx, name) for name in names}


def of_table(tx: Tx, name: str) -> list[dict[str, Any]]:
    """The rows of one table."""
    rows = [dict(row) for row in tx.exec_driver_sql(f'SELECT * FROM "{name}"').mappings()]
    return sorted(rows, key=repr)


def broken_references(store: Store) -> list[Any]:
    """Rows that name others which are not there; PostgreSQL lets none in, and is asked nothing."""
    if not store.is_sqlite:
        return []
    with store.read() as tx:
        assert tx.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        return list(tx.exec_driver_sql("PRAGMA foreign_key_check").fetchall())
