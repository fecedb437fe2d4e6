"""Pull: a page and its cursor are one, and every failure leads to a visible state and a next try."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from engagebot.domain.mention import Author, Mention, ReplyRoute, Route
from engagebot.errors import (
    AuthFailed,
    ConnectorError,
    OutOfCredit,
    RateLimited,
    Unavailable,
    WatchInvalid,
)
from engagebot.pipeline.pull import MAX_PAGES, PollResult, due_watches, is_own, poll, route_of
from engagebot.ports import Cursor, Page, Watch
from engagebot.store import tables
from engagebot.store.heard import mentions
from engagebot.store.listening import watches
from engagebot.store.persons import customers
from tests.factories import make_author, make_mention, make_watch
from tests.fakes import NOON, FakeConnector
from tests.integration.pipeline.desk import Desk

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def listening(desk: Desk) -> Desk:
    desk.register()
    return desk


def posts(count: int, start: int = 0) -> list[Mention]:
    return [
        make_mention(str(number), posted_at=NOON - timedelta(seconds=1000 - number))
        for number in range(start, start + count)
    ]


def stored(desk: Desk) -> set[str]:
    with desk.store.read() as tx:
        return {found.mention.ref.native_id for found in mentions.waiting(tx, 1000)}


def test_every_page_of_a_burst_is_read_at_once(listening: Desk) -> None:
    listening.fake.posts = posts(35)
    assert listening.poll() == PollResult(name="talk", fetched=41, added=35, pages=4)
    found = listening.watch()
    assert (found.cursor, found.next_poll_at, found.last_success_at) == ("35", NOON + 5 * MINUTE, NOON)
    assert stored(listening) == {str(number) for number in range(35)}


def test_a_further_poll_overlaps_and_adds_only_what_is_new(listening: Desk) -> None:
    listening.fake.posts = posts(5)
    listening.poll()
    listening.fake.posts += posts(3, start=5)
    assert listening.poll() == PollResult(name="talk", fetched=5, added=3, pages=1)
    assert listening.poll() == PollResult(name="talk", fetched=2, added=0, pages=1)
    with listening.store.read() as tx:
        (customer,) = customers.page(tx).items
    assert customer.contacts == 8


def test_a_poll_without_news_still_moves_the_next_one(listening: Desk) -> None:
    assert listening.poll() == PollResult(name="talk", pages=1)
    listening.clock.forward(minutes=5)
    listening.poll()
    assert listening.watch().next_poll_at == NOON + 10 * MINUTE


@pytest.mark.parametrize("cut", ["add", "advance"])
def test_a_page_and_its_cursor_are_kept_together_or_not_at_all(
    listening: Desk, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    listening.fake.posts = posts(15)
    module = {"add": mentions, "advance": watches}[cut]
    real = getattr(module, cut)
    calls: list[int] = []

    def crash_at_the_second_page(*args: object, **more: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            real(*args, **more)
            raise Killed
        return real(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(module, cut, crash_at_the_second_page)
        with pytest.raises(Killed):
            listening.poll()
    assert listening.watch().cursor == "10"
    assert stored(listening) == {str(number) for number in range(10)}
    listening.clock.forward(minutes=6)
    again = listening.poll()
    assert again is not None
    assert again.added == 5
    assert stored(listening) == {str(number) for number in range(15)}


def test_only_one_worker_polls_a_watch(listening: Desk) -> None:
    other: list[object] = []
    listening.fake.before_call = lambda name: other.append(listening.poll(owner="worker-2"))
    assert listening.poll() is not None
    assert other == [None]


def test_a_watch_nobody_registered_is_not_polled(desk: Desk) -> None:
    assert desk.poll() is None


def test_a_worker_that_lost_its_lease_keeps_nothing_of_its_page(
    listening: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    listening.fake.posts = posts(15)

    def be_slow(name: str) -> None:
        if listening.watch().cursor == "10":
            listening.fake.before_call = lambda name: None
            listening.clock.forward(minutes=6)
            quick = FakeConnector(listening.clock, posts=listening.fake.posts[:11])
            taken_over = poll(listening.pull_context("worker-2"), make_watch(), quick)
            assert taken_over is not None

    listening.fake.before_call = be_slow
    assert listening.poll() is not None
    assert "taken over" in caplog.text
    assert listening.watch().cursor == "11"
    assert stored(listening) == {str(number) for number in range(11)}


@pytest.mark.parametrize(
    ("error", "waits", "pauses", "stops"),
    [
        pytest.param(Unavailable("down"), MINUTE, None, False, id="unavailable"),
        pytest.param(
            RateLimited("slow", retry_at=NOON + 9 * MINUTE), 9 * MINUTE, 9 * MINUTE, False, id="limited"
        ),
        pytest.param(
            RateLimited("slow", retry_at=NOON - HOUR), timedelta(0), timedelta(0), False, id="limit is over"
        ),
        pytest.param(RateLimited("slow", retry_at=NOON + 99 * HOUR), HOUR, HOUR, False, id="limit too long"),
        pytest.param(AuthFailed("revoked"), 5 * MINUTE, 5 * MINUTE, False, id="key"),
        pytest.param(OutOfCredit("empty"), HOUR, HOUR, False, id="credit"),
        pytest.param(
            OutOfCredit("empty", until=NOON + 48 * HOUR), 48 * HOUR, 48 * HOUR, False, id="credit until"
        ),
        pytest.param(
            OutOfCredit("empty", until=NOON + 2000 * HOUR),
            744 * HOUR,
            744 * HOUR,
            False,
            id="credit too long",
        ),
        pytest.param(WatchInvalid("no such community"), MINUTE, None, True, id="invalid"),
        pytest.param(ConnectorError("odd"), MINUTE, None, False, id="another"),
        pytest.param(KeyError("data"), MINUTE, None, False, id="foreign"),
    ],
)
def test_each_failure_has_its_state_and_its_next_try(
    listening: Desk, error: Exception, waits: timedelta, pauses: timedelta | None, stops: bool
) -> None:
    listening.fake.fail("pull", error)
    result = listening.poll()
    message = str(error) if isinstance(error, ConnectorError) else f"{type(error).__name__}: {error}"
    assert result == PollResult(name="talk", error=message)
    found = listening.watch()
    assert (found.last_error, found.error_kind, found.failures) == (message, type(error).__name__, 1)
    assert (found.next_poll_at, found.is_stopped) == (NOON + waits, stops)
    assert (found.last_poll_at, found.last_success_at, found.cursor) == (NOON, None, None)
    with listening.store.read() as tx:
        (record,) = watches.connector_records(tx, [make_watch()], NOON)
    assert record.paused_until == (None if pauses is None else NOON + pauses)
    assert (record.is_healthy, record.problem) == (False, message)


def test_a_failure_in_the_middle_keeps_the_pages_before_it(listening: Desk) -> None:
    listening.fake.posts = posts(25)
    listening.fake.before_call = lambda name: (
        listening.fake.fail("pull", Unavailable("down")) if listening.watch().cursor == "10" else None
    )
    assert listening.poll() == PollResult(name="talk", fetched=10, added=10, pages=1, error="down")
    assert listening.watch().cursor == "10"
    listening.fake.before_call = lambda name: None
    result = listening.poll()
    assert result is not None
    assert result.added == 15
    assert listening.watch().failures == 0


@pytest.mark.parametrize(
    ("every", "error", "expected"),
    [
        pytest.param(5, Unavailable("down"), [1, 2, 4, 8, *[15] * 9], id="usual"),
        pytest.param(1, Unavailable("down"), [1, 2, 4, 8, *[15] * 9], id="often"),
        pytest.param(30, KeyError("a bug"), [1, 2, 4, 8, 16, *[30] * 8], id="seldom"),
        pytest.param(360, Unavailable("down"), [1, 2, 4, 8, 16, 32, *[60] * 7], id="very seldom"),
        pytest.param(5, AuthFailed("revoked"), [5, 10, 20, 40, *[60] * 9], id="key"),
    ],
)
def test_failures_in_a_row_wait_longer_up_to_a_limit(
    desk: Desk, every: int, error: Exception, expected: list[int]
) -> None:
    watch = make_watch(every=every * MINUTE)
    desk.register(watch)
    waits = []
    for _ in range(13):
        desk.fake.fail("pull", error)
        desk.poll(watch)
        waits.append((desk.watch().next_poll_at - desk.clock.now()) // MINUTE)
    assert waits == expected


def test_a_success_lets_the_connector_be_well_again(listening: Desk) -> None:
    listening.fake.fail("pull", AuthFailed("revoked"))
    listening.poll()
    listening.poll()
    with listening.store.read() as tx:
        (record,) = watches.connector_records(tx, [make_watch()], NOON)
    assert (record.is_healthy, record.problem, record.paused_until) == (True, None, None)


class Killed(BaseException):
    """The process ends: no handler of ours may catch it."""


class BrokenRoutes(FakeConnector):
    def reply_route(self, mention: Mention) -> ReplyRoute:
        raise KeyError("permissions")


class OddPages(FakeConnector):
    """A connector that breaks its promises about what a page holds."""

    made: Callable[[Watch], Page] = staticmethod(lambda watch: Page(mentions=[], cursor=Cursor("")))

    def pull(self, watch: Watch, cursor: Cursor | None) -> Page:
        return self.made(watch)


def test_a_connector_that_cannot_tell_the_route_fails_like_any_other(listening: Desk) -> None:
    broken = BrokenRoutes(listening.clock, posts=posts(3))
    result = poll(listening.pull_context(), make_watch(), broken)
    assert result is not None
    assert result.error == "KeyError: 'permissions'"
    assert listening.watch().failures == 1
    assert stored(listening) == set()
    assert listening.poll() is not None


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(
            lambda watch: Page(
                mentions=[make_mention(posted_at=NOON.replace(tzinfo=None))], cursor=Cursor("1")
            ),
            id="naive time",
        ),
        pytest.param(
            lambda watch: Page(mentions=[make_mention(platform={"a": object()})], cursor=Cursor("1")),
            id="no JSON",
        ),
        pytest.param(lambda watch: None, id="no page"),
        pytest.param(
            lambda watch: Page(mentions=[], cursor=Cursor("1"), reads={"posts": "many"}),  # type: ignore[dict-item]
            id="reads",
        ),
    ],
)
def test_a_page_that_makes_no_sense_fails_like_any_other(
    listening: Desk, page: Callable[[Watch], Page]
) -> None:
    odd = OddPages(listening.clock)
    odd.made = page
    result = poll(listening.pull_context(), make_watch(), odd)
    assert result is not None
    assert result.error is not None
    found = listening.watch()
    assert (found.failures, found.cursor, found.next_poll_at) == (1, None, NOON + MINUTE)
    assert stored(listening) == set()
    assert listening.poll() is not None


def test_a_connector_that_says_more_but_stands_still_waits_for_its_turn(listening: Desk) -> None:
    odd = OddPages(listening.clock)
    odd.made = lambda watch: Page(mentions=posts(2), cursor=Cursor("same"), has_more=True)
    poll(listening.pull_context(), make_watch(), odd)
    result = poll(listening.pull_context(), make_watch(), odd)
    assert result is not None
    assert result.pages == 1
    assert listening.watch().next_poll_at == NOON + 5 * MINUTE


def test_a_poll_ends_after_many_pages_and_goes_on_at_the_next_tick(listening: Desk) -> None:
    odd = OddPages(listening.clock)
    seen: list[int] = []

    def endless(watch: Watch) -> Page:
        seen.append(1)
        return Page(mentions=[], cursor=Cursor(str(len(seen))), has_more=True)

    odd.made = endless
    result = poll(listening.pull_context(), make_watch(), odd)
    assert result is not None
    assert result.pages == len(seen) == MAX_PAGES
    assert listening.watch().next_poll_at == NOON


def test_a_gap_that_the_connector_notes_is_kept(listening: Desk, caplog: pytest.LogCaptureFixture) -> None:
    odd = OddPages(listening.clock)
    odd.made = lambda watch: Page(mentions=[], cursor=Cursor("1"), note="two hours are missing")
    poll(listening.pull_context(), make_watch(), odd)
    assert listening.watch().note == "two hours are missing"
    assert "two hours are missing" in caplog.text


@pytest.mark.parametrize("handle", ["acme", "ACME", "Acme"])
def test_our_own_posts_never_become_customers(listening: Desk, handle: str) -> None:
    listening.fake.posts = [make_mention("1", author=Author(handle=handle)), make_mention("2")]
    assert listening.poll() == PollResult(name="talk", fetched=2, added=1, pages=1)
    assert listening.count(tables.customers) == 1


def test_only_our_own_handle_on_that_platform_is_ours() -> None:
    ours = {"fake": "acme"}
    assert is_own(make_mention(author=make_author("acme")), ours)
    assert not is_own(make_mention(author=make_author("acme_fan_demo")), ours)
    assert not is_own(make_mention(author=None), ours)
    assert not is_own(make_mention(author=make_author("acme")), {"other": "acme"})
    assert not is_own(make_mention(author=make_author("")), {"fake": ""})


def test_what_is_older_than_the_lookback_of_the_first_poll_is_history(listening: Desk) -> None:
    day = timedelta(days=1)
    listening.fake.posts = [
        make_mention("old", posted_at=NOON - day - MINUTE),
        make_mention("border", posted_at=NOON - day),
        make_mention("new", posted_at=NOON - MINUTE),
    ]
    listening.poll()
    listening.clock.forward(days=3)
    listening.fake.posts += [
        make_mention("late", posted_at=NOON + MINUTE),
        make_mention("dug up", posted_at=NOON - 2 * day),
    ]
    listening.poll()
    with listening.store.read() as tx:
        history = {found.mention.ref.native_id for found in mentions.waiting(tx, 10) if found.is_history}
    assert history == {"old", "dug up"}


def test_the_route_is_the_connectors_word_else_a_persons_hand(listening: Desk) -> None:
    listening.fake.route = ReplyRoute(route=Route.BLOCKED, reason="the thread is locked")
    assert route_of(listening.fake, make_mention()) == listening.fake.route
    assert route_of(object(), make_mention()).route is Route.BY_HAND
    listening.fake.posts = posts(1)
    listening.poll()
    with listening.store.read() as tx:
        (found,) = mentions.waiting(tx, 10)
    assert found.reply_route == listening.fake.route


def test_due_are_watches_whose_time_has_come_and_whose_connector_is_not_paused(desk: Desk) -> None:
    talk, other, quiet = make_watch(), make_watch("other"), make_watch("quiet", connector="paused")
    configured = {watch.name: watch for watch in (talk, other, quiet)}
    desk.register(talk, other, quiet)
    with desk.store.write() as tx:
        problem = RateLimited("slow", retry_at=NOON + HOUR)
        watches.pause_connector(tx, "paused", until=NOON + HOUR, problem=problem)
    desk.poll(talk)
    assert due_watches(desk.pull_context(), configured) == [other]
    desk.clock.forward(minutes=5)
    assert due_watches(desk.pull_context(), configured) == [other, talk]
    desk.clock.forward(hours=1)
    assert due_watches(desk.pull_context(), configured) == [other, quiet, talk]


def test_reads_are_added_up_over_the_pages(listening: Desk) -> None:
    listening.fake.posts = posts(15)
    listening.poll()
    with listening.store.read() as tx:
        (record,) = watches.connector_records(tx, [make_watch()], NOON)
    assert record.reads_today == 17


def test_many_workers_hear_every_post_once(listening: Desk) -> None:
    listening.fake.posts = posts(120)
    start = threading.Barrier(3)
    added: list[int] = []

    def work(owner: str) -> None:
        connector = FakeConnector(listening.clock, posts=listening.fake.posts)
        start.wait(10)
        for _ in range(4):
            result = poll(listening.pull_context(owner), replace(make_watch()), connector)
            added.append(result.added if result else 0)

    threads = [threading.Thread(target=work, args=(f"worker-{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(added) == 120
    assert listening.watch().cursor == "120"
    with listening.store.read() as tx:
        (customer,) = customers.page(tx).items
    assert customer.contacts == 120
