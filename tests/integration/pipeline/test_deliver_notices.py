"""Notices reach people at least once, under one id, or end where somebody sees them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engagebot.domain.outbox import DeliveryState
from engagebot.domain.records import DeliveryRecord
from engagebot.errors import DeliveryFailed, IllegalMove, NotFound, WrongUsage
from engagebot.pipeline.deliver import TellContext, deliver_notices, requeue_notices
from engagebot.pipeline.deliver.notices import BACK_OFF
from engagebot.ports import Notice, Sink
from engagebot.store.telling import deliveries
from engagebot.store.telling.deliveries import NewDelivery
from tests.fakes import NOON, FakeSink
from tests.integration.pipeline.desk import Desk

D = DeliveryState


def announce(desk: Desk, notice_id: str = "n-1", channel: str = "console", **payload: object) -> int:
    with desk.store.write() as tx:
        new = NewDelivery(
            notice_id=notice_id,
            channel=channel,
            kind="case",
            payload={
                "title": "HIGH",
                "text": "> dead",
                "url": "http://x/cases/1",
                "data": {"v": 1},
                **payload,
            },
        )
        assert deliveries.add(tx, new, desk.clock.now())
    return only(desk, D.PENDING)[0].id


def only(desk: Desk, state: DeliveryState) -> list[DeliveryRecord]:
    with desk.store.read() as tx:
        return deliveries.in_state(tx, state)


def tell(desk: Desk, sink: Callable[[str], Sink] | None = None, **more: Any) -> int:
    context = TellContext(
        store=desk.store,
        clock=desk.clock,
        owner="worker-1",
        sink=sink or (lambda channel: desk.sink),
        **{"chance": lambda: 0.5, **more},
    )
    return deliver_notices(context)


def test_a_notice_arrives_once_with_everything_it_holds(desk: Desk) -> None:
    announce(desk)
    assert (tell(desk), tell(desk)) == (1, 0)
    assert desk.sink.notices == [
        Notice(
            id="n-1", kind="case", title="HIGH", text="> dead", url="http://x/cases/1", sent_at=NOON,
            payload={"v": 1},
        )
    ]  # fmt: skip
    (found,) = only(desk, D.DELIVERED)
    assert (found.delivered_at, found.attempts, found.last_error) == (NOON, 1, None)


def test_the_same_notice_is_put_in_line_once_per_channel(desk: Desk) -> None:
    announce(desk)
    with desk.store.write() as tx:
        again = NewDelivery(notice_id="n-1", channel="console", kind="case", payload={})
        assert not deliveries.add(tx, again, NOON)
    announce(desk, channel="slack")
    assert tell(desk) == 2


def test_a_dry_run_uses_the_console_alone_and_keeps_the_rest(desk: Desk) -> None:
    announce(desk)
    announce(desk, channel="slack")
    assert tell(desk, only=("console",)) == 1
    assert [found.channel for found in only(desk, D.PENDING)] == ["slack"]
    assert tell(desk) == 1


def test_a_failed_notice_keeps_its_id_and_backs_off(desk: Desk) -> None:
    announce(desk)
    waits = []
    for _ in BACK_OFF:
        desk.sink.failures.append(DeliveryFailed("no answer"))
        assert tell(desk) == 0
        (found,) = only(desk, D.PENDING)
        assert found.last_error == "no answer"
        waits.append(found.due_at - desk.clock.now())
        assert tell(desk) == 0
        desk.clock.at = found.due_at
    assert waits == list(BACK_OFF)
    assert tell(desk) == 1
    assert desk.sink.ids == ["n-1"]
    assert only(desk, D.DELIVERED)[0].last_error is None


def test_a_notice_that_never_arrives_is_dead_and_can_be_replayed(desk: Desk) -> None:
    number = announce(desk)
    for _ in range(len(BACK_OFF) + 1):
        desk.sink.failures.append(DeliveryFailed("no answer"))
        tell(desk)
        desk.clock.forward(days=2)
    (found,) = only(desk, D.DEAD)
    assert (found.attempts, found.last_error) == (len(BACK_OFF) + 1, "no answer")
    assert tell(desk) == 0
    with desk.store.write() as tx:
        deliveries.replay(tx, number, desk.clock.now())
    with pytest.raises(IllegalMove, match="is pending"), desk.store.write() as tx:
        deliveries.replay(tx, number, desk.clock.now())
    with pytest.raises(NotFound), desk.store.write() as tx:
        deliveries.replay(tx, number + 1, desk.clock.now())
    assert tell(desk) == 1
    assert desk.sink.ids == ["n-1"]


def test_what_cannot_help_is_not_tried_again(desk: Desk) -> None:
    announce(desk)
    desk.sink.failures.append(DeliveryFailed("410 Gone", is_permanent=True))
    assert tell(desk) == 0
    assert [found.last_error for found in only(desk, D.DEAD)] == ["410 Gone"]


@pytest.mark.parametrize("error", [WrongUsage("channel slack needs a key"), ValueError("odd")])
def test_a_channel_that_cannot_be_opened_fails_visibly_and_alone(desk: Desk, error: Exception) -> None:
    announce(desk, "n-1", "slack")
    announce(desk, "n-2", "console")

    def open_it(channel: str) -> Sink:
        if channel == "slack":
            raise error
        return desk.sink

    assert tell(desk, open_it) == 1
    (found,) = only(desk, D.PENDING)
    assert found.last_error is not None
    assert str(error) in found.last_error
    assert found.due_at == NOON + BACK_OFF[0]


class BrokenSink(FakeSink):
    def deliver(self, notice: Notice) -> None:
        raise KeyError("blocks")


def test_a_channel_that_breaks_its_promise_fails_visibly_and_alone(desk: Desk) -> None:
    announce(desk, "n-1", "slack")
    announce(desk, "n-2", "console")
    assert tell(desk, lambda channel: BrokenSink() if channel == "slack" else desk.sink) == 1
    (found,) = only(desk, D.PENDING)
    assert (found.channel, found.last_error) == ("slack", "KeyError: 'blocks'")


class Killed(BaseException):
    """The process ends: no handler of ours may catch it."""


def test_a_notice_cut_off_by_a_crash_is_sent_again_with_its_id(desk: Desk) -> None:
    announce(desk)

    class Ends(FakeSink):
        def deliver(self, notice: Notice) -> None:
            desk.sink.notices.append(notice)
            raise Killed

    with pytest.raises(Killed):
        tell(desk, lambda channel: Ends())
    assert tell(desk) == 0
    assert requeue_notices(desk.store, desk.clock, older_than=timedelta(minutes=1)) == 0
    assert requeue_notices(desk.store, desk.clock) == 1
    assert tell(desk) == 1
    assert desk.sink.ids == ["n-1", "n-1"]


def test_a_worker_that_was_taken_for_dead_does_not_overrule_its_successor(desk: Desk) -> None:
    number = announce(desk)
    with desk.store.write() as tx:
        slow = deliveries.claim(tx, number, owner="slow", now=NOON)
        assert slow is not None
        assert deliveries.claim(tx, number, owner="late", now=NOON) is None
    assert requeue_notices(desk.store, desk.clock) == 1
    assert tell(desk) == 1
    with desk.store.write() as tx:
        assert not deliveries.settle(tx, slow, D.DEAD, {"last_error": "too late"})
    assert [found.last_error for found in only(desk, D.DELIVERED)] == [None]


def test_an_attempt_cannot_end_where_the_table_has_no_way(desk: Desk) -> None:
    number = announce(desk)
    with desk.store.write() as tx:
        claimed = deliveries.claim(tx, number, owner="one", now=NOON)
        assert claimed is not None
        with pytest.raises(IllegalMove):
            deliveries.settle(tx, claimed, D.SENDING, {})


def test_two_workers_never_deliver_one_notice_twice(desk: Desk) -> None:
    for number in range(15):
        announce(desk, f"n-{number}")
    start = threading.Barrier(3)
    arrived: list[int] = []

    def work() -> None:
        start.wait(10)
        arrived.append(tell(desk))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(arrived) == 15
    assert Counter(desk.sink.ids) == {f"n-{number}": 1 for number in range(15)}
    with desk.store.read() as tx:
        assert deliveries.counts(tx) == {"delivered": 15}
