"""What tweepy and PRAW read from emulated platforms, and what the coverage ledger then says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.reddit import open_connector as open_reddit
from connectors.x import open_connector as open_x
from engagebot.domain.listening.costs import Budget
from engagebot.domain.listening.coverage import Coverage, Span
from engagebot.pipeline.hearing import how_heard
from engagebot.pipeline.pull import PollResult, PullContext, poll
from engagebot.ports import Connector, Cursor, Page, Watch
from engagebot.store.engine import Store
from engagebot.store.heard import mentions
from engagebot.store.listening import watches
from tests.emulators.faults import Fault
from tests.emulators.reddit import RedditEmulator
from tests.emulators.x import XEmulator
from tests.fakes import NOON, FakeClock

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVERY = 5 * MINUTE
X_DELAY = timedelta(seconds=30)
# What came late within it would have been found by the next poll, so a gap begins there.
OVERLAP = timedelta(minutes=1)
X_KEYS = {
    "bearer_token": "bearer-made-up-1",
    "consumer_key": "consumer-made-up-2",
    "consumer_secret": "consumer-secret-made-up-3",
    "access_token": "access-made-up-4",
    "access_token_secret": "access-secret-made-up-5",
    "handle": "acme",
}
REDDIT_KEYS = {
    "client_id": "client-made-up-1",
    "client_secret": "client-secret-made-up-2",
    "username": "acme_support",
    "password": "password-made-up-3",
    "handle": "acme_support",
}
SEARCH = Watch(name="talk", connector="x", kind="search", every=EVERY, options={"query": "acme"})
TIMELINE = Watch(name="own", connector="x", kind="mentions", every=EVERY)
COMMENTS = Watch(
    name="comments",
    connector="reddit",
    kind="comments",
    every=EVERY,
    options={"match": ["acme"], "subreddits": ["acme"]},
)


class Killed(BaseException):
    """The process ends: no handler of ours may catch it."""


@dataclass
class Ear:
    """One watch on one emulated platform."""

    store: Store
    clock: FakeClock
    connector: Connector
    watch: Watch
    platform: Any

    def poll(self) -> PollResult:
        context = PullContext(
            store=self.store,
            clock=self.clock,
            owner="worker",
            own_handles={"x": "acme", "reddit": "acme_support"},
        )
        found = poll(context, self.watch, self.connector)
        assert found is not None
        return found

    def polls(self, count: int) -> None:
        for _ in range(count):
            self.clock.forward(minutes=5)
            assert self.poll().error is None

    def dies_at_page(self, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """End the process in the transaction of a page, and start anew."""
        real, calls = watches.advance, [0]

        def advance(*args: Any, **more: Any) -> bool:
            calls[0] += 1
            if calls[0] == number:
                raise Killed
            return real(*args, **more)

        with monkeypatch.context() as patch:
            patch.setattr(watches, "advance", advance)
            with pytest.raises(Killed):
                self.poll()
        with self.store.write() as tx:
            watches.end_leases(tx)

    def stored(self) -> set[str]:
        with self.store.read() as tx:
            return {each.mention.ref.native_id for each in mentions.waiting(tx, 5000)}

    def coverage(self, days: int = 30) -> Coverage:
        with self.store.read() as tx:
            (found,) = how_heard(tx, [self.watch], self.clock.now(), span=days * DAY)
        return found.coverage


@pytest.fixture
def x(clock: FakeClock) -> Iterator[XEmulator]:
    with XEmulator(account="acme", clock=clock.now) as emulator:
        yield emulator


@pytest.fixture
def reddit(clock: FakeClock) -> Iterator[RedditEmulator]:
    with RedditEmulator(account="acme_support", clock=clock.now) as emulator:
        emulator.subreddit("acme")
        yield emulator


@pytest.fixture
def listen(store: Store, clock: FakeClock) -> Callable[[Watch, Any], Ear]:
    def open_ear(watch: Watch, platform: Any) -> Ear:
        with store.write() as tx:
            watches.register(tx, [watch], clock.now())
        keys, factory = (X_KEYS, open_x) if watch.connector == "x" else (REDDIT_KEYS, open_reddit)
        connector = factory({**keys, "base_url": platform.url}, clock)
        ear = Ear(store, clock, connector, watch, platform)
        assert ear.poll().error is None
        return ear

    return open_ear


def gaps(found: Coverage) -> list[tuple[Span, bool]]:
    return [(gap.span, gap.is_missing) for gap in found.gaps]


@pytest.mark.parametrize("watch", [SEARCH, TIMELINE], ids=lambda each: each.kind)
def test_x_reads_up_an_outage_and_the_ledger_says_how_late(
    listen: Callable[[Watch, Any], Ear], x: XEmulator, watch: Watch
) -> None:
    ear = listen(watch, x)
    ear.polls(6)
    x.fault(Fault.bad_gateway(), on="GET *", times=24)
    published = []
    for _ in range(24):
        ear.clock.forward(minutes=5)
        published += x.burst(7, text="@acme it broke")
        assert ear.poll().error is not None
    during = ear.coverage()
    assert during.silent == (Span(NOON + 30 * MINUTE - X_DELAY, NOON + 150 * MINUTE),)

    ear.polls(2)
    after = ear.coverage()
    assert ear.stored() == set(published)
    assert (after.blind, after.gaps) == ((), ())
    assert after.late == (Span(NOON + 30 * MINUTE - X_DELAY, NOON + 155 * MINUTE - X_DELAY),)
    assert 125 * MINUTE <= after.longest_lag <= 126 * MINUTE


def test_a_burst_on_x_cut_by_a_crash_is_a_hole_until_it_is_read_on(
    listen: Callable[[Watch, Any], Ear], x: XEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = listen(SEARCH, x)
    ear.clock.forward(minutes=5)
    published = x.burst(350, every_s=0.5)
    ear.dies_at_page(3, monkeypatch)
    (hole,) = ear.coverage().silent
    assert len(ear.stored()) == 200
    assert hole.from_at == NOON
    # Down to the two hundredth post of the burst, which ended now.
    assert abs(hole.until_at - (NOON + EVERY - timedelta(seconds=99.5))) < timedelta(seconds=1)

    ear.clock.forward(minutes=30)
    ear.poll()
    ear.polls(1)
    assert ear.stored() == set(published)
    assert ear.coverage().blind == ()


def test_a_burst_on_x_cut_by_a_budget_waits_for_the_next_day(
    listen: Callable[[Watch, Any], Ear], x: XEmulator
) -> None:
    ear = listen(SEARCH, x)
    limited = Watch(
        name="talk", connector="x", kind="search", every=EVERY, options={"query": "acme"},
        budget=Budget(posts_per_day=200),
    )  # fmt: skip
    ear.watch = limited
    ear.clock.forward(minutes=5)
    published = x.burst(350, every_s=0.5)
    assert "budget" in str(ear.poll().error)
    (hole,) = ear.coverage().silent
    assert hole.from_at == NOON
    ear.clock.at = NOON + 6 * HOUR
    assert 354 <= ear.coverage().limited_minutes <= 356

    ear.clock.at = NOON + 12 * HOUR + MINUTE
    ear.poll()
    found = ear.coverage()
    assert found.limited_minutes == 715
    ear.polls(1)
    assert ear.stored() == set(published)
    assert ear.coverage().blind == ()
    assert ear.coverage().longest_lag >= 12 * HOUR


def test_more_than_seven_days_on_x_are_a_gap_for_good(
    listen: Callable[[Watch, Any], Ear], x: XEmulator
) -> None:
    ear = listen(SEARCH, x)
    # The last answer before the stop was empty, and X shows nothing by mistake now and then: what is known
    # for sure ends with the answer before that one.
    sure_until = ear.clock.now() - OVERLAP
    ear.polls(1)
    ear.clock.forward(days=9)
    after = x.burst(3)
    ear.poll()
    horizon = ear.clock.now() - 7 * DAY + MINUTE
    missing = [(Span(sure_until, horizon), True)]
    assert gaps(ear.coverage()) == missing
    assert ear.coverage().blind_minutes == round(missing[0][0].length / MINUTE)

    ear.polls(3)
    assert ear.stored() == set(after)
    assert gaps(ear.coverage()) == missing
    assert ear.coverage().silent == ()


def test_a_burst_left_on_x_for_over_a_week_is_two_gaps(
    listen: Callable[[Watch, Any], Ear], x: XEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = listen(SEARCH, x)
    ear.clock.forward(minutes=5)
    x.burst(250, every_s=1)
    ear.dies_at_page(2, monkeypatch)
    ear.clock.forward(days=8)
    ear.poll()
    cut, rest = gaps(ear.coverage())
    assert cut[0].from_at == NOON - OVERLAP
    assert rest[0] == Span(NOON + EVERY - OVERLAP, ear.clock.now() - 7 * DAY + MINUTE)
    assert NOON < cut[0].until_at < rest[0].from_at
    assert ear.coverage().silent == ()


def test_the_end_of_the_timeline_at_800_is_a_gap(listen: Callable[[Watch, Any], Ear], x: XEmulator) -> None:
    ear = listen(TIMELINE, x)
    ear.clock.forward(hours=1)
    x.burst(900, text="@acme again", every_s=1)
    ear.poll()
    ((missing, is_open),) = gaps(ear.coverage())
    assert is_open
    assert missing.from_at == NOON - OVERLAP
    assert abs(missing.until_at - (ear.clock.now() - timedelta(seconds=799))) < timedelta(seconds=1)
    ear.polls(2)
    assert gaps(ear.coverage()) == [(missing, True)]


def test_a_search_added_beside_the_timeline_brings_what_it_does_not_show_any_more(
    listen: Callable[[Watch, Any], Ear], x: XEmulator
) -> None:
    timeline = listen(TIMELINE, x)
    timeline.clock.forward(hours=1)
    published = x.burst(900, text="@acme again", every_s=1)
    timeline.poll()
    (missing,) = gaps(timeline.coverage())
    assert timeline.stored() == set(published[100:])
    timeline.clock.forward(days=6)
    beside = replace(SEARCH, name="own-back", options={"query": "@acme"}, lookback=7 * DAY)
    search = listen(beside, x)
    assert search.stored() == set(published)
    with search.store.read() as tx:
        assert not any(each.is_history for each in mentions.waiting(tx, 5000))
    assert search.coverage().blind == ()
    assert gaps(timeline.coverage()) == [missing], "the timeline itself was not read again"


def test_posts_that_x_announced_and_brought_later_heal_the_gap(
    listen: Callable[[Watch, Any], Ear], x: XEmulator
) -> None:
    ear = listen(SEARCH, x)
    ear.clock.forward(minutes=5)
    x.fault(Fault.answer(200, {"meta": {"next_token": "b26v", "result_count": 0}}), on="GET *", times=2)
    for _ in range(2):
        ear.poll()
    ((missing, is_open),) = gaps(ear.coverage())
    assert is_open
    ear.polls(1)
    assert gaps(ear.coverage()) == [(missing, False)]
    assert ear.coverage().blind == ()


def test_reddit_reads_up_an_outage(listen: Callable[[Watch, Any], Ear], reddit: RedditEmulator) -> None:
    ear = listen(COMMENTS, reddit)
    ear.polls(6)
    reddit.fault(Fault.bad_gateway(), on="GET /r/acme/comments", times=24 * 3)
    published: list[str] = []
    while not published or ear.poll().error is not None:
        ear.clock.forward(minutes=5)
        published += reddit.burst(7)
    ear.polls(2)
    found = ear.coverage()
    assert set(published) <= ear.stored()
    assert (found.blind, found.gaps) == ((), ())
    assert found.late_minutes >= 60


def test_a_walk_on_reddit_cut_by_a_crash_is_read_on(
    listen: Callable[[Watch, Any], Ear], reddit: RedditEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = listen(COMMENTS, reddit)
    ear.clock.forward(hours=1)
    published = reddit.burst(350, every_s=10)
    ear.dies_at_page(3, monkeypatch)
    (hole,) = ear.coverage().silent
    assert hole.from_at == NOON
    assert hole.until_at == ear.clock.now() - timedelta(seconds=10 * 199)
    ear.clock.forward(minutes=10)
    ear.poll()
    ear.polls(1)
    assert ear.stored() == set(published)
    assert (ear.coverage().blind, ear.coverage().gaps) == ((), ())


def test_more_than_a_listing_of_reddit_holds_is_a_gap_for_good(
    listen: Callable[[Watch, Any], Ear], reddit: RedditEmulator
) -> None:
    ear = listen(COMMENTS, reddit)
    reddit.burst(3)
    known_until = ear.clock.now() - OVERLAP
    ear.polls(1)
    ear.clock.forward(hours=1)
    published = reddit.burst(1_200)
    ear.poll()
    missing = [(Span(known_until, ear.clock.now() - timedelta(seconds=999)), True)]
    assert gaps(ear.coverage()) == missing
    ear.polls(3)
    assert set(published[200:]) <= ear.stored()
    assert gaps(ear.coverage()) == missing


def test_a_window_is_told_with_every_page(listen: Callable[[Watch, Any], Ear], x: XEmulator) -> None:
    x.burst(250, every_s=1)
    connector = open_x({**X_KEYS, "base_url": x.url}, FakeClock())
    cursor: Cursor | None = None
    read: list[Page] = []
    while not read or read[-1].has_more:
        read.append(connector.pull(SEARCH, cursor))
        cursor = read[-1].cursor
    starts: list[datetime | None] = [page.heard_from for page in read]
    assert starts == sorted(starts, key=lambda at: at or NOON, reverse=True)
    assert {page.heard_until for page in read} == {NOON - X_DELAY}
    assert starts[-1] == NOON - SEARCH.lookback


def test_the_ledger_knows_nothing_of_a_page_that_was_not_stored(
    listen: Callable[[Watch, Any], Ear], x: XEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = listen(SEARCH, x)
    ear.clock.forward(minutes=5)
    ear.dies_at_page(1, monkeypatch)
    ear.clock.forward(minutes=30)
    assert ear.coverage().silent == (Span(NOON, NOON + 35 * MINUTE),)
