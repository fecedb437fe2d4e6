"""Watches: one worker at a time, the late one changes nothing, and the settings decide what runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engagebot.domain.records import ConnectorRecord, WatchRecord
from engagebot.errors import AuthFailed, ConnectorError, OutOfCredit, RateLimited
from engagebot.ports import Cursor, Watch
from engagebot.store.engine import Store
from engagebot.store.listening import watches
from engagebot.store.listening.watches import FAR_FUTURE, Lease
from tests.factories import make_watch
from tests.fakes import NOON, FakeClock

LEASE = timedelta(minutes=5)


def register(store: Store, *configured: Watch) -> None:
    with store.write() as tx:
        watches.register(tx, configured, store.clock.now())


def state(store: Store, name: str = "talk") -> WatchRecord:
    with store.read() as tx:
        (found,) = watches.all_of(tx, [name])
    return found


def claim(store: Store, owner: str = "one", name: str = "talk") -> Lease | None:
    watch_id = state(store, name).id
    with store.write() as tx:
        return watches.claim(tx, watch_id, owner=owner, now=store.clock.now(), lease=LEASE)


def taken(store: Store, owner: str = "one") -> Lease:
    lease = claim(store, owner)
    assert lease is not None
    return lease


def advance(store: Store, lease: Lease, cursor: str = "7", note: str | None = None) -> bool:
    now = store.clock.now()
    with store.write() as tx:
        return watches.advance(
            tx, lease, cursor=Cursor(cursor), at=now, next_poll_at=now + timedelta(minutes=5), note=note
        )


def fail(store: Store, lease: Lease, **more: object) -> bool:
    now = store.clock.now()
    failure = {"at": now, "kind": "Unavailable", "message": "down", "next_poll_at": now, **more}
    with store.write() as tx:
        return watches.record_failure(tx, lease, failure)


def release(store: Store, lease: Lease) -> bool:
    with store.write() as tx:
        return watches.release(tx, lease, store.clock.now())


def due(store: Store, *names: str) -> list[str]:
    with store.read() as tx:
        return [found.name for found in watches.due(tx, names or ("talk",), store.clock.now())]


def test_a_new_watch_is_due_at_once_with_no_cursor(store: Store) -> None:
    register(store, make_watch())
    found = state(store)
    assert (found.cursor, found.next_poll_at, found.started_at, found.failures) == (None, NOON, None, 0)
    assert due(store) == ["talk"]


def test_claim_gives_a_watch_to_one_worker(store: Store) -> None:
    register(store, make_watch())
    watch_id = state(store).id
    start = threading.Barrier(6)
    leases: list[Lease] = []

    def work(owner: str) -> None:
        start.wait(10)
        with store.write() as tx:
            lease = watches.claim(tx, watch_id, owner=owner, now=NOON, lease=LEASE)
        if lease is not None:
            leases.append(lease)

    threads = [threading.Thread(target=work, args=(f"worker-{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [lease.fence for lease in leases] == [1]
    assert due(store) == []


def test_an_expired_lease_is_taken_over_with_a_higher_fence(store: Store, clock: FakeClock) -> None:
    register(store, make_watch())
    first = taken(store)
    clock.forward(minutes=4, seconds=59)
    assert claim(store, "two") is None
    clock.forward(seconds=1)
    assert taken(store, "two").fence == first.fence + 1


@pytest.mark.parametrize(
    "late",
    [
        pytest.param(lambda store, lease: advance(store, lease, "99"), id="advance"),
        pytest.param(fail, id="record_failure"),
        pytest.param(release, id="release"),
    ],
)
def test_a_stale_worker_changes_nothing(
    store: Store, clock: FakeClock, late: Callable[[Store, Lease], bool]
) -> None:
    register(store, make_watch())
    stale = taken(store)
    clock.forward(minutes=6)
    fresh = taken(store, "two")
    assert advance(store, fresh, "8")
    before = state(store)
    assert late(store, stale) is False
    assert state(store) == before
    assert claim(store, "three") is None


def test_a_page_moves_the_watch_and_forgets_earlier_failures(store: Store, clock: FakeClock) -> None:
    register(store, make_watch())
    assert fail(store, taken(store))
    assert fail(store, taken(store))
    found = state(store)
    assert (found.failures, found.last_error, found.error_kind) == (2, "down", "Unavailable")
    lease = taken(store)
    assert advance(store, lease, note="a gap of two hours")
    found = state(store)
    assert (found.cursor, found.started_at, found.last_success_at) == ("7", NOON, NOON)
    assert (found.failures, found.last_error, found.error_kind) == (0, None, None)
    clock.forward(minutes=1)
    assert advance(store, lease, "8")
    found = state(store)
    assert (found.cursor, found.started_at, found.note) == ("8", NOON, "a gap of two hours")


def test_a_released_watch_may_be_claimed_at_once(store: Store) -> None:
    register(store, make_watch())
    assert release(store, taken(store))
    assert taken(store, "two").fence == 2


def test_a_dead_process_leaves_no_lease_behind(store: Store) -> None:
    register(store, make_watch())
    lease = taken(store)
    with store.write() as tx:
        watches.end_leases(tx)
    assert not advance(store, lease, "9")
    assert taken(store, "two").fence > lease.fence
    assert state(store).cursor is None


def test_a_stopped_watch_rests_until_it_is_resumed(store: Store) -> None:
    register(store, make_watch())
    assert fail(store, taken(store), is_stopped=True)
    assert state(store).is_stopped
    assert (due(store), claim(store)) == ([], None)
    with store.write() as tx:
        watches.resume(tx, ["talk"], NOON)
    assert due(store) == ["talk"]


@pytest.mark.parametrize(
    "change",
    [{"kind": "user"}, {"options": {"query": "acme inc"}}, {"connector": "other"}, {"options": {}}],
)
def test_a_watch_whose_question_changed_starts_afresh(store: Store, change: dict[str, object]) -> None:
    register(store, make_watch())
    lease = taken(store)
    assert advance(store, lease)
    assert fail(store, lease, is_stopped=True)
    changed = replace(make_watch(), **change)  # type: ignore[arg-type]
    register(store, changed)
    found = state(store)
    assert (found.cursor, found.started_at, found.failures, found.last_error) == (None, None, 0, None)
    assert (found.is_stopped, found.next_poll_at, found.connector) == (False, NOON, changed.connector)


def test_a_worker_of_the_old_question_cannot_move_the_new_one(store: Store) -> None:
    register(store, make_watch())
    old = taken(store)
    register(store, make_watch(options={"query": "another"}))
    assert not advance(store, old, "99")
    assert state(store).cursor is None
    assert claim(store, "two") is not None


@pytest.mark.parametrize("change", [{"every": timedelta(hours=1)}, {"lookback": timedelta(days=2)}])
def test_a_watch_with_another_rhythm_keeps_its_place(store: Store, change: dict[str, object]) -> None:
    register(store, make_watch())
    assert advance(store, taken(store))
    register(store, replace(make_watch(), **change))  # type: ignore[arg-type]
    assert state(store).cursor == "7"


def test_a_removed_watch_rests_with_its_cursor_and_comes_back(store: Store, clock: FakeClock) -> None:
    register(store, make_watch(), make_watch("other"))
    assert advance(store, taken(store))
    register(store, make_watch("other"))
    found = state(store)
    assert (found.next_poll_at, found.cursor) == (FAR_FUTURE, "7")
    assert due(store, "talk", "other") == ["other"]
    clock.forward(days=400)
    register(store, make_watch(), make_watch("other"))
    found = state(store)
    assert (found.next_poll_at, found.cursor) == (clock.now(), "7")


def test_what_is_longest_overdue_comes_first(store: Store, clock: FakeClock) -> None:
    register(store, make_watch("b"))
    clock.forward(minutes=-5)
    register(store, make_watch("a"), make_watch("b"))
    clock.forward(minutes=5)
    assert due(store, "a", "b", "never") == ["a", "b"]


def connectors(store: Store, *configured: Watch) -> list[ConnectorRecord]:
    with store.read() as tx:
        return watches.connector_records(tx, configured or (make_watch(),), store.clock.now())


@pytest.mark.parametrize(
    "problem",
    [
        RateLimited("slow down", retry_at=NOON),
        OutOfCredit("no credit left"),
        AuthFailed("the key was revoked"),
    ],
)
def test_a_paused_connector_is_quiet_until_its_time(
    store: Store, clock: FakeClock, problem: ConnectorError
) -> None:
    until = NOON + timedelta(hours=1)
    register(store, make_watch())
    with store.write() as tx:
        watches.pause_connector(tx, "fake", until=until, problem=problem)
        assert watches.paused_connectors(tx, clock.now()) == {"fake": until}
    (found,) = connectors(store)
    assert (found.problem, found.paused_until) == (str(problem), until)
    clock.forward(hours=1)
    with store.write() as tx:
        assert watches.paused_connectors(tx, clock.now()) == {}
        watches.connector_recovered(tx, "fake")
    (found,) = connectors(store)
    assert (found.problem, found.paused_until) == (None, None)


def test_a_start_forgives_refused_keys_and_nothing_else(store: Store) -> None:
    until = NOON + timedelta(hours=1)
    with store.write() as tx:
        watches.pause_connector(tx, "key", until=until, problem=AuthFailed("revoked"))
        watches.pause_connector(tx, "credit", until=until, problem=OutOfCredit("empty"))
        watches.forgive_keys(tx)
        assert watches.paused_connectors(tx, NOON) == {"credit": until}


def test_a_connector_fares_as_its_worst_watch(store: Store) -> None:
    register(store, make_watch(), make_watch("other"), make_watch("third", connector="quiet"))
    configured = (make_watch(), make_watch("other"), make_watch("third", connector="quiet"))
    assert [(found.name, found.is_healthy) for found in connectors(store, *configured)] == [
        ("fake", None),
        ("quiet", None),
    ]
    assert advance(store, taken(store))
    assert connectors(store, *configured)[0].is_healthy is True
    lease = claim(store, "one", "other")
    assert lease is not None
    assert fail(store, lease)
    fake, quiet = connectors(store, *configured)
    assert (fake.is_healthy, fake.problem, fake.last_poll_at) == (False, "down", NOON)
    assert (quiet.is_healthy, quiet.last_poll_at) == (None, None)


def test_registering_twice_at_once_makes_each_watch_once(store: Store) -> None:
    start = threading.Barrier(2)

    def work() -> None:
        start.wait(10)
        register(store, make_watch(), make_watch("other"))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as tx:
        count = tx.execute(sa.text("SELECT count(*) FROM watches")).scalar()
    assert count == 2
