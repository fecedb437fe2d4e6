"""Migrations: the same tables on both databases, once, and never backwards."""

from __future__ import annotations

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
from engagebot.store.engine import Store, Tx
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


def _seed(tx: Tx) -> None:
    """Two people, three mentions, a case, a draft and a notice, as revision 0001 holds them."""
    at = 1_785_758_400_000
    for number in (1, 2):
        tx.exec_driver_sql(
            "INSERT INTO customers (id, source, account_key, handle, first_seen_at, last_seen_at, contacts)"
            f" VALUES ({number}, 'x', 'id-{number}', 'maple_{number}_demo', {at}, {at}, 1)"
        )
    for number in (1, 2, 3):
        tx.exec_driver_sql(
            "INSERT INTO mentions (id, source, native_id, customer_id, kind, text, posted_at, fetched_at,"
            " is_history, reply_route, reply_reason, state) VALUES"
            f" ({number}, 'x', '{number}', {min(number, 2)}, 'post', 'dead', {at}, {at + number}, false,"
            " 'api', 'they wrote to us', 'decided')"
        )
    tx.exec_driver_sql(
        "INSERT INTO decisions (id, mention_id, rule_set, decided_at, outcome, matched, planned, facts)"
        f" VALUES (1, 1, 'set', {at}, 'escalated', '[]', '[]', '{{}}')"
    )
    tx.exec_driver_sql(
        "INSERT INTO drafts (id, mention_id, rule_id, source, is_proactive, text, version, state,"
        " reply_route, reply_reason, created_at, updated_at) VALUES"
        f" (1, 2, 'love', 'x', false, 'Thanks!', 1, 'proposed', 'api', 'they wrote to us', {at}, {at})"
    )
    tx.exec_driver_sql(
        "INSERT INTO cases (id, customer_id, state, severity, team, title, why, opened_at, updated_at,"
        f" first_symptom_at) VALUES (1, 1, 'new', 'high', 'support', 'dead', 'dead', {at}, {at}, {at})"
    )
    tx.exec_driver_sql("INSERT INTO case_mentions (case_id, mention_id) VALUES (1, 1)")
    tx.exec_driver_sql(
        "INSERT INTO deliveries (id, notice_id, channel, kind, case_id, mention_id, state, payload,"
        f" created_at, due_at) VALUES (1, 'case-1', 'console', 'case', 1, 1, 'pending', '{{}}', {at}, {at})"
    )


_SEEDED = ("customers", "mentions", "decisions", "drafts", "cases", "case_mentions", "deliveries")


def _counts(store: Store) -> dict[str, int]:
    with store.read() as tx:
        return {name: tx.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in _SEEDED}


def test_a_site_of_the_first_revision_loses_no_row_on_the_way_to_this_one(
    empty: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_head = command.upgrade
    with monkeypatch.context() as patched:
        patched.setattr(command, "upgrade", lambda config, _: to_head(config, "0001"))
        schema.upgrade(empty)
    assert schema.revision(empty) == "0001"
    with empty.write() as tx:
        _seed(tx)
    before = _counts(empty)
    assert schema.upgrade(empty) == ("0001", schema.head())
    assert _counts(empty) == before
    with empty.write() as tx:
        assert compare_metadata(MigrationContext.configure(tx), tables.metadata) == []
        # Each was shown when it was heard; the first deletion check counts from there.
        rows = tx.execute(sa.select(tables.mentions.c.checked_at, tables.mentions.c.fetched_at)).all()
        assert all(checked_at == fetched_at for checked_at, fetched_at in rows)
        with pytest.raises(sa.exc.IntegrityError), tx.begin_nested():
            tx.exec_driver_sql("DELETE FROM mentions WHERE id = 1")
    assert _counts(empty) == before
