"""A backup is one moment of a site at work, and a restore is that moment again or nothing at all."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engagebot.domain.outbox import DraftState
from engagebot.errors import AlreadyRunning, SchemaMismatch, StoreUnavailable, WrongUsage
from engagebot.store import audit, backup, schema, site, tables
from engagebot.store.backup import Backup, Restored, parts, programs, sqlite
from engagebot.store.engine import Store, sqlite_path
from engagebot.store.entry.accounts import KeyKind
from engagebot.store.listening import watches
from engagebot.store.replying import drafts
from tests.factories import hear, make_mention
from tests.fakes import NOON, FakeClock
from tests.integration.backup.filled import STATES, fill
from tests.rows import Rows, broken_references, of_table, rows_of

ROOT = Path(__file__).parents[3]
MARKED = {"restored", "paused", "running", "backup_made_at", "backup_begun_at"}
EVERY_STEP = "CRASH_EVERY_STATEMENT" in os.environ


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "site.backup"


@pytest.fixture
def filled(store: Store, file: Path) -> Store:
    file.parent.mkdir()
    fill(store)
    return store


def make(store: Store, file: Path, **options: Any) -> Backup:
    return backup.make(store, file, by="agent_demo", **options)


def bring_back(store: Store, file: Path) -> Restored:
    found = backup.examine(store, file)
    return backup.restore(store, found, by="agent_demo", keep_in=file.parent)


def told_apart(rows: Rows) -> Rows:
    """The rows without what backup and restore write down of themselves."""
    kept = {name: found for name, found in rows.items() if name not in {"keys", "audit"}}
    kept["site"] = [row for row in rows["site"] if row["key"] not in MARKED]
    for name, hidden in (
        ("drafts", {"state", "updated_at", "version", "attempt_ended_at"}),
        ("watches", {"lease_until", "fence", "owner"}),
    ):
        kept[name] = [{key: value for key, value in row.items() if key not in hidden} for row in rows[name]]
    return kept


def test_a_backup_says_what_it_holds_and_only_its_owner_may_read_it(
    filled: Store, file: Path, clock: FakeClock
) -> None:
    made = make(filled, file)
    assert (made.file, made.mentions, made.revision) == (file, len(STATES), schema.head())
    assert made.made_at == clock.now()
    assert made.bytes == file.stat().st_size > 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert backup.examine(filled, file) == made
    with filled.read() as tx:
        assert site.backup_made_at(tx) == clock.now()
        assert audit.of(tx, "site")[-1].action == "site.backed_up"


def test_a_backup_takes_nobodys_place_unless_told_to(filled: Store, file: Path) -> None:
    file.write_text("mine")
    with pytest.raises(WrongUsage, match="is there already; choose another name, or replace it with --force"):
        make(filled, file)
    assert file.read_text() == "mine"
    make(filled, file, may_replace=True)
    assert backup.examine(filled, file).mentions == len(STATES)
    for wrong, said in ((file.parent, "is a folder"), (file / "under" / "it", "there is no folder")):
        with pytest.raises(WrongUsage, match=said):
            make(filled, wrong, may_replace=True)


def test_a_backup_that_fails_leaves_what_was_there(
    filled: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(filled, file)
    before = file.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parts.os, "fsync", full)
    with pytest.raises(StoreUnavailable, match="No space left on device; nothing was changed"):
        make(filled, file, may_replace=True)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_leftovers_of_backups_that_were_killed_are_taken_away(filled: Store, file: Path) -> None:
    for suffix in (".part", ".part-journal"):
        (file.parent / f".{file.name}.abc{suffix}").write_text("half")
    with parts.appearing(file) as another:
        make(filled, file)
        assert another.exists()
        another.write_text("later")
    assert file.read_text() == "later"
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_restore_brings_every_row_back_and_sends_nothing(
    filled: Store, file: Path, clock: FakeClock
) -> None:
    before = rows_of(filled)
    make(filled, file)
    clock.forward(minutes=10)
    hear(filled, make_mention("later", text="since then"))
    with filled.write() as tx:
        for draft in drafts.in_state(tx, DraftState.PROPOSED):
            tx.execute(sa.delete(tables.drafts).where(tables.drafts.c.id == draft.id))
        site.put(tx, site.RUNNING, {"pid": 1}, clock.now() - timedelta(hours=1))
    gone = rows_of(filled)
    clock.forward(minutes=10)

    done = bring_back(filled, file)

    assert (done.unknown, done.made_at, done.restored_at) == (1, NOON, clock.now())
    after = rows_of(filled)
    assert told_apart(after) == told_apart(before)
    assert broken_references(filled) == []
    with filled.write() as tx:
        states = dict(tx.execute(sa.select(tables.drafts.c.id, tables.drafts.c.state)).all())
        assert sorted(states.values()) == sorted({"sending": "unknown"}.get(each, each) for each in STATES)
        assert (site.paused_by(tx), site.restored_at(tx), site.backup_made_at(tx)) == (
            "restore",
            clock.now(),
            NOON,
        )
        assert site.get(tx, site.RUNNING) is None
        assert {row["kind"] for row in of_table(tx, "keys")} == {KeyKind.TOKEN}
        (watch,) = watches.all_of(tx, ["talk"])
        assert watch.cursor == "13"
        (line,) = [event for event in audit.of(tx, "site") if event.action == "site.restored"]
        assert (line.actor, line.detail["unknown"]) == ("agent_demo", 1)
    assert done.aside is not None
    kept = backup.examine(filled, done.aside)
    assert kept.mentions == len(gone["mentions"]) == len(STATES) + 1
    bring_back(filled, done.aside)
    assert told_apart(rows_of(filled)) == told_apart(gone)


def test_a_writer_at_work_goes_on_and_none_of_its_commits_is_halved(filled: Store, file: Path) -> None:
    """Each commit writes two mentions; the backup holds the first so many of them and no half of one."""
    before = rows_of(filled)
    begun, enough = threading.Event(), threading.Event()
    committed = 0

    def write() -> None:
        nonlocal committed
        while not enough.is_set():
            hear(filled, *(make_mention(f"w{committed}-{half}", author=None) for half in "ab"))
            committed += 1
            begun.set()
            time.sleep(0.002)  # without a breath in between, nobody else would ever get to write

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(20)
    at_least = committed
    make(filled, file)
    at_most = committed
    enough.set()
    writer.join()

    bring_back(filled, file)

    with filled.read() as tx:
        found = {row["native_id"] for row in of_table(tx, "mentions")}
    written = {name for name in found if name.startswith("w")}
    whole, rest = divmod(len(written), 2)
    assert rest == 0
    assert at_least <= whole <= at_most + 1
    assert written == {f"w{number}-{half}" for number in range(whole) for half in "ab"}
    old = [row for row in rows_of(filled)["mentions"] if row["native_id"] not in written]
    assert old == before["mentions"]


def test_an_older_backup_is_brought_up_to_date_and_a_newer_one_refused(
    filled: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(filled, file)
    with filled.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    make(filled, file.with_name("newer"))
    before = rows_of(filled)
    with pytest.raises(SchemaMismatch, match="revision 9999, which a newer engagebot made"):
        bring_back(filled, file.with_name("newer"))
    assert rows_of(filled) == before
    if not filled.is_sqlite:
        with pytest.raises(WrongUsage, match="a newer engagebot wrote the present database"):
            bring_back(filled, file)
        assert told_apart(rows_of(filled)) == told_apart(before)
        return
    # Going back after an upgrade is what backups are for.
    bring_back(filled, file)
    assert schema.revision(filled) == schema.head()


def test_a_file_that_is_no_backup_is_refused_before_anything_is_touched(filled: Store, file: Path) -> None:
    make(filled, file)
    whole = file.read_bytes()
    before = rows_of(filled)
    theirs = "PostgreSQL" if filled.is_sqlite else "SQLite"
    other = file.with_name("other.db")
    with closing(sqlite3.connect(other)) as made:
        made.execute("CREATE TABLE site (key TEXT)")
    beginnings = {"PostgreSQL": b"PGDMP and more", "SQLite": b"SQLite format 3\x00 and more"}
    for content, said in (
        (b"", "is no backup of engagebot"),
        (b"dear diary", "is no backup of engagebot"),
        (beginnings[theirs], f"is a backup of a site on {theirs}"),
        (whole[: len(whole) // 2], "is damaged or was cut off"),
        (whole[:-200], "is damaged or was cut off"),
        (whole[:100], "is damaged or was cut off"),
        *([(other.read_bytes(), "but not one of engagebot")] if filled.is_sqlite else []),
    ):
        file.write_bytes(content)
        with pytest.raises(WrongUsage, match=said):
            bring_back(filled, file)
    with pytest.raises(WrongUsage, match="there is no file"):
        bring_back(filled, file.with_name("nowhere"))
    assert rows_of(filled, without=["audit", "site"]) == {
        name: rows for name, rows in before.items() if name not in {"audit", "site"}
    }


def test_an_empty_database_takes_a_backup_and_has_none(tmp_path: Path, filled: Store, file: Path) -> None:
    if not filled.is_sqlite:
        with filled.write() as tx:
            where = tx.exec_driver_sql("SELECT current_schema()").scalar_one()
        make(filled, file)
        with filled.write() as tx:
            tx.exec_driver_sql(f"DROP SCHEMA {where} CASCADE")
            tx.exec_driver_sql(f"CREATE SCHEMA {where}")
        empty = filled
    else:
        make(filled, file)
        empty = Store(f"sqlite:///{tmp_path}/new/engagebot.db", clock=FakeClock())
    with pytest.raises(StoreUnavailable, match="nothing to back up"):
        make(empty, file.with_name("of nothing"))
    done = bring_back(empty, file)
    assert done.aside is None
    assert len(rows_of(empty)["mentions"]) == len(STATES)
    empty.close()


def test_a_restore_is_refused_while_somebody_is_at_work(filled: Store, file: Path) -> None:
    make(filled, file)
    before = rows_of(filled)
    if filled.is_sqlite:
        with filled.sending_locks.turn("x"):
            pass
        other = Store(filled.url, clock=FakeClock())
        with pytest.raises(AlreadyRunning, match="is sending replies"), other.sending_locks.turn("y"):
            bring_back(filled, file)
    else:
        other = Store(filled.url, clock=FakeClock())
        with other.read() as tx:
            tx.exec_driver_sql("SELECT 1")
            with pytest.raises(AlreadyRunning, match="others are connected to the database"):
                bring_back(filled, file)
        other.close()
        with filled.write() as tx:
            site.beat(tx, NOON)
            site.put(tx, site.RUNNING, {"pid": 1}, NOON)
        with pytest.raises(AlreadyRunning, match="last sign of life at 12:00:00 UTC"):
            bring_back(filled, file)
    other.close()
    assert told_apart(rows_of(filled)) == told_apart(before)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_what_others_made_in_the_database_is_not_torn_down(filled: Store, file: Path) -> None:
    make(filled, file)
    with filled.write() as tx:
        tx.exec_driver_sql("CREATE TABLE theirs (id integer)")
    bring_back(filled, file)
    with filled.write() as tx:
        tx.exec_driver_sql("CREATE VIEW seen AS SELECT id FROM mentions")
    before = rows_of(filled)
    with pytest.raises(StoreUnavailable, match="view seen depends on table mentions"):
        bring_back(filled, file)
    assert told_apart(rows_of(filled)) == told_apart(before)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_missing_programs_are_named_with_the_remedy(
    filled: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(filled, file)
    with monkeypatch.context() as patched:
        patched.setattr(programs, "_candidates", lambda name: iter(()))
        with pytest.raises(
            WrongUsage, match=r"pg_dump of PostgreSQL .* is needed and not installed; install"
        ):
            make(filled, file, may_replace=True)
        with pytest.raises(WrongUsage, match="pg_restore is needed and not installed"):
            bring_back(filled, file)
    with monkeypatch.context() as patched:
        patched.setattr(programs, "_version", lambda path: 9)
        with pytest.raises(WrongUsage, match=r"there is only one of PostgreSQL 9\)"):
            make(filled, file, may_replace=True)


def test_a_password_reaches_the_programs_by_the_environment_alone() -> None:
    address, environment = programs.reach(
        "postgresql+psycopg://me:s3cr%40t@db.example:5433/acme?sslmode=require"
    )
    assert "s3cr@t" not in address
    assert environment["PGPASSWORD"] == "s3cr@t"
    assert {"host=db.example", "port=5433", "dbname=acme", "user=me", "sslmode=require"} <= set(
        address.split()
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_cannot_be_opened_is_moved_away_as_it_is(filled: Store, file: Path) -> None:
    make(filled, file)
    database = sqlite_path(filled.url)
    filled.close()
    database.write_bytes(b"not a database at all " * 500)
    with pytest.raises(StoreUnavailable, match="is damaged"):
        make(filled, file.with_name("of damage"))

    done = bring_back(filled, file)

    assert done.aside is not None
    assert done.aside.read_bytes().startswith(b"not a database at all")
    assert len(rows_of(filled)["mentions"]) == len(STATES)
    assert broken_references(filled) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_damaged_site_is_not_called_backed_up(filled: Store, file: Path) -> None:
    with filled.write() as tx:
        tx.exec_driver_sql("PRAGMA writable_schema=ON")
    with closing(sqlite3.connect(sqlite_path(filled.url))) as raw:
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("INSERT INTO case_mentions VALUES (7, 7)")
        raw.commit()
    with pytest.raises(StoreUnavailable, match="rows of case_mentions hang in the air"):
        make(filled, file)
    assert not file.exists()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_writer_who_does_not_let_go_keeps_the_old_state(
    filled: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(filled, file)
    hear(filled, make_mention("later"))
    monkeypatch.setattr(sqlite, "_BUSY_MS", 20)
    other = Store(filled.url, clock=FakeClock())
    with other.write(), pytest.raises(StoreUnavailable, match="locked by another program"):
        bring_back(filled, file)
    other.close()
    assert len(rows_of(filled)["mentions"]) == len(STATES) + 1
    assert not list(sqlite_path(filled.url).parent.glob("*before-restore*"))


@contextmanager
def restores(store: Store, file: Path) -> Iterator[Callable[[int], tuple[int, int]]]:
    """Restore, and die at a step; answers the exit code and how many steps a whole one takes."""
    given = ["-m", "tests.integration.backup.killed", store.url, str(file), str(file.parent / "aside")]
    with subprocess.Popen(
        [sys.executable, *given], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        ask, answer = server.stdin, server.stdout
        assert ask is not None
        assert answer is not None

        def restore(die_after: int) -> tuple[int, int]:
            ask.write(f"{die_after}\n")
            ask.flush()
            ended, steps = answer.readline().split()
            return int(ended), int(steps)

        yield restore
        ask.close()


def test_a_restore_killed_at_any_step_leaves_the_old_state_or_the_new_one(filled: Store, file: Path) -> None:
    make(filled, file)
    hear(filled, *(make_mention(f"later-{number}") for number in range(40)))
    old = told_apart(rows_of(filled))
    filled.close()
    database = sqlite_path(filled.url) if filled.is_sqlite else None
    begun = database.read_bytes() if database else b""
    seen = set()
    with restores(filled, file) as restore:
        ended, steps = restore(0)
        assert ended == 0
        new = told_apart(rows_of(filled))
        assert new != old
        filled.close()
        # A round takes a tenth of a second, on PostgreSQL, whose programs start four times, a whole one.
        stride = 1 if EVERY_STEP else max(1, steps // (14 if database else 5))
        # The last one is where the new state stands already.
        killed_at = sorted({*range(1, steps + 1, stride), steps})
        for step in killed_at:
            if database:
                for path in database.parent.glob(f"*{database.name}*"):
                    path.unlink()
                database.write_bytes(begun)
            else:
                hear(filled, make_mention(f"again-{step}"))
                old = told_apart(rows_of(filled))
                filled.close()
            ended, _ = restore(step)
            assert ended == -9
            found = told_apart(rows_of(filled))
            assert found in (old, new)
            seen.add("new" if found == new else "old")
            assert broken_references(filled) == []
            filled.close()
            shutil.rmtree(file.parent / "aside", ignore_errors=True)
    print(f"\n{steps} steps, killed at {len(killed_at)}")
    assert seen == {"old", "new"}
