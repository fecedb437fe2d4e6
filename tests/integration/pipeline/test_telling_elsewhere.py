"""News goes another way where a channel fails, and every page says so where none is left."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engagebot.domain.outbox import DeliveryState
from engagebot.domain.records import DeliveryRecord
from engagebot.domain.telling.detours import Unreached
from engagebot.errors import DeliveryFailed
from engagebot.pipeline import dead_letters
from engagebot.pipeline.deliver import TellContext, deliver_notices, open_changed_channels
from engagebot.pipeline.deliver.notices import BACK_OFF
from engagebot.ports import Notice, Sink
from engagebot.store.telling import channels, deliveries, unreached
from engagebot.store.telling.deliveries import NewDelivery
from tests.factories import act
from tests.fakes import NOON, FakeSink
from tests.integration.pipeline.desk import Desk

D = DeliveryState
WAYS = ("slack", "email:a@example.com", "webhook:crm")


@dataclass
class Town:
    """Channels by name, each with what it fails by; a team's notice takes `WAYS`."""

    desk: Desk
    failing: dict[str, DeliveryFailed] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    got: list[tuple[str, str]] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    chance: float = 0.5

    def open(self, channel: str) -> Sink:
        town = self

        class Way(FakeSink):
            def deliver(self, notice: Notice) -> None:
                town.asked.append(channel)
                if channel in town.failing:
                    raise town.failing[channel]
                town.got.append((channel, notice.id))

        return Way()

    def context(self, **more: Any) -> TellContext:
        values = {
            "store": self.desk.store,
            "clock": self.desk.clock,
            "owner": "worker-1",
            "sink": self.open,
            "ways": lambda delivery: WAYS,
            "mark": lambda channel: self.marks.get(channel, ""),
            "chance": lambda: self.chance,
        }
        return TellContext(**{**values, **more})

    def tell(self, **more: Any) -> int:
        return deliver_notices(self.context(**more))

    def again(self) -> None:
        """Let the second tries fail as well, a few seconds later."""
        self.desk.clock.forward(seconds=10)
        self.tell()

    def announce(
        self, notice_id: str = "n-1", *channels_: str, severity: str = "high", kind: str = "case"
    ) -> None:
        payload = {
            "title": "HIGH",
            "text": "> dead",
            "data": {"case": {"severity": severity, "team": "support"}},
        }
        with self.desk.store.write() as tx:
            for channel in channels_ or ("slack",):
                new = NewDelivery(notice_id=notice_id, channel=channel, kind=kind, payload=payload)
                assert deliveries.add(tx, new, self.desk.clock.now())

    def rows(self) -> dict[str, DeliveryRecord]:
        with self.desk.store.read() as tx:
            return {row.channel: row for row in deliveries.page(tx).items}

    def unreached(self) -> Unreached | None:
        with self.desk.store.read() as tx:
            return unreached.summary(tx)


@pytest.fixture
def town(desk: Desk) -> Town:
    return Town(desk)


NO_ANSWER = DeliveryFailed("no answer")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("chance", "share"), [(0.0, 0.8), (0.5, 1.0), (1.0, 1.2)])
def test_waits_are_spread_so_that_notices_do_not_come_back_together(
    town: Town, chance: float, share: float
) -> None:
    town.chance, town.failing = chance, {"slack": NO_ANSWER}
    town.announce(kind="mention")
    town.tell()
    assert town.rows()["slack"].due_at == NOON + BACK_OFF[0] * share


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("wish", "wait"),
    [
        (timedelta(minutes=7), timedelta(minutes=7)),
        (timedelta(seconds=1), BACK_OFF[0]),
        (timedelta(days=9999), timedelta(days=1)),
    ],
)
def test_a_receiver_is_left_alone_for_as_long_as_it_asks_within_reason(
    town: Town, wish: timedelta, wait: timedelta
) -> None:
    town.failing = {"slack": DeliveryFailed("429", retry_after=wish)}
    town.announce(kind="mention")
    town.tell()
    assert town.rows()["slack"].due_at == NOON + wait


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("severity", "failures"), [("urgent", 1), ("high", 1), ("medium", 3), ("low", 3)])
def test_what_presses_goes_another_way_at_once_and_the_rest_a_little_later(
    town: Town, severity: str, failures: int
) -> None:
    town.failing = {"slack": NO_ANSWER}
    town.announce(severity=severity)
    for number in range(failures):
        assert set(town.rows()) == {"slack"}, number
        town.tell()
        town.desk.clock.at = town.rows()["slack"].due_at
    assert set(town.rows()) == {"slack", WAYS[1]}
    town.failing = {}
    assert town.tell() == 2
    assert sorted(town.got) == [(WAYS[1], "n-1"), ("slack", "n-1")]
    assert "because slack did not take it" in town.rows()[WAYS[1]].payload["text"]
    assert town.rows()[WAYS[1]].payload["data"] == town.rows()["slack"].payload["data"]


