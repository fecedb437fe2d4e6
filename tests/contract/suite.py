"""The laws every connector keeps, written once and run for each.

A connector's test file builds a `Harness` (the connector, a watch and the levers of the world behind it) in a
fixture named `harness` and inherits the tests:

    from tests.contract.suite import ConnectorContract, HandClock, Harness

    class TestAcmeForum(ConnectorContract):
        @pytest.fixture
        def harness(self) -> Iterator[Harness]:
            clock = HandClock()
            with ForumEmulator(clock=clock.now) as forum:
                connector = open_connector({"base_url": forum.url, "token": "tok-made-up"}, clock)
                yield Harness(
                    connector=connector,
                    watch=Watch(name="talk", connector="forum", kind="search", every=timedelta(minutes=5)),
                    clock=clock,
                    publish=lambda count: [forum.post(f"acme number {n}").id for n in range(count)],
                    withdraw=forum.delete,
                    requests=lambda: len(forum.requests),
                    writes=lambda: len(forum.calls("POST /comments")),
                    read_faults={"502": (lambda: forum.fault(Fault.bad_gateway(), on="GET *"), Unavailable)},
                    lost_answers={"cut after": lambda: forum.fault(Fault.cut_after(), on="POST *")},
                    secrets=("tok-made-up",),
                )

What a platform does not have stays out: without `withdraw`, `requests`, `writes`, `bad_watch` or faults the
laws that need them hold emptily, and a connector with `can_reply=False` is only asked to refuse. Everything
that `publish` makes must match the watch and be a mention the platform lets us answer by its interface. A law
that is not true for a platform by its nature is overridden in the subclass, with the reason in a comment.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from urllib.parse import parse_qs, urlsplit

import pytest

from engagebot.domain.mention import Mention, MentionRef, ReplyRoute, Route
from engagebot.errors import ConnectorError, OutcomeUnknown, Refused, WatchInvalid
from engagebot.ports import (
    ComposesByHand,
    Connector,
    Cursor,
    Identity,
    LooksUpMany,
    MeasuresText,
    Page,
    RoutesReplies,
    Watch,
)

PULLS_AT_MOST = 200
PLAIN = (str, int, float, bool, type(None), datetime, timedelta)


class HandClock:
    """A clock that moves only when told."""

    def __init__(self, start: datetime = datetime(2026, 9, 1, 12, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def move(self, by: timedelta) -> None:
        self._now += by


@dataclass(kw_only=True)
class Harness:
    """A connector in a world of its own, with levers.

    `publish(n)` makes n posts of strangers after all earlier ones and returns their ids, oldest first.
    `withdraw(id)` deletes one. `requests()` and `writes()` count what the platform saw so far.
    `read_faults` break the next read and name the error it must become. `lost_answers` let the next write
    happen and lose its answer. `many` is how many posts make several pages.
    """

    connector: Connector
    watch: Watch
    clock: HandClock
    publish: Callable[[int], Sequence[str]]
    can_reply: bool = True
    many: int = 230
    withdraw: Callable[[str], object] | None = None
    requests: Callable[[], int] | None = None
    writes: Callable[[], int] | None = None
    read_faults: Mapping[str, tuple[Callable[[], object], type[ConnectorError]]] = field(default_factory=dict)
    lost_answers: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    bad_watch: Watch | None = None
    secrets: Sequence[str] = ()


def pages(harness: Harness, cursor: Cursor | None = None) -> Iterator[Page]:
    """Pull as the program does: again at once while there is more."""
    for _ in range(PULLS_AT_MOST):
        page = harness.connector.pull(harness.watch, cursor)
        yield page
        cursor = page.cursor
        if not page.has_more:
            return
    raise AssertionError(f"still more after {PULLS_AT_MOST} pulls")


def drain(harness: Harness, cursor: Cursor | None = None) -> tuple[list[Mention], Cursor]:
    """Return every mention from `cursor` on, and where the watch stands then."""
    all_pages = list(pages(harness, cursor))
    return [mention for page in all_pages for mention in page.mentions], all_pages[-1].cursor


def ids(mentions: Sequence[Mention]) -> set[str]:
    return {mention.ref.native_id for mention in mentions}


def one_mention(harness: Harness) -> Mention:
    """Publish one post and read it as the store would give it back: its platform facts went through JSON."""
    (native_id,) = harness.publish(1)
    found = {mention.ref.native_id: mention for mention in drain(harness)[0]}
    return found[native_id]._replace(platform=json.loads(json.dumps(dict(found[native_id].platform))))


class ConnectorContract:
    """Inherit, and define the fixture `harness`."""

    @pytest.fixture
    def harness(self) -> Iterator[Harness]:
        raise NotImplementedError("give the suite a harness")

    def test_the_connector_says_who_it_is_and_what_the_platform_allows(self, harness: Harness) -> None:
        connector = harness.connector
        assert isinstance(connector.name, str)
        assert connector.name == harness.watch.connector
        assert connector.limits.reply_chars > 0
        assert connector.limits.page_size > 0
        assert connector.limits.lookback > timedelta(0)

    def test_verify_names_the_account(self, harness: Harness) -> None:
        identity = harness.connector.verify()
        assert isinstance(identity, Identity)
        assert identity.can_reply is harness.can_reply
        assert identity.handle or not identity.can_reply

    def test_an_empty_page_has_a_usable_cursor(self, harness: Harness) -> None:
        nothing, cursor = drain(harness)
        assert nothing == []
        assert isinstance(cursor, str)
        nothing, cursor = drain(harness, cursor)
        assert nothing == []
        published = harness.publish(2)
        assert ids(drain(harness, cursor)[0]) >= set(published)

    def test_the_first_pull_brings_what_is_there(self, harness: Harness) -> None:
        published = harness.publish(3)
        assert ids(drain(harness)[0]) >= set(published)

    def test_a_burst_over_several_pages_loses_nothing(self, harness: Harness) -> None:
        _, cursor = drain(harness)
        published = harness.publish(harness.many)
        assert ids(drain(harness, cursor)[0]) == set(published)

    def test_what_arrives_while_paging_is_found_in_the_end(self, harness: Harness) -> None:
        _, cursor = drain(harness)
        published = set(harness.publish(harness.many))
        found: set[str] = set()
        for number, page in enumerate(pages(harness, cursor)):
            found |= ids(page.mentions)
            cursor = page.cursor
            if number == 0:
                published |= set(harness.publish(5))
        found |= ids(drain(harness, cursor)[0])
        assert found == published

    def test_pulling_twice_from_any_cursor_brings_the_same_or_more(self, harness: Harness) -> None:
        _, start = drain(harness)
        harness.publish(harness.many)
        cursors: list[Cursor | None] = [None, start]
        cursors += [page.cursor for page in pages(harness, start)]
        for cursor in cursors:
            first = ids(harness.connector.pull(harness.watch, cursor).mentions)
            assert ids(harness.connector.pull(harness.watch, cursor).mentions) >= first

    def test_mentions_come_oldest_first_within_a_page(self, harness: Harness) -> None:
        harness.publish(harness.many)
        for page in pages(harness):
            times = [mention.posted_at for mention in page.mentions]
            assert times == sorted(times)

    def test_mentions_carry_plain_values_only(self, harness: Harness) -> None:
        published = harness.publish(3)
        for page in pages(harness):
            assert_plain(page)
            for mention in page.mentions:
                assert mention.ref == MentionRef(harness.connector.name, mention.ref.native_id)
                assert mention.ref.native_id in published
                assert mention.posted_at.utcoffset() == timedelta(0)
                assert json.loads(json.dumps(dict(mention.platform))) == dict(mention.platform)
            assert all(units >= 0 for units in page.reads.values())

    def test_windows_and_gaps_are_spans_of_time_up_to_now(self, harness: Harness) -> None:
        harness.publish(harness.many)
        for page in pages(harness):
            told = [at for at in (page.heard_from, page.heard_until) if at is not None]
            told += [at for gap in page.gaps for at in (gap.from_at, gap.until_at)]
            assert all(at.utcoffset() == timedelta(0) for at in told)
            if page.heard_from is not None and page.heard_until is not None:
                assert page.heard_from <= page.heard_until
            assert all(gap.from_at < gap.until_at and gap.reason for gap in page.gaps)

    def test_a_failed_pull_loses_nothing(self, harness: Harness) -> None:
        for name, (break_it, expected) in harness.read_faults.items():
            _, cursor = drain(harness)
            published = harness.publish(2)
            break_it()
            with pytest.raises(expected) as raised:
                drain(harness, cursor)
            assert_fit_for_a_person(raised.value, harness)
            assert ids(drain(harness, cursor)[0]) >= set(published), name

    def test_a_watch_the_platform_refuses_is_invalid(self, harness: Harness) -> None:
        if harness.bad_watch is None:
            return
        with pytest.raises(WatchInvalid) as raised:
            harness.connector.pull(harness.bad_watch, None)
        assert_fit_for_a_person(raised.value, harness)

    def test_lookup_brings_a_mention_as_it_is_now(self, harness: Harness) -> None:
        mention = one_mention(harness)
        now = harness.connector.lookup(mention.ref)
        assert now is not None
        assert (now.ref, now.text, now.posted_at) == (mention.ref, mention.text, mention.posted_at)

    def test_lookup_of_a_deleted_mention_is_none(self, harness: Harness) -> None:
        if harness.withdraw is None:
            return
        mention = one_mention(harness)
        harness.withdraw(mention.ref.native_id)
        assert harness.connector.lookup(mention.ref) is None

    def test_looking_up_many_tells_what_stands_and_what_is_gone(self, harness: Harness) -> None:
        connector = harness.connector
        if not isinstance(connector, LooksUpMany):
            return
        harness.publish(min(connector.lookup_limit, 40))
        heard = {mention.ref: mention for mention in drain(harness)[0]}
        refs = list(heard)[: connector.lookup_limit]
        deleted = set(refs[1::2]) if harness.withdraw else set()
        for ref in deleted:
            harness.withdraw(ref.native_id)  # type: ignore[misc]
        before = harness.requests and harness.requests()
        answer = connector.lookup_many(refs)
        assert harness.requests is None or harness.requests() == (before or 0) + 1
        assert answer.gone == deleted
        assert answer.found.keys() == set(refs) - deleted
        for ref, mention in answer.found.items():
            assert (mention.ref, mention.text, mention.posted_at) == (
                ref,
                heard[ref].text,
                heard[ref].posted_at,
            )
            assert mention.platform.keys() == heard[ref].platform.keys()
            assert mention.author is not None
        assert sum(answer.reads.values()) > 0
        if deleted:
            assert connector.lookup_many(list(deleted)).gone == deleted

    def test_a_reply_is_one_request_and_is_found_again(self, harness: Harness) -> None:
        mention = one_mention(harness)
        if not harness.can_reply:
            with pytest.raises(Refused):
                harness.connector.reply(mention, "Thank you!")
            return
        assert harness.connector.own_reply(mention) is None
        before = writes(harness)
        posted = harness.connector.reply(mention, "Thank you!")
        assert writes(harness) in (None, (before or 0) + 1)
        assert posted.posted_at.utcoffset() == timedelta(0)
        found = harness.connector.own_reply(mention)
        assert found is not None
        assert posted.native_id in (None, found.native_id)
        assert_plain(posted)
        assert_plain(found)

    def test_a_lost_answer_is_unknown_and_never_sent_again(self, harness: Harness) -> None:
        for name, lose_it in harness.lost_answers.items():
            mention = one_mention(harness)
            before = writes(harness)
            lose_it()
            with pytest.raises(OutcomeUnknown) as raised:
                harness.connector.reply(mention, f"Thank you, {name}!")
            assert_fit_for_a_person(raised.value, harness)
            assert writes(harness) in (None, (before or 0) + 1), name
            assert harness.connector.own_reply(mention) is not None, name

    def test_a_reply_to_another_mention_is_not_taken_for_this_one(self, harness: Harness) -> None:
        first, second = one_mention(harness), one_mention(harness)
        if harness.can_reply:
            harness.connector.reply(first, "Thank you!")
            assert harness.connector.own_reply(second) is None

    def test_the_reply_route_is_told_without_asking(self, harness: Harness) -> None:
        connector = harness.connector
        if not isinstance(connector, RoutesReplies):
            return
        mention = one_mention(harness)
        before = harness.requests and harness.requests()
        route = connector.reply_route(mention)
        assert isinstance(route, ReplyRoute)
        assert route.reason
        assert (route.route is Route.API) is harness.can_reply
        assert (harness.requests and harness.requests()) == before

    def test_the_composer_opens_with_the_exact_text(self, harness: Harness) -> None:
        connector = harness.connector
        if not isinstance(connector, ComposesByHand):
            return
        text = "Thanks & sorry #1? 50% “off” é\nnext line"
        url = urlsplit(connector.compose_url(one_mention(harness), text))
        assert url.scheme == "https"
        assert [text] in parse_qs(url.query).values()

    def test_plain_letters_count_one_each(self, harness: Harness) -> None:
        connector = harness.connector
        if isinstance(connector, MeasuresText):
            assert connector.length("") == 0
            assert connector.length("Thank you") == 9

    def test_no_method_sleeps(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        slept: list[float] = []
        monkeypatch.setattr(time, "sleep", slept.append)
        walk_through(harness)
        assert slept == []

    def test_no_secret_is_logged(self, harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG):
            for name in ("tweepy", "prawcore", "praw", "urllib3", "requests_oauthlib", "oauthlib"):
                caplog.set_level(logging.DEBUG, name)
            walk_through(harness)
        for secret in harness.secrets:
            assert secret not in caplog.text


def walk_through(harness: Harness) -> None:
    """Use every method once, and every fault."""
    harness.connector.verify()
    mention = one_mention(harness)
    harness.connector.lookup(mention.ref)
    for break_it, expected in harness.read_faults.values():
        break_it()
        with pytest.raises(expected):
            drain(harness)
    for name, lose_it in harness.lost_answers.items():
        other = one_mention(harness)
        lose_it()
        with pytest.raises(OutcomeUnknown):
            harness.connector.reply(other, f"Thank you, {name}!")
    if harness.can_reply:
        harness.connector.reply(mention, "Thank you!")
        harness.connector.own_reply(mention)


def writes(harness: Harness) -> int | None:
    return harness.writes() if harness.writes is not None else None


def assert_fit_for_a_person(error: ConnectorError, harness: Harness) -> None:
    assert type(error).__module__ == "engagebot.errors"
    assert str(error).strip()
    assert "Traceback" not in str(error)
    for secret in harness.secrets:
        assert secret not in str(error) + repr(error)


def assert_plain(value: object) -> None:
    """No object of a platform's library crosses the border."""
    if is_dataclass(value) and not isinstance(value, type):
        assert type(value).__module__.startswith("engagebot.")
        for each in fields(value):
            assert_plain(getattr(value, each.name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            assert type(key) is str
            assert_plain(item)
    elif isinstance(value, (list, tuple)):
        assert not hasattr(value, "_fields") or type(value).__module__.startswith("engagebot.")
        for item in value:
            assert_plain(item)
    elif isinstance(value, Enum):
        assert type(value).__module__.startswith("engagebot.")
    else:
        assert type(value) in PLAIN, f"{type(value)} crosses the border"
