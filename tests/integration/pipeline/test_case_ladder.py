"""Ladders at work: exact sequences by a clock that stands until it is told to go on, and ways that fail."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

import pytest

from engagebot.domain.casework.attention import Attention
from engagebot.domain.casework.ladders import Ladder, Step
from engagebot.domain.outbox import CaseState
from engagebot.errors import DeliveryFailed
from engagebot.pipeline import casework
from engagebot.pipeline.deliver import TellContext, deliver_notices
from engagebot.pipeline.minding import if_nobody_answers
from engagebot.settings.values import Team
from tests.fakes import NOON, FakeSink
from tests.integration.pipeline.desk import Desk
from tests.integration.pipeline.minded import Minded, add_people, minded

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
QUIET = Attention(remind_every=None, silent_after=None)
DAYTIME = Ladder(
    name="day",
    steps=(
        Step(after=5 * MINUTE, notify=("slack",)),
        Step(after=10 * MINUTE, notify=("email:kim@fake.example",)),
        Step(after=15 * MINUTE, notify=("email:lee@fake.example", "webhook:pager")),
    ),
    rounds=4,
)
TEAMS = {
    "support": Team(name="support", notify=("console",), ladder="day"),
    "billing": Team(name="billing", notify=("console",), ladder="short"),
}
SHORT = Ladder(name="short", steps=(Step(after=2 * MINUTE, notify=("slack",)),))


@pytest.fixture
def mine(desk: Desk) -> Minded:
    ladders = {"day": DAYTIME, "short": SHORT}
    return minded(desk, slas=(), teams=TEAMS, ladders=ladders, attention=QUIET)


def calls(found: Minded) -> list[tuple[float, str]]:
    return [(minutes, channel) for minutes, channel, title in found.news() if title == "still unanswered"]


def test_a_ladder_of_twelve_steps_is_walked_minute_by_minute_and_then_ends(mine: Minded) -> None:
    mine.open()
    mine.pass_until(3 * HOUR, every=MINUTE)
    assert calls(mine) == [
        (5, "slack"), (15, "email:kim@fake.example"), (30, "email:lee@fake.example"), (30, "webhook:pager"),
        (35, "slack"), (45, "email:kim@fake.example"), (60, "email:lee@fake.example"), (60, "webhook:pager"),
        (65, "slack"), (75, "email:kim@fake.example"), (90, "email:lee@fake.example"), (90, "webhook:pager"),
        (95, "slack"), (105, "email:kim@fake.example"), (120, "email:lee@fake.example"),
        (120, "webhook:pager"),
    ]  # fmt: skip
    assert mine.actions.count("case.called") == 12
    assert mine.case.ladder_due_at is None


def test_who_acknowledges_stops_it_and_taking_that_back_begins_it_anew(mine: Minded) -> None:
    mine.open()
    mine.pass_until(16 * MINUTE, every=MINUTE)
    assert [minutes for minutes, _ in calls(mine)] == [5, 15]
    mine.do(casework.acknowledge)
    mine.pass_until(60 * MINUTE, every=10 * MINUTE)
    assert (calls(mine), mine.case.ladder_due_at) == ([], None)
    mine.do(casework.unacknowledge)
    mine.pass_until(76 * MINUTE, every=MINUTE)
    assert calls(mine) == [(65, "slack"), (75, "email:kim@fake.example")]


def test_another_team_is_called_by_its_own_ladder(mine: Minded) -> None:
    mine.open()
    mine.pass_until(6 * MINUTE, every=MINUTE)
    mine.do(casework.assign, team="billing")
    mine.pass_until(30 * MINUTE, every=MINUTE)
    assert calls(mine) == [(5, "slack"), (8, "slack")]


def test_after_a_while_off_one_step_is_taken_at_once_and_the_others_keep_their_distance(mine: Minded) -> None:
    mine.open()
    mine.mind()
    mine.desk.clock.forward(hours=1)
    mine.mind()
    mine.pass_until(90 * MINUTE, every=MINUTE)
    assert [minutes for minutes, _ in calls(mine)] == [60, 70, 85, 85, 90]


def deliver(found: Minded, **failing: FakeSink) -> None:
    def sink(channel: str) -> FakeSink:
        return failing.get(channel.partition(":")[0], FakeSink(channel))

    desk = found.desk
    deliver_notices(TellContext(store=desk.store, clock=desk.clock, owner="worker-1", sink=sink))


@pytest.mark.parametrize("is_permanent", [True, False])
def test_a_step_whose_channels_fail_gives_way_to_the_next_at_once(mine: Minded, is_permanent: bool) -> None:
    dead = FakeSink("slack", failures=deque([DeliveryFailed("nobody there", is_permanent=is_permanent)]))
    mine.open()
    mine.pass_until(5 * MINUTE, every=MINUTE)
    deliver(mine, slack=dead)
    mine.desk.clock.forward(seconds=5)
    mine.mind()
    deliver(mine)
    mine.pass_until(21 * MINUTE, every=MINUTE)
    told = calls(mine)
    assert [channel for _, channel in told] == [
        "slack", "email:kim@fake.example", "email:lee@fake.example", "webhook:pager",
    ]  # fmt: skip
    assert [round(minutes) for minutes, _ in told] == [5, 5, 20, 20]


def test_a_step_that_reached_somebody_by_one_of_its_ways_is_no_failure(mine: Minded) -> None:
    dead = FakeSink("webhook", failures=deque([DeliveryFailed("gone", is_permanent=True)]))
    mine.open()
    mine.pass_until(15 * MINUTE, every=MINUTE)
    deliver(mine)
    mine.pass_until(30 * MINUTE, every=MINUTE)
    deliver(mine, webhook=dead)
    mine.pass_until(36 * MINUTE, every=MINUTE)
    assert [minutes for minutes, _ in calls(mine)] == [5, 15, 30, 30, 35]


def test_if_nobody_answers_is_told_in_clock_times_and_says_what_is_to_come(mine: Minded) -> None:
    mine.open()
    with mine.desk.store.read() as tx:
        lines = if_nobody_answers(tx, mine.settings, mine.case_id, now=NOON)
    assert (lines[0], lines[2], len(lines)) == (
        "14:05 slack", "14:30 email:lee@fake.example, webhook:pager", 13,
    )  # fmt: skip
    mine.pass_until(6 * MINUTE, every=MINUTE)
    assert mine.deliveries[-1].payload["text"].splitlines()[1] == (
        "If nobody answers: 14:15 email:kim@fake.example"
    )
    with mine.desk.store.read() as tx:
        assert if_nobody_answers(tx, mine.settings, mine.case_id, now=mine.desk.clock.now()) == lines[1:]
    mine.do(casework.acknowledge)
    with mine.desk.store.read() as tx:
        assert if_nobody_answers(tx, mine.settings, mine.case_id, now=NOON) == []


def test_acknowledged_is_not_solved(desk: Desk) -> None:
    add_people(desk, "kim_demo")
    attention = Attention(remind_every=4 * HOUR, unack_after=10 * HOUR, silent_after=None)
    found = minded(desk, slas=(), attention=attention)
    found.open()
    found.do(casework.acknowledge)
    found.pass_until(5 * HOUR, every=HOUR)
    found.do(casework.note, text="called the depot")
    found.pass_until(14 * HOUR, every=HOUR)
    assert found.news() == [
        (240, "console", "nothing has happened for 4 h 00"),
        (540, "console", "nothing has happened for 4 h 00"),
        (780, "console", "nothing has happened for 8 h 00"),
    ]
    # Looked at for another reason, the case is not reminded of again.
    desk.put_case(found.case_id, CaseState.ACKNOWLEDGED, mind_at=desk.clock.now())
    assert (found.mind(), found.actions.count("case.reminded")) == (1, 3)
    found.pass_until(40 * HOUR, every=HOUR)
    assert found.news() == [(900, "console", "nobody looks after it any more")]
    assert (found.case.state, found.case.assignee, found.case.acknowledged_by) == (CaseState.NEW, None, None)


def test_a_customer_who_hears_nothing_from_us_is_brought_up_once(desk: Desk) -> None:
    found = minded(desk, slas=(), attention=Attention(remind_every=None))
    found.open()
    found.do(casework.acknowledge)
    found.pass_until(5 * DAY, every=6 * HOUR)
    assert found.news() == [(48 * 60, "console", "no word of ours for 2 days")]
    found.reply()
    found.pass_until(6 * DAY, every=6 * HOUR)
    found.do(casework.snooze, until=NOON + 9 * DAY)
    found.pass_until(12 * DAY, every=6 * HOUR)
    assert found.news() == [(11 * 24 * 60, "console", "no word of ours for 2 days")]
