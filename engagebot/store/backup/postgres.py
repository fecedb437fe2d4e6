"""Backups of a PostgreSQL site, by `pg_dump`; what `pg_restore` makes of them goes in as one transaction."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from psycopg import Connection
from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError

from engagebot import store as store_package
from engagebot.errors import AlreadyRunning, StoreUnavailable, WrongUsage
from engagebot.store import schema, site
from engagebot.store.backup import programs
from engagebot.store.backup.made import Backup, no_site, torn
from engagebot.store.backup.script import Rows, pieces
from engagebot.store.engine import Store, Tx
from engagebot.store.faults import explained
from engagebot.store.tables import metadata

_OWN = ("--no-owner", "--no-privileges")
_ALIVE = timedelta(seconds=30)
_LOOKS = 10
_NEEDED = {"alembic_version", "site", "mentions", "drafts", "audit"}


def dump(store: Store, part: Path, made_at: datetime) -> Backup:
    """Write what the database holds at one moment into a file; whoever writes there goes on meanwhile.

    Raises:
        WrongUsage: `pg_dump` is missing or too old.
        StoreUnavailable: the database cannot be read, or the file not written.
    """
    if schema.revision(store) is None:
        raise StoreUnavailable("the database has no tables yet, so there is nothing to back up")
    with store.write() as tx:
        site.put(tx, site.BACKUP_BEGUN, made_at.isoformat(), made_at)
    with store.read() as tx:
        version: int = tx.exec_driver_sql("SHOW server_version_num").scalar_one()
        program = programs.find("pg_dump", at_least=int(version) // 10_000)
        # The dump sees what this transaction sees, so its figures are those of the file.
        snapshot = tx.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        where: str = tx.exec_driver_sql("SELECT current_schema()").scalar_one()
        address, environment = programs.reach(store.url)
        options = ["--format=custom", "--no-password", f"--snapshot={snapshot}", f"--schema={where}", *_OWN]
        programs.run([str(program), *options, f"--file={part}", f"--dbname={address}"], environment)
    return examine(part)


def examine(file: Path) -> Backup:
    """Read a dump to its end without a database.

    Raises:
        WrongUsage: it is damaged or another program's, or `pg_restore` is missing or too old.
    """
    tables, revision, begun, mentions = set(), "", "", 0
    try:
        with programs.reading([*_pg_restore(), "--file=-", str(file)]) as script:
            for piece in pieces(script):
                if not isinstance(piece, Rows):
                    continue
                tables.add(piece.table)
                for line in piece.lines:
                    if piece.table == "mentions":
                        mentions += 1
                    elif piece.table == "alembic_version":
                        revision = line.decode().strip()
                    elif piece.table == "site" and line.startswith(f"{site.BACKUP_BEGUN}\t".encode()):
                        begun = line.decode().split("\t")[piece.columns.index("value")].strip('"')
    except programs.ProgramFailed as error:
        raise torn(file, str(error)) from error
    if not tables >= _NEEDED or not revision:
        raise no_site(file)
    made_at = datetime.fromisoformat(begun).astimezone(UTC) if begun else None
    return Backup(file=file, bytes=file.stat().st_size, revision=revision, mentions=mentions, made_at=made_at)


def restore(store: Store, file: Path, change: Callable[[Tx], Any]) -> None:
    """Put what a dump holds in place of what is there, brought up to date and changed, in one transaction.

    Raises:
        AlreadyRunning: somebody else is at work with the database.
        StoreUnavailable: it cannot be done; everything is as it was.
        SchemaMismatch: the backup cannot be brought up to date.
    """
    store.writer.dispose()
    with explained(store.url), store.writer.connect() as connection:
        try:
            with connection.begin():
                _check_alone(connection, store.clock.now())
                _clear(connection, file)
                _fill(connection, file)
                # The script empties the search path and lifts time-outs for its connection.
                connection.exec_driver_sql("RESET ALL")
                if MigrationContext.configure(connection).get_current_revision() is None:
                    raise WrongUsage(
                        f"{file} is of another schema than the one that ENGAGEBOT_DATABASE_URL leads to"
                    )
                schema.upgrade_within(connection)
                change(connection)
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
        finally:
            connection.invalidate()


def refuse_company(store: Store) -> None:
    """Make sure that nobody else is at work with the database.

    Raises:
        AlreadyRunning: there are other sessions, or a process left a sign of life just now.
    """
    # Our own idle connections would look like somebody else's.
    store.writer.dispose()
    with store.read() as tx:
        _check_alone(tx, store.clock.now())


def _check_alone(tx: Tx, now: datetime) -> None:
    if pids := ", ".join(str(pid) for pid in _others(tx)):
        raise AlreadyRunning(
            f"others are connected to the database (server processes {pids}); "
            "stop every engagebot that works on it, then try again"
        )
    if MigrationContext.configure(tx).get_current_revision() is None:
        return
    beaten_at = site.beaten_at(tx)
    if site.get(tx, site.RUNNING) is not None and beaten_at is not None and beaten_at > now - _ALIVE:
        raise AlreadyRunning(
            f"engagebot works on this database (last sign of life at {beaten_at:%H:%M:%S} UTC); stop it, "
            f"or wait {_ALIVE.seconds} s if it was killed"
        )


def _others(tx: Tx) -> list[int]:
    """The server's processes for others here; those whose program has just ended get time to end."""
    found: list[int] = []
    for _ in range(_LOOKS):
        rows = tx.exec_driver_sql(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid"
        )
        if not (found := list(rows.scalars())):
            break
        tx.exec_driver_sql("SELECT pg_sleep(0.2), pg_stat_clear_snapshot()")
    return found