def test_no_other_way_is_taken_while_one_is_still_open(town: Town) -> None:
    town.failing = {"slack": NO_ANSWER}
    town.announce("n-1", "slack", WAYS[1])
    assert town.tell() == 1
    assert set(town.rows()) == {"slack", WAYS[1]}
    assert town.unreached() is None


def test_each_way_is_taken_once_and_then_every_page_says_that_nobody_was_reached(town: Town) -> None:
    town.failing = {channel: DeliveryFailed(f"{channel} refused") for channel in WAYS}
    town.announce()
    for _ in range(6):
        town.tell()
    assert sorted(town.rows()) == sorted(WAYS)
    assert [town.asked.count(channel) for channel in WAYS] == [1, 1, 1]
    assert town.unreached() is None  # one answer each may have been an accident
    town.again()
    found = town.unreached()
    assert found is not None
    assert found.words(NOON, ZoneInfo("UTC")) == (
        "1 escalation has reached nobody since 12:00: webhook:crm: webhook:crm refused"
    )
    town.desk.clock.forward(hours=1)
    town.failing = {}
    assert town.tell() == 3
    assert town.unreached() is None


def test_a_way_that_is_added_later_is_found_by_the_next_try(town: Town) -> None:
    town.failing = {"slack": NO_ANSWER}
    town.announce()
    for _ in range(2):
        town.tell(ways=lambda delivery: ("slack",))
        town.desk.clock.forward(hours=1)
    assert town.unreached() is not None
    town.tell()
    town.tell()
    assert town.got == [(WAYS[1], "n-1")]
    assert town.unreached() is None


def test_what_a_person_knows_is_said_no_longer(town: Town) -> None:
    town.failing = dict.fromkeys(WAYS, NO_ANSWER)
    town.announce("n-1")
    town.announce("n-2", kind="alarm")
    for _ in range(4):
        town.tell()
    town.again()
    found = town.unreached()
    assert found is not None
    assert (found.escalations, found.alarms, found.count) == (1, 1, 2)
    assert found.words(NOON + timedelta(days=1), ZoneInfo("UTC")).startswith(
        "1 escalation and 1 alarm have reached nobody since Mon 3 Aug, 12:00: "
    )
    with town.desk.store.write() as tx:
        assert unreached.known(tx, by="lead_demo", at=NOON) == 2
        assert unreached.known(tx, by="lead_demo", at=NOON) == 0
    assert town.unreached() is None


def test_news_that_a_rule_passes_to_one_channel_takes_no_other(town: Town) -> None:
    town.failing = {"slack": DeliveryFailed("refused", is_permanent=True)}
    town.announce(kind="mention")
    town.tell()
    assert [row.state for row in town.rows().values()] == [D.DEAD]
    assert town.unreached() is None


