"""Databases of PostgreSQL at the newest revision, for one test after the other.

A copy of the template takes the server fifty milliseconds, and most tests leave a few dozen rows: those are
taken out again in one or two, over a connection that stays, and the next test gets the same database.
Whatever a test left behind besides rows (a table, a column, a revision, a setting, an open connection) makes
the database go, and a new one come.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter, deque
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import repeat

import psycopg
from psycopg import sql

from tests.postgres import PostgresServer

Made = tuple[str, str]
# Rows that were deleted stay in the files, for nobody sweeps them up here: a database grows slower with them.
USES_AT_MOST, ROWS_AT_MOST = 25, 2_000
KEEPER = "keeper_of_the_stock"
# Ids below are PostgreSQL's own.
OURS = 16_384
SHAPE = f"""
SELECT md5(string_agg(what, ',' ORDER BY what)) FROM (
    SELECT 'column ' || attrelid || ' ' || attname || ' ' || xmin FROM pg_attribute WHERE attrelid >= {OURS}
    UNION ALL SELECT 'relation ' || oid || ' ' || relname || relkind::text FROM pg_class WHERE oid >= {OURS}
    UNION ALL SELECT 'constraint ' || oid || ' ' || xmin FROM pg_constraint WHERE oid >= {OURS}
    UNION ALL SELECT 'default ' || oid || ' ' || xmin FROM pg_attrdef WHERE oid >= {OURS}
    UNION ALL SELECT 'function ' || oid || ' ' || xmin FROM pg_proc WHERE oid >= {OURS}
    UNION ALL SELECT 'trigger ' || oid || ' ' || xmin FROM pg_trigger WHERE oid >= {OURS}
    UNION ALL SELECT 'schema ' || oid || ' ' || xmin FROM pg_namespace WHERE oid >= {OURS}
    UNION ALL SELECT 'setting ' || setconfig::text FROM pg_db_role_setting s LEFT JOIN pg_database d
        ON d.oid = s.setdatabase WHERE d.oid IS NULL OR d.datname = current_database()
    UNION ALL SELECT 'revision ' || version_num FROM alembic_version
) AS shape (what)"""
TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = 'public' AND c.relname <> 'alembic_version'"""
SEQUENCES = "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence"
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class DatabaseStock:
    """Databases made ready on the server's time: a test takes one and need not wait for it."""

    def __init__(self, server: PostgresServer, template: str, ahead: int = 3) -> None:
        self._server = server
        self._template = template
        self._uses: Counter[str] = Counter()
        # A new connection first reads what tables there are, which takes longer than what is done over it.
        # It is another user's: a restore refuses to begin while its own user is connected besides.
        self._doors: dict[str, psycopg.Connection] = {}
        with psycopg.connect(self._address(template)) as tx:
            tx.execute(f"CREATE ROLE {KEEPER} SUPERUSER LOGIN")
            self._shape = tx.execute(SHAPE).fetchone()
            tables = [name for (name,) in tx.execute(TABLES)]
            # Rows that every database begins with could not be told from a test's own.
            assert [name for name in tables if tx.execute(_one_of(name)).fetchone()] == []
            deleting = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in tables]
            # All rows go, so no key has to be looked after.
            first = sql.SQL("SET LOCAL session_replication_role = replica")
            self._emptying = sql.SQL(";").join([first, *deleting, sql.SQL(SEQUENCES)]).as_string(tx)
        self._pool = ThreadPoolExecutor(1)
        self._ready: deque[Future[Made]] = deque(self._pool.submit(self._make) for _ in range(ahead))

    def take(self) -> Made:
        """The name and the URL of a database in which nothing is."""
        waiting = self._ready.popleft() if self._ready else self._pool.submit(self._make)
        return waiting.result()

    def put_away(self, name: str) -> None:
        self._ready.append(self._pool.submit(self._again, name))

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        for name in [*self._doors]:
            self._shut(name)

    def _make(self) -> Made:
        name = f"test_{uuid.uuid4().hex}"
        return name, self._server.create_database(name, template=self._template)

    def _again(self, name: str) -> Made:
        self._uses[name] += 1
        if self._uses[name] < USES_AT_MOST and self._is_empty_again(name):
            return name, self._server.url(name)
        self._shut(name)
        self._server.drop_database(name)
        return self._make()

    def _is_empty_again(self, name: str) -> bool:
        try:
            door = self._door(name)
            return (
                self._is_left_alone(door) and self._has_its_shape(door) and self._empty(door) < ROWS_AT_MOST
            )
        except psycopg.Error:
            return False

    def _door(self, name: str) -> psycopg.Connection:
        if name not in self._doors:
            self._doors[name] = psycopg.connect(self._address(name), user=KEEPER, autocommit=True)
        return self._doors[name]

    def _shut(self, name: str) -> None:
        if door := self._doors.pop(name, None):
            door.close()

    def _is_left_alone(self, tx: psycopg.Connection) -> bool:
        """Connections that were closed a moment ago need that moment to end.

        Within a transaction the server would answer each time what it answered first.
        """
        for pause_s in repeat(0.005, 40):
            (others,) = tx.execute(OTHERS).fetchone() or (1,)
            if not others:
                return True
            time.sleep(pause_s)
        return False

    def _has_its_shape(self, tx: psycopg.Connection) -> bool:
        return tx.execute(SHAPE).fetchone() == self._shape

    def _empty(self, tx: psycopg.Connection) -> int:
        """Take every row out, and let numbers begin anew; answers how many rows there were."""
        with tx.transaction():
            done = tx.execute(self._emptying)
            rows = max(done.rowcount, 0)
            while done.nextset():
                rows += max(done.rowcount, 0)
        return rows

    def _address(self, name: str) -> str:
        return self._server.url(name).replace("postgresql+psycopg", "postgresql")


def _one_of(table: str) -> sql.Composed:
    return sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table))
