"""One sender per source over all processes, whichever database says so."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from engagebot.errors import StoreUnavailable
from engagebot.store.engine import Store
from engagebot.store.replying.sending_locks import SendingLocks, refuse_pooler
from tests.emulators.remote import ROOT
from tests.fakes import FakeClock
from tests.stock import DatabaseStock

HOLDER = """
import sys
from engagebot.store.replying.sending_locks import SendingLocks
with SendingLocks(sys.argv[1]).turn("x") as held:
    print("held" if held else "taken", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def locks(store: Store, database_url: str) -> Iterator[SendingLocks]:
    with store.read() as tx:
        assert tx.execute(sa.text("SELECT 1")).scalar_one() == 1
    found = SendingLocks(database_url)
    yield found
    found.close()


@pytest.fixture
def postgres_url(postgres_stock: DatabaseStock) -> Iterator[str]:
    name, url = postgres_stock.take()
    yield url
    postgres_stock.put_away(name)


@contextmanager
def holder(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process, which has the lock for x until its input ends."""
    command = [sys.executable, "-c", HOLDER, url]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_what_one_holds_no_other_gets_until_it_lets_go(locks: SendingLocks, database_url: str) -> None:
    other = SendingLocks(database_url)
    with locks.turn("x") as mine, other.turn("x") as theirs, other.turn("reddit") as another:
        assert mine is not None
        assert mine.is_ours()
        assert theirs is None
        assert another is not None
    with other.turn("x") as still:
        assert still is None  # kept between turns: a reply of ours may be waiting for its outcome
    locks.close()
    with other.turn("x") as theirs:
        assert theirs is not None
    other.close()


def test_two_threads_of_one_process_have_one_turn(locks: SendingLocks) -> None:
    with locks.turn("x") as mine, locks.turn("x") as again:
        assert mine is not None
        assert again is None
    with locks.turn("x") as afterwards:
        assert afterwards is mine


def test_a_process_that_only_sleeps_keeps_its_lock_and_a_killed_one_loses_it(
    locks: SendingLocks, database_url: str
) -> None:
    with holder(database_url) as process:
        process.send_signal(signal.SIGSTOP)
        with locks.turn("x") as mine:
            assert mine is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        while True:  # the server notices the cut connection a moment later
            with locks.turn("x") as mine:
                if mine is not None:
                    break


def test_a_lock_file_that_somebody_removed_is_no_lock(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'engagebot.db'}"
    mine, other = SendingLocks(url), SendingLocks(url)
    with mine.turn("x") as held:
        assert held is not None
        (tmp_path / "engagebot.db.sending-x.lock").unlink()
        assert not held.is_ours()
        with other.turn("x") as theirs:
            assert theirs is not None
    with mine.turn("x") as again:
        assert again is None
    other.close()
    mine.close()


def test_a_source_with_an_odd_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    locks = SendingLocks(f"sqlite:///{tmp_path / 'engagebot.db'}")
    with locks.turn("../../etc/x") as held:
        assert held is not None
    assert len(list(tmp_path.glob("engagebot.db.sending-*.lock"))) == 1
    locks.close()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    locks = SendingLocks(f"sqlite:///{tmp_path / 'missing' / 'engagebot.db'}")
    with pytest.raises(StoreUnavailable, match="give this user write access"), locks.turn("x"):
        raise AssertionError("there is no turn")


@pytest.mark.postgres
def test_a_connection_that_the_server_cut_holds_nothing(postgres_url: str) -> None:
    locks = SendingLocks(postgres_url)
    with locks.turn("x") as held:
        assert held is not None
        _cut_others(postgres_url)
        assert not held.is_ours()
    with locks.turn("x") as again:
        assert again is not None
        assert again is not held
        assert again.is_ours()
    locks.close()


@pytest.mark.postgres
def test_a_pooler_that_lends_connections_by_transaction_is_refused(postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    with engine.connect() as straight:
        refuse_pooler(straight, engine)
    for lent in (_Lent([71, 71, 71]), _Lent([71, 72, 72])):
        with pytest.raises(StoreUnavailable, match="pooler in session mode"):
            refuse_pooler(lent, lent)  # type: ignore[arg-type]
    engine.dispose()


class _Lent:
    """Connections of a pooler: each question is answered by the next server process of the list."""

    def __init__(self, answers: list[int]) -> None:
        self._answers = iter(answers)

    def execute(self, _: object) -> _Lent:
        return self

    def scalar_one(self) -> int:
        return next(self._answers)

    def connect(self) -> _Lent:
        return self

    def execution_options(self, **_: object) -> _Lent:
        return self

    @contextmanager
    def begin(self) -> Iterator[None]:
        yield

    def __enter__(self) -> _Lent:
        return self

    def __exit__(self, *_: object) -> None:
        return


def _cut_others(url: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as tx:
        tx.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    engine.dispose()


def test_the_lock_does_not_outlive_the_store(database_url: str, clock: FakeClock) -> None:
    first, second = Store(database_url, clock=clock), Store(database_url, clock=clock)
    with first.sending_locks.turn("x") as held:
        assert held is not None
    first.close()
    with second.sending_locks.turn("x") as theirs:
        assert theirs is not None
    second.close()