def test_two_ways_that_fail_at_the_same_moment_still_lead_to_the_third(town: Town) -> None:
    town.announce("n-1", "slack", WAYS[1])
    both = threading.Barrier(2)

    class Meets(FakeSink):
        def deliver(self, notice: Notice) -> None:
            both.wait(20)
            raise NO_ANSWER

    def work(channel: str) -> None:
        deliver_notices(town.context(owner=channel, only=(channel,), sink=lambda _: Meets()))

    threads = [threading.Thread(target=work, args=(channel,)) for channel in WAYS[:2]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(town.rows()) == set(WAYS)


def test_a_channel_where_nobody_answers_is_asked_once_in_a_walk(town: Town) -> None:
    town.failing = {"slack": DeliveryFailed("timed out", is_general=True)}
    for number in range(5):
        town.announce(f"n-{number}")
    assert town.tell() == 0
    assert town.asked == ["slack"]
    assert town.tell() == 5
    assert sorted(town.got) == [(WAYS[1], f"n-{number}") for number in range(5)]


def test_who_waits_behind_one_that_was_told_to_come_later_loses_no_try(town: Town) -> None:
    wish = timedelta(seconds=30)
    town.failing = {"slack": DeliveryFailed("429", is_general=True, retry_after=wish)}
    for number in range(60):
        town.announce(f"n-{number}", severity="low")
    for _ in range(20):
        town.tell()
        town.desk.clock.forward(seconds=31)
    assert town.asked.count("slack") == 20
    with town.desk.store.read() as tx:
        waiting = deliveries.in_state(tx, D.PENDING)
    assert sum(each.attempts for each in waiting if each.channel == "slack") == 20
    # After five minutes even what does not press takes another way.
    assert len({each.notice_id for each in waiting if each.channel == WAYS[1]}) == 60 - len(
        {notice_id for _, notice_id in town.got}
    )


def test_who_waits_behind_a_channel_that_takes_one_and_fails_the_next_loses_no_try(town: Town) -> None:
    for number in range(30):
        town.announce(f"n-{number}", severity="low")

    def flapping(channel: str) -> Sink:
        if len(town.asked) % 2:
            town.failing = {"slack": DeliveryFailed("cut", is_general=True)}
        else:
            town.failing = {}
        return town.open(channel)

    assert town.tell(sink=flapping) == 1
    with town.desk.store.read() as tx:
        tries = Counter(each.attempts for each in deliveries.in_state(tx, D.PENDING))
    assert tries == {1: 1, 0: 28}


def test_a_channel_with_a_long_line_does_not_keep_others_waiting(town: Town) -> None:
    for number in range(4):
        town.announce(f"n-{number}")
    town.announce("last", WAYS[1])
    with town.desk.store.read() as tx:
        found = deliveries.due(tx, NOON, limit=2)
    assert [channel for _, channel in found] == ["slack", "slack", WAYS[1]]


GONE = DeliveryFailed("410", is_gone=True)


def test_a_channel_that_is_gone_is_asked_no_more(town: Town) -> None:
    town.failing = {"slack": GONE}
    for number in range(3):
        town.announce(f"n-{number}")
    town.tell()
    town.announce("later")
    town.tell()
    assert town.asked.count("slack") == 1
    assert len(town.got) == 3
    with town.desk.store.read() as tx:
        newest = deliveries.in_state(tx, D.DEAD)[0]
        assert (newest.notice_id, newest.last_error) == ("later", "shut since 2026-08-03 12:00 UTC: 410")
        assert [closed.reason for closed in channels.all_shut(tx).values()] == ["410"]


def _all_gone(town: Town) -> None:
    town.failing = dict.fromkeys(WAYS, GONE)
    town.announce("n-1")
    town.announce("n-2", "slack", "console")
    for _ in range(4):
        town.tell()
    assert town.got == [("console", "n-2")]
    assert {row.state for row in town.rows().values()} == {D.DEAD, D.DELIVERED}
    town.failing = {}


def test_another_setting_opens_the_channel_and_brings_what_reached_nobody(town: Town) -> None:
    _all_gone(town)
    assert open_changed_channels(town.context()) == 0
    town.marks["slack"] = "another address"
    assert open_changed_channels(town.context()) == 1
    assert town.tell() == 1
    assert town.got[1:] == [("slack", "n-1")]
    assert town.unreached() is None


def test_who_replays_a_notice_has_a_shut_channel_asked_once_more(town: Town) -> None:
    town.failing = {"slack": GONE}
    for number in range(3):
        town.announce(f"n-{number}", kind="mention")
    town.tell()
    with town.desk.store.write() as tx:
        assert [dead.notice_id for dead in dead_letters.replay_all(tx, act(town.desk.store))] == [
            "n-0", "n-1", "n-2",
        ]  # fmt: skip
    assert (town.tell(), town.asked.count("slack")) == (0, 2)
    town.failing = {}
    with town.desk.store.write() as tx:
        last = deliveries.in_state(tx, D.DEAD)[0]
        dead_letters.replay(tx, last.id, act(town.desk.store))
        assert channels.all_shut(tx) == {}
    assert (town.tell(), town.got) == (1, [("slack", last.notice_id)])
    opened = [event for event in town.desk.events("site") if event.action == "channel.opened"]
    assert [event.detail for event in opened] == [{"channel": "slack", "notices": 1}] * 2


def test_a_test_that_gets_through_opens_the_channel_and_ends_the_waiting(town: Town) -> None:
    _all_gone(town)
    town.failing = {"email:b@example.com": NO_ANSWER}
    town.announce("n-3", "email:b@example.com", kind="mention")
    town.tell()
    town.failing = {}
    with town.desk.store.write() as tx:
        assert channels.works_again(tx, "slack", NOON) == 1
        assert channels.works_again(tx, "email:b@example.com", NOON) == 1
        assert channels.works_again(tx, "console", NOON) == 0
    assert town.tell() == 2
    assert town.got[1:] == [("slack", "n-1"), ("email:b@example.com", "n-3")]


def test_who_was_stopped_between_claim_and_call_gives_the_claim_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.announce()
    claim: Callable[..., Any] = deliveries.claim

    def slow(*args: Any, **more: Any) -> Any:
        claimed = claim(*args, **more)
        town.desk.clock.forward(minutes=11)
        return claimed

    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "claim", slow)
        assert town.tell() == 0
    assert town.asked == []
    row = town.rows()["slack"]
    assert (row.state, row.attempts) == (D.PENDING, 0)
    assert town.tell() == 1
