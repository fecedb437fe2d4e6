import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from connectors.demo import open_connector
from connectors.demo.connector import DemoConnector
from connectors.demo.stories import load_stories, parse_offset
from engagebot.domain.mention import Kind, Mention, MentionRef, Route
from engagebot.errors import Refused, TargetGone, WatchInvalid
from engagebot.ports import ComposesByHand, Cursor, MeasuresText, RoutesReplies, Watch

START = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WATCH = Watch(name="demo", connector="demo", kind="stories", every=timedelta(seconds=10))


class HandClock:
    def __init__(self, now: datetime = START) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


def opened(clock: HandClock) -> DemoConnector:
    connector = open_connector({}, clock)
    assert isinstance(connector, DemoConnector)
    return connector


def pull_all(connector: DemoConnector, cursor: Cursor | None = None) -> tuple[list[Mention], Cursor]:
    mentions: list[Mention] = []
    while True:
        page = connector.pull(WATCH, cursor)
        mentions += page.mentions
        cursor = page.cursor
        if not page.has_more:
            return mentions, cursor


def told(connector: DemoConnector, slug: str) -> Mention:
    mention = connector.lookup(MentionRef("demo", f"{slug}-{int(START.timestamp())}"))
    assert mention is not None
    return mention


def test_first_run_brings_three_weeks_of_talk_in_pages() -> None:
    connector = opened(HandClock())

    assert connector.pull(WATCH, None).has_more
    mentions, _ = pull_all(connector)

    assert 70 <= len(mentions) <= 100
    assert mentions == sorted(mentions, key=lambda mention: mention.posted_at)
    assert START - 21 * DAY < mentions[0].posted_at < START - 20 * DAY
    assert mentions[-1].posted_at <= START
    assert sum(mention.posted_at >= START - DAY for mention in mentions) >= 30
    assert len({mention.ref for mention in mentions}) == len(mentions)


def test_new_posts_arrive_while_the_clock_goes_on() -> None:
    clock = HandClock()
    connector = opened(clock)
    _, cursor = pull_all(connector)
    arrived = []
    for _ in range(30):
        clock.time += timedelta(seconds=20)
        mentions, cursor = pull_all(connector, cursor)
        arrived.append(len(mentions))

    assert arrived == [1] * 30
    clock.time += DAY
    assert pull_all(connector, cursor)[0] == []


def test_site_that_is_started_again_goes_on_where_it_was() -> None:
    clock = HandClock()
    first, cursor = pull_all(opened(clock))
    clock.time += timedelta(minutes=1)

    more, _ = pull_all(opened(clock), cursor)

    assert [mention.posted_at - START for mention in more] == [timedelta(seconds=s) for s in (20, 40, 60)]
    again = opened(clock).lookup(first[0].ref)
    assert again == first[0]


def test_same_moment_tells_the_same_stories() -> None:
    assert pull_all(opened(HandClock())) == pull_all(opened(HandClock()))


def test_people_come_back() -> None:
    mentions, _ = pull_all(opened(HandClock()))
    counts = Counter(mention.author.handle for mention in mentions if mention.author)

    assert counts["maple_fan_demo"] >= 5
    assert sum(count >= 3 for count in counts.values()) >= 8
    assert all(handle.endswith("_demo") for handle in counts)


def test_stories_hold_together() -> None:
    stories = load_stories()
    slugs = [story.slug for story in stories]
    when = {story.slug: story.at for story in stories}

    assert len(set(slugs)) == len(slugs)
    for story in stories:
        assert story.answers is None or when[story.answers] < story.at
        assert story.gone_at is None or story.gone_at > timedelta(0)
        assert story.by.looks_like in {"x", "reddit"}
        assert story.by.looks_like == "reddit" or len(story.text) <= 280


def test_threads_point_to_their_first_post() -> None:
    connector = opened(HandClock())
    answer, question = told(connector, "town-2"), told(connector, "town-1")

    assert answer.parent_native_id == answer.conversation_id == question.ref.native_id
    assert question.conversation_id == question.ref.native_id
    assert (answer.kind, question.kind) == (Kind.COMMENT, Kind.POST)


@pytest.mark.parametrize(
    ("slug", "route"),
    [
        pytest.param("modem-5", Route.API, id="names us"),
        pytest.param("knit-2", Route.BY_HAND, id="untagged"),
        pytest.param("garden-2", Route.API, id="open thread"),
        pytest.param("bench-2", Route.BLOCKED, id="locked thread"),
    ],
)
def test_every_badge_is_there(slug: str, route: Route) -> None:
    connector = opened(HandClock())
    mention = told(connector, slug)

    assert connector.reply_route(mention).route is route
    if route is not Route.API:
        with pytest.raises(Refused) as raised:
            connector.reply(mention, "Thank you!")
        assert raised.value.by_hand is (route is Route.BY_HAND)
        assert connector.own_reply(mention) is None


def test_reply_is_kept_once() -> None:
    clock = HandClock()
    connector = opened(clock)
    mention = told(connector, "modem-5")
    first = connector.reply(mention, "Sorry!")
    clock.time += timedelta(seconds=5)

    assert connector.reply(mention, "Sorry again!") == first
    assert connector.own_reply(mention) == first


def test_too_long_reply_is_refused() -> None:
    connector = opened(HandClock())

    with pytest.raises(Refused, match="280"):
        connector.reply(told(connector, "modem-5"), "x" * 281)


def test_deleted_post_is_gone() -> None:
    clock = HandClock()
    connector = opened(clock)
    mention = told(connector, "gone-1")
    clock.time += timedelta(minutes=5)

    assert connector.lookup(mention.ref) is None
    with pytest.raises(TargetGone):
        connector.reply(mention, "Thank you!")


def test_post_of_the_future_cannot_be_looked_up() -> None:
    connector = opened(HandClock())

    assert connector.lookup(MentionRef("demo", f"live-01-{int(START.timestamp())}")) is None


@pytest.mark.parametrize("native_id", ["", "modem-5", "modem-5-x", "nobody-1", "modem-5-99999999999", "-²"])
def test_unknown_id_is_not_found(native_id: str) -> None:
    assert opened(HandClock()).lookup(MentionRef("demo", native_id)) is None


@pytest.mark.parametrize("cursor", ["", "7", "{}", '{"start": "x", "position": 1}', json.dumps({"start": 1})])
def test_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(WatchInvalid, match="demo"):
        opened(HandClock()).pull(WATCH, Cursor(cursor))


def test_unknown_option_is_refused() -> None:
    with pytest.raises(ValueError, match="colour"):
        open_connector({"colour": "red"}, HandClock())
    with pytest.raises(ValueError, match="handle"):
        open_connector({"handle": 7}, HandClock())


def test_handle_is_ours_to_choose() -> None:
    assert open_connector({"handle": "acme_help"}, HandClock()).verify().handle == "acme_help"


def test_connector_has_the_optional_abilities() -> None:
    connector = opened(HandClock())

    assert isinstance(connector, RoutesReplies)
    assert isinstance(connector, ComposesByHand)
    assert isinstance(connector, MeasuresText)
    assert connector.length("e\u0301") == 1


def test_offset_needs_a_sign() -> None:
    assert parse_offset("-2d 3h") == -timedelta(days=2, hours=3)
    with pytest.raises(ValueError, match="must begin"):
        parse_offset("2d")
