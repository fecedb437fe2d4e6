"""The X connector through the real tweepy against the emulated X."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from _pytest.mark import ParameterSet

from connectors.x import open_connector
from connectors.x.client import XAdapter
from connectors.x.connector import XConnector
from engagebot.domain.mention import Kind, Mention, MentionRef, Route
from engagebot.errors import (
    AuthFailed,
    ConnectorError,
    OutcomeUnknown,
    OutOfCredit,
    RateLimited,
    Refused,
    TargetGone,
    Unavailable,
    WatchInvalid,
)
from engagebot.ports import Cursor, Page, Watch
from tests.contract.suite import ConnectorContract, HandClock, Harness, ids
from tests.emulators.faults import Fault
from tests.emulators.x import XEmulator

KEYS = {
    "bearer_token": "bearer-made-up-1",
    "consumer_key": "consumer-made-up-2",
    "consumer_secret": "consumer-secret-made-up-3",
    "access_token": "access-made-up-4",
    "access_token_secret": "access-secret-made-up-5",
}
SEARCH = "GET /2/tweets/search/recent"
TIMELINE = "GET /2/users/*/mentions"
SEND = "POST /2/tweets"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def x(clock: HandClock) -> Iterator[XEmulator]:
    with XEmulator(account="acme", clock=clock.now) as emulator:
        yield emulator


def connect(x: XEmulator, clock: HandClock, **options: Any) -> XConnector:
    given = {**KEYS, "handle": "acme", "base_url": x.url, "read_timeout_s": "0.3", **options}
    return open_connector({name: value for name, value in given.items() if value is not None}, clock)


def read_only(x: XEmulator, clock: HandClock, **options: Any) -> XConnector:
    return connect(x, clock, **dict.fromkeys(list(KEYS)[1:]), **options)


@pytest.fixture
def connector(x: XEmulator, clock: HandClock) -> XConnector:
    return connect(x, clock)


def watch(kind: str = "search", *, lookback: timedelta = timedelta(hours=24), **options: Any) -> Watch:
    every = timedelta(minutes=5)
    if kind == "search":
        options.setdefault("query", "acme")
    return Watch(
        name=f"acme {kind}", connector="x", kind=kind, every=every, lookback=lookback, options=options
    )


def harness_of(x: XEmulator, clock: HandClock, kind: str) -> Harness:
    def publish(count: int) -> list[str]:
        clock.move(timedelta(seconds=10))
        return x.burst(count, text="@acme it broke again")

    listing = SEARCH if kind == "search" else TIMELINE
    return Harness(
        connector=connect(x, clock),
        watch=watch(kind),
        clock=clock,
        publish=publish,
        withdraw=x.delete,
        requests=lambda: len(x.requests),
        writes=lambda: len(x.calls(SEND)),
        read_faults={
            "502": (lambda: x.fault(Fault.bad_gateway(), on=listing), Unavailable),
            "not json": (lambda: x.fault(Fault.not_json(), on=listing), Unavailable),
            "cut": (lambda: x.fault(Fault.cut_before(), on=listing), Unavailable),
            "hang": (lambda: x.fault(Fault.hang(5), on=listing), Unavailable),
            "rate": (lambda: x.fault(Fault.rate_429(), on=listing), RateLimited),
            "cap": (lambda: x.fault(Fault.cap_429(), on=listing), OutOfCredit),
            "credit": (lambda: x.fault(Fault.credits_402(), on=listing), OutOfCredit),
            "keys": (lambda: x.fault(Fault.unauthorized(), on=listing), AuthFailed),
        },
        lost_answers={
            "cut": lambda: x.fault(Fault.cut_after(), on=SEND),
            "502": lambda: x.fault(Fault.bad_gateway(act=True), on=SEND),
            "html": lambda: x.fault(Fault.html_503(act=True), on=SEND),
            "hang": lambda: x.fault(Fault.hang(5, act=True), on=SEND),
            "not json": lambda: x.fault(Fault.not_json(act=True), on=SEND),
        },
        # Whether there is such an operator only X knows.
        bad_watch=watch("search", query="acme mood:angry"),
        secrets=tuple(KEYS.values()),
    )


class TestXSearch(ConnectorContract):
    @pytest.fixture
    def harness(self, x: XEmulator, clock: HandClock) -> Harness:
        return harness_of(x, clock, "search")


class TestXMentions(ConnectorContract):
    @pytest.fixture
    def harness(self, x: XEmulator, clock: HandClock) -> Harness:
        return harness_of(x, clock, "mentions")


def read_all(connector: XConnector, what: Watch, cursor: Cursor | None = None) -> list[Page]:
    read: list[Page] = []
    while not read or read[-1].has_more:
        read.append(connector.pull(what, read[-1].cursor if read else cursor))
    return read


def only(connector: XConnector, kind: str = "search") -> Mention:
    (mention,) = read_all(connector, watch(kind))[0].mentions
    return mention


def test_each_pull_is_one_request_and_one_for_new_authors(x: XEmulator, connector: XConnector) -> None:
    x.burst(250)
    pages = read_all(connector, watch())
    assert [len(page.mentions) for page in pages] == [100, 100, 50]
    search = "/2/tweets/search/recent"
    assert [entry.path for entry in x.requests] == [search, "/2/users", search, search]


def test_a_burst_read_one_page_a_tick_is_not_lost(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    start = connector.pull(watch(), None).cursor
    clock.move(timedelta(minutes=5))
    published = set(x.burst(250))
    found: set[str] = set()
    cursor = start
    for _ in range(12):
        page = connector.pull(watch(), cursor)
        cursor = page.cursor
        found |= ids(page.mentions)
        clock.move(timedelta(minutes=5))
        published |= set(x.burst(20))
    found |= {each for page in read_all(connector, watch(), cursor) for each in ids(page.mentions)}
    assert found == published


def test_the_lower_bound_stays_until_the_burst_is_read(x: XEmulator, connector: XConnector) -> None:
    x.burst(250)
    first, second, last = (json.loads(page.cursor) for page in read_all(connector, watch()))
    assert "since_id" not in first
    assert "since_id" not in second
    assert last["since_id"] == first["pending_top"]
    assert "pending_until" not in last


def test_reads_count_new_posts_and_their_authors(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    x.post(text="acme one", author="maple_fan_demo")
    x.post(text="acme two", author="maple_fan_demo")
    first = connector.pull(watch(), None)
    assert first.reads == {"posts": 2, "users": 1}
    again = connector.pull(watch(), first.cursor)
    assert (len(again.mentions), again.reads) == (2, {"posts": 0, "users": 0})
    clock.move(timedelta(minutes=30))
    settled = connector.pull(watch(), again.cursor)
    assert len(connector.pull(watch(), settled.cursor).mentions) == 0


def test_own_mentions_are_owned_reads_where_the_account_itself_reads_them(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    x.post(text="@acme help")
    assert connector.pull(watch("mentions"), None).reads == {"owned_posts": 1, "users": 1}
    assert read_only(x, clock).pull(watch("mentions"), None).reads == {"posts": 1, "users": 1}


@pytest.mark.parametrize(
    ("kind", "limit", "asked"),
    [("search", 37, 37), ("search", 3, 10), ("mentions", 3, 5), ("mentions", 0, 5), ("search", 900, 100)],
)
def test_a_page_is_made_smaller_where_the_budget_ends(
    x: XEmulator, connector: XConnector, kind: str, limit: int, asked: int
) -> None:
    x.burst(50)
    connector.pull(replace(watch(kind), page_limit=limit), None)
    (listed,) = [entry.query["max_results"] for entry in x.requests if "max_results" in entry.query]
    assert listed == str(asked)


def test_a_post_that_the_index_shows_late_is_found(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    late = x.post(text="acme late", visible_at=clock.now() + timedelta(seconds=30))
    clock.move(timedelta(seconds=5))
    x.post(text="acme early")
    cursor = connector.pull(watch(), None).cursor
    clock.move(timedelta(seconds=60))
    assert late.id in ids(connector.pull(watch(), cursor).mentions)


def test_a_long_stop_falls_back_to_a_time_and_says_so(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    x.post(text="acme before")
    cursor = connector.pull(watch(), None).cursor
    clock.move(timedelta(days=9))
    after = x.post(text="acme after")
    page = connector.pull(watch(), cursor)
    assert ids(page.mentions) == {after.id}
    assert "start_time" in x.calls(SEARCH)[-1].query
    assert page.note is not None
    assert "seven days" in page.note
    assert connector.pull(watch(), page.cursor).note is None


def test_a_quiet_week_is_not_a_gap(x: XEmulator, connector: XConnector, clock: HandClock) -> None:
    x.post(text="acme before")
    cursor = connector.pull(watch(), None).cursor
    for _ in range(9):
        clock.move(timedelta(days=1))
        page = connector.pull(watch(), cursor)
        cursor = page.cursor
        assert page.note is None


def test_a_burst_left_for_too_long_is_given_up_with_a_note(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    cursor = connector.pull(watch(), None).cursor
    clock.move(timedelta(hours=1))
    x.burst(150)
    cursor = connector.pull(watch(), cursor).cursor
    clock.move(timedelta(days=8))
    after = x.post(text="acme after")
    page = connector.pull(watch(), cursor)
    assert ids(page.mentions) == {after.id}
    assert page.note is not None
    assert not page.has_more


@pytest.mark.parametrize("fault", [Fault.same_twice(), Fault.out_of_order(), Fault.partial_errors()], ids=str)
def test_odd_pages_lose_and_double_nothing(x: XEmulator, connector: XConnector, fault: Fault) -> None:
    published = x.burst(150)
    x.fault(fault, on=SEARCH, times=None)
    for page in read_all(connector, watch()):
        assert len(ids(page.mentions)) == len(page.mentions)
    mentions = [mention for page in read_all(connector, watch()) for mention in page.mentions]
    assert ids(mentions) == set(published)


def test_an_empty_page_within_a_burst_is_asked_for_again(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    published = set(x.burst(150))
    first = connector.pull(watch(), None)
    x.fault(Fault.empty_page(), on=SEARCH)
    second = connector.pull(watch(), first.cursor)
    assert not second.has_more
    third = connector.pull(watch(), second.cursor)
    assert ids([*first.mentions, *third.mentions]) == published


def test_pages_that_stay_empty_end_with_a_note(x: XEmulator, connector: XConnector) -> None:
    x.burst(150)
    first = connector.pull(watch(), None)
    x.fault(Fault.empty_page(), on=SEARCH, times=None)
    second = connector.pull(watch(), first.cursor)
    third = connector.pull(watch(), second.cursor)
    assert third.note is not None
    assert "pending_until" not in json.loads(third.cursor)


def test_a_server_that_repeats_its_page_does_not_keep_us(x: XEmulator, connector: XConnector) -> None:
    x.burst(30)
    x.fault(Fault.repeating_page(), on=SEARCH, times=None)
    assert len(read_all(connector, watch(page_size=10))) <= 5


def test_the_end_of_the_mentions_timeline_is_noted(x: XEmulator, connector: XConnector) -> None:
    x.burst(850, text="@acme again")
    pages = read_all(connector, watch("mentions"))
    assert sum(len(page.mentions) for page in pages) == 800
    assert [page.note is not None for page in pages] == [False] * 8 + [True]


def test_a_gap_reaches_up_to_the_oldest_post_that_was_read(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    x.post(text="@acme heard")
    cursor = read_all(connector, watch("mentions"))[-1].cursor
    clock.move(timedelta(minutes=5))
    burst = x.burst(850, text="@acme again", every_s=0.01)

    gap = read_all(connector, watch("mentions"), cursor)[-1].gaps[0]

    assert gap.until_at == x.world.posts[burst[50]].created_at


@pytest.mark.parametrize("times", [1, 2, 3, 5])
@pytest.mark.parametrize("before", [["@acme heard"], []])
def test_a_gap_after_empty_answers_begins_before_the_first_of_them(
    x: XEmulator, connector: XConnector, clock: HandClock, times: int, before: list[str]
) -> None:
    for text in before:
        x.post(text=text)
    cursor = read_all(connector, watch("mentions"))[-1].cursor
    unheard = []
    for _ in range(times):
        clock.move(timedelta(minutes=2))
        unheard.append(x.post(text="@acme not shown by mistake"))
        clock.move(timedelta(minutes=3))
        x.fault(Fault.empty_page(), on=TIMELINE)
        empty = connector.pull(watch("mentions"), cursor)
        assert [*empty.mentions, *empty.gaps] == []
        cursor = empty.cursor
    clock.move(timedelta(minutes=5))
    burst = x.burst(850, text="@acme again", every_s=0.01)

    pages = read_all(connector, watch("mentions"), cursor)

    (gap,) = [gap for page in pages for gap in page.gaps]
    stored = {mention.ref.native_id for page in pages for mention in page.mentions}
    missing = [post.id for post in unheard] + burst[:50]
    assert not stored.intersection(missing)
    assert all(gap.from_at <= x.world.posts[each].created_at <= gap.until_at for each in missing)
    assert gap.until_at == x.world.posts[burst[50]].created_at


def test_empty_answers_followed_by_less_than_x_shows_are_no_gap(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    x.post(text="@acme heard")
    cursor = read_all(connector, watch("mentions"))[-1].cursor
    clock.move(timedelta(minutes=5))
    unheard = x.burst(150, text="@acme not shown by mistake")
    for _ in range(3):
        x.fault(Fault.empty_page(), on=TIMELINE)
        cursor = connector.pull(watch("mentions"), cursor).cursor
        clock.move(timedelta(minutes=5))

    pages = read_all(connector, watch("mentions"), cursor)

    assert {mention.ref.native_id for page in pages for mention in page.mentions} >= set(unheard)
    assert not any(page.gaps for page in pages)


def test_a_long_quiet_time_is_not_doubted(x: XEmulator, connector: XConnector, clock: HandClock) -> None:
    cursor = connector.pull(watch("mentions"), None).cursor
    for _ in range(20):
        clock.move(timedelta(hours=1))
        cursor = connector.pull(watch("mentions"), cursor).cursor
    read_at = clock.now()
    clock.move(timedelta(hours=1))
    x.burst(850, text="@acme again")

    gap = read_all(connector, watch("mentions"), cursor)[-1].gaps[0]

    assert timedelta(hours=6) <= read_at - gap.from_at <= timedelta(hours=6, minutes=1)


def test_what_was_heard_after_empty_answers_begins_no_gap(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    cursor = connector.pull(watch("mentions"), None).cursor
    clock.move(timedelta(hours=1))
    x.post(text="@acme heard")
    clock.move(timedelta(minutes=1))
    cursor = read_all(connector, watch("mentions"), cursor)[-1].cursor
    read_at = clock.now()
    clock.move(timedelta(minutes=5))
    x.burst(850, text="@acme again")

    gap = read_all(connector, watch("mentions"), cursor)[-1].gaps[0]

    assert read_at - timedelta(minutes=1) <= gap.from_at <= read_at


def test_the_first_pull_reaches_back_as_far_as_asked(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    x.post(text="@acme old", at=clock.now() - timedelta(hours=3))
    new = x.post(text="@acme new", at=clock.now() - timedelta(hours=1))
    for kind in ("search", "mentions"):
        assert ids(drain_of(connector, watch(kind, lookback=timedelta(hours=2)))) == {new.id}
    assert len(drain_of(connector, watch(lookback=timedelta(days=30)))) == 2


def drain_of(connector: XConnector, what: Watch) -> list[Mention]:
    return [mention for page in read_all(connector, what) for mention in page.mentions]


@pytest.mark.parametrize(("size", "sent"), [(1, "10"), (50, "50"), (5000, "100")])
def test_the_page_size_is_kept_within_limits(
    x: XEmulator, connector: XConnector, size: int, sent: str
) -> None:
    connector.pull(watch(page_size=size), None)
    assert x.requests[-1].query["max_results"] == sent


@pytest.mark.parametrize(
    ("what", "said"),
    [
        pytest.param(watch(query=""), "query", id="empty"),
        pytest.param(watch(qery="acme"), "allowed are page_size, query", id="typo"),
        pytest.param(watch("mentions", query="acme"), "query", id="query on mentions"),
        pytest.param(watch(page_size="many"), "page_size", id="page size"),
        pytest.param(watch(query="from:@acme broken"), "column 1: from:@acme .* write from:acme", id="at"),
        pytest.param(watch(query="lang:en"), "lang:en cannot stand alone", id="lone"),
        pytest.param(watch(query=7), "query is missing", id="no text"),
        pytest.param(watch("hearsay"), "mentions, search", id="kind"),
        pytest.param(watch(query="acme " * 200), "512", id="too long"),
    ],
)
def test_a_wrong_watch_is_told_what_is_wrong_without_asking_x(
    x: XEmulator, connector: XConnector, what: Watch, said: str
) -> None:
    with pytest.raises(WatchInvalid, match=said):
        connector.pull(what, None)
    assert x.requests == []
    (fault,) = connector.watch_faults(what)
    assert re.search(said, fault.message)


def test_a_cursor_of_somebody_else_is_refused(connector: XConnector) -> None:
    for cursor in ("t3_abc", "[]", '{"since": 3}', '{"start_at": 3}'):
        with pytest.raises(WatchInvalid, match="position"):
            connector.pull(watch(), Cursor(cursor))


def numbered(rows: Sequence[tuple[Fault, type[ConnectorError] | None]]) -> list[ParameterSet]:
    return [pytest.param(*row, id=f"{number} {row[0].name}") for number, row in enumerate(rows)]


READ_ERRORS: list[tuple[Fault, type[ConnectorError] | None]] = [
    (Fault.list_body(400), WatchInvalid),
    (Fault.null_errors(400), WatchInvalid),
    (Fault.unauthorized(), AuthFailed),
    (Fault.credits_402(), OutOfCredit),
    (Fault.forbidden("client-forbidden: enrol the app"), AuthFailed),
    (Fault.forbidden("Your spend cap was reached"), OutOfCredit),
    (Fault.answer(404, {"title": "Not Found"}), Unavailable),
    (Fault.rate_429(), RateLimited),
    (Fault.cap_429(), OutOfCredit),
    (Fault.list_body(429), RateLimited),
    (Fault.list_body(503), Unavailable),
    (Fault.null_errors(500), Unavailable),
    (Fault.html_503(), Unavailable),
    (Fault.not_json(), Unavailable),
    (Fault.answer(200, []), Unavailable),
    (Fault.answer(200, {"errors": None}), Unavailable),
    (Fault.answer(200, {"data": None, "meta": None}), None),
    (Fault.answer(200, {"data": "posts", "meta": {}}), Unavailable),
    (Fault.answer(200, {"data": [None, {"id": "x"}, {"id": "7"}], "meta": {"next_token": None}}), None),
    (Fault.answer(302, {}, location="/elsewhere"), Unavailable),
    (Fault.cut_before(), Unavailable),
    (Fault.hang(5), Unavailable),
]


@pytest.mark.parametrize(("fault", "error"), numbered(READ_ERRORS))
def test_every_failed_read_is_one_of_our_errors(
    x: XEmulator, connector: XConnector, fault: Fault, error: type[ConnectorError] | None
) -> None:
    x.fault(fault, on=SEARCH)
    if error is None:
        assert connector.pull(watch(), None).mentions == []
    else:
        with pytest.raises(error) as raised:
            connector.pull(watch(), None)
        assert type(raised.value) is error
    assert len(x.requests) == 1


WRITE_ERRORS: list[tuple[Fault, type[ConnectorError] | None]] = [
    (Fault.bad_gateway(), OutcomeUnknown),
    (Fault.html_503(), OutcomeUnknown),
    (Fault.list_body(500), OutcomeUnknown),
    (Fault.not_json(), OutcomeUnknown),
    (Fault.answer(200, {"errors": None}), OutcomeUnknown),
    (Fault.answer(200, []), OutcomeUnknown),
    (Fault.answer(307, {}, location="/2/tweets"), OutcomeUnknown),
    (Fault.answer(409, {"title": "Conflict"}), OutcomeUnknown),
    (Fault.cut_before(), OutcomeUnknown),
    (Fault.cut_after(), OutcomeUnknown),
    (Fault.hang(5), OutcomeUnknown),
    (Fault.duplicate(), OutcomeUnknown),
    (Fault.not_summoned("april"), Refused),
    (Fault.not_summoned("july"), Refused),
    (Fault.forbidden("A new wording of X's"), Refused),
    (Fault.list_body(400), Refused),
    (Fault.null_errors(400), Refused),
    (Fault.target_gone(), TargetGone),
    (Fault.answer(404, {"title": "Not Found Error"}), TargetGone),
    (Fault.forbidden("Your client app lacks the right. oauth1-permissions"), AuthFailed),
    (Fault.unauthorized(), AuthFailed),
    (Fault.credits_402(), OutOfCredit),
    (Fault.cap_429(), OutOfCredit),
    (Fault.rate_429(), RateLimited),
]


@pytest.mark.parametrize(("fault", "error"), numbered(WRITE_ERRORS))
def test_every_failed_reply_is_one_request_and_one_of_our_errors(
    x: XEmulator, connector: XConnector, fault: Fault, error: type[ConnectorError]
) -> None:
    x.post(text="@acme help")
    mention = only(connector)
    x.fault(fault, on=SEND)
    with pytest.raises(error) as raised:
        connector.reply(mention, "Thank you!")
    assert type(raised.value) is error
    assert len(x.calls(SEND)) == 1
    if isinstance(raised.value, Refused):
        assert raised.value.by_hand is (fault.status == 403)


def test_a_server_that_is_not_there_took_nothing(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    x.post(text="@acme help")
    mention = only(connector)
    x.stop()
    fresh = connect(x, clock)
    with pytest.raises(Unavailable, match="nothing was sent"):
        fresh.reply(mention, "Thank you!")
    with pytest.raises(Unavailable):
        fresh.pull(watch(), None)
    x.start()


@pytest.mark.parametrize(("reset_in_s", "waited_s"), [(900, 900), (-60, 5)])
def test_a_rate_limit_names_the_time_to_come_back(
    x: XEmulator, connector: XConnector, clock: HandClock, reset_in_s: int, waited_s: int
) -> None:
    x.fault(Fault.rate_429(reset_in_s), on=SEARCH)
    with pytest.raises(RateLimited) as raised:
        connector.pull(watch(), None)
    assert raised.value.retry_at == clock.now() + timedelta(seconds=waited_s)


def test_a_spent_day_outlasts_the_quarter_of_an_hour(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    in_a_day = int((clock.now() + timedelta(hours=20)).timestamp())
    headers = {
        "x-rate-limit-reset": "1",
        "x-app-limit-24hour-remaining": "0",
        "x-app-limit-24hour-reset": str(in_a_day),
    }
    x.post(text="@acme help")
    mention = only(connector)
    x.fault(Fault("spent day", status=429, body={"title": "Too Many Requests"}, headers=headers), on=SEND)
    with pytest.raises(RateLimited) as raised:
        connector.reply(mention, "Thank you!")
    assert raised.value.retry_at == clock.now() + timedelta(hours=20)


def test_after_the_last_post_of_a_window_x_is_not_asked_until_the_next(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    x.limits[SEND] = 1
    x.post(text="@acme help")
    mention = only(connector)
    connector.reply(mention, "Thank you!")
    with pytest.raises(RateLimited) as raised:
        connector.reply(mention, "And again!")
    assert len(x.calls(SEND)) == 1
    clock.move(raised.value.retry_at - clock.now())
    connector.reply(mention, "And again!")
    assert len(x.calls(SEND)) == 2


def test_a_refused_query_brings_the_words_of_x(x: XEmulator, connector: XConnector) -> None:
    with pytest.raises(WatchInvalid, match="there is no operator 'mood:'"):
        connector.pull(watch(query="acme mood:angry"), None)
    assert [entry.status for entry in x.calls(SEARCH)] == [400]


def test_secrets_stay_out_of_messages_and_logs(
    x: XEmulator, connector: XConnector, caplog: pytest.LogCaptureFixture
) -> None:
    echo = " ".join(KEYS.values())
    x.post(text="@acme help")
    with caplog.at_level(logging.DEBUG):
        for name in ("tweepy", "urllib3", "requests_oauthlib", "oauthlib"):
            caplog.set_level(logging.DEBUG, name)
        mention = only(connector, "mentions")
        x.fault(Fault.forbidden(f"not allowed: {echo}"), on="*", times=2)
        for call in (lambda: connector.reply(mention, "hello"), lambda: connector.pull(watch(), None)):
            with pytest.raises(ConnectorError) as raised:
                call()
            assert not any(
                secret in f"{raised.value!r} {raised.value.__cause__!r}" for secret in KEYS.values()
            )
    assert not any(secret in caplog.text for secret in KEYS.values())


@pytest.mark.parametrize("dialect", ["old", "new"])
def test_a_post_becomes_a_mention_in_both_dialects(
    x: XEmulator, connector: XConnector, clock: HandClock, dialect: str
) -> None:
    x.dialect = dialect
    x.user("maple_fan_demo", followers=77, verified=True)
    first = x.post(text="acme is fine", author="someone_demo")
    long = "@acme &amp; friends: 1 &lt; 2. " + "It broke. " * 40
    answer = x.post(text=long, author="maple_fan_demo", reply_to=first.id, likes=3)
    mention = only(connector, "mentions")
    assert mention.ref == MentionRef("x", answer.id)
    assert mention.kind is Kind.REPLY
    assert mention.text == long.replace("&amp;", "&").replace("&lt;", "<")
    assert mention.posted_at == clock.now()
    assert mention.author is not None
    assert (mention.author.handle, mention.author.followers, mention.author.is_verified) == (
        "maple_fan_demo",
        77,
        True,
    )
    assert mention.url == f"https://x.com/maple_fan_demo/status/{answer.id}"
    assert (mention.parent_native_id, mention.conversation_id) == (first.id, first.id)
    assert (mention.engagement.likes, mention.lang, mention.addressed_to_us) == (3, "en", True)
    assert mention.platform["possibly_sensitive"] is False
    assert mention.platform["editable_until"]


@pytest.mark.parametrize("dialect", ["old", "new"])
def test_an_edited_post_stays_the_same_mention(
    x: XEmulator, connector: XConnector, clock: HandClock, dialect: str
) -> None:
    x.dialect = dialect
    first = x.post(text="@acme it broke")
    original = only(connector)
    clock.move(timedelta(minutes=3))
    second = x.edit(first.id, "@acme it works again")
    edited = only(connector)
    assert edited.ref == original.ref
    assert edited.posted_at == original.posted_at
    assert edited.text == "@acme it works again"
    assert original.platform["edited_at"] is None
    assert edited.platform["edited_at"] == clock.now().isoformat()
    looked_up = connector.lookup(original.ref)
    assert looked_up is not None
    assert looked_up.text == edited.text
    connector.reply(edited, "Glad to hear it!")
    assert [reply.in_reply_to for reply in x.replies] == [second.id]
    assert connector.own_reply(original) is None
    assert connector.own_reply(edited) is not None


@pytest.mark.parametrize(
    ("post", "addressed", "route"),
    [
        pytest.param({"text": "@acme help"}, True, Route.API, id="named"),
        pytest.param({"text": "@ACME help"}, True, Route.API, id="named in capitals"),
        pytest.param({"text": "acme is down"}, False, Route.BY_HAND, id="talk"),
        pytest.param({"text": "acme, no idea", "prefix": ["acme"]}, False, Route.BY_HAND, id="named by X"),
        pytest.param({"text": "acme @acme please", "prefix": ["acme"]}, True, Route.API, id="named again"),
        pytest.param(
            {"text": "@acme help", "reply_settings": "mentionedUsers"}, True, Route.API, id="for the named"
        ),
        pytest.param(
            {"text": "@acme help", "reply_settings": "following"}, True, Route.BY_HAND, id="for the followed"
        ),
    ],
)
def test_only_a_summons_opens_the_way_for_a_reply(
    x: XEmulator, connector: XConnector, post: dict[str, Any], addressed: bool, route: Route
) -> None:
    other = x.post(text="nothing to see", author="someone_demo")
    x.post(**post, reply_to=other.id if "prefix" in post else None)
    mention = only(connector)
    assert mention.addressed_to_us is addressed
    assert connector.reply_route(mention).route is route


def test_an_answer_to_our_post_is_addressed_but_no_summons(x: XEmulator, connector: XConnector) -> None:
    ours = x.post(text="We are here for you", author="acme")
    x.post(text="not for me", prefix=["acme"], reply_to=ours.id)
    mention = only(connector, "mentions")
    assert mention.addressed_to_us is True
    route = connector.reply_route(mention)
    assert route.route is Route.BY_HAND
    assert "February 2026" in route.reason


def test_a_quote_of_our_post_is_a_summons(x: XEmulator, connector: XConnector) -> None:
    ours = x.post(text="We are here for you", author="acme")
    x.post(text=f"acme never was https://x.com/acme/status/{ours.id}", quote_of=ours.id)
    mention = next(
        each for each in drain_of(connector, watch()) if each.author and each.author.handle != "acme"
    )
    assert connector.reply_route(mention).route is Route.API


def test_an_account_that_is_exempt_may_reply_to_anyone(x: XEmulator, clock: HandClock) -> None:
    x.reply_rule = "open"
    x.post(text="acme is down")
    exempt = connect(x, clock, unsolicited_replies="true")
    mention = only(exempt)
    assert exempt.reply_route(mention).route is Route.API
    assert exempt.reply(mention, "Sorry!").native_id == x.replies[0].id


def test_a_bearer_token_reads_and_never_writes(x: XEmulator, clock: HandClock) -> None:
    x.post(text="@acme help")
    reader = read_only(x, clock)
    assert (reader.verify().handle, reader.verify().can_reply) == (None, False)
    mention = only(reader, "mentions")
    assert reader.reply_route(mention).route is Route.BY_HAND
    with pytest.raises(Refused) as raised:
        reader.reply(mention, "Thank you!")
    assert raised.value.by_hand
    assert x.calls(SEND) == []
    assert reader.own_reply(mention) is None


def test_a_bearer_token_without_a_name_is_checked_for_free(x: XEmulator, clock: HandClock) -> None:
    nameless = read_only(x, clock, handle=None)
    assert not nameless.verify().can_reply
    assert [entry.path for entry in x.requests] == ["/2/usage/tweets"]
    x.post(text="acme is down")
    assert only(nameless).addressed_to_us is None
    with pytest.raises(WatchInvalid, match=r"brand\.handles\.x"):
        nameless.pull(watch("mentions"), None)


def test_a_name_nobody_has_is_told(x: XEmulator, clock: HandClock) -> None:
    with pytest.raises(WatchInvalid, match="no account @acmee_demo"):
        read_only(x, clock, handle="@acmee_demo").verify()


def test_user_keys_alone_are_enough(x: XEmulator, clock: HandClock) -> None:
    x.post(text="@acme help")
    connector = connect(x, clock, bearer_token=None, handle=None)
    for kind in ("search", "mentions"):
        assert only(connector, kind).addressed_to_us is True
    assert {entry.auth for entry in x.requests} == {"oauth"}


def test_the_own_timeline_is_read_as_the_account(x: XEmulator, connector: XConnector) -> None:
    connector.pull(watch("mentions"), None)
    connector.pull(watch(), None)
    assert [entry.auth for entry in x.requests] == ["oauth", "oauth", "bearer"]


def test_authors_can_be_left_out_to_save_money(x: XEmulator, clock: HandClock) -> None:
    x.post(text="acme is down")
    page = connect(x, clock, authors="false").pull(watch(), None)
    (mention,) = page.mentions
    assert x.calls("GET /2/users") == []
    assert page.reads == {"posts": 1, "users": 0}
    assert mention.author is not None
    assert mention.author.handle == mention.author.native_id
    assert mention.url is not None
    assert "/i/status/" in mention.url


def test_a_protected_post_is_gone(x: XEmulator, connector: XConnector) -> None:
    post = x.post(text="@acme help")
    mention = only(connector)
    x.protect(post.id)
    assert connector.lookup(mention.ref) is None


@pytest.mark.parametrize(
    "body", [{}, {"errors": None}, {"errors": [{"title": "Try again"}]}, {"data": 3}], ids=str
)
def test_an_odd_answer_is_not_taken_for_a_deletion(
    x: XEmulator, connector: XConnector, body: dict[str, Any]
) -> None:
    post = x.post(text="@acme help")
    x.fault(Fault.answer(200, body), on="GET /2/tweets")
    with pytest.raises(Unavailable):
        connector.lookup(MentionRef("x", post.id))


def test_our_reply_is_found_behind_many_others(x: XEmulator, connector: XConnector, clock: HandClock) -> None:
    x.post(text="@acme help")
    mention = only(connector)
    clock.move(timedelta(minutes=1))
    posted = connector.reply(mention, "Thank you!")
    for number in range(250):
        clock.move(timedelta(seconds=1))
        x.post(text=f"news {number}", author="acme")
    found = connector.own_reply(mention)
    assert found is not None
    assert (found.native_id, found.url) == (posted.native_id, f"https://x.com/acme/status/{posted.native_id}")


def test_a_second_equal_reply_is_found_instead_of_sent(x: XEmulator, connector: XConnector) -> None:
    x.post(text="@acme help")
    mention = only(connector)
    first = connector.reply(mention, "Thank you!")
    with pytest.raises(OutcomeUnknown):
        connector.reply(mention, "Thank you!")
    found = connector.own_reply(mention)
    assert found is not None
    assert found.native_id == first.native_id
    assert len(x.replies) == 1


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("Thank you", 9),
        ("See https://example.com/a/very/long/path?with=query.", 4 + 23 + 1),
        ("See example.com, please", 4 + 23 + 8),
        ("nothing.Then", 12),
        ("日本", 4),
        ("cafe\u0301", 4),
        ("“quoted” – yes", 14),
        ("😀", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("👍🏽", 2),
        ("🇩🇪🇫🇷", 4),
        ("❤️", 2),
        ("1️⃣ go", 5),
        ("© Acme", 6),
        ("…", 2),
    ],
)
def test_text_is_measured_in_the_units_of_x(connector: XConnector, text: str, units: int) -> None:
    assert connector.length(text) == units


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "BEARER_TOKEN"),
        ({"bearer_token": ""}, "BEARER_TOKEN"),
        ({**KEYS, "access_token": None}, "also: ENGAGEBOT_X_ACCESS_TOKEN$"),
        ({**KEYS, "bearer_tokn": "bearer-made-up"}, "did you mean 'bearer_token'"),
        ({**KEYS, "base_url": "ftp://example.com"}, "ENGAGEBOT_X_BASE_URL"),
        ({**KEYS, "read_timeout_s": "soon"}, "ENGAGEBOT_X_READ_TIMEOUT_S"),
        ({"bearer_token": "made up\nwith a break"}, "ENGAGEBOT_X_BEARER_TOKEN"),
    ],
    ids=str,
)
def test_wrong_options_are_named_without_their_values(
    clock: HandClock, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        open_connector(options, clock)
    assert "made" not in str(raised.value)
    assert raised.value.__context__ is None


def test_a_post_that_cannot_be_understood_is_noted_and_not_taken_for_deleted(
    x: XEmulator, connector: XConnector
) -> None:
    broken = {"id": "1900000000000000007", "author_id": "5"}
    for listing in (SEARCH, LOOK):
        x.fault(Fault.answer(200, {"data": [broken], "meta": {"result_count": 1}}), on=listing)
    page = connector.pull(watch(), None)
    assert page.mentions == []
    assert page.note is not None
    with pytest.raises(Unavailable):
        connector.lookup(MentionRef("x", broken["id"]))


def test_an_own_timeline_without_end_is_no_proof_of_absence(x: XEmulator, connector: XConnector) -> None:
    x.post(text="@acme help")
    mention = only(connector)
    own = {"id": "1900000000000000007", "text": "news"}
    x.fault(
        Fault.answer(200, {"data": [own], "meta": {"next_token": "b26v"}}),
        on="GET /2/users/*/tweets",
        times=None,
    )
    with pytest.raises(Unavailable, match="by hand"):
        connector.own_reply(mention)
    assert len(x.requests) < 50


def test_an_account_that_x_does_not_show_is_asked_for_again(x: XEmulator, connector: XConnector) -> None:
    x.fault(Fault.answer(200, {"errors": [{"detail": "Over capacity"}]}), on="GET /2/users/me")
    with pytest.raises(Unavailable, match="Over capacity"):
        connector.pull(watch("mentions"), None)
    assert connector.pull(watch("mentions"), None).mentions == []


def test_without_another_address_requests_go_where_they_were_meant_to(x: XEmulator) -> None:
    with requests.Session() as session:
        session.mount(x.url, XAdapter(None, (1.0, 0.2)))
        assert session.get(f"{x.url}/2/nothing").status_code == 404
        x.fault(Fault.hang(5), on="*")
        with pytest.raises(requests.ReadTimeout):
            session.get(f"{x.url}/2/nothing")


def test_a_proxy_that_is_not_there_took_nothing(
    x: XEmulator, connector: XConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    x.post(text="@acme help")
    mention = only(connector)
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Unavailable, match="nothing was sent"):
        connector.reply(mention, "Thank you!")


def test_each_thread_has_a_client_of_its_own(x: XEmulator, connector: XConnector) -> None:
    published = set(x.burst(30))
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda _: connector.pull(watch(), None), range(8)))
    assert all(ids(page.mentions) == published for page in pages)


LOOK = "GET /2/tweets"


def refs_of(*native_ids: str) -> list[MentionRef]:
    return [MentionRef("x", native_id) for native_id in native_ids]


LOOK_FAULTS = {
    "429": (Fault.rate_429(), RateLimited),
    "502": (Fault.bad_gateway(), Unavailable),
    "html": (Fault.html_503(), Unavailable),
    "not json": (Fault.not_json(), Unavailable),
    "cut": (Fault.cut_before(), Unavailable),
    "no credit": (Fault.credits_402(), OutOfCredit),
    "keys": (Fault.unauthorized(), AuthFailed),
    "nothing": (Fault.answer(200, {}), Unavailable),
    "errors of another kind": (
        Fault.answer(
            200, {"errors": [{"resource_id": "1", "type": "https://api.x.com/2/problems/disconnect"}]}
        ),
        Unavailable,
    ),
}


@pytest.mark.parametrize("name", LOOK_FAULTS)
def test_no_failure_of_a_look_up_of_many_makes_a_post_gone(
    x: XEmulator, connector: XConnector, name: str
) -> None:
    ids_of = [x.post(text="acme is down").id for _ in range(3)]
    fault, expected = LOOK_FAULTS[name]
    x.fault(fault, on=LOOK)
    with pytest.raises(expected):
        connector.lookup_many(refs_of(*ids_of))
    assert len(connector.lookup_many(refs_of(*ids_of)).found) == 3


def test_posts_that_an_answer_leaves_out_are_neither_found_nor_gone(
    x: XEmulator, connector: XConnector
) -> None:
    first, second, third = (x.post(text=f"acme {number}").id for number in range(3))
    x.fault(
        Fault.answer(
            200,
            {
                "data": [{"id": first, "text": "acme 0", "created_at": "2026-09-01T12:00:00.000Z"}],
                "errors": [
                    {"resource_id": second, "type": "https://api.x.com/2/problems/resource-not-found"},
                    {"resource_id": third, "type": "https://api.x.com/2/problems/internal-error"},
                ],
            },
        ),
        on=LOOK,
    )
    answer = connector.lookup_many(refs_of(first, second, third))
    assert set(answer.found) == set(refs_of(first))
    assert answer.gone == set(refs_of(second))


def test_a_protected_post_among_many_is_gone(x: XEmulator, connector: XConnector) -> None:
    post = x.post(text="acme is down")
    x.protect(post.id)
    assert connector.lookup_many(refs_of(post.id)).gone == set(refs_of(post.id))


@pytest.mark.parametrize("dialect", ["old", "new"])
def test_edited_posts_are_read_in_their_latest_version_under_their_first_id(
    x: XEmulator, connector: XConnector, dialect: str
) -> None:
    x.dialect = dialect
    first, plain = x.post(text="acme is down"), x.post(text="acme is up")
    latest = x.edit(first.id, "acme is down again")
    answer = connector.lookup_many(refs_of(first.id, plain.id))
    texts = {ref.native_id: mention.text for ref, mention in answer.found.items()}
    assert texts == {first.id: "acme is down again", plain.id: "acme is up"}
    assert answer.found[MentionRef("x", first.id)].platform["version_ids"] == [first.id, latest.id]
    assert answer.reads == {"posts": 3}
    assert len(x.calls(LOOK)) == 2


def test_looking_up_many_pays_for_no_author_and_asks_for_no_odd_id(
    x: XEmulator, connector: XConnector
) -> None:
    post = x.post(text="acme is down")
    answer = connector.lookup_many(refs_of(post.id, "row-17"))
    assert set(answer.found) == set(refs_of(post.id))
    assert not answer.gone
    (call,) = x.calls(LOOK)
    assert call.query["ids"] == post.id
    assert "expansions" not in call.query
    assert connector.lookup_many(refs_of("row-17")).found == {}
    assert len(x.calls(LOOK)) == 1


@pytest.mark.parametrize("can_write", [True, False])
def test_our_own_posts_are_known_even_where_authors_are_not_asked_for(
    x: XEmulator, clock: HandClock, can_write: bool
) -> None:
    x.post(text="acme is sorry", author="acme")
    x.post(text="acme is slow", author="maple_fan_demo")
    connector = (connect if can_write else read_only)(x, clock, authors="false")
    handles = [each.author.handle for each in connector.pull(watch(), None).mentions if each.author]
    assert handles[0] == "acme"
    assert handles[1].isdigit()


def test_each_route_names_the_rule_behind_it(x: XEmulator, clock: HandClock) -> None:
    x.post(text="acme in passing", author="maple_fan_demo")
    x.post(text="@acme help", author="maple_fan_demo")
    x.post(text="@acme help me", author="maple_fan_demo", reply_settings="following")
    found = connect(x, clock).pull(watch(), None).mentions
    rules = [connect(x, clock).reply_route(mention).rule for mention in found]
    assert rules == ["x-not-summoned", "x-summoned", "x-reply-settings"]
    assert {read_only(x, clock).reply_route(mention).rule for mention in found} == {"no-account"}
    anyone = connect(x, clock, unsolicited_replies="true")
    assert anyone.reply_route(found[0]).rule == "x-unsolicited"
