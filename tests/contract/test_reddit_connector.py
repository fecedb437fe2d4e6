"""The Reddit connector through the real praw against the emulated Reddit."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import praw.config
import pytest
import requests

from connectors.reddit import open_connector
from connectors.reddit.connector import RedditConnector
from connectors.reddit.listing import Position
from connectors.reddit.options import read_options
from connectors.reddit.requestor import NoAnswer, Traffic, open_reddit
from engagebot.domain.mention import Kind, Mention, MentionRef, Route
from engagebot.errors import (
    AuthFailed,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TargetGone,
    Unavailable,
    WatchInvalid,
)
from engagebot.ports import Cursor, Identity, Page, Watch
from tests.contract.suite import ConnectorContract, HandClock, Harness, ids, one_mention
from tests.emulators.faults import Fault
from tests.emulators.reddit import RedditEmulator
from tests.emulators.reddit_auth import Credentials

KEYS = {
    "client_id": "client-made-up-1",
    "client_secret": "client-secret-made-up-2",
    "username": "acme_support",
    "password": "pass%word-made-up-3",
}
ACCOUNT = {"username": None, "password": None}
SEND = "POST /api/comment"
COMMENTS = "GET /r/acme/comments"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def reddit(clock: HandClock) -> Iterator[RedditEmulator]:
    wanted = Credentials(**KEYS, refresh_token="refresh-made-up-4")
    with RedditEmulator(account="acme_support", credentials=wanted, clock=clock.now) as emulator:
        emulator.subreddit("acme")
        yield emulator


def connect(reddit: RedditEmulator, clock: HandClock, **options: Any) -> RedditConnector:
    given = {**KEYS, "handle": "acme_support", "base_url": reddit.url, "timeout_s": "0.5", **options}
    connector = open_connector(given, clock)
    assert isinstance(connector, RedditConnector)
    return connector


@pytest.fixture
def connector(reddit: RedditEmulator, clock: HandClock) -> RedditConnector:
    return connect(reddit, clock)


def watch(kind: str = "comments", *, lookback: timedelta = timedelta(hours=24), **options: Any) -> Watch:
    given: dict[str, dict[str, Any]] = {
        "comments": {"match": ["acme"], "subreddits": ["acme"]},
        "search": {"query": "acme", "subreddits": ["r/acme"]},
    }
    return Watch(
        name="w",
        connector="reddit",
        kind=kind,
        every=timedelta(minutes=5),
        lookback=lookback,
        options={**given.get(kind, {}), **options},
    )


def walk(connector: RedditConnector, over: Watch, cursor: Cursor | None = None) -> list[Page]:
    pages = [connector.pull(over, cursor)]
    while pages[-1].has_more:
        assert len(pages) < 30
        pages.append(connector.pull(over, pages[-1].cursor))
    return pages


def heard(pages: list[Page]) -> set[str]:
    return {name for page in pages for name in ids(page.mentions)}


def only(connector: RedditConnector, over: Watch) -> Mention:
    (mention,) = connector.pull(over, None).mentions
    return mention


class RedditContract(ConnectorContract):
    kind = "comments"
    can_reply = True
    options: ClassVar[dict[str, Any]] = {}

    @pytest.fixture
    def harness(self, reddit: RedditEmulator, clock: HandClock) -> Harness:
        def publish(count: int) -> list[str]:
            if self.kind == "search":
                return [reddit.submission(title=f"acme, no. {n}", text="Dead.").name for n in range(count)]
            return [reddit.comment(text=f"u/acme_support acme no. {n}").name for n in range(count)]

        return Harness(
            connector=connect(reddit, clock, **self.options),
            watch=watch(self.kind),
            clock=clock,
            publish=publish,
            can_reply=self.can_reply,
            withdraw=reddit.delete,
            requests=lambda: len(reddit.requests),
            writes=lambda: len(reddit.calls(SEND)),
            read_faults={
                "502": (lambda: reddit.fault(Fault.bad_gateway(), on="GET *"), Unavailable),
                "html 503": (lambda: reddit.fault(Fault.html_503(), on="GET *"), Unavailable),
                "not json": (lambda: reddit.fault(Fault.not_json(), on="GET *"), Unavailable),
                "cut": (lambda: reddit.fault(Fault.cut_after(), on="GET *"), Unavailable),
                "cut before": (lambda: reddit.fault(Fault.cut_before(), on="GET *"), Unavailable),
                "429": (lambda: reddit.fault(Fault.reddit_429(), on="GET *"), RateLimited),
                "bare 401": (lambda: reddit.fault(Fault.bare_401(), on="GET *", times=2), AuthFailed),
            },
            lost_answers={
                "502": lambda: reddit.fault(Fault.bad_gateway(act=True), on=SEND),
                "html 503": lambda: reddit.fault(Fault.html_503(act=True), on=SEND),
                "cut after": lambda: reddit.fault(Fault.cut_after(), on=SEND),
                "hang": lambda: reddit.fault(Fault.hang(act=True), on=SEND),
                "not json": lambda: reddit.fault(Fault.not_json(act=True), on=SEND),
            }
            if self.can_reply
            else {},
            bad_watch=watch("comments", subreddits=["no_such_place"]),
            secrets=(KEYS["client_secret"], KEYS["password"], "refresh-made-up-4", "made-up-token-1"),
        )

    def test_the_composer_opens_with_the_exact_text(self, harness: Harness) -> None:
        # Reddit has no composer that a link could fill: a person pastes the text on the mention's own page.
        mention = one_mention(harness)
        assert isinstance(harness.connector, RedditConnector)
        assert harness.connector.compose_url(mention, "Thanks!") == mention.url


class TestComments(RedditContract):
    pass


class TestSearch(RedditContract):
    kind = "search"


class TestMentions(RedditContract):
    kind = "mentions"
    options: ClassVar = {**ACCOUNT, "refresh_token": "refresh-made-up-4"}


class TestReadOnly(RedditContract):
    can_reply = False
    options: ClassVar = {**ACCOUNT, "handle": None}


class TestPulling:
    def test_the_search_asks_for_the_newest_in_the_chosen_subreddits(
        self, reddit: RedditEmulator, connector: RedditConnector
    ) -> None:
        connector.pull(watch("search", query='title:"acme modem"'), None)
        connector.pull(watch("search", subreddits=[]), None)

        near, far = reddit.calls("GET /r/acme/search") + reddit.calls("GET /r/all/search")
        wanted = {"sort": "new", "syntax": "lucene", "limit": "100", "restrict_sr": "true"}
        assert near.query["q"] == 'title:"acme modem"'
        assert wanted.items() <= near.query.items()
        assert far.query["restrict_sr"] == "false"
        assert not any("before" in each.query for each in reddit.requests)

    def test_a_pull_is_one_request(self, reddit: RedditEmulator, connector: RedditConnector) -> None:
        reddit.burst(350)

        pages = walk(connector, watch())

        assert [dict(page.reads) for page in pages] == [{"requests": 1}] * 4
        assert len(reddit.calls(COMMENTS)) == 4
        assert all(each.query["limit"] == "100" for each in reddit.calls(COMMENTS))

    def test_the_watermark_moves_only_when_the_walk_is_over(
        self, reddit: RedditEmulator, connector: RedditConnector
    ) -> None:
        reddit.burst(250)
        *cut, last = walk(connector, watch())

        marks = [json.loads(page.cursor)["watermark"] for page in cut]
        assert len(set(marks)) == 1
        assert json.loads(last.cursor)["watermark"] == reddit.now().timestamp()
        assert json.loads(last.cursor)["after"] is None

    def test_a_quiet_watch_costs_one_request_a_poll(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector
    ) -> None:
        reddit.burst(300)
        cursor = walk(connector, watch())[-1].cursor
        clock.move(timedelta(hours=1))
        new = reddit.comment(text="acme again").name
        before = len(reddit.requests)

        pages = walk(connector, watch(), cursor)

        assert new in heard(pages)
        assert len(heard(pages)) < 70, "an overlap of a minute, one comment a second"
        along = {mention.ref.native_id for mention in pages[-1].shown}
        assert len(along) == 100 - len(heard(pages)), "the rest of the page is shown for its reactions"
        assert along.isdisjoint(heard(pages))
        assert len(reddit.requests) == before + 1

    def test_the_first_pull_reaches_back_as_far_as_it_is_told(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector
    ) -> None:
        hours = [1, 47, 49]
        new, within, _ = (
            reddit.comment(text="acme", at=clock.now() - timedelta(hours=h)).name for h in hours
        )

        assert heard(walk(connector, watch(lookback=timedelta(hours=48)))) == {new, within}
        assert heard(walk(connector, watch())) == {new}

    def test_more_than_a_listing_holds_is_told_as_a_gap(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector
    ) -> None:
        cursor = walk(connector, watch())[-1].cursor
        clock.move(timedelta(hours=1))
        names = reddit.burst(1_200)

        pages = walk(connector, watch(), cursor)

        assert heard(pages) == set(names[200:])
        assert [page.note for page in pages[:-1]] == [None] * (len(pages) - 1)
        assert "gap: the listing ended after 1000 items" in str(pages[-1].note)
        clock.move(timedelta(hours=1))
        assert [page.note for page in walk(connector, watch(), pages[-1].cursor)] == [None]

    def test_a_burst_within_the_listing_leaves_no_gap(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector
    ) -> None:
        cursor = walk(connector, watch())[-1].cursor
        reddit.burst(5)
        clock.move(timedelta(hours=1))
        cursor = walk(connector, watch(), cursor)[-1].cursor
        clock.move(timedelta(hours=1))
        names = reddit.burst(700)

        pages = walk(connector, watch(), cursor)

        assert heard(pages) >= set(names)
        assert {page.note for page in pages} == {None}

    def test_a_deleted_anchor_loses_nothing(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector
    ) -> None:
        reddit.dead_anchors = ("before", "after")
        names = reddit.burst(250)
        first = connector.pull(watch(), None)
        reddit.delete(names[150])

        pages = [first, *walk(connector, watch(), first.cursor)]

        assert heard(pages) == set(names)
        assert {page.note for page in pages} == {None}

    def test_a_walk_that_lost_its_place_long_ago_tells_both_gaps(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector
    ) -> None:
        cursor = walk(connector, watch())[-1].cursor
        clock.move(timedelta(hours=1))
        before = reddit.burst(250)
        first = connector.pull(watch(), cursor)
        clock.move(timedelta(hours=1))
        after = reddit.burst(1_100)

        pages = [first, *walk(connector, watch(), first.cursor)]

        found = heard(pages)
        assert found == {*before[150:], *after[100:]}
        spans = [(gap.from_at, gap.until_at) for page in pages for gap in page.gaps]
        times = {name: thing.created_at for name, thing in reddit.things.items()}
        missing = [*before[:150], *after[:100]]
        assert len(spans) == 2
        assert all(any(since < times[name] < until for since, until in spans) for name in missing)
        overlap = timedelta(seconds=60)
        assert not any(since + overlap < times[name] < until for since, until in spans for name in found)

    def test_a_listing_that_ends_early_because_a_walk_was_held_up_is_walked_again(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector
    ) -> None:
        cursor = walk(connector, watch())[-1].cursor
        clock.move(timedelta(hours=1))
        before = reddit.burst(250)
        first = connector.pull(watch(), cursor)
        clock.move(timedelta(hours=1))
        after = reddit.burst(870)

        pages = [first, *walk(connector, watch(), first.cursor)]

        assert heard(pages) == {*before[120:], *after}
        (gap,) = [gap for page in pages for gap in page.gaps]
        times = {name: thing.created_at for name, thing in reddit.things.items()}
        assert gap.from_at < times[before[0]]
        assert times[before[119]] < gap.until_at <= times[before[120]]

    def test_an_empty_page_at_the_second_try_forgets_nothing(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector
    ) -> None:
        cursor = walk(connector, watch())[-1].cursor
        clock.move(timedelta(hours=1))
        before = reddit.burst(250)
        first = connector.pull(watch(), cursor)
        clock.move(timedelta(hours=1))
        after = reddit.burst(1_100)
        reddit.fault(Fault.empty_page(), on=COMMENTS, skip=1)

        pages = [first, *walk(connector, watch(), first.cursor)]
        pages += walk(connector, watch(), pages[-1].cursor)

        times = {name: thing.created_at for name, thing in reddit.things.items()}
        spans = [(gap.from_at, gap.until_at) for page in pages for gap in page.gaps]
        assert heard(pages) == {*before[150:], *after[100:]}
        deep = [(since + timedelta(seconds=60), until) for since, until in spans]
        assert not any(since < times[name] < until for since, until in deep for name in heard(pages))

    def test_a_walk_that_ends_within_the_overlap_is_no_gap(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector
    ) -> None:
        cursor = walk(connector, watch())[-1].cursor
        clock.move(timedelta(hours=1))
        reddit.burst(150, every_s=0.2)
        cursor = walk(connector, watch(), cursor)[-1].cursor
        clock.move(timedelta(seconds=10))
        reddit.fault(Fault.empty_page(), on=COMMENTS, skip=1)
        reddit.fault(Fault.empty_page(), on=COMMENTS, skip=2)

        pages = walk(connector, watch(), cursor)

        assert len(pages) == 4
        assert [page.gaps for page in pages] == [[]] * 4

    def test_two_empty_pages_by_mistake_lose_nothing(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector
    ) -> None:
        cursor = walk(connector, watch())[-1].cursor
        clock.move(timedelta(hours=1))
        names = reddit.burst(250)
        reddit.fault(Fault.empty_page(), on=COMMENTS, skip=1, times=2)

        pages = walk(connector, watch(), cursor)
        pages += walk(connector, watch(), pages[-1].cursor)

        assert heard(pages) == set(names)

    def test_an_item_deleted_between_polls_does_not_matter(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector
    ) -> None:
        names = reddit.burst(3)
        cursor = walk(connector, watch())[-1].cursor
        reddit.delete(names[-1])
        clock.move(timedelta(hours=1))
        new = reddit.burst(150)

        assert heard(walk(connector, watch(), cursor)) >= set(new)

    @pytest.mark.parametrize("fault", [Fault.out_of_order(), Fault.same_twice(), Fault.repeating_page()])
    def test_an_odd_page_loses_nothing(
        self, reddit: RedditEmulator, connector: RedditConnector, fault: Fault
    ) -> None:
        names = reddit.burst(250)
        reddit.fault(fault, on=COMMENTS, times=2)

        pages = walk(connector, watch())

        assert heard(pages) == set(names)
        assert all(page.mentions == sorted(page.mentions, key=lambda m: m.posted_at) for page in pages)

    def test_an_empty_page_by_mistake_is_made_up_for(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector
    ) -> None:
        names = reddit.burst(250)
        reddit.fault(Fault.empty_page(), on=COMMENTS, skip=1)

        assert heard(walk(connector, watch())) == set(names)

    def test_a_time_in_the_future_does_not_silence_the_watch(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector
    ) -> None:
        reddit.comment(text="acme", at=clock.now() + timedelta(days=9))
        cursor = walk(connector, watch())[-1].cursor
        now = reddit.comment(text="acme now").name

        assert now in heard(walk(connector, watch(), cursor))

    @pytest.mark.parametrize(
        "cursor", ["", "no json", "[]", '{"watermark": "x"}', '{"watermark": 1, "more": 2}']
    )
    def test_a_cursor_that_cannot_be_read_starts_anew(
        self, reddit: RedditEmulator, connector: RedditConnector, cursor: str
    ) -> None:
        name = reddit.comment(text="acme").name

        page = connector.pull(watch(), Cursor(cursor))

        assert ids(page.mentions) == {name}
        assert bool(page.note) is bool(cursor)

    def test_an_item_that_makes_no_sense_is_named_and_passed_over(
        self, reddit: RedditEmulator, connector: RedditConnector
    ) -> None:
        name = reddit.comment(text="acme").name
        good = {**reddit.things[name].to_json(raw=True)}
        odd = [
            {"kind": "t1", "data": {**good, "name": "t1_UPPER"}},
            {"kind": "t1", "data": {"name": "t1_odd"}},
            {"kind": "t4", "data": {}},
            {"kind": "t1", "data": good},
        ]
        reddit.fault(
            Fault.answer(200, {"kind": "Listing", "data": {"children": odd, "after": None}}), on=COMMENTS
        )

        page = connector.pull(watch(), None)

        assert ids(page.mentions) == {name}
        assert page.note == "an item could not be read (t1_UPPER); an item could not be read (t1_odd)"

    @pytest.mark.parametrize("body", [[], {}, {"data": None}, {"data": {"children": [None]}}, "null", 7])
    def test_an_answer_that_is_no_listing_is_unavailable(
        self, reddit: RedditEmulator, connector: RedditConnector, body: object
    ) -> None:
        reddit.fault(Fault.answer(200, body), on=COMMENTS)

        with pytest.raises(Unavailable):
            connector.pull(watch(), None)


class TestHearing:
    @pytest.mark.parametrize(
        ("words", "text", "is_heard"),
        [
            (["acme"], "My ACME modem", True),
            (["acme"], "acmes and acme_fan", False),
            (["acme"], "is it acme's fault?", True),
            (["café"], "CAFE\N{COMBINING ACUTE ACCENT} is closed", True),
            (["non"], "nonécrit", False),
            (["acme net"], "Acme\n net", True),
            (["c++"], "I like c++!", True),
            ([".*"], "anything", False),
            (["ком"], "телеком", False),
        ],
    )
    def test_comments_are_matched_by_whole_words(
        self, reddit: RedditEmulator, connector: RedditConnector, words: list[str], text: str, is_heard: bool
    ) -> None:
        reddit.comment(text=text)

        assert bool(connector.pull(watch(match=words), None).mentions) is is_heard

    def test_a_comment_becomes_a_mention(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector
    ) -> None:
        thread = reddit.submission(title="Modems", author="oak_fan_demo")
        said = reddit.comment(text="acme < others & so on", on=thread.name, author="maple_fan_demo")

        mention = only(connector, watch())

        assert mention.ref == MentionRef("reddit", said.name)
        assert (mention.kind, mention.text, mention.title) == (Kind.COMMENT, "acme < others & so on", None)
        assert (mention.parent_native_id, mention.conversation_id) == (thread.name, thread.name)
        assert mention.community == "acme"
        assert mention.url == f"https://www.reddit.com{said.permalink}"
        assert mention.author is not None
        assert (mention.author.handle, mention.author.native_id) == ("maple_fan_demo", said.author.fullname)
        assert (mention.engagement.score, mention.engagement.likes) == (1, None)
        assert mention.addressed_to_us is False
        assert mention.platform == {
            "locked": False,
            "archived": False,
            "removed": False,
            "crosspost_of": None,
            "quarantined": False,
            "edited": False,
            "edited_at": None,
            "author_deleted": False,
        }

    def test_a_submission_becomes_a_mention(self, reddit: RedditEmulator, connector: RedditConnector) -> None:
        said = reddit.submission(title="Acme modem", text="Dead again.", score=7)
        reddit.comment(text="same", on=said.name)

        mention = only(connector, watch("search"))

        assert (mention.kind, mention.title, mention.text) == (Kind.POST, "Acme modem", "Dead again.")
        assert (mention.parent_native_id, mention.conversation_id) == (None, said.name)
        assert (mention.engagement.score, mention.engagement.replies) == (7, 1)

    def test_a_crosspost_names_what_it_passes_on_and_a_quarantine_is_told(
        self, reddit: RedditEmulator, connector: RedditConnector
    ) -> None:
        said = reddit.submission(title="Acme modem, seen elsewhere", text="")
        told = {**said.to_json(raw=True), "crosspost_parent": "t3_k2w001", "quarantine": True}
        page = {"kind": "Listing", "data": {"children": [{"kind": "t3", "data": told}], "after": None}}
        reddit.fault(Fault.answer(200, page), on="GET /r/acme/search")

        mention = only(connector, watch("search"))

        assert (mention.ref.native_id, mention.title) == (said.name, "Acme modem, seen elsewhere")
        assert (mention.platform["crosspost_of"], mention.platform["quarantined"]) == ("t3_k2w001", True)

    @pytest.mark.parametrize(
        ("text", "is_for_us"),
        [
            ("acme: hey /u/Acme_Support!", True),
            ("u/acme_support acme", True),
            ("acme u/acme_support_fan", False),
            ("acme, see example.com/u/acme_support", False),
            ("acme_support acme", False),
        ],
    )
    def test_naming_our_account_addresses_us(
        self, reddit: RedditEmulator, connector: RedditConnector, text: str, is_for_us: bool
    ) -> None:
        reddit.comment(text=text)

        assert only(connector, watch()).addressed_to_us is is_for_us

    def test_a_comment_on_our_own_submission_addresses_us(
        self, reddit: RedditEmulator, connector: RedditConnector
    ) -> None:
        ours = reddit.submission(title="Ask us", author="acme_support")
        below = reddit.comment(text="acme is down", on=ours.name)

        assert only(connector, watch()).addressed_to_us is True
        found = connector.lookup(MentionRef("reddit", below.name))
        assert found is not None
        assert found.addressed_to_us is True

    def test_the_inbox_brings_answers_to_us(self, reddit: RedditEmulator, connector: RedditConnector) -> None:
        asked = reddit.comment(text="why?")
        ours = reddit.comment(text="Sorry!", on=asked.name, author="acme_support")
        answer = reddit.comment(text="No problem", on=ours.name)

        mention = only(connector, watch("mentions"))

        assert mention.ref.native_id == answer.name
        assert (mention.parent_native_id, mention.addressed_to_us) == (ours.name, True)
        found = connector.lookup(mention.ref)
        assert found is not None
        assert found.addressed_to_us is None

    def test_an_inbox_item_without_permalink_finds_its_thread(
        self, reddit: RedditEmulator, connector: RedditConnector
    ) -> None:
        said = reddit.comment(text="u/acme_support hello")
        data = {**said.to_json(raw=True), "context": f"{said.permalink}?context=3"}
        bare = {
            key: value for key, value in data.items() if key not in ("permalink", "link_id", "link_author")
        }
        page = {"kind": "Listing", "data": {"children": [{"kind": "t1", "data": bare}], "after": None}}
        reddit.fault(Fault.answer(200, page), on="GET /message/inbox")

        mention = only(connector, watch("mentions"))

        assert mention.url == f"https://www.reddit.com{said.permalink}"
        assert mention.conversation_id == said.submission.name

    def test_what_was_taken_away_is_neither_heard_nor_found(
        self, reddit: RedditEmulator, connector: RedditConnector
    ) -> None:
        gone = [reddit.comment(text="acme"), reddit.submission(title="acme", text="acme")]
        for thing, hide in zip(gone, (reddit.remove, reddit.delete), strict=True):
            hide(thing.name)
        children = [{"kind": each.kind, "data": each.to_json(raw=True)} for each in gone]
        page = {"kind": "Listing", "data": {"children": children, "after": None}}
        reddit.fault(Fault.answer(200, page), on=COMMENTS)

        assert connector.pull(watch(match=["acme", "removed"]), None).mentions == []
        assert [connector.lookup(MentionRef("reddit", each.name)) for each in gone] == [None, None]

    def test_a_deleted_account_has_no_name_here(
        self, reddit: RedditEmulator, connector: RedditConnector
    ) -> None:
        said = reddit.comment(text="acme", author="gone_demo")
        reddit.delete_user("gone_demo")

        mention = connector.lookup(MentionRef("reddit", said.name))

        assert mention is not None
        assert mention.author is None
        assert connector.reply_route(mention).route is Route.BLOCKED

    def test_an_edit_shows_in_lookup(self, reddit: RedditEmulator, connector: RedditConnector) -> None:
        said = reddit.comment(text="acme is bad")
        reddit.edit(said.name, "acme is fine")

        mention = connector.lookup(MentionRef("reddit", said.name))

        assert mention is not None
        assert (mention.text, mention.platform["edited"]) == ("acme is fine", True)
        assert mention.platform["edited_at"] == reddit.now().isoformat()

    def test_a_description_without_sense_is_not_called_gone(
        self, reddit: RedditEmulator, connector: RedditConnector
    ) -> None:
        body = {"kind": "Listing", "data": {"children": [{"kind": "t1", "data": {"name": "t1_abc"}}]}}
        reddit.fault(Fault.answer(200, body), on="GET /api/info")

        with pytest.raises(Unavailable):
            connector.lookup(MentionRef("reddit", "t1_abc"))

    def test_something_that_never_was_is_not_found(self, connector: RedditConnector) -> None:
        assert connector.lookup(MentionRef("reddit", "t1_zzzzzz")) is None

    def test_an_id_of_another_world_is_refused_rather_than_called_gone(
        self, connector: RedditConnector
    ) -> None:
        with pytest.raises(Refused):
            connector.lookup(MentionRef("reddit", "row-17"))


class TestWatches:
    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            (watch("stream"), "search, comments, mentions"),
            (watch("search", query=" "), "query"),
            (watch("search", query="x" * 513), "512"),
            (watch("search", query=5), "query"),
            (watch("search", match=["a"]), "'match' is unknown"),
            (watch("search", subreddits="acme"), "subreddits must be a list"),
            (watch("search", subreddits=["acme/../../api"]), "not a subreddit's name"),
            (watch("comments", match=[]), "match must list"),
            (watch("comments", subreddits=[]), "subreddits must list"),
            (watch("mentions", query="acme"), "known: none"),
        ],
    )
    def test_a_wrong_option_is_named(
        self, reddit: RedditEmulator, connector: RedditConnector, wrong: Watch, said: str
    ) -> None:
        with pytest.raises(WatchInvalid, match=said):
            connector.pull(wrong, None)
        assert reddit.requests == []

    @pytest.mark.parametrize("state", ["private", "banned"])
    def test_a_subreddit_that_is_closed_to_us_stops_the_watch(
        self, reddit: RedditEmulator, connector: RedditConnector, state: str
    ) -> None:
        reddit.subreddit("acme", state=state)

        with pytest.raises(WatchInvalid, match=state):
            connector.pull(watch(), None)

    def test_mentions_need_an_account(self, reddit: RedditEmulator, clock: HandClock) -> None:
        with pytest.raises(WatchInvalid, match="no account"):
            connect(reddit, clock, **ACCOUNT).pull(watch("mentions"), None)


class TestReplying:
    @pytest.fixture
    def mention(self, reddit: RedditEmulator, connector: RedditConnector) -> Mention:
        reddit.comment(text="acme is down")
        return only(connector, watch())

    def test_a_reply_is_the_comment_that_was_approved(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector, mention: Mention
    ) -> None:
        posted = connector.reply(mention, "Sorry & thanks <3 100%")

        (reply,) = reddit.replies
        assert (reply.text, reply.parent_id) == ("Sorry & thanks <3 100%", mention.ref.native_id)
        assert posted.native_id == reply.id
        assert posted.posted_at == clock.now()
        assert str(posted.url).startswith("https://www.reddit.com/r/acme/comments/")

    def test_a_reply_that_reddit_does_not_show_is_still_posted(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector, mention: Mention
    ) -> None:
        reddit.fault(Fault.empty_things(), on=SEND)

        posted = connector.reply(mention, "Sorry!")

        assert (posted.native_id, posted.posted_at) == (None, clock.now())
        assert len(reddit.calls(SEND)) == 1
        found = connector.own_reply(mention)
        assert found is not None
        assert found.native_id == reddit.replies[0].id

    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            (Fault.cut_before(), OutcomeUnknown),
            (Fault.hang(), OutcomeUnknown),
            (Fault.answer(500), OutcomeUnknown),
            (Fault.answer(504), OutcomeUnknown),
            (Fault.answer(408), OutcomeUnknown),
            (Fault.answer(520), OutcomeUnknown),
            (replace(Fault.answer(200, {}), name="no json"), OutcomeUnknown),
            (Fault.answer(200, {"json": {"errors": [], "data": {"things": [{}]}}}), OutcomeUnknown),
            (replace(Fault.answer(200, []), name="list"), OutcomeUnknown),
            (Fault.reddit_error("THREAD_LOCKED"), Refused),
            (Fault.reddit_error("TOO_OLD"), Refused),
            (Fault.reddit_error("USER_BLOCKED"), Refused),
            (Fault.reddit_error("BANNED_FROM_SUBREDDIT"), Refused),
            (Fault.reddit_error("NO_TEXT"), Refused),
            (Fault.reddit_error("SOMETHING_NEW"), Refused),
            (Fault.reddit_error("DELETED_COMMENT"), TargetGone),
            (Fault.reddit_error("DELETED_LINK"), TargetGone),
            (Fault.reddit_error("IN_TIMEOUT"), AuthFailed),
            (Fault.reddit_error("USER_REQUIRED"), AuthFailed),
            (Fault.take_a_break(0), RateLimited),
            (Fault.reddit_error("SUBREDDIT_RATELIMIT"), RateLimited),
            (Fault.reddit_429(), RateLimited),
            (Fault.reddit_403("banned"), Refused),
            (Fault.answer(403, {}, www_authenticate='Bearer error="insufficient_scope"'), AuthFailed),
            (Fault.answer(403, "<html>blocked</html>"), Unavailable),
            (Fault.answer(404, "<html>not here</html>"), Refused),
            (Fault.answer(400, {"message": "Bad Request", "error": 400}), Refused),
            (Fault.answer(302, "", location="https://www.example.com/login/"), Refused),
            (Fault.answer(415, "not json"), Refused),
        ],
        ids=lambda value: value.name if isinstance(value, Fault) else value.__name__,
    )
    def test_whatever_happens_there_is_exactly_one_post(
        self,
        reddit: RedditEmulator,
        connector: RedditConnector,
        mention: Mention,
        fault: Fault,
        expected: type[ConnectorError],
    ) -> None:
        reddit.fault(fault, on=SEND, times=None)

        with pytest.raises(expected) as raised:
            connector.reply(mention, "Sorry!")

        assert len(reddit.calls(SEND)) == 1
        # An exception of praw or requests would carry the request's headers and form along.
        assert type(raised.value.__context__).__module__ == "builtins"

    @pytest.mark.parametrize(
        ("fault", "who"),
        [
            (Fault.reddit_error("USER_BLOCKED"), "author"),
            (Fault.reddit_error("USER_MUTED"), "community"),
            (Fault.reddit_error("BANNED_FROM_SUBREDDIT"), "community"),
            (Fault.reddit_403("banned"), "community"),
            (Fault.reddit_error("THREAD_LOCKED"), None),
            (Fault.answer(404, "<html>not here</html>"), None),
        ],
    )
    def test_a_refusal_says_who_wants_no_reply_of_ours_at_all(
        self,
        reddit: RedditEmulator,
        connector: RedditConnector,
        mention: Mention,
        fault: Fault,
        who: str | None,
    ) -> None:
        reddit.fault(fault, on=SEND)
        with pytest.raises(Refused) as raised:
            connector.reply(mention, "Sorry!")
        assert (raised.value.unwelcome_to, raised.value.by_hand) == (who, False)

    def test_too_long_a_reply_is_refused_in_reddits_words(
        self, reddit: RedditEmulator, connector: RedditConnector, mention: Mention
    ) -> None:
        assert connector.limits.reply_chars == 10_000
        assert connector.length("é" * 10_000) == 10_000

        with pytest.raises(Refused, match="this is too long"):
            connector.reply(mention, "é" * 10_001)
        assert len(reddit.calls(SEND)) == 1

    @pytest.mark.parametrize(
        ("said", "wait"),
        [
            ("Take a break for 9 minutes before trying again.", timedelta(minutes=10)),
            ("Take a break for 1 minute before trying again.", timedelta(minutes=2)),
            ("Take a break for 5 seconds before trying again.", timedelta(seconds=65)),
            ("Take a break for 30 milliseconds before trying again.", timedelta(seconds=60.03)),
            ("Take a break for 2 hours before trying again.", timedelta(hours=2, minutes=1)),
            ("Slow down.", timedelta(minutes=11)),
        ],
    )
    def test_a_break_is_as_long_as_reddit_says_and_a_minute(
        self,
        reddit: RedditEmulator,
        clock: HandClock,
        connector: RedditConnector,
        mention: Mention,
        said: str,
        wait: timedelta,
    ) -> None:
        reddit.fault(Fault.reddit_error("RATELIMIT", said, "ratelimit"), on=SEND)

        with pytest.raises(RateLimited) as raised:
            connector.reply(mention, "Sorry!")

        assert raised.value.retry_at == clock.now() + wait

    def test_the_number_beside_the_words_counts_more(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector, mention: Mention
    ) -> None:
        body = {
            "json": {"ratelimit": 539.9, "errors": [["RATELIMIT", "Take a break for 2 minutes", "ratelimit"]]}
        }
        reddit.fault(Fault.answer(200, body), on=SEND)

        with pytest.raises(RateLimited) as raised:
            connector.reply(mention, "Sorry!")

        assert raised.value.retry_at == clock.now() + timedelta(seconds=599.9)

    def test_a_write_that_never_left_is_unavailable(
        self, reddit: RedditEmulator, connector: RedditConnector, mention: Mention
    ) -> None:
        reddit.stop()
        try:
            with pytest.raises(Unavailable):
                connector.reply(mention, "Sorry!")
        finally:
            reddit.start()
        assert reddit.calls(SEND) == []

    def test_a_token_that_ran_out_sends_nothing_and_heals(
        self, reddit: RedditEmulator, connector: RedditConnector, mention: Mention
    ) -> None:
        reddit.revoke_tokens()

        with pytest.raises(Unavailable):
            connector.reply(mention, "Sorry!")
        assert reddit.replies == []
        assert connector.reply(mention, "Sorry!").native_id

    def test_a_fresh_token_that_is_refused_calls_a_person(
        self, reddit: RedditEmulator, clock: HandClock, mention: Mention
    ) -> None:
        reddit.fault(Fault.bare_401(), on=SEND, times=None)

        with pytest.raises(AuthFailed):
            connect(reddit, clock).reply(mention, "Sorry!")
        assert len(reddit.calls(SEND)) == 1

    def test_a_failed_token_request_is_no_unknown_reply(
        self, reddit: RedditEmulator, clock: HandClock, mention: Mention
    ) -> None:
        for fault in (Fault.hang(), Fault.cut_after(), Fault.bad_gateway(), Fault.not_json()):
            reddit.fault(fault, on="POST /api/v1/access_token")
            with pytest.raises(Unavailable):
                connect(reddit, clock).reply(mention, "Sorry!")
        assert reddit.calls(SEND) == []

    def test_own_reply_is_found_behind_many_others(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector, mention: Mention
    ) -> None:
        other = reddit.comment(text="hello")
        connector.reply(mention, "Sorry!")
        for _ in range(150):
            reddit.comment(text="busy", on=other.name, author="acme_support")

        found = connector.own_reply(mention)

        assert found is not None
        assert found.native_id == reddit.replies[0].id

    def test_own_reply_looks_no_further_than_the_mention(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector, mention: Mention
    ) -> None:
        before = mention.posted_at - timedelta(days=1)
        for _ in range(120):
            reddit.comment(text="long ago", author="acme_support", at=before)

        assert connector.own_reply(mention) is None
        assert len(reddit.calls("GET /user/acme_support/comments")) == 1

    def test_own_reply_says_so_where_it_cannot_look_back_far_enough(
        self, reddit: RedditEmulator, connector: RedditConnector, mention: Mention
    ) -> None:
        thread = reddit.submission(title="Ask us").name
        for _ in range(901):
            reddit.comment(text="busy", on=thread, author="acme_support")

        with pytest.raises(Unavailable, match="newest 1,000"):
            connector.own_reply(mention)

    def test_without_any_name_nobody_can_tell_what_we_wrote(
        self, reddit: RedditEmulator, clock: HandClock, mention: Mention
    ) -> None:
        assert connect(reddit, clock, **ACCOUNT).own_reply(mention) is None
        with pytest.raises(AuthFailed):
            connect(reddit, clock, **ACCOUNT, handle=None).own_reply(mention)

    @pytest.mark.parametrize("fact", ["locked", "archived", "removed", "author_deleted"])
    def test_a_closed_thread_blocks_the_reply(
        self, connector: RedditConnector, mention: Mention, fact: str
    ) -> None:
        route = connector.reply_route(mention._replace(platform={**mention.platform, fact: True}))

        assert route.route is Route.BLOCKED
        assert route.reason

    def test_an_imported_row_is_answered_by_hand(self, connector: RedditConnector, mention: Mention) -> None:
        imported = mention._replace(ref=MentionRef("reddit", "row-17"), platform={})

        assert connector.reply_route(imported).route is Route.BY_HAND
        with pytest.raises(Refused) as raised:
            connector.reply(imported, "Sorry!")
        assert raised.value.by_hand

    def test_a_mention_without_a_link_is_opened_by_its_id(
        self, connector: RedditConnector, mention: Mention
    ) -> None:
        bare = mention._replace(url=None, ref=MentionRef("reddit", "t1_abc"), conversation_id="t3_xyz")
        post = mention._replace(url=None, ref=MentionRef("reddit", "t3_xyz"))

        assert connector.compose_url(bare, "Hi") == "https://www.reddit.com/comments/xyz/_/abc"
        assert connector.compose_url(post, "Hi") == "https://www.reddit.com/comments/xyz"


class TestAccess:
    def test_a_password_and_a_refresh_token_both_log_in(
        self, reddit: RedditEmulator, clock: HandClock
    ) -> None:
        wanted = Identity(handle="acme_support", can_reply=True)

        assert connect(reddit, clock).verify() == wanted
        by_token = connect(reddit, clock, **ACCOUNT, refresh_token="refresh-made-up-4")
        assert by_token.verify() == wanted
        grants = [each.body for each in reddit.calls("POST /api/v1/access_token")]
        assert ["grant_type=password" in grants[0], "grant_type=refresh_token" in grants[1]] == [True, True]

    def test_a_suspended_account_may_not_reply(
        self, reddit: RedditEmulator, connector: RedditConnector
    ) -> None:
        reddit.fault(Fault.answer(200, {"name": "acme_support", "is_suspended": True}), on="GET /api/v1/me")

        assert connector.verify() == Identity(handle="acme_support", can_reply=False)

    def test_an_answer_without_a_name_is_no_identity(
        self, reddit: RedditEmulator, connector: RedditConnector
    ) -> None:
        reddit.fault(Fault.answer(200, {"features": {}}), on="GET /api/v1/me")

        with pytest.raises(AuthFailed):
            connector.verify()

    @pytest.mark.parametrize(
        "options",
        [{"password": "wrong"}, {"client_secret": "wrong"}, {**ACCOUNT, "refresh_token": "wrong"}],
        ids=["password", "client secret", "refresh token"],
    )
    def test_wrong_credentials_stop_the_connector(
        self, reddit: RedditEmulator, clock: HandClock, options: dict[str, str]
    ) -> None:
        with pytest.raises(AuthFailed):
            connect(reddit, clock, **options).verify()

    @pytest.mark.parametrize(
        "challenge",
        [None, "Bearer", 'Bearer realm="reddit", error="invalid_token"', 'Bearer error="something_new"'],
    )
    @pytest.mark.parametrize("status", [401, 403])
    def test_every_form_of_refused_access_stops_the_connector(
        self, reddit: RedditEmulator, connector: RedditConnector, status: int, challenge: str | None
    ) -> None:
        headers: dict[str, Any] = {} if challenge is None else {"www_authenticate": challenge}
        reddit.fault(Fault.answer(status, {"message": "no"}, **headers), on="GET *", times=None)

        with pytest.raises(AuthFailed):
            connector.pull(watch(), None)

    def test_a_read_heals_a_token_that_ran_out(
        self, reddit: RedditEmulator, connector: RedditConnector
    ) -> None:
        connector.pull(watch(), None)
        reddit.revoke_tokens()
        name = reddit.comment(text="acme").name

        page = connector.pull(watch(), None)

        assert ids(page.mentions) == {name}
        assert page.reads == {"requests": 2}

    def test_a_spent_window_is_told_without_asking_or_sleeping(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector
    ) -> None:
        reddit.remaining, reddit.reset_s = 0.0, 400
        connector.pull(watch(), None)
        before = len(reddit.requests)

        with pytest.raises(RateLimited) as raised:
            connector.pull(watch(), None)

        assert raised.value.retry_at == clock.now() + timedelta(seconds=400)
        assert len(reddit.requests) == before
        clock.move(timedelta(seconds=400))
        connector.pull(watch(), None)

    @pytest.mark.parametrize(
        ("headers", "wait_s"),
        [
            ({"retry_after": "30"}, 30),
            ({"retry_after": "soon"}, 60),
            ({"retry_after": "-5"}, 1),
            ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "120"}, 120),
            ({}, 60),
        ],
    )
    def test_a_429_says_when(
        self,
        reddit: RedditEmulator,
        clock: HandClock,
        connector: RedditConnector,
        headers: dict[str, Any],
        wait_s: int,
    ) -> None:
        reddit.fault(Fault.answer(429, "<html>slow down</html>", **headers), on="GET *")

        with pytest.raises(RateLimited) as raised:
            connector.pull(watch(), None)

        assert raised.value.retry_at == clock.now() + timedelta(seconds=wait_s)

    def test_a_429_for_the_token_is_a_rate_limit_too(
        self, reddit: RedditEmulator, connector: RedditConnector
    ) -> None:
        reddit.fault(Fault.reddit_429(9), on="POST /api/v1/access_token")

        with pytest.raises(RateLimited):
            connector.verify()

    def test_a_redirect_never_carries_the_password_elsewhere(
        self, reddit: RedditEmulator, clock: HandClock, connector: RedditConnector
    ) -> None:
        with RedditEmulator(clock=clock.now) as elsewhere:
            target = f"{elsewhere.url}/api/v1/access_token"
            reddit.fault(Fault.answer(307, "", location=target), on="POST /api/v1/access_token")
            with pytest.raises(Unavailable):
                connector.verify()
            assert elsewhere.requests == []

    def test_nothing_answers_at_all(self, clock: HandClock, reddit: RedditEmulator) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
            with pytest.raises(Unavailable):
                connect(reddit, clock, base_url=nobody).verify()

    def test_the_user_agent_is_honest(self, reddit: RedditEmulator, clock: HandClock) -> None:
        connect(reddit, clock).verify()
        connect(reddit, clock, user_agent="linux:acme-care:2.0 (by /u/acme_support)").verify()

        agents = [each.user_agent for each in reddit.calls("GET /api/v1/me")]
        assert agents[0].startswith("python:engagebot:1 (by /u/acme_support)")
        assert agents[1].startswith("linux:acme-care:2.0 (by /u/acme_support)")

    def test_a_server_below_a_path_is_reached(self, reddit: RedditEmulator, clock: HandClock) -> None:
        reddit.fault(Fault.not_json(), on="POST /proxy/reddit/api/v1/access_token")

        with pytest.raises(Unavailable):
            connect(reddit, clock, base_url=f"{reddit.url}/proxy/reddit/").verify()

    def test_a_login_in_netrc_does_not_replace_ours(
        self, reddit: RedditEmulator, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("default login mallory_demo password made-up\n")
        monkeypatch.setenv("NETRC", str(netrc))

        assert connect(reddit, clock).verify().handle == "acme_support"

    def test_threads_share_one_token(self, reddit: RedditEmulator, connector: RedditConnector) -> None:
        threads = [threading.Thread(target=connector.pull, args=(watch(), None)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(reddit.calls("POST /api/v1/access_token")) == 1
        assert len(reddit.calls(COMMENTS)) == 8

    @pytest.mark.parametrize("place", ["here", "home"])
    def test_a_planted_praw_ini_has_no_say(
        self,
        reddit: RedditEmulator,
        clock: HandClock,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        place: str,
    ) -> None:
        with RedditEmulator(clock=clock.now) as elsewhere:
            lines = [f"oauth_url={elsewhere.url}", f"reddit_url={elsewhere.url}", "comment_kind=t9"]
            lines += ["client_id=stolen", "username=mallory_demo", "password=x", "check_for_updates=True"]
            (tmp_path / "praw.ini").write_text("\n".join(["[DEFAULT]", *lines, "[site]", *lines]))
            monkeypatch.chdir(tmp_path if place == "here" else "/")
            monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
            monkeypatch.setenv("praw_site", "site")
            monkeypatch.setenv("praw_username", "mallory_demo")
            monkeypatch.setattr(praw.config.Config, "CONFIG", None)

            assert connect(reddit, clock).verify().handle == "acme_support"
            assert connect(reddit, clock, **ACCOUNT).verify() == Identity(handle=None, can_reply=False)
            assert elsewhere.requests == []

    def test_no_secret_shows_in_errors_or_logs(
        self, reddit: RedditEmulator, clock: HandClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        connector = connect(reddit, clock)
        reddit.comment(text="acme")
        mention = only(connector, watch())
        reddit.fault(Fault.hang(), on=SEND)
        said = []
        for fault in (Fault.hang(), Fault.bare_401(), Fault.bad_gateway()):
            reddit.fault(fault, on="POST /api/v1/access_token")
            with pytest.raises(ConnectorError) as raised:
                connect(reddit, clock).verify()
            said.append(repr(raised.value) + str(raised.value) + str(vars(raised.value)))
        with pytest.raises(OutcomeUnknown) as unknown:
            connector.reply(mention, "Sorry!")
        said.append(repr(unknown.value))

        shown = " ".join(said) + caplog.text + repr(connector._options)
        assert [each for each in (*KEYS.values(), "made-up-token") if each in shown] == [
            KEYS["client_id"],
            "acme_support",
        ]


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"client_id": ""}, "ENGAGEBOT_REDDIT_CLIENT_ID is missing"),
            ({"client_secret": None}, "ENGAGEBOT_REDDIT_CLIENT_SECRET is missing"),
            ({"username": None}, "ENGAGEBOT_REDDIT_PASSWORD needs ENGAGEBOT_REDDIT_USERNAME"),
            ({"refresh_token": "r"}, "either ENGAGEBOT_REDDIT_PASSWORD or ENGAGEBOT_REDDIT_REFRESH_TOKEN"),
            ({"pasword": "x"}, "ENGAGEBOT_REDDIT_PASWORD is not known"),
            ({"handle": "a b"}, "brand.handles.reddit 'a b' is not a Reddit user name"),
            ({"base_url": "reddit.example.com"}, "ENGAGEBOT_REDDIT_BASE_URL must look like"),
            ({"base_url": "https://me:pw@example.com"}, "without a login"),
            ({"base_url": "https://[::1"}, "ENGAGEBOT_REDDIT_BASE_URL must look like"),
            ({"timeout_s": "soon"}, "ENGAGEBOT_REDDIT_TIMEOUT_S must be a number"),
            ({"timeout_s": "0"}, "ENGAGEBOT_REDDIT_TIMEOUT_S must be a number"),
            ({"user_agent": "bot"}, "ENGAGEBOT_REDDIT_USER_AGENT must be"),
            ({"user_agent": "linux:acme\r\nx: y"}, "ENGAGEBOT_REDDIT_USER_AGENT must be"),
        ],
    )
    def test_a_wrong_setting_is_named(self, clock: HandClock, options: dict[str, Any], said: str) -> None:
        with pytest.raises(ValueError, match=said) as raised:
            open_connector({**KEYS, **options}, clock)
        assert KEYS["password"] not in str(raised.value)

    def test_everything_wrong_is_told_at_once(self, clock: HandClock) -> None:
        with pytest.raises(ValueError, match=r"CLIENT_ID.*CLIENT_SECRET.*TIMEOUT_S"):
            open_connector({"timeout_s": "-1"}, clock)

    def test_without_an_address_it_is_reddit(self, clock: HandClock) -> None:
        options = read_options(KEYS)

        opened = open_reddit(options, Traffic(clock, 1.0, requests.Session()))

        assert opened.config.reddit_url == "https://www.reddit.com"
        assert opened.config.oauth_url == "https://oauth.reddit.com/"

    def test_names_may_be_written_as_reddit_shows_them(
        self, reddit: RedditEmulator, clock: HandClock
    ) -> None:
        reddit.comment(text="acme u/acme_support")

        named = connect(reddit, clock, username="u/acme_support", handle="/u/Acme_Support")

        assert only(named, watch()).addressed_to_us is True


def test_a_second_write_in_one_call_is_held_back(clock: HandClock) -> None:
    traffic = Traffic(clock, 1.0, requests.Session())
    traffic.check_in(is_write=True)

    with pytest.raises(NoAnswer) as raised:
        traffic.check_in(is_write=True)
    assert raised.value.may_have_written


def test_a_position_survives_its_cursor() -> None:
    position = Position(1.5, after="t1_a", newest=2.5, seen=100, is_second_try=True)

    assert Position.read(position.cursor) == position


INFO = "GET /api/info"
EMPTY = {"kind": "Listing", "data": {"children": [], "after": None, "before": None}}


def refs_of(*names: str) -> list[MentionRef]:
    return [MentionRef("reddit", name) for name in names]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.reddit_429(), RateLimited),
        (Fault.bad_gateway(), Unavailable),
        (Fault.html_503(), Unavailable),
        (Fault.not_json(), Unavailable),
        (Fault.cut_before(), Unavailable),
        (Fault.answer(200, {"kind": "Listing"}), Unavailable),
        (Fault.reddit_403(), AuthFailed),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
def test_no_failure_of_a_look_up_of_many_makes_a_thing_gone(
    reddit: RedditEmulator, connector: RedditConnector, fault: Fault, expected: type[ConnectorError]
) -> None:
    names = reddit.burst(3)
    reddit.fault(fault, on=INFO)
    with pytest.raises(expected):
        connector.lookup_many(refs_of(*names))


def test_things_that_one_answer_leaves_out_are_asked_for_again(
    reddit: RedditEmulator, connector: RedditConnector
) -> None:
    names = reddit.burst(3)
    reddit.fault(Fault.answer(200, EMPTY), on=INFO)
    answer = connector.lookup_many(refs_of(*names, "t1_zzzzz", "row-17"))
    assert set(answer.found) == set(refs_of(*names))
    assert answer.gone == set(refs_of("t1_zzzzz"))
    assert answer.reads == {"requests": 2}


def test_deleted_and_removed_things_are_gone_and_a_deleted_account_leaves_its_words(
    reddit: RedditEmulator, connector: RedditConnector
) -> None:
    kept, deleted, removed = (
        reddit.comment(text=f"acme {number}", author=f"maple_{number}_demo").name for number in range(3)
    )
    reddit.delete(deleted)
    reddit.remove(removed)
    reddit.delete_user("maple_0_demo")
    answer = connector.lookup_many(refs_of(kept, deleted, removed))
    assert answer.gone == set(refs_of(deleted, removed))
    found = answer.found[MentionRef("reddit", kept)]
    assert (found.text, found.author) == ("acme 0", None)
    assert answer.reads == {"requests": 1}
