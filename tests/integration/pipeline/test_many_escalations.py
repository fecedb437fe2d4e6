"""1,000 escalations through channels that fail in every way, with workers that die: none is missing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.deliveries.office import MENDED_AT, START, Place, announce, context
from benchmarks.deliveries.receivers import REFUSING, Receivers, receivers
from benchmarks.deliveries.verdict import judge
from engagebot.domain.roles import Act, Person, Role
from engagebot.pipeline import dead_letters
from engagebot.pipeline.deliver import (
    TellContext,
    deliver_notices,
    open_changed_channels,
    requeue_notices,
)
from engagebot.ports import Notice, Sink
from engagebot.store.engine import Store
from engagebot.store.telling import deliveries
from tests.fakes import FakeClock

KILLED = 0.01
ESCALATIONS = 1000


class Killed(BaseException):
    """The worker ends here: no handler of ours may catch it."""


class Mortal:
    """A channel at which the worker dies now and then: before it spoke, or after and before it could note."""

    def __init__(self, sink: Sink, chance: random.Random) -> None:
        self.name = sink.name
        self._sink = sink
        self._chance = chance

    def deliver(self, notice: Notice) -> None:
        fate = self._chance.random()
        if fate < KILLED / 2:
            raise Killed
        self._sink.deliver(notice)
        if fate < KILLED:
            raise Killed


def live_until(told: TellContext, clock: FakeClock, *, days: float) -> int:
    """Let days pass: try what is due, ever more seldom as the waits grow; answer how often a worker died."""
    deaths, begins, ends = 0, clock.now(), START + timedelta(days=days)
    while clock.now() < ends:
        try:
            while deliver_notices(told):
                pass
            with told.store.read() as tx:
                if deliveries.due(tx, clock.now()):
                    continue
        except Killed:
            deaths += 1
            requeue_notices(told.store, clock)
            continue
        clock.at = min(ends, clock.at + max(timedelta(seconds=6), (clock.at - begins) / 5))
    return deaths


def in_line(store: Store, clock: FakeClock, seen: Receivers) -> TellContext:
    chance = random.Random(11)
    place = Place(http_port=seen.http_port, smtp_port=seen.smtp_port, seconds=0.1)
    found = context(store, clock, place, owner="worker")
    return replace(
        found, sink=lambda channel: Mortal(place.sink(channel, clock), chance), chance=chance.random
    )


@pytest.fixture
def store(sqlite_template: Path, tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    path = tmp_path / "engagebot.db"
    path.write_bytes(sqlite_template.read_bytes())
    found = Store(f"sqlite:///{path}", clock=clock)
    yield found
    found.close()


def test_of_a_thousand_escalations_through_failing_channels_none_is_missing(
    store: Store, clock: FakeClock
) -> None:
    clock.at, numbers = START, range(ESCALATIONS)
    with receivers(seed=5, share=0.25, stops=3) as seen:
        told = in_line(store, clock, seen)
        announce(store, clock, numbers)

        deaths = live_until(told, clock, days=1)
        # Two in fifty have a single channel, which is gone. Whatever reached nobody is on every page.
        early = judge(store, seen, numbers)
        assert (early.missing >= 2 * ESCALATIONS // 50, early.untold) == (True, 0)

        clock.at = MENDED_AT
        seen.mended |= REFUSING
        assert open_changed_channels(told) == 2
        deaths += live_until(told, clock, days=5)
        # What a mailbox refused for good waits for a person, and the warning stays until then.
        before = judge(store, seen, numbers)
        assert (before.missing >= ESCALATIONS // 50, before.untold) == (True, 0)
        with store.write() as tx:
            replayed = dead_letters.replay_all(tx, Act(Person("kim_demo", Role.LEAD), clock.now()))
        deaths += live_until(told, clock, days=10)
        verdict = judge(store, seen, numbers)

    assert (verdict.missing, verdict.warned, verdict.broken) == (0, 0, [])
    assert deaths >= 5
    assert verdict.doubled > 0
    assert len(replayed) >= before.warned
    assert set(verdict.faults) >= {
        "webhook 500", "webhook 429 wait", "webhook 410", "webhook hang", "webhook cut", "webhook cut after",
        "email 421", "email 450", "email 550", "email cut", "slack 429 wait", "slack 500",
        "slack 404 channel_not_found",
    }  # fmt: skip
