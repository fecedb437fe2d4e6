"""The connector of feeds against an emulated site."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.rss import fetch, open_connector
from connectors.rss.connector import RssConnector
from connectors.rss.mapping import plain
from engagebot.domain.mention import Mention, MentionRef, Route
from engagebot.errors import Refused, Unavailable, WatchInvalid
from engagebot.ports import Cursor, Page, Watch
from tests.contract.suite import ConnectorContract, HandClock, Harness, ids, one_mention
from tests.emulators.faults import Fault
from tests.emulators.rss import FeedEmulator


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def site(clock: HandClock) -> Iterator[FeedEmulator]:
    with FeedEmulator(clock=clock.now) as emulator:
        yield emulator


@pytest.fixture
def connector(clock: HandClock) -> RssConnector:
    return open_connector({"timeout_s": "0.5"}, clock)


def watch(
    site: FeedEmulator, *, lookback: timedelta = timedelta(hours=24), kind: str = "feed", **options: Any
) -> Watch:
    given = {"url": f"{site.url}/feed"} if not {"url", "urls"} & options.keys() else {}
    return Watch(
        name="w",
        connector="rss",
        kind=kind,
        every=timedelta(minutes=15),
        lookback=lookback,
        options={**given, **options},
    )


def only(connector: RssConnector, site: FeedEmulator, **options: Any) -> Mention:
    (mention,) = connector.pull(watch(site, **options), None).mentions
    return mention


def round_of(connector: RssConnector, over: Watch, cursor: Cursor | None = None) -> list[Page]:
    pages = [connector.pull(over, cursor)]
    while pages[-1].has_more:
        assert len(pages) < 50
        pages.append(connector.pull(over, pages[-1].cursor))
    return pages


class TestFeeds(ConnectorContract):
    dialect = "rss"

    @pytest.fixture
    def harness(self, site: FeedEmulator, connector: RssConnector, clock: HandClock) -> Harness:
        site.dialect = self.dialect
        return Harness(
            connector=connector,
            watch=watch(site),
            clock=clock,
            publish=lambda count: [site.publish(f"acme {n}", "<p>dead &amp; gone</p>") for n in range(count)],
            can_reply=False,
            withdraw=site.withdraw,
            requests=lambda: len(site.requests),
            read_faults={
                "502": (lambda: site.fault(Fault.bad_gateway()), Unavailable),
                "html 503": (lambda: site.fault(Fault.html_503()), Unavailable),
                "not a feed": (lambda: site.fault(Fault.not_json()), Unavailable),
                "cut": (lambda: site.fault(Fault.cut_after()), Unavailable),
                "hang": (lambda: site.fault(Fault.hang()), Unavailable),
                # One site's limit must not stop the feeds of others, as RateLimited would.
                "429": (lambda: site.fault(Fault.answer(429, {})), Unavailable),
            },
            bad_watch=watch(site, url="ftp://example.com/feed"),
        )

    def test_the_composer_opens_with_the_exact_text(self, harness: Harness) -> None:
        # Nobody knows a foreign page's form: the person pastes the text.
        mention = one_mention(harness)
        assert isinstance(harness.connector, RssConnector)
        assert harness.connector.compose_url(mention, "Thanks!") == mention.url


class TestAtom(TestFeeds):
    dialect = "atom"


def test_an_entry_becomes_a_mention(site: FeedEmulator, connector: RssConnector, clock: HandClock) -> None:
    link = site.publish(
        "Acme &amp; the modem", "<p>It&#8217;s <b>dead</b>.</p><script>x()</script><p>Again.</p>"
    )
    mention = only(connector, site)
    assert (mention.title, mention.text) == ("Acme & the modem", "It’s dead.\n\nAgain.")
    assert (mention.url, mention.ref.native_id, mention.lang) == (link, link, "en")
    assert mention.posted_at == clock.now()
    assert mention.author is not None
    host = site.url.removeprefix("http://")
    assert (mention.author.handle, mention.author.name) == (f"Maple (made up)@{host}", "Maple (made up)")


def test_a_feed_that_names_nobody_speaks_for_itself(site: FeedEmulator, connector: RssConnector) -> None:
    site.publish("Acme news", author="")
    mention = only(connector, site)
    assert mention.author is not None
    assert mention.author.name == "Made-up news"
    assert (mention.text, mention.title) == ("Acme news", None)


def test_relative_links_are_completed(site: FeedEmulator, connector: RssConnector) -> None:
    site.dialect = "atom"
    link = site.publish("Acme", "text")
    assert only(connector, site).url == link


def test_numbers_as_ids_are_kept_apart_by_site(site: FeedEmulator, connector: RssConnector) -> None:
    site.publish("Acme", guid="17")
    assert only(connector, site).ref.native_id == f"{site.url.removeprefix('http://')}:17"


def test_an_unchanged_feed_is_not_sent_again(site: FeedEmulator, connector: RssConnector) -> None:
    site.publish("Acme")
    page = connector.pull(watch(site), None)
    again = connector.pull(watch(site), page.cursor)
    assert again.mentions == []
    assert [entry.status for entry in site.requests] == [200, 304]
    site.publish("Acme two")
    assert len(connector.pull(watch(site), again.cursor).mentions) == 1


def test_a_feed_without_marks_of_change_brings_only_what_is_new(
    site: FeedEmulator, connector: RssConnector
) -> None:
    site.has_validators = False
    site.publish("Acme")
    page = connector.pull(watch(site), None)
    link = site.publish("Acme two")
    assert ids(connector.pull(watch(site), page.cursor).mentions) == {link}


def test_the_first_pull_leaves_old_entries_alone(
    site: FeedEmulator, connector: RssConnector, clock: HandClock
) -> None:
    site.publish("Acme, old", at=clock.now() - timedelta(days=3))
    link = site.publish("Acme, new")
    page = connector.pull(watch(site), None)
    assert ids(page.mentions) == {link}
    late = site.publish("Acme, with an old date", at=clock.now() - timedelta(days=2))
    assert ids(connector.pull(watch(site), page.cursor).mentions) == {late}


def test_an_entry_without_a_time_is_heard_once(
    site: FeedEmulator, connector: RssConnector, clock: HandClock
) -> None:
    site.publish("Acme", has_time=False)
    page = connector.pull(watch(site), None)
    assert [mention.posted_at for mention in page.mentions] == [clock.now()]
    clock.move(timedelta(hours=1))
    site.publish("Acme two", has_time=False)
    assert len(connector.pull(watch(site), page.cursor).mentions) == 1


def test_a_time_from_the_future_becomes_the_present(
    site: FeedEmulator, connector: RssConnector, clock: HandClock
) -> None:
    site.publish("Acme", at=clock.now() + timedelta(days=400))
    assert only(connector, site).posted_at == clock.now()


def test_only_entries_with_the_word_are_heard(site: FeedEmulator, connector: RssConnector) -> None:
    link = site.publish("News", "My ACME is dead")
    site.publish("Acmeology", "a word of its own")
    assert only(connector, site, match="acme").ref.native_id == link


def test_entries_that_scrolled_away_are_a_gap(
    site: FeedEmulator, connector: RssConnector, clock: HandClock
) -> None:
    site.shows = 3
    site.publish("Acme")
    page = connector.pull(watch(site), None)
    read_at = clock.now()
    clock.move(timedelta(hours=1))
    for number in range(5):
        site.publish(f"Acme {number}")
    page = connector.pull(watch(site), page.cursor)
    assert len(page.mentions) == 3
    (gap,) = page.gaps
    assert (gap.from_at, gap.until_at) == (read_at, clock.now())
    site.publish("Acme, one more")
    assert connector.pull(watch(site), page.cursor).gaps == []


def test_a_feed_that_breaks_off_gives_its_whole_entries_and_later_the_rest(
    site: FeedEmulator, connector: RssConnector
) -> None:
    links = [site.publish(f"Acme {number}", "It is dead.") for number in range(5)]
    whole = len(site._feed("/feed"))
    site.cut_at = whole - 60
    page = connector.pull(watch(site), None)
    assert 0 < len(page.mentions) < 5
    assert all(mention.text == "It is dead." for mention in page.mentions)
    assert page.note is not None
    site.cut_at = None
    rest = connector.pull(watch(site), page.cursor)
    assert ids(page.mentions) | ids(rest.mentions) == set(links)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<html><body>maintenance</body></html>",
        b"\x00\xff\xfe broken",
        b"/etc/hostname",
        b"file:///etc/hostname",
    ],
)
def test_what_is_not_a_feed_is_told(site: FeedEmulator, connector: RssConnector, body: bytes) -> None:
    site.body = body
    with pytest.raises(Unavailable, match="not a feed"):
        connector.pull(watch(site), None)


def test_a_body_that_is_the_name_of_a_feed_on_this_disk_is_not_opened(
    site: FeedEmulator, connector: RssConnector, tmp_path: Path
) -> None:
    site.publish("Secret")
    private = tmp_path / "private.xml"
    private.write_bytes(site._feed("/feed"))
    site.body = str(private).encode()
    with pytest.raises(Unavailable, match="not a feed"):
        connector.pull(watch(site), None)


def test_broken_xml_is_read_as_far_as_it_goes(site: FeedEmulator, connector: RssConnector) -> None:
    item = b"<item><guid>urn:a:1</guid><title>Acme & Co <b></title></item>"
    site.body = b'<rss version="2.0"><channel>' + item + b"</channel></rss>"
    assert only(connector, site).text.startswith("Acme & Co")


def test_entities_are_neither_multiplied_nor_fetched(
    site: FeedEmulator, connector: RssConnector, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("made-up-secret")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    head = f'<!DOCTYPE r [{laughs}<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    item = "<item><guid>urn:a:1</guid><title>acme &l9; &x;</title></item>"
    site.body = f'<?xml version="1.0"?>{head}<rss version="2.0"><channel>{item}</channel></rss>'.encode()
    try:
        words = "".join(mention.words for mention in connector.pull(watch(site), None).mentions)
    except Unavailable:
        words = ""
    assert len(words) < 1_000
    assert "made-up-secret" not in words


def test_a_feed_too_large_is_refused(
    site: FeedEmulator, connector: RssConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "LARGEST", 10_000)
    site.publish("Acme", "x" * 20_000)
    for site.is_packed in (False, True):
        with pytest.raises(Unavailable, match="more than"):
            connector.pull(watch(site), None)


def test_a_small_answer_that_hides_a_huge_one_is_never_unpacked_whole(
    site: FeedEmulator, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "LARGEST", 1_000_000)
    site.is_packed, site.body = True, b" " * 30_000_000
    # Packing takes the site a moment.
    patient = open_connector({"timeout_s": "30"}, clock)
    tracemalloc.start()
    try:
        with pytest.raises(Unavailable, match="more than"):
            patient.pull(watch(site), None)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


def test_a_packed_feed_is_unpacked(site: FeedEmulator, connector: RssConnector) -> None:
    site.is_packed = True
    link = site.publish("Acme", "x" * 20_000)
    assert only(connector, site).ref.native_id == link


def test_a_packed_feed_without_its_end_is_not_taken_for_whole(
    site: FeedEmulator, connector: RssConnector
) -> None:
    site.publish("Acme")
    packed = gzip.compress(site._feed("/feed"))[:-20]
    site.body, site.has_validators = packed, False
    original = site.answer

    def answer(request: Any) -> Any:
        response = original(request)
        response.headers["content-encoding"] = "gzip"
        return response

    site.answer = answer  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        connector.pull(watch(site), None)


def test_few_redirects_are_followed(site: FeedEmulator, connector: RssConnector) -> None:
    site.publish("Acme")
    site.redirects = ["/feed", f"{site.url}/feed", "feed"]
    assert len(connector.pull(watch(site), None).mentions) == 1
    site.redirects = ["/feed"] * 4
    with pytest.raises(Unavailable, match="more than 3 times"):
        connector.pull(watch(site), None)


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/feed", "gopher://127.0.0.1/"])
def test_a_redirect_to_no_web_address_is_refused(
    site: FeedEmulator, connector: RssConnector, target: str
) -> None:
    site.redirects = [target]
    with pytest.raises(Unavailable, match="no web address"):
        connector.pull(watch(site), None)


def test_a_feed_that_is_gone_for_good_stops_its_watch(site: FeedEmulator, connector: RssConnector) -> None:
    site.fault(Fault.answer(410, {}))
    with pytest.raises(WatchInvalid, match="410"):
        connector.pull(watch(site), None)


class TestSeveralFeeds:
    def test_each_is_read_in_turn(self, site: FeedEmulator, connector: RssConnector) -> None:
        first, second = site.publish("Acme"), site.publish("Acme two", feed="/other")
        pages = round_of(connector, watch(site, urls=[f"{site.url}/feed", f"{site.url}/other"]))
        assert [ids(page.mentions) for page in pages] == [{first}, {second}]
        assert [page.has_more for page in pages] == [True, False]

    def test_one_that_fails_does_not_silence_the_others(
        self, site: FeedEmulator, connector: RssConnector, clock: HandClock
    ) -> None:
        first, second = site.publish("Acme"), site.publish("Acme two", feed="/other")
        over = watch(site, urls=[f"{site.url}/feed", f"{site.url}/other"])
        site.fault(Fault.bad_gateway(), on="GET /feed")
        pages = round_of(connector, over)
        assert [ids(page.mentions) for page in pages] == [set(), {second}]
        assert pages[0].note is not None
        assert "/feed answered 502" in pages[0].note
        # Not everything was heard up to now.
        assert pages[-1].heard_from == pages[-1].heard_until == clock.now()
        assert ids(round_of(connector, over, pages[-1].cursor)[0].mentions) == {first}

    def test_all_that_fail_are_a_failure(self, site: FeedEmulator, connector: RssConnector) -> None:
        site.fault(Fault.bad_gateway(), times=2)
        with pytest.raises(Unavailable):
            round_of(connector, watch(site, urls=[f"{site.url}/feed", f"{site.url}/other"]))

    def test_a_feed_off_the_list_is_forgotten(self, site: FeedEmulator, connector: RssConnector) -> None:
        pages = round_of(connector, watch(site, urls=[f"{site.url}/feed", f"{site.url}/other"]))
        page = connector.pull(watch(site), pages[0].cursor)
        assert not page.has_more
        assert "/other" not in page.cursor


class TestLookup:
    def test_an_entry_that_scrolled_away_is_not_called_deleted(
        self, site: FeedEmulator, connector: RssConnector
    ) -> None:
        site.shows = 1
        site.publish("Acme")
        mention = only(connector, site)
        site.publish("Acme two")
        with pytest.raises(Unavailable, match="does not show"):
            connector.lookup(mention.ref)

    def test_an_entry_of_an_earlier_run_is_not_called_deleted(self, connector: RssConnector) -> None:
        with pytest.raises(Unavailable, match="since the program started"):
            connector.lookup(MentionRef("rss", "urn:a:1"))


def test_replies_are_for_people(site: FeedEmulator, connector: RssConnector) -> None:
    site.publish("Acme")
    mention = only(connector, site)
    with pytest.raises(Refused) as raised:
        connector.reply(mention, "Thanks!")
    assert raised.value.by_hand
    assert connector.reply_route(mention).route is Route.BY_HAND
    with pytest.raises(Unavailable):
        connector.own_reply(mention)
    assert len(site.requests) == 1


@pytest.mark.parametrize("cursor", ["yesterday", "[1]", '{"feeds": {"x": {"y": 1}}}', '{"turn": "x"}'])
def test_a_position_of_somebody_else_is_refused(
    site: FeedEmulator, connector: RssConnector, cursor: str
) -> None:
    with pytest.raises(WatchInvalid):
        connector.pull(watch(site), Cursor(cursor))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "keywords"}, "feed"),
        ({"urls": []}, "needed"),
        ({"urls": ["https://example.com/feed", "file:///etc/hostname"]}, "urls"),
        ({"ulr": "https://example.com"}, "did you mean"),
    ],
    ids=str,
)
def test_a_watch_is_checked(
    site: FeedEmulator, connector: RssConnector, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(WatchInvalid, match=said):
        connector.pull(watch(site, **options), None)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"timeout_s": "0"}, "ENGAGEBOT_RSS_TIMEOUT_S"),
        ({"user_agent": "x\ny"}, "ENGAGEBOT_RSS_USER_AGENT"),
        ({"time_out_s": "3"}, "did you mean 'timeout_s'"),
    ],
    ids=str,
)
def test_wrong_options_are_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        open_connector(options, HandClock())


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain  text", "plain text"),
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("<style>p{}</style>seen<script>unseen()</script>", "seen"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("5 &lt; 6 &amp; 7 > 6", "5 < 6 & 7 > 6"),
        ("", ""),
    ],
)
def test_html_becomes_the_text_people_see(html: str, text: str) -> None:
    assert plain(html) == text
