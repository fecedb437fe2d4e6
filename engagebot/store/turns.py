"""Turns: what is counted or looked up before it is written must not change in between."""

from __future__ import annotations

import sqlalchemy as sa

from engagebot.store.engine import Tx

_DECIDING = 0x6C696D69  # any constant of our own


def take_turn(tx: Tx) -> None:
    """Wait until no other transaction opens cases or proposes drafts; the turn ends with this one.

    Without it two workers on PostgreSQL could pass a limit together, or both open a case for one customer.
    SQLite has one writer at a time anyway.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_DECIDING)))
