"""The database behind one door: `read()` and `write()` transactions on SQLite or PostgreSQL.

SQLite has exactly one writing connection, which also checkpoints; every write transaction begins
IMMEDIATE, so a read inside it can be trusted until the commit.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa

from engagebot.errors import WrongUsage
from engagebot.ports import Clock
from engagebot.store.faults import explained
from engagebot.store.replying.sending_locks import SendingLocks

Tx = sa.Connection
OF_ONE_MOMENT = "of_one_moment"
"""The execution option of transactions that see the database as it was when they began."""

# https://sqlite.org/wal.html#walresetbug: two connections that checkpoint at once can corrupt the file.
_WAL_RESET_FIXED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
_BUSY_S = 10
_PRAGMAS = (
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={_BUSY_S * 1000}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-65536",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA trusted_schema=OFF",
)


class Store:
    """One database. Close it when done; it is safe to share between threads."""

    def __init__(self, url: str, *, clock: Clock, uses_database_time: bool = True) -> None:
        """Open lazily: nothing is read or created before the first transaction.

        `uses_database_time` lets leases of several workers agree on the time by asking PostgreSQL;
        a frozen clock turns it off.
        """
        self.url = url
        self.clock = clock
        self.is_sqlite = url.startswith("sqlite")
        self.sending_locks = SendingLocks(url)
        self._uses_database_time = uses_database_time and not self.is_sqlite
        if self.is_sqlite:
            module = sqlite_module()
            path = sqlite_path(url)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = _sqlite_engine(url, module, begin="BEGIN IMMEDIATE", size=1)
            self._reader = _sqlite_engine(url, module, begin="BEGIN", size=8, is_read_only=True)
            self._reader.update_execution_options(**{OF_ONE_MOMENT: True})
        else:
            self._writer = sa.create_engine(
                url,
                pool_size=8,
                max_overflow=8,
                pool_timeout=15,
                pool_pre_ping=True,
                paramstyle="format",  # parameters by place on both databases, which `bulk` relies on
            )
            sa.event.listen(self._writer, "connect", _plan_for_solid_disks)
            self._reader = self._writer.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True, **{OF_ONE_MOMENT: True}
            )

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """Open a transaction that may write; it commits at the end of the block, or rolls back on any error.

        Raises:
            StoreUnavailable: the database is locked, read-only, full or gone; nothing was written.
        """
        with explained(self.url), self._writer.begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """Open a read-only view of one moment.

        Raises:
            StoreUnavailable: the database cannot be read.
        """
        with explained(self.url), self._reader.begin() as tx:
            yield tx

    def lease_now(self, tx: Tx) -> datetime:
        """The time that leases are measured by: the database's own where several machines work on it."""
        if not self._uses_database_time:
            return self.clock.now()
        now: datetime = tx.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return now

    @property
    def writer(self) -> sa.Engine:
        """The engine behind `write()`, for migrations and backups only."""
        return self._writer

    def close(self) -> None:
        """Close every connection; SQLite's write-ahead log is folded back into the file."""
        self.sending_locks.close()
        self._reader.dispose()
        self._writer.dispose()


def sqlite_module() -> ModuleType:
    """The newest SQLite at hand: the `pysqlite3` wheel where it is installed, else Python's own."""
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        return sqlite3
    newest: ModuleType = dbapi2 if dbapi2.sqlite_version_info > sqlite3.sqlite_version_info else sqlite3
    return newest


def sqlite_warning() -> str | None:
    """Say whether the SQLite in use has the WAL-reset fault, or `None` when it is sound."""
    module = sqlite_module()
    version: tuple[int, int, int] = module.sqlite_version_info
    if version >= _WAL_RESET_FIXED[0] or any(
        version[:2] == fixed[:2] and version >= fixed for fixed in _WAL_RESET_FIXED[1:]
    ):
        return None
    return (
        f"SQLite {module.sqlite_version} can corrupt a database when two programs write to it at once "
        "(sqlite.org/wal.html#walresetbug). Fix: pip install 'pysqlite3>=0.6.1', or use PostgreSQL."
    )


def sqlite_path(url: str) -> Path:
    """The file behind a SQLite URL.

    Raises:
        WrongUsage: the URL names no file; an in-memory database would forget everything.
    """
    database = sa.make_url(url).database
    if not database or database == ":memory:":
        raise WrongUsage(f"{url} names no file; write sqlite:///path/to/engagebot.db")
    return Path(database)


def upsert(tx: Tx, table: sa.Table) -> Any:
    """An INSERT that knows ON CONFLICT, in the dialect of this transaction."""
    from sqlalchemy.dialects import postgresql, sqlite

    return (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(table)


def count_changed(result: sa.CursorResult[Any]) -> int:
    """How many rows a statement changed."""
    return result.rowcount


def _sqlite_engine(
    url: str, module: ModuleType, *, begin: str, size: int, is_read_only: bool = False
) -> sa.Engine:
    _bind_nothing_fast(module)
    engine = sa.create_engine(
        url,
        module=module,
        poolclass=sa.QueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=15,
        connect_args={"check_same_thread": False, "timeout": _BUSY_S},
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # The driver's own transaction control begins late and never IMMEDIATE; ours is in `start`.
        connection.isolation_level = None
        _keep_a_log(connection, module)
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        if is_read_only:
            connection.execute("PRAGMA query_only=ON")

    @sa.event.listens_for(engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _bind_nothing_fast(module: ModuleType) -> None:
    """Tell the driver what `None` becomes, which it otherwise finds out anew for each one it binds.

    It looks for an adapter of every value that is no number and no text, and where there is none it asks two
    protocols in vain, for 0.7 µs (CPython, Modules/_sqlite/microprotocols.c). Half of a mention's columns are
    empty, so that came to more than all SQLite does to store it.
    """
    module.register_adapter(type(None), {None: None}.get)


def _keep_a_log(connection: Any, module: ModuleType) -> None:
    """Switch a database to its write-ahead log.

    Of two programs that make a database at once SQLite refuses one without waiting, whatever the time-out:
    each holds what the other needs (sqlite.org/c3ref/busy_handler.html). Writing waits as long as it is told.
    """
    until = time.monotonic() + _BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except module.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")


def _plan_for_solid_disks(connection: Any, _record: object) -> None:
    # PostgreSQL plans for disks that turn unless told otherwise, and then walks through everything that ever
    # was where a small index names the few rows that wait; compiling a plan takes longer than our queries do.
    connection.execute("SET random_page_cost = 1.1")
    connection.execute("SET jit = off")
    # To start a helper takes 5 ms, a third of a page's longest query; what reads millions of rows has them.
    connection.execute("SET parallel_setup_cost = 20000")
    connection.commit()
