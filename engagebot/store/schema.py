"""Bring a database to the schema of this version, and say which revision it is at."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from engagebot.errors import SchemaMismatch
from engagebot.store.engine import Store, Tx
from engagebot.store.faults import explained

_LOCK = 0x656E6761  # any constant of our own: it keeps two migrations of one PostgreSQL database apart


def upgrade(store: Store) -> tuple[str | None, str]:
    """Run every missing migration; answer the revision before and after.

    Raises:
        SchemaMismatch: the database was written by a newer engagebot.
    """
    before = revision(store)
    _refuse_newer(before)
    if before != head():
        if store.is_sqlite:
            _upgrade_sqlite(store)
        else:
            with store.write() as tx:
                tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
                command.upgrade(_config(tx), "head")
    return before, head()


def check(store: Store) -> None:
    """Make sure that the database is at this version's revision.

    Raises:
        SchemaMismatch: it is not; the message names the remedy.
    """
    found = revision(store)
    _refuse_newer(found)
    if found != head():
        raise SchemaMismatch(
            f"the database is at revision {found or 'nothing'}, this engagebot needs {head()}; "
            "run `engagebot db upgrade`"
        )


def revision(store: Store) -> str | None:
    """The revision the database is at; `None` for an empty one."""
    with store.read() as tx:
        return MigrationContext.configure(tx).get_current_revision()


def head() -> str:
    """The revision this version of engagebot works with."""
    found = ScriptDirectory.from_config(_config(None)).get_current_head()
    if found is None:
        raise SchemaMismatch("this engagebot has no migrations; the installation is broken, install it again")
    return found


def _refuse_newer(found: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config(None)).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaMismatch(
            f"the database is at revision {found}, which a newer engagebot wrote; "
            "install that version, or restore a backup"
        )


def _upgrade_sqlite(store: Store) -> None:
    # Rebuilding a table drops it first, and with foreign keys on that would delete its children's rows.
    # The pragma does nothing inside a transaction, so it is set before one begins.
    with explained(store.url), store.writer.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            command.upgrade(_config(connection), "head")
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                connection.exec_driver_sql("ROLLBACK")
                rows = len({(table, row_id) for table, row_id, *_ in broken})
                raise SchemaMismatch(f"the migration would orphan {rows} rows; nothing was changed")
            connection.commit()
        finally:
            connection.invalidate()  # the next writer starts with foreign keys on again


def _config(connection: Tx | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
