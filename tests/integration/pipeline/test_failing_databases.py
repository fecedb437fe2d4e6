"""A database that stops, is full or read-only: sending says so, doubles nothing and goes on by itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
import sqlalchemy as sa

from engagebot.domain.outbox import DraftState
from engagebot.errors import StoreUnavailable
from engagebot.pipeline import review
from engagebot.pipeline.deliver import deliver_replies, recover_replies, settle_replies
from engagebot.pipeline.deliver.settle import SETTLE_AFTER
from engagebot.store import audit, schema
from engagebot.store.engine import Store
from tests.factories import act, make_settings
from tests.fakes import NOON, FakeClock, FakeConnector
from tests.integration.pipeline.desk import Desk
from tests.postgres import PostgresServer

S = DraftState


class Trouble(Protocol):
    """What befalls a database; `words` are those that people read then."""

    @property
    def words(self) -> tuple[str, ...]: ...

    def begin(self) -> None: ...
    def end(self) -> None: ...


class Full:
    words = ("cannot grow: the disk is full; free some space, then try again",)

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self) -> None:
        _pragma(self._store, "max_page_count=1")  # which SQLite raises to what the file has
        for subject in ("x" * 4000, "x"):
            with pytest.raises(StoreUnavailable, match="the disk is full"):
                self._fill(subject)

    def _fill(self, subject: str) -> None:
        while True:
            with self._store.write() as tx:
                audit.add(tx, at=NOON, actor="kim_demo", action="fill", subject=subject)

    def end(self) -> None:
        _pragma(self._store, "max_page_count=1073741823")


class ReadOnly:
    words = ("is read-only; give this user write access to the file and its folder",)

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self) -> None:
        _pragma(self._store, "query_only=ON")

    def end(self) -> None:
        _pragma(self._store, "query_only=OFF")


class Stopped:
    # Whether the first to notice is an open connection or a new one.
    words = ("does not answer; check that PostgreSQL runs", "check that PostgreSQL runs")

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    def begin(self) -> None:
        self._server.crash()

    def end(self) -> None:
        if not self._server.is_running:
            self._server.start_again()


def _pragma(store: Store, words: str) -> None:
    # The pool has one writing connection, so this is the one that the program writes with.
    connection = store.writer.raw_connection()
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA {words}")
    cursor.close()
    connection.close()


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A server that nobody else needs."""
    with PostgresServer(keeps_commits=True) as server:
        yield server


@pytest.fixture(params=["full", "read-only", pytest.param("stopped", marks=pytest.mark.postgres)])
def struck(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Desk, Trouble]]:
    clock = FakeClock()
    if request.param == "stopped":
        server: PostgresServer = request.getfixturevalue("own_server")
        url = server.create_database(f"struck_{uuid.uuid4().hex}")
        store = Store(url, clock=clock, uses_database_time=False)
        trouble: Trouble = Stopped(server)
    else:
        store = Store(f"sqlite:///{tmp_path / 'engagebot.db'}", clock=clock)
        trouble = Full(store) if request.param == "full" else ReadOnly(store)
    schema.upgrade(store)
    settings = make_settings(tmp_path, store.url)
    yield Desk(store=store, clock=clock, settings=settings, fake=FakeConnector(clock)), trouble
    store.close()
    if isinstance(trouble, Stopped):
        trouble.end()


def approved(desk: Desk) -> int:
    draft_id = desk.propose()
    with desk.store.write() as tx:
        review.approve(tx, draft_id, act(desk.store))
    return draft_id


def begins_at(desk: Desk, call: str, trouble: Trouble) -> None:
    def begin(name: str) -> None:
        if name == call:
            desk.fake.before_call = lambda name: None
            trouble.begin()

    desk.fake.before_call = begin


def is_sound(desk: Desk) -> bool:
    if not desk.store.is_sqlite:
        return True  # PostgreSQL checks its keys at each commit
    with desk.store.read() as tx:
        verdict = tx.execute(sa.text("PRAGMA integrity_check")).scalars().all()
        return verdict == ["ok"] and not tx.execute(sa.text("PRAGMA foreign_key_check")).all()


def test_nothing_leaves_that_cannot_be_written_down_first(struck: tuple[Desk, Trouble]) -> None:
    desk, trouble = struck
    draft_id = approved(desk)
    begins_at(desk, "lookup", trouble)
    with pytest.raises(StoreUnavailable) as said:
        deliver_replies(desk.deliver_context)
    assert any(words in str(said.value) for words in trouble.words)
    assert desk.fake.replies == []
    trouble.end()
    assert deliver_replies(desk.deliver_context) == 1
    assert (desk.draft(draft_id).state, len(desk.fake.replies)) == (S.SENT, 1)
    assert is_sound(desk)


def test_what_left_and_could_not_be_written_down_is_found_again(struck: tuple[Desk, Trouble]) -> None:
    desk, trouble = struck
    draft_id = approved(desk)
    begins_at(desk, "reply", trouble)
    with pytest.raises(StoreUnavailable) as said:
        deliver_replies(desk.deliver_context)
    assert any(words in str(said.value) for words in trouble.words)
    assert len(desk.fake.replies) == 1
    trouble.end()
    assert desk.draft(draft_id).state is S.SENDING
    assert recover_replies(desk.deliver_context) == 1
    desk.clock.forward(seconds=SETTLE_AFTER.total_seconds())
    assert (settle_replies(desk.deliver_context), deliver_replies(desk.deliver_context)) == (1, 0)
    assert (desk.draft(draft_id).state, len(desk.fake.replies)) == (S.SENT, 1)
    assert is_sound(desk)
