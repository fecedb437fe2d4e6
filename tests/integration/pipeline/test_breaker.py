"""The circuit breaker of a source: opened by failures in a row, tried by one reply, closed by an answer."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from engagebot.domain.outbox import DraftState
from engagebot.errors import ConnectorError, OutcomeUnknown, RateLimited, Refused, Unavailable
from engagebot.pipeline import review
from engagebot.pipeline.deliver import deliver_replies, recover_replies
from engagebot.store.engine import Store
from engagebot.store.replying import breakers
from tests.factories import act
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

S = DraftState
MINUTE = timedelta(minutes=1)


def approve(desk: Desk, *native_ids: str, source: str = "fake") -> list[int]:
    approved = [desk.propose(native_id) for native_id in native_ids]
    with desk.store.write() as tx:
        for draft_id in approved:
            review.approve(tx, draft_id, act(desk.store))
    for draft_id in approved:
        desk.put_draft(draft_id, S.APPROVED, source=source)
    return approved


def numbers(first: int, last: int) -> Iterator[str]:
    return map(str, range(first, last + 1))


def deliver(desk: Desk) -> list[str]:
    before = len(desk.fake.replies)
    deliver_replies(desk.deliver_context)
    return [native_id for native_id, _ in desk.fake.replies[before:]]


def opened(desk: Desk) -> None:
    approve(desk, *numbers(1, 5))
    desk.fake.fail("reply", *(OutcomeUnknown(f"cut {number}") for number in range(5)))
    assert deliver(desk) == []
    desk.fake.replies.clear()


@pytest.mark.parametrize("method", ["lookup", "reply"])
def test_five_failures_in_a_row_keep_everything_else_here(desk: Desk, method: str) -> None:
    drafts = approve(desk, *numbers(1, 7))
    desk.fake.fail(method, Unavailable("down"), KeyError("id"), *[Unavailable("down")] * 4)
    assert deliver(desk) == []
    assert [len(desk.fake.failures[method]), len(desk.fake.replies)] == [1, 0]
    waits = [desk.draft(draft_id) for draft_id in drafts[5:]]
    assert {(each.state, each.due_at) for each in waits} == {(S.APPROVED, NOON + MINUTE)}
    assert waits[0].last_error == (
        "waits until 12:01:00: fake failed 5 times in a row, at last: down; then one reply tries"
    )


def test_an_answer_in_between_begins_the_count_anew(desk: Desk) -> None:
    approve(desk, *numbers(1, 10))
    down = [Unavailable("down")] * 4
    desk.fake.fail("reply", *down, Refused("not that one"), *down)
    assert deliver(desk) == ["10"]


def test_a_rate_limit_counts_for_nothing(desk: Desk) -> None:
    approve(desk, *numbers(1, 5))
    limits = [RateLimited("slow", retry_at=NOON) for _ in range(5)]
    desk.fake.fail("reply", *limits)
    deliver(desk)
    with desk.store.read() as tx:
        assert breakers.of(tx, "fake").failures == 0


def test_one_reply_tries_again_and_its_success_lets_all_others_go(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    opened(desk)
    approve(desk, *numbers(6, 8))
    assert deliver(desk) == []
    desk.clock.at = NOON + MINUTE
    asked: list[str] = []
    desk.fake.before_call = asked.append
    desk.fake.fail("reply", Unavailable("still down"))
    assert deliver(desk) == []
    assert asked.count("reply") == 1
    with desk.store.read() as tx:
        assert breakers.of(tx, "fake").probe_at == NOON + 3 * MINUTE
    desk.clock.at = NOON + 3 * MINUTE
    # What failed stands back behind those that have not tried.
    assert deliver(desk) == ["7", "8"]
    desk.clock.forward(seconds=1)
    assert deliver(desk) == ["6"]
    actions = [event.action for event in desk.events("connector:fake")]
    assert actions == ["breaker.opened", "breaker.closed"]
    said = [each.levelno for each in caplog.records if each.message.startswith("breaker of fake")]
    assert said == [logging.ERROR, logging.WARNING]


def test_a_breaker_is_open_for_whoever_comes_after_a_restart(desk: Desk) -> None:
    opened(desk)
    approve(desk, "6")
    desk.store.sending_locks.close()
    again = Store(desk.store.url, clock=desk.clock, uses_database_time=False)
    context = replace(desk.deliver_context, store=again, owner="worker-2")
    assert deliver_replies(context) == 0
    desk.clock.at = NOON + MINUTE
    assert deliver_replies(context) == 1
    again.close()


class Killed(BaseException):
    """The process ends: no handler of ours may catch it."""


def test_who_dies_while_trying_leaves_the_breaker_open(desk: Desk) -> None:
    opened(desk)
    approve(desk, "6", "7")
    desk.clock.at = NOON + MINUTE

    def end_here(name: str) -> None:
        if name == "reply":
            raise Killed

    desk.fake.before_call = end_here
    with pytest.raises(Killed):
        deliver(desk)
    desk.fake.before_call = lambda name: None
    assert recover_replies(desk.deliver_context) == 1
    assert deliver(desk) == []
    desk.clock.at = NOON + 2 * MINUTE
    assert deliver(desk) == ["7"]


def test_each_source_has_a_breaker_of_its_own(desk: Desk) -> None:
    opened(desk)
    approve(desk, "6", source="other")
    assert deliver(desk) == ["6"]


def test_a_reply_that_fails_by_its_own_fault_keeps_the_breaker_open_for_nobody(desk: Desk) -> None:
    (bad,) = approve(desk, "1")
    for _ in range(5):
        desk.clock.at = desk.draft(bad).due_at or NOON
        desk.fake.fail("lookup", KeyError("its own"))
        assert deliver(desk) == []
    approve(desk, "2")
    assert deliver(desk) == []
    desk.clock.forward(minutes=1)
    assert deliver(desk) == ["2"]
    assert desk.draft(bad).state is S.APPROVED


def test_an_operator_closes_a_breaker_by_hand_and_what_waited_leaves(desk: Desk) -> None:
    opened(desk)
    approve(desk, "6")
    assert deliver(desk) == []
    with desk.store.write() as tx:
        assert breakers.close(tx, "fake", by="op_demo", at=desk.clock.now())
        assert not breakers.close(tx, "fake", by="op_demo", at=desk.clock.now())
    assert deliver(desk) == ["6"]
    assert desk.events("connector:fake")[-1].actor == "op_demo"


@pytest.mark.parametrize("error", [ConnectorError("odd"), OutcomeUnknown("cut")])
def test_what_is_unknown_counts_as_a_failure(desk: Desk, error: Exception) -> None:
    approve(desk, "1")
    desk.fake.fail("reply", error)
    deliver(desk)
    with desk.store.read() as tx:
        assert (breakers.of(tx, "fake").failures, breakers.all_open(tx)) == (1, [])
