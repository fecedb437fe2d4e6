"""The Hacker News connector against an emulated search and an emulated site."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.hackernews import open_connector
from connectors.hackernews.connector import HackerNewsConnector
from connectors.hackernews.mapping import plain
from engagebot.domain.mention import Kind, Mention, MentionRef, Route
from engagebot.errors import RateLimited, Refused, Unavailable, WatchInvalid
from engagebot.ports import Cursor, Page, Watch
from tests.contract.suite import ConnectorContract, HandClock, Harness, ids, one_mention
from tests.emulators.faults import Fault
from tests.emulators.hackernews import HackerNewsEmulator

SEARCH = "GET /api/v1/search_by_date"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def hn(clock: HandClock) -> Iterator[HackerNewsEmulator]:
    with HackerNewsEmulator(clock=clock.now) as emulator:
        yield emulator


def connect(hn: HackerNewsEmulator, clock: HandClock, **options: Any) -> HackerNewsConnector:
    return open_connector({"base_url": hn.url, "items_url": hn.url, "timeout_s": "0.5", **options}, clock)


@pytest.fixture
def connector(hn: HackerNewsEmulator, clock: HandClock) -> HackerNewsConnector:
    return connect(hn, clock)


def watch(*, lookback: timedelta = timedelta(hours=24), kind: str = "search", **options: Any) -> Watch:
    given = {"query": "acme", "page_size": 100}
    return Watch(
        name="w",
        connector="hackernews",
        kind=kind,
        every=timedelta(minutes=5),
        lookback=lookback,
        options={**given, **options},
    )


def walk(connector: HackerNewsConnector, over: Watch, cursor: Cursor | None = None) -> list[Page]:
    pages = [connector.pull(over, cursor)]
    while pages[-1].has_more:
        assert len(pages) < 50
        pages.append(connector.pull(over, pages[-1].cursor))
    return pages


def heard(pages: list[Page]) -> set[str]:
    return {name for page in pages for name in ids(page.mentions)}


def only(connector: HackerNewsConnector, **options: Any) -> Mention:
    (mention,) = connector.pull(watch(**options), None).mentions
    return mention


class TestHackerNews(ConnectorContract):
    @pytest.fixture
    def harness(self, hn: HackerNewsEmulator, clock: HandClock) -> Harness:
        return Harness(
            connector=connect(hn, clock),
            watch=watch(),
            clock=clock,
            publish=lambda count: [hn.comment(text=f"<p>acme &amp; no. {n}") for n in range(count)],
            can_reply=False,
            withdraw=hn.delete,
            requests=lambda: len(hn.requests),
            read_faults={
                "502": (lambda: hn.fault(Fault.bad_gateway()), Unavailable),
                "html 503": (lambda: hn.fault(Fault.html_503()), Unavailable),
                "not json": (lambda: hn.fault(Fault.not_json()), Unavailable),
                "another shape": (lambda: hn.fault(Fault.answer(200, {"hits": None})), Unavailable),
                "cut": (lambda: hn.fault(Fault.cut_after()), Unavailable),
                "hang": (lambda: hn.fault(Fault.hang()), Unavailable),
                "429": (lambda: hn.fault(Fault.rate_429(60)), RateLimited),
            },
            bad_watch=watch(query=""),
        )

    def test_the_composer_opens_with_the_exact_text(self, harness: Harness) -> None:
        # The form is on the item's page, and no link can fill it.
        mention = one_mention(harness)
        assert isinstance(harness.connector, HackerNewsConnector)
        assert harness.connector.compose_url(mention, "Thanks!") == mention.url


def test_a_story_keeps_its_title_apart(hn: HackerNewsEmulator, connector: HackerNewsConnector) -> None:
    story = hn.story(title="Show HN: Acme, a modem", text="It is <i>open</i>.", author="oak_fan_demo")
    mention = only(connector)
    assert (mention.kind, mention.title, mention.text) == (Kind.POST, "Show HN: Acme, a modem", "It is open.")
    assert mention.url == f"https://news.ycombinator.com/item?id={story}"
    assert mention.author is not None
    assert mention.author.url == "https://news.ycombinator.com/user?id=oak_fan_demo"
    assert connector.lookup(mention.ref) is not None


def test_a_shared_link_stands_for_the_text(hn: HackerNewsEmulator, connector: HackerNewsConnector) -> None:
    hn.story(title="Acme raises its fees", url="https://example.com/fees")
    assert only(connector).text == "https://example.com/fees"


def test_a_comment_knows_its_story(hn: HackerNewsEmulator, connector: HackerNewsConnector) -> None:
    story = hn.story(title="Modems")
    first = hn.comment(text="which?", on=story)
    hn.comment(text="acme", on=first)
    mention = only(connector)
    assert (mention.kind, mention.parent_native_id, mention.conversation_id) == (Kind.COMMENT, first, story)


def test_a_dead_item_is_hidden(hn: HackerNewsEmulator, connector: HackerNewsConnector) -> None:
    comment = hn.comment(text="acme")
    hn.items[comment].is_dead = True
    assert connector.lookup(MentionRef("hackernews", comment)) is None
    assert connector.lookup(MentionRef("hackernews", "1")) is None


def test_more_than_one_query_shows_is_walked_by_time(
    hn: HackerNewsEmulator, connector: HackerNewsConnector, clock: HandClock
) -> None:
    start = int(clock.now().timestamp()) - 5_000
    published = {hn.comment(text="acme", at=start + number // 3) for number in range(2_500)}
    pages = walk(connector, watch(page_size=1_000))
    assert heard(pages) == published
    assert [page.gaps for page in pages] == [[], [], []]


def test_a_second_with_more_than_the_search_shows_is_a_gap(
    hn: HackerNewsEmulator, connector: HackerNewsConnector, clock: HandClock
) -> None:
    at = int(clock.now().timestamp()) - 600
    before = hn.comment(text="acme, before", at=at - 1)
    crowd = {hn.comment(text="acme", at=at) for _ in range(1_200)}
    after = hn.comment(text="acme, after", at=at + 1)
    pages = walk(connector, watch(page_size=500))
    assert {before, after} <= heard(pages)
    assert len(heard(pages) & crowd) == 1_000
    (gap,) = [gap for page in pages for gap in page.gaps]
    assert gap.from_at == datetime.fromtimestamp(at, UTC)


def test_what_the_search_learns_late_is_found(
    hn: HackerNewsEmulator, connector: HackerNewsConnector, clock: HandClock
) -> None:
    hn.comment(text="acme")
    page = connector.pull(watch(), None)
    clock.move(timedelta(minutes=10))
    late = hn.comment(text="acme, late", at=int(clock.now().timestamp()) - 900)
    assert late in heard(walk(connector, watch(), page.cursor))


def test_a_server_with_smaller_pages_loses_nothing(
    hn: HackerNewsEmulator, connector: HackerNewsConnector
) -> None:
    hn.largest_page = 50
    published = {hn.comment(text="acme") for _ in range(120)}
    assert heard(walk(connector, watch(page_size=1_000))) == published


@pytest.mark.parametrize("fault", [Fault.out_of_order(), Fault.same_twice()], ids=lambda each: each.name)
def test_an_odd_order_loses_and_doubles_nothing(
    hn: HackerNewsEmulator, connector: HackerNewsConnector, clock: HandClock, fault: Fault
) -> None:
    start = int(clock.now().timestamp()) - 5_000
    published = {hn.comment(text="acme", at=start + number) for number in range(150)}
    hn.fault(fault, times=None)
    pages = walk(connector, watch())
    assert heard(pages) == published
    for page in pages:
        assert len(ids(page.mentions)) == len(page.mentions)
        assert [each.posted_at for each in page.mentions] == sorted(each.posted_at for each in page.mentions)


def test_odd_items_are_noted_and_the_others_heard(
    hn: HackerNewsEmulator, connector: HackerNewsConnector
) -> None:
    hits = [
        {"objectID": "1"},
        None,
        {"objectID": "x", "created_at_i": 1},
        {"objectID": "7", "created_at_i": 9},
    ]
    hn.fault(Fault.answer(200, {"hits": hits}), on=SEARCH)
    page = connector.pull(watch(), None)
    assert ids(page.mentions) == {"7"}
    assert page.note == "3 items could not be understood"


def test_words_narrow_what_the_search_brings(hn: HackerNewsEmulator, connector: HackerNewsConnector) -> None:
    kept = hn.comment(text="my Acme is dead")
    hn.comment(text="acmeology")
    assert only(connector, match="acme").ref.native_id == kept


def test_our_own_answer_is_found_by_our_name(hn: HackerNewsEmulator, clock: HandClock) -> None:
    connector = connect(hn, clock, handle="acme_support")
    comment = hn.comment(text="acme?")
    mention = only(connector)
    hn.comment(text="me too", on=comment)
    assert connector.own_reply(mention) is None
    ours = hn.comment(text="We are on it.", on=comment, author="acme_support")
    found = connector.own_reply(mention)
    assert found is not None
    assert found.native_id == ours


def test_without_our_name_nobody_can_tell(hn: HackerNewsEmulator, connector: HackerNewsConnector) -> None:
    hn.comment(text="acme?")
    with pytest.raises(Unavailable, match=r"brand\.handles\.hackernews"):
        connector.own_reply(only(connector))


def test_replies_are_for_people(hn: HackerNewsEmulator, connector: HackerNewsConnector) -> None:
    hn.comment(text="acme?")
    mention = only(connector)
    with pytest.raises(Refused) as raised:
        connector.reply(mention, "Thanks!")
    assert raised.value.by_hand
    assert connector.reply_route(mention).route is Route.BY_HAND
    assert len(hn.requests) == 1


def test_the_wait_is_taken_from_the_server(
    hn: HackerNewsEmulator, connector: HackerNewsConnector, clock: HandClock
) -> None:
    for headers, wait in (({"retry_after": "90"}, 90), ({}, 900), ({"retry_after": "soon"}, 900)):
        hn.fault(Fault.answer(429, {}, **headers))
        with pytest.raises(RateLimited) as raised:
            connector.pull(watch(), None)
        assert raised.value.retry_at == clock.now() + timedelta(seconds=wait)


def test_what_the_search_refuses_is_told(hn: HackerNewsEmulator, connector: HackerNewsConnector) -> None:
    hn.fault(Fault.answer(400, {"message": "invalid query"}))
    with pytest.raises(WatchInvalid, match="invalid query"):
        connector.pull(watch(), None)


@pytest.mark.parametrize("cursor", ["yesterday", "[1]", "{}", '[1,2,"x",0]'])
def test_a_position_of_somebody_else_is_refused(connector: HackerNewsConnector, cursor: str) -> None:
    with pytest.raises(WatchInvalid):
        connector.pull(watch(), Cursor(cursor))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "keywords"}, "search"),
        ({"qeury": "x"}, "did you mean 'query'"),
        ({"tags": ["poll"]}, "tags"),
        ({"page_size": 5}, "page_size"),
    ],
    ids=str,
)
def test_a_watch_is_checked(connector: HackerNewsConnector, options: dict[str, Any], said: str) -> None:
    with pytest.raises(WatchInvalid, match=said):
        connector.pull(watch(**options), None)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"base_url": "example.com"}, "ENGAGEBOT_HACKERNEWS_BASE_URL"),
        ({"timeout_s": "0"}, "ENGAGEBOT_HACKERNEWS_TIMEOUT_S"),
        ({"base_ulr": "https://example.com"}, "did you mean 'base_url'"),
    ],
    ids=str,
)
def test_wrong_options_are_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        open_connector(options, HandClock())


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Fish &amp; chips &#x27;n&#x27; more", "Fish & chips 'n' more"),
        ("one<p>two<p>three", "one\n\ntwo\n\nthree"),
        ("<i>really</i>? <pre><code>a &lt; b\n</code></pre>", "really? \n\na < b"),
        (
            'see <a href="https:&#x2F;&#x2F;example.com&#x2F;a&#x2F;long&#x2F;path" rel="nofollow">https://example.com/a/lo...</a>!',
            "see https://example.com/a/long/path!",
        ),
        ('<a href="https://example.com">well...</a>', "well..."),
        ("", ""),
    ],
)
def test_html_becomes_the_text_people_see(html: str, text: str) -> None:
    assert plain(html) == text


class TestClock:
    def test_our_clock_is_held_against_that_of_the_search(
        self, hn: HackerNewsEmulator, connector: HackerNewsConnector
    ) -> None:
        assert connector.clock_skew is None
        hn.date_shift_s = 600
        connector.verify()
        assert connector.clock_skew is not None
        assert timedelta(0) <= connector.clock_skew + timedelta(minutes=10) < timedelta(seconds=1)

    def test_a_failure_tells_the_time_too(
        self, hn: HackerNewsEmulator, connector: HackerNewsConnector
    ) -> None:
        hn.date_shift_s = -600
        hn.fault(Fault.html_503(), on=SEARCH)
        with pytest.raises(Unavailable):
            connector.verify()
        assert connector.clock_skew is not None
        assert connector.clock_skew >= timedelta(minutes=10)
