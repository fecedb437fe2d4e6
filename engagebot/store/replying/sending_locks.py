"""Who sends: over all processes, one holder per source, whose request alone can be on its way there.

A lease ends by the clock, also for a process that was only stopped for a while and wakes up in the middle of
sending; then two of them send. A lock ends with its holder, so whoever gets it knows that nobody else's
request can still leave. On SQLite it is a lock on a file beside the database, on PostgreSQL an advisory lock
of a connection that does nothing else.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from engagebot.errors import StoreUnavailable
from engagebot.store.faults import explained

# A dead network must end the lock at both ends within half a minute, not after the usual two hours.
_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "connect_timeout": 10}
_SERVER_KEEPALIVE = ("tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3")
_POOLER = (
    "ENGAGEBOT_DATABASE_URL leads through a pooler that gives each transaction another connection, and then "
    "nothing tells who sends, so replies stay here. Fix: name PostgreSQL itself, or a pooler in session mode"
)


class Held(Protocol):
    """A lock that this process has."""

    def is_ours(self) -> bool:
        """Whether nobody else can have it now; false as well when that cannot be told."""
        ...

    def let_go(self) -> None:
        """Let others have it."""
        ...


class SendingLocks:
    """The sources that this process may send to. It keeps what it got until `close`, or until it is lost."""

    def __init__(self, url: str) -> None:
        """Nothing is opened before the first turn."""
        self._url = url
        self._held: dict[str, Held] = {}
        self._turns: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    @contextmanager
    def turn(self, source: str) -> Iterator[Held | None]:
        """Be the only one who sends to a source until the block ends; `None` when somebody else is.

        That somebody may be another thread here; it keeps nobody waiting, for what is left over is looked
        for again at the next tick.

        Raises:
            StoreUnavailable: the lock cannot be asked for, or means nothing behind this pooler.
        """
        with self._guard:
            mine = self._turns.setdefault(source, threading.Lock())
        if not mine.acquire(blocking=False):
            yield None
            return
        try:
            yield self._hold(source)
        finally:
            mine.release()

    def close(self) -> None:
        """Let everything go."""
        with self._guard:
            held, self._held = list(self._held.values()), {}
        for each in held:
            each.let_go()

    def _hold(self, source: str) -> Held | None:
        known = self._held.get(source)
        if known is not None and known.is_ours():
            return known
        if known is not None:
            known.let_go()
        is_file = self._url.startswith("sqlite")
        found = _lock_file(self._url, source) if is_file else _lock_row(self._url, source)
        with self._guard:
            self._held.pop(source, None)
            if found is not None:
                self._held[source] = found
        return found


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    handle: int

    def is_ours(self) -> bool:
        # Whoever removed the file let the next process lock another one of the same name.
        try:
            return os.path.samestat(os.fstat(self.handle), self.path.stat())
        except OSError:
            return False

    def let_go(self) -> None:
        os.close(self.handle)


def _lock_file(url: str, source: str) -> _File | None:
    database = Path(sa.make_url(url).database or "")
    path = database.with_name(f"{database.name}.sending-{_name(source)}.lock")
    try:
        # os.open makes the descriptor close on exec, so no child can hold the lock after us.
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        fix = "give this user write access to its folder"
        raise StoreUnavailable(f"cannot write {path}: {error.strerror}; {fix}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    found = _File(path, handle)
    if not found.is_ours():
        found.let_go()
        return None
    return found


def _name(source: str) -> str:
    # A source may hold anything that an entry point's name can.
    is_plain = source.isascii() and source.replace("-", "").replace("_", "").isalnum()
    return source if is_plain else hashlib.sha256(source.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Row:
    engine: sa.Engine
    connection: sa.Connection
    key: int

    def is_ours(self) -> bool:
        # Asked of the server: a connection that was cut, or a server started anew, has lost the lock.
        is_held = sa.text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted "
            "AND pid = pg_backend_pid() "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND classid = CAST(:high AS bigint) AND objid = CAST(:low AS bigint) AND objsubid = 1"
        )
        halves = {"high": (self.key >> 32) & 0xFFFFFFFF, "low": self.key & 0xFFFFFFFF}
        try:
            return bool(self.connection.execute(is_held, halves).scalar_one())
        except SQLAlchemyError:
            return False

    def let_go(self) -> None:
        with suppress(SQLAlchemyError):
            self.connection.close()
        self.engine.dispose()


def _lock_row(url: str, source: str) -> _Row | None:
    engine = sa.create_engine(
        url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT", connect_args=dict(_KEEPALIVE)
    )
    key = int.from_bytes(hashlib.sha256(f"engagebot sends to {source}".encode()).digest()[:8], signed=True)
    with explained(url):
        connection = engine.connect()
        try:
            for setting in _SERVER_KEEPALIVE:
                connection.exec_driver_sql(f"SET {setting}")
            refuse_pooler(connection, engine)
            got = connection.execute(sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar_one()
        except BaseException:
            connection.close()
            raise
    found = _Row(engine, connection, key)
    if not got:
        found.let_go()
        return None
    return found


def refuse_pooler(connection: sa.Connection, engine: sa.Engine) -> None:
    """Refuse a way to PostgreSQL on which a lock does not stay with its connection.

    A pooler in transaction mode lends one server process to many connections in turn: two open ones share
    one, or one gets another as soon as its first is taken. With PostgreSQL itself neither ever happens.
    Source: pgbouncer.org/features.html, "SQL feature map for pooling modes".

    Raises:
        StoreUnavailable: there is such a pooler.
    """
    ask = sa.text("SELECT pg_backend_pid()")
    mine: int = connection.execute(ask).scalar_one()
    with engine.connect().execution_options(isolation_level="READ COMMITTED") as other, other.begin():
        # While this transaction is open, its server process cannot be lent to anybody else.
        theirs: int = other.execute(ask).scalar_one()
        if theirs == mine or connection.execute(ask).scalar_one() != mine:
            raise StoreUnavailable(_POOLER)
