"""The door to the database: pragmas, transactions, and what a person reads when it does not open."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engagebot.errors import StoreUnavailable, WrongUsage
from engagebot.store import engine, site, tables
from engagebot.store.engine import Store, sqlite_path, sqlite_warning
from tests.fakes import NOON, FakeClock
from tests.postgres import PostgresServer


@pytest.fixture
def sqlite(tmp_path: Path, sqlite_template: Path) -> Iterator[Store]:
    path = tmp_path / "engagebot.db"
    path.write_bytes(sqlite_template.read_bytes())
    store = Store(f"sqlite:///{path}", clock=FakeClock())
    yield store
    store.close()


def impatient(store: Store) -> Store:
    """Wait 50 ms for a lock, not ten seconds."""
    sa.event.listen(store.writer, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=50"))
    return store


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 10_000),
        ("trusted_schema", 0),
        ("temp_store", 2),
        ("mmap_size", 0),
    ],
)
def test_every_connection_has_the_pragmas(sqlite: Store, pragma: str, value: object) -> None:
    for opened in (sqlite.write, sqlite.read):
        with opened() as tx:
            assert tx.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_the_driver_need_not_look_for_what_nothing_becomes(sqlite: Store) -> None:
    module = sqlite.writer.dialect.dbapi
    assert module is not None
    with sqlite.write() as tx:
        assert (type(None), module.PrepareProtocol) in module.adapters
        assert tx.exec_driver_sql("SELECT typeof(?), typeof(?)", (None, "")).one() == ("null", "text")


def test_only_the_reader_is_unable_to_write(sqlite: Store) -> None:
    with sqlite.write() as tx:
        assert tx.exec_driver_sql("PRAGMA query_only").scalar() == 0
    with sqlite.read() as tx:
        assert tx.exec_driver_sql("PRAGMA query_only").scalar() == 1


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnavailable, match="read-only"), store.read() as tx:
        site.put(tx, "paused", "agent_demo", NOON)
    with store.read() as tx:
        assert site.paused_by(tx) is None


def test_a_write_transaction_holds_the_lock_before_its_first_statement(sqlite: Store) -> None:
    other = impatient(Store(sqlite.url, clock=FakeClock()))
    with sqlite.write(), pytest.raises(StoreUnavailable, match="locked by another program"), other.write():
        pass
    other.close()


def test_a_reader_sees_one_moment(store: Store) -> None:
    with store.read() as tx:
        assert site.paused_by(tx) is None
        with store.write() as writing:
            site.pause(writing, by="agent_demo", at=NOON)
        assert site.paused_by(tx) is None
    with store.read() as tx:
        assert site.paused_by(tx) == "agent_demo"


def test_an_error_takes_the_whole_transaction_back(store: Store) -> None:
    def pause_and_crash() -> None:
        with store.write() as tx:
            site.pause(tx, by="agent_demo", at=NOON)
            raise KeyError("the process ended here")

    with pytest.raises(KeyError):
        pause_and_crash()
    with store.read() as tx:
        assert site.paused_by(tx) is None


def test_threads_take_turns_at_writing(store: Store) -> None:
    with store.write() as tx:
        site.put(tx, "counter", 0, NOON)

    def add() -> None:
        for _ in range(5):
            with store.write() as tx:
                query = sa.select(tables.site).where(tables.site.c.key == "counter").with_for_update()
                row = tx.execute(query).one()
                site.put(tx, "counter", row.value + 1, NOON)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as tx:
        assert site.get(tx, "counter") == 20


def test_a_locked_database_says_so_and_nothing_is_written(sqlite: Store) -> None:
    impatient(sqlite)
    # The same SQLite library: two in one process would not see each other's locks.
    holder = engine.sqlite_module().connect(sqlite_path(sqlite.url), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    says = "locked by another program; stop it or wait"
    with pytest.raises(StoreUnavailable, match=says), sqlite.write() as tx:
        site.pause(tx, by="agent_demo", at=NOON)
    holder.execute("ROLLBACK")
    holder.close()
    with sqlite.read() as tx:
        assert site.paused_by(tx) is None


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "engagebot.db"
    path.write_bytes(b"This is a letter, not a database. " * 64)
    store = Store(f"sqlite:///{path}", clock=FakeClock())
    for opened in (store.read, store.write):
        says = "is not a SQLite database; check ENGAGEBOT_DATABASE_URL"
        with pytest.raises(StoreUnavailable, match=says), opened():
            pass
    assert path.read_bytes().startswith(b"This is a letter")
    store.close()


def test_a_damaged_file_says_so(sqlite: Store) -> None:
    with sqlite.write() as tx:
        for number in range(400):
            site.put(tx, f"key-{number}", "x" * 400, NOON)
    sqlite.close()
    path = sqlite_path(sqlite.url)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(StoreUnavailable, match="is damaged; restore a backup"), sqlite.read() as tx:
        site.get(tx, "key-1")


def test_a_folder_in_the_files_place_says_so(tmp_path: Path) -> None:
    (tmp_path / "engagebot.db").mkdir()
    store = Store(f"sqlite:///{tmp_path}/engagebot.db", clock=FakeClock())
    with pytest.raises(StoreUnavailable, match="cannot be opened"), store.read():
        pass
    store.close()


@pytest.mark.postgres
def test_a_postgres_that_does_not_answer_says_so_without_its_password() -> None:
    store = Store("postgresql+psycopg://engagebot:pw-made-up@127.0.0.1:1/engagebot", clock=FakeClock())
    says = "does not answer; check that PostgreSQL runs"
    with pytest.raises(StoreUnavailable, match=says) as raised, store.read():
        pass
    assert "pw-made-up" not in str(raised.value)
    assert "127.0.0.1:1" in str(raised.value)
    store.close()


@pytest.mark.postgres
def test_a_postgres_database_that_is_not_there_says_so(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        pass
    store = Store(url, clock=FakeClock())
    with pytest.raises(StoreUnavailable, match="create it, then run `engagebot db upgrade`"), store.read():
        pass
    store.close()


def test_a_busy_pool_says_so(sqlite: Store) -> None:
    store = Store(sqlite.url, clock=FakeClock())
    store.writer.pool._timeout = 0.05  # type: ignore[attr-defined]
    with store.write(), pytest.raises(StoreUnavailable, match="is busy"), store.write():
        pass
    store.close()


def test_a_fault_of_our_own_is_not_dressed_up(store: Store) -> None:
    with pytest.raises(sa.exc.IntegrityError), store.write() as tx:
        tx.execute(
            sa.insert(tables.keys).values(user_id=4711, kind="token", secret_hash="x", created_at=NOON)
        )


def test_an_unknown_trouble_keeps_its_first_words(store: Store) -> None:
    with pytest.raises(StoreUnavailable, match=r"cannot be used: .*strange"), store.read() as tx:
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("something\n  strange")) from None
    assert tx.closed


def test_a_cut_connection_counts_as_unavailable(store: Store) -> None:
    error = sa.exc.DBAPIError("SELECT 1", {}, Exception("server closed"), connection_invalidated=True)
    with pytest.raises(StoreUnavailable, match="server closed"), store.read():
        raise error


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_that_would_forget_is_refused(url: str) -> None:
    with pytest.raises(WrongUsage, match="names no file"):
        Store(url, clock=FakeClock())


@pytest.mark.parametrize(
    ("version", "is_sound"),
    [
        ((3, 52, 0), True),
        ((3, 51, 3), True),
        ((3, 51, 2), False),
        ((3, 50, 7), True),
        ((3, 50, 6), False),
        ((3, 44, 6), True),
        ((3, 45, 1), False),
        ((3, 40, 0), False),
    ],
)
def test_a_sqlite_with_the_wal_fault_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], is_sound: bool
) -> None:
    class Module:
        sqlite_version_info = version
        sqlite_version = ".".join(map(str, version))

    monkeypatch.setattr(engine, "sqlite_module", lambda: Module)
    warning = sqlite_warning()
    assert (warning is None) is is_sound
    assert warning is None or "pysqlite3" in warning


def test_without_the_wheel_pythons_own_sqlite_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pysqlite3", None)
    assert engine.sqlite_module() is sqlite3


@pytest.mark.parametrize(
    "at",
    [
        NOON,
        datetime(2026, 8, 3, 12, 0, 0, 123_000, tzinfo=UTC),
        datetime(2026, 3, 29, 3, 30, tzinfo=datetime.fromisoformat("2026-03-29T03:30:00+02:00").tzinfo),
        datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
    ],
)
def test_times_come_back_as_the_same_moment_in_utc(store: Store, at: datetime) -> None:
    with store.write() as tx:
        site.put(tx, "moment", True, at)
    with store.read() as tx:
        (found,) = tx.execute(sa.select(tables.site.c.changed_at)).scalars()
    assert found == at
    assert found.utcoffset() == timedelta(0)


def test_times_are_kept_to_the_millisecond_and_never_rounded_up(store: Store) -> None:
    with store.write() as tx:
        site.put(tx, "moment", True, NOON + timedelta(microseconds=1999))
    with store.read() as tx:
        (found,) = tx.execute(sa.select(tables.site.c.changed_at)).scalars()
    assert found == NOON + timedelta(milliseconds=1)


def test_a_naive_time_is_refused(store: Store) -> None:
    with pytest.raises((TypeError, sa.exc.StatementError)), store.write() as tx:
        site.put(tx, "moment", True, NOON.replace(tzinfo=None))


@pytest.mark.parametrize("value", [None, 0, 1.5, "é\x00", [], {"a": [1, {"b": None}]}, True])
def test_json_values_come_back_equal(store: Store, value: object) -> None:
    with store.write() as tx:
        site.put(tx, "value", value, NOON)
    with store.read() as tx:
        assert site.get(tx, "value") == value


def test_half_of_a_pair_does_not_come_back_to_break_an_answer(store: Store) -> None:
    with store.write() as tx:
        site.put(tx, "value", {"said\ud800": ["a\udfff", 1]}, NOON)
    with store.read() as tx:
        assert site.get(tx, "value") == {"said\ufffd": ["a\ufffd", 1]}


def test_leases_are_measured_by_postgres_where_it_is_there(database_url: str) -> None:
    clock = FakeClock()
    store = Store(database_url, clock=clock)
    with store.write() as tx:
        now = store.lease_now(tx)
    assert now.utcoffset() == timedelta(0)
    assert (now == clock.now()) is store.is_sqlite
    store.close()


def test_a_frozen_clock_measures_leases_itself(store: Store, clock: FakeClock) -> None:
    with store.write() as tx:
        assert store.lease_now(tx) == clock.now()


def test_a_read_only_database_says_so(store: Store) -> None:
    close_it = "PRAGMA query_only=ON" if store.is_sqlite else "SET TRANSACTION READ ONLY"

    def pause() -> None:
        with store.write() as tx:
            tx.exec_driver_sql(close_it)
            site.pause(tx, by="agent_demo", at=NOON)

    with pytest.raises(StoreUnavailable, match="is read-only; give this user write access"):
        pause()
    with store.read() as tx:
        assert site.paused_by(tx) is None
