"""A site of any revision comes up to this one with every row it had, or stays as it was.

The rows are plain SQL of their time (`ladder/`): what today's code would write says nothing of old databases.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from engagebot.bootstrap import App
from engagebot.domain.roles import Role
from engagebot.errors import EngagebotError
from engagebot.store import schema, tables
from engagebot.store.engine import Store
from tests.fakes import FakeClock
from tests.integration.web.office import open_office
from tests.postgres import PostgresServer
from tests.rows import Rows, broken_references, rows_of

SEEDS = Path(__file__).parent / "ladder"
REVISIONS = [f"{number:04d}" for number in range(1, int(schema.head()))]
PAGES = ("/", "/queue", "/mentions", "/mentions/1", "/cases", "/cases/1", "/customers/1", "/rules", "/audit")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A database without a single table."""
    if request.param == "sqlite":
        store = Store(f"sqlite:///{tmp_path}/engagebot.db", clock=FakeClock())
        yield store
        store.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as url:
        store = Store(url, clock=FakeClock())
        yield store
        store.close()


def climb(store: Store, revision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    to_head = command.upgrade
    with monkeypatch.context() as patched:
        patched.setattr(command, "upgrade", lambda config, _: to_head(config, revision))
        schema.upgrade(store)
    assert schema.revision(store) == revision


def seed(store: Store, revision: str) -> Rows:
    """Put rows into every table there is at this revision; answer all of them."""
    with store.write() as tx:
        for path in sorted(SEEDS.glob("*.sql")):
            if path.stem <= revision:
                for statement in path.read_text("utf-8").split(";\n"):
                    if statement.strip():
                        tx.exec_driver_sql(statement)
    found = rows_of(store)
    assert [name for name, rows in found.items() if not rows] == [], "tables without a row: write some SQL"
    return found


def as_at(rows: Rows, before: Rows) -> Rows:
    """The rows now, in the tables and columns that were there before, without what migrations added."""
    kept = {}
    for name, old in before.items():
        now = [{column: row[column] for column in old[0]} for row in rows[name]]
        kept[name] = sorted((row for row in now if row.get("source") != "correction"), key=repr)
    return kept


def compared(rows: Rows) -> Rows:
    return {name: found for name, found in rows.items() if name != "alembic_version"}


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_row_of_every_revision_is_there_after_the_upgrade(
    empty: Store, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    climb(empty, revision, monkeypatch)
    before = seed(empty, revision)

    assert schema.upgrade(empty) == (revision, schema.head())

    after = rows_of(empty)
    assert compared(as_at(after, before)) == compared(before)
    corrected = [row["mention_id"] for row in after["verdicts"] if row["source"] == "correction"]
    assert corrected == ([1] if revision < "0003" else [])
    if revision < "0002":
        # Each was shown when it was heard; the first deletion check counts from there.
        assert all(row["checked_at"] == row["fetched_at"] for row in after["mentions"])
    if revision == "0011":
        # What had been logged before: a call with somebody, their mail, and ours.
        heard = {row["text"]: bool(row["is_answered"]) for row in after["case_contacts"]}
        assert heard == {"they held the line": True, "sent the receipt": False, "asked for the number": True}
    assert broken_references(empty) == []
    with empty.write() as tx:
        assert compare_metadata(MigrationContext.configure(tx), tables.metadata) == []


@pytest.mark.parametrize("revision", [REVISIONS[0], REVISIONS[-1]])
def test_a_site_that_came_up_is_worked_with_as_any_other(
    empty: Store, revision: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    climb(empty, revision, monkeypatch)
    seed(empty, revision)
    schema.upgrade(empty)
    office = open_office(tmp_path / "site", empty.url, FakeClock())
    lead = office.person(Role.LEAD)
    for page in PAGES:
        assert lead.get(page).status_code == 200, page
    assert office.drafts().id > 13  # what is new gets its place behind what was there
    assert office.opens_case() == 3
    _queue_holds_what_waited(office.app)
    for client in office.clients:
        client.close()
    office.app.close()


def _queue_holds_what_waited(app: App) -> None:
    with app.store.read() as tx:
        lanes = tx.execute(sa.select(tables.drafts.c.lane, tables.drafts.c.rank)).all()
    assert None not in {value for row in lanes for value in row}


@pytest.mark.parametrize("how", ["in SQL", "in Python"])
def test_a_migration_that_fails_leaves_everything_as_it_was_and_says_so(
    empty: Store, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = REVISIONS[-1]
    climb(empty, last, monkeypatch)
    before = seed(empty, last)
    to_head = command.upgrade

    def break_off(config: object, revision: str) -> None:
        to_head(config, revision)  # type: ignore[arg-type]
        connection = config.attributes["connection"]  # type: ignore[attr-defined]
        connection.exec_driver_sql("DELETE FROM case_mentions")
        if how == "in SQL":
            connection.exec_driver_sql("UPDATE mentions SET no_such_column = 1")
        raise KeyError("no such key")

    with monkeypatch.context() as patched:
        patched.setattr(command, "upgrade", break_off)
        said = f"the migration from {last} to .* failed, and nothing was changed"
        with pytest.raises(EngagebotError, match=said):
            schema.upgrade(empty)

    assert schema.revision(empty) == last
    assert rows_of(empty) == before
    assert schema.upgrade(empty) == (last, schema.head())
