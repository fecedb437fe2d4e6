"""Migrations: the same tables on both databases, once, and never backwards."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from engagebot.errors import SchemaMismatch, StoreUnavailable
from engagebot.store import audit, schema, tables
from engagebot.store.engine import Store
from tests.conftest import DATABASES
from tests.fakes import NOON, FakeClock
from tests.postgres import PostgresServer


@pytest.fixture(
    params=[
        pytest.param(name, marks=[pytest.mark.postgres] if name == "postgres" else []) for name in DATABASES
    ]
)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A database without a single table."""
    if request.param == "sqlite":
        store = Store(f"sqlite:///{tmp_path}/new/engagebot.db", clock=FakeClock())
        yield store
        store.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as url:
        store = Store(url, clock=FakeClock())
        yield store
        store.close()


def stamp(store: Store, revision: str) -> None:
    with store.write() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_a_fresh_database_has_exactly_the_tables_of_the_code(empty: Store) -> None:
    assert schema.revision(empty) is None
    assert schema.upgrade(empty) == (None, schema.head())
    with empty.write() as tx:
        assert compare_metadata(MigrationContext.configure(tx), tables.metadata) == []


def test_upgrading_again_changes_nothing(empty: Store) -> None:
    schema.upgrade(empty)
    with empty.write() as tx:
        audit.add(tx, at=NOON, actor="agent_demo", action="test", subject="site")
    assert schema.upgrade(empty) == (schema.head(), schema.head())
    schema.check(empty)
    with empty.read() as tx:
        assert len(audit.of(tx, "site")) == 1


def test_two_programs_that_upgrade_at_once_both_succeed(empty: Store) -> None:
    other = Store(empty.url, clock=FakeClock())
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(schema.upgrade, [empty, other]))
    other.close()
    assert {after for _, after in found} == {schema.head()}
    schema.check(empty)


def test_programs_that_make_a_file_at_once_do_not_refuse_one_another(tmp_path: Path) -> None:
    # One round in twenty or so meets the moment in which two of them switch to the log.
    def opened(store: Store) -> str:
        ready.wait()
        with store.read() as tx:
            return str(tx.execute(sa.text("PRAGMA journal_mode")).scalar_one())

    ready = threading.Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        for number in range(100):
            url = f"sqlite:///{tmp_path}/{number}.db"
            stores = [Store(url, clock=FakeClock()) for _ in range(4)]
            assert list(pool.map(opened, stores)) == ["wal"] * 4
            for store in stores:
                store.close()


def test_an_empty_database_is_told_to_be_upgraded(empty: Store) -> None:
    with pytest.raises(SchemaMismatch, match=r"revision nothing.*engagebot db upgrade"):
        schema.check(empty)
    with pytest.raises(StoreUnavailable, match="engagebot db upgrade"), empty.read() as tx:
        audit.of(tx, "site")


def test_a_newer_database_is_refused_and_left_alone(store: Store) -> None:
    stamp(store, "9999")
    for refuse in (schema.upgrade, schema.check):
        with pytest.raises(SchemaMismatch, match="a newer engagebot wrote"):
            refuse(store)
    assert schema.revision(store) == "9999"


def test_an_installation_without_migrations_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ScriptDirectory, "get_current_head", lambda self: None)
    with pytest.raises(SchemaMismatch, match="install it again"):
        schema.head()


def test_the_audit_is_only_ever_added_to(store: Store) -> None:
    with store.write() as tx:
        audit.add(tx, at=NOON, actor="agent_demo", action="site.paused", subject="site")
    for statement in (sa.update(tables.audit).values(actor="somebody_else"), sa.delete(tables.audit)):
        with pytest.raises(sa.exc.DBAPIError, match="only ever added to"), store.write() as tx:
            tx.execute(statement)
    with store.read() as tx:
        assert [event.actor for event in audit.of(tx, "site")] == ["agent_demo"]


def test_no_row_hangs_in_the_air_after_an_upgrade(empty: Store) -> None:
    schema.upgrade(empty)
    if empty.is_sqlite:
        with empty.read() as tx:
            assert tx.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
            assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    with pytest.raises(sa.exc.IntegrityError), empty.write() as tx:
        tx.execute(sa.insert(tables.case_mentions).values(case_id=1, mention_id=1))


def test_a_migration_that_would_orphan_rows_changes_nothing(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "engagebot.db"
    path.write_bytes(sqlite_template.read_bytes())
    store = Store(f"sqlite:///{path}", clock=FakeClock())
    with store.write() as tx:
        tx.exec_driver_sql("DELETE FROM alembic_version")
    found = schema.revision(store)
    assert found is None

    def bad_migration(config: object, revision: str) -> None:
        connection = config.attributes["connection"]  # type: ignore[attr-defined]
        connection.exec_driver_sql("INSERT INTO case_mentions (case_id, mention_id) VALUES (1, 1)")

    monkeypatch.setattr(command, "upgrade", bad_migration)
    with pytest.raises(SchemaMismatch, match="orphan 1 rows; nothing was changed"):
        schema.upgrade(store)
    with store.write() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM case_mentions").scalar() == 0
        assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    store.close()


def test_a_locked_database_is_not_upgraded_and_says_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/engagebot.db"
    holder, store = Store(url, clock=FakeClock()), Store(url, clock=FakeClock())
    sa.event.listen(store.writer, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=50"))
    with holder.write(), pytest.raises(StoreUnavailable, match="locked by another program"):
        schema.upgrade(store)
    assert schema.upgrade(store) == (None, schema.head())
    holder.close()
    store.close()
