"""Budgets hold listening back before a page is asked for, and nothing is lost when it goes on."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from engagebot.domain.listening.costs import Budget, PriceList, Prices, Purse, units_of
from engagebot.domain.mention import Mention
from engagebot.errors import Unavailable
from engagebot.pipeline.pull import PollResult, due_watches, poll
from engagebot.ports import Cursor, Page, Watch
from engagebot.store.heard import mentions
from engagebot.store.listening import costs, watches
from tests.factories import make_mention, make_watch
from tests.fakes import NOON, FakeConnector
from tests.integration.pipeline.desk import Desk

TOMORROW = NOON + timedelta(hours=12)
PRICES = Prices(connectors={"fake": PriceList(units={"posts": Decimal("0.005")})})
BUDGET = Budget(posts_per_day=20)


def posts(count: int, start: int = 0) -> list[Mention]:
    return [
        make_mention(str(number), posted_at=NOON - timedelta(seconds=1000 - number))
        for number in range(start, start + count)
    ]


class Listener:
    """A watch with a budget on a platform without overlap, so that every count is plain."""

    def __init__(self, desk: Desk, *, budget: Budget = BUDGET, shared: Budget | None = None) -> None:
        self.desk = desk
        self.watch = make_watch(budget=budget)
        self.purse = Purse(prices=PRICES, budgets={"fake": shared} if shared else {})
        desk.fake.overlap = 0
        desk.register(self.watch)

    def poll(self, watch: Watch | None = None) -> PollResult:
        context = replace(self.desk.pull_context(), purse=self.purse)
        found = poll(context, watch or self.watch, self.desk.fake)
        assert found is not None
        return found

    @property
    def read(self) -> int:
        with self.desk.store.read() as tx:
            lines = costs.counted(tx, since=self.desk.clock.now().date())
        return units_of(lines).get("posts", 0)

    @property
    def stored(self) -> int:
        with self.desk.store.read() as tx:
            return len(mentions.waiting(tx, 1000))


def test_a_spent_budget_stops_before_the_next_page_and_keeps_the_cursor(desk: Desk) -> None:
    listener = Listener(desk)
    desk.fake.posts = posts(35)
    result = listener.poll()
    assert (result.fetched, result.added, result.pages) == (20, 20, 2)
    assert result.error == (
        "budget: 20 of 20 posts a day used by watch talk; listening goes on at 2026-08-04 00:00 UTC"
    )
    found = desk.watch()
    assert (found.cursor, found.next_poll_at, found.note) == ("20", TOMORROW, result.error)
    assert (found.failures, found.last_error) == (0, None)


def test_nothing_is_asked_for_while_a_watch_rests_and_nothing_is_lost_after(desk: Desk) -> None:
    listener = Listener(desk)
    desk.fake.posts = posts(35)
    listener.poll()
    calls: list[str] = []
    desk.fake.before_call = calls.append
    assert listener.poll().pages == 0
    assert calls == []
    assert due_watches(desk.pull_context(), {"talk": listener.watch}) == []
    desk.clock.forward(hours=12)
    assert due_watches(desk.pull_context(), {"talk": listener.watch}) == [listener.watch]
    assert listener.poll() == PollResult(name="talk", fetched=15, added=15, pages=2)
    assert listener.stored == 35
    assert desk.watch().note is None


def test_a_page_goes_beyond_the_budget_by_no_more_than_itself(desk: Desk) -> None:
    listener = Listener(desk, budget=Budget(posts_per_day=11))
    desk.fake.posts = posts(35)
    listener.poll()
    assert listener.read == 20


def test_the_connector_is_told_how_many_posts_still_fit(desk: Desk) -> None:
    listener = Listener(desk)
    told: list[int | None] = []

    class Telling(FakeConnector):
        def pull(self, watch: Watch, cursor: Cursor | None) -> Page:
            told.append(watch.page_limit)
            return super().pull(watch, cursor)

    desk.fake = Telling(desk.clock, posts=posts(35), overlap=0)
    listener.poll()
    assert told == [20, 10]
    listener.purse = Purse()
    listener.poll(make_watch())
    assert told[2:] == [None] * 2


def test_a_soft_limit_is_said_once_a_day_and_shown_all_day(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener(desk)
    with caplog.at_level(logging.WARNING):
        for count in (15, 16, 17, 18):
            desk.fake.posts = posts(count)
            listener.poll()
    said = [entry.getMessage() for entry in caplog.records]
    assert said == ["watch talk: budget: 16 of 20 posts a day used by watch talk"]
    assert desk.watch().note == "budget: 18 of 20 posts a day used by watch talk"
    desk.clock.forward(hours=12)
    listener.poll()
    assert desk.watch().note is None


def test_a_note_about_a_gap_stands_beside_the_budgets(desk: Desk) -> None:
    listener = Listener(desk, budget=Budget(posts_per_day=2))

    class Noting(FakeConnector):
        def pull(self, watch: Watch, cursor: Cursor | None) -> Page:
            return replace(super().pull(watch, cursor), note="gap: an hour is missing")

    desk.fake = Noting(desk.clock, posts=posts(2), overlap=0)
    listener.poll()
    note = desk.watch().note
    assert note is not None
    assert note.startswith("budget: 2 of 2 posts a day")
    assert note.endswith("; gap: an hour is missing")


def test_a_connectors_money_stops_all_its_watches_until_next_month(desk: Desk) -> None:
    listener = Listener(desk, budget=Budget(), shared=Budget(usd_per_month=Decimal("0.05")))
    other = make_watch("other")
    desk.register(listener.watch, other)
    desk.fake.posts = posts(10)
    assert listener.poll().error is None
    result = listener.poll(other)
    assert result.pages == 0
    assert result.error is not None
    assert result.error.startswith("budget: $0.05 of $0.05 a month used by connector fake")
    assert desk.watch("other").next_poll_at.isoformat() == "2026-09-01T00:00:00+00:00"


def test_a_raised_budget_is_felt_at_the_next_start(desk: Desk) -> None:
    listener = Listener(desk)
    desk.fake.posts = posts(35)
    listener.poll()
    listener.watch = make_watch(budget=Budget(posts_per_day=500))
    desk.register(listener.watch)
    assert desk.watch().next_poll_at == NOON
    assert listener.poll().added == 15


def test_a_start_does_not_shorten_the_wait_after_a_failure(desk: Desk) -> None:
    listener = Listener(desk)
    for _ in range(4):
        desk.fake.fail("pull", Unavailable("down"))
        listener.poll()
    waits_until = desk.watch().next_poll_at
    desk.register(listener.watch)
    assert desk.watch().next_poll_at == waits_until > NOON + listener.watch.every


@pytest.mark.parametrize("cut", ["count", "advance"])
def test_reads_are_counted_with_their_page_or_not_at_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    listener = Listener(desk, budget=Budget(posts_per_day=30))
    desk.fake.posts = posts(25)
    module = {"count": costs, "advance": watches}[cut]
    real = getattr(module, cut)
    calls: list[int] = []

    def die_at_the_second_page(*args: object, **more: object) -> object:
        calls.append(1)
        done = real(*args, **more)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return done

    with monkeypatch.context() as patch:
        patch.setattr(module, cut, die_at_the_second_page)
        with pytest.raises(KeyboardInterrupt):
            listener.poll()
    assert (listener.read, listener.stored) == (10, 10)
    desk.clock.forward(minutes=6)
    listener.poll()
    assert (listener.read, listener.stored) == (25, 25)


def test_a_page_of_a_lost_lease_is_not_counted_twice(desk: Desk) -> None:
    listener = Listener(desk)
    desk.fake.posts = posts(5)

    def be_slow(name: str) -> None:
        desk.fake.before_call = lambda name: None
        desk.clock.forward(minutes=6)
        context = replace(desk.pull_context("worker-2"), purse=listener.purse)
        poll(context, listener.watch, FakeConnector(desk.clock, posts=desk.fake.posts))

    desk.fake.before_call = be_slow
    listener.poll()
    assert (listener.read, listener.stored) == (5, 5)
