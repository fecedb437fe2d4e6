"""Bring a database to the schema of this version, and say which revision it is at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from engagebot.errors import EngagebotError, SchemaMismatch, StoreUnavailable
from engagebot.store.engine import Store, Tx
from engagebot.store.faults import explained

_LOCK = 0x656E6761  # any constant of our own: it keeps two migrations of one PostgreSQL database apart


def upgrade(store: Store) -> tuple[str | None, str]:
    """Run every missing migration; answer the revision before and after.

    Raises:
        SchemaMismatch: the database was written by a newer engagebot, or a migration failed.
    """
    before = revision(store)
    _refuse_newer(before)
    if before != head():
        with _told(before):
            if store.is_sqlite:
                _upgrade_sqlite(store)
            else:
                with store.write() as tx:
                    upgrade_within(tx)
    return before, head()


def upgrade_within(tx: Tx) -> None:
    """Run every missing migration of a PostgreSQL database in a transaction that has begun."""
    tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    command.upgrade(_config(tx), "head")


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
    found = _scripts().get_current_head()
    if found is None:
        raise SchemaMismatch("this engagebot has no migrations; the installation is broken, install it again")
    return found


def is_known(found: str) -> bool:
    """Whether this version of engagebot can bring a database up from this revision."""
    return found in {script.revision for script in _scripts().walk_revisions()}


@cache
def _scripts() -> ScriptDirectory:
    # Alembic reads every migration anew for each of these, and each start asks three times.
    return ScriptDirectory.from_config(_config(None))


def _refuse_newer(found: str | None) -> None:
    if found is not None and not is_known(found):
        raise SchemaMismatch(
            f"the database is at revision {found}, which a newer engagebot wrote; "
            "install that version, or restore a backup"
        )


@contextmanager
def _told(before: str | None) -> Iterator[None]:
    what = f"the migration from {before or 'nothing'} to {head()} failed, and nothing was changed"
    try:
        yield
    except StoreUnavailable as error:
        raise StoreUnavailable(f"{what}: {error}") from error
    except EngagebotError:
        raise
    except Exception as error:
        said = " ".join(str(getattr(error, "orig", None) or error).split()) or type(error).__name__
        raise SchemaMismatch(f"{what}: {said}") from error


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