def _clear(tx: Tx, file: Path) -> None:
    """Take away our own tables and what hangs on them; what others made there stays."""
    found = MigrationContext.configure(tx).get_current_revision()
    if found is not None and not schema.is_known(found):
        raise WrongUsage(
            f"a newer engagebot wrote the present database (revision {found}), and it may have tables "
            "that are not known here; make an empty one, name it in ENGAGEBOT_DATABASE_URL, and restore there"
        )
    ours = sorted(set(sa.inspect(tx).get_table_names()) & _known_tables())
    if not ours:
        return
    functions = tx.exec_driver_sql(
        "SELECT DISTINCT tgfoid::regprocedure::text FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgrelid = ANY(%s::regclass[])",
        (ours,),
    ).scalars()
    names = list(functions)
    quote = tx.dialect.identifier_preparer.quote
    tx.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
    try:
        tx.exec_driver_sql(f"DROP TABLE {', '.join(quote(name) for name in ours)}")
        for name in names:
            tx.exec_driver_sql(f"DROP FUNCTION {name}")
    except DBAPIError as error:
        raise _refused(file, error.orig or error) from error


def _known_tables() -> set[str]:
    # Each module of tables adds its own to the one list when it is loaded, and not every process loads all.
    for found in pkgutil.iter_modules(store_package.__path__):
        if found.name.endswith("tables"):
            import_module(f"{store_package.__name__}.{found.name}")
    return {*metadata.tables, "alembic_version"}


def _fill(tx: Tx, file: Path) -> None:
    driver: Connection[Any] = tx.connection.driver_connection  # type: ignore[assignment]
    command = [*_pg_restore(), *_OWN, "--file=-", str(file)]
    try:
        with programs.reading(command) as script, driver.cursor() as cursor:
            for piece in pieces(script):
                if not isinstance(piece, Rows):
                    cursor.execute(piece.text)
                    continue
                with cursor.copy(piece.head) as into:
                    for line in piece.lines:
                        into.write(line)
    except programs.ProgramFailed as error:
        raise torn(file, str(error)) from error
    except DriverError as error:
        raise _refused(file, error) from error


def _refused(file: Path, error: BaseException) -> StoreUnavailable:
    said = " ".join(str(error).split())
    return StoreUnavailable(f"PostgreSQL did not take what {file} holds, and everything is as it was: {said}")


def _pg_restore() -> list[str]:
    return [str(programs.find("pg_restore"))]
