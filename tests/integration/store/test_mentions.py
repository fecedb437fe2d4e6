"""Mentions are stored once each, whatever a platform repeats, and every stranger's letter survives."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from engagebot.domain.actions import Outcome
from engagebot.domain.heard.correction import Correction
from engagebot.domain.judgement import Cue, Intent, Judgement, Sentiment
from engagebot.domain.mention import Author, Engagement, Kind, Mention, MentionRef, MentionState, Route
from engagebot.errors import NotFound, WrongUsage
from engagebot.store import tables
from engagebot.store.engine import Store
from engagebot.store.heard import looking, mentions
from engagebot.store.heard.mentions import MentionFilter
from engagebot.store.persons import customers
from tests.factories import BY_HAND, hear, id_of, incoming, make_author, make_mention
from tests.fakes import NOON

FULL = Mention(
    ref=MentionRef("fake", "42"),
    kind=Kind.REPLY,
    text="Hé 👋🏽\n\tstill dead",
    posted_at=NOON - timedelta(milliseconds=1),
    author=Author(
        handle="maple_fan_demo",
        native_id="u-1",
        name="Maple Fan",
        url="https://fake.example/u/maple_fan_demo",
        followers=12,
        created_at=datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC),
        is_verified=False,
    ),
    url="https://fake.example/42",
    title="My modem",
    lang="en",
    parent_native_id="41",
    conversation_id="40",
    community="r/acme_demo",
    addressed_to_us=False,
    engagement=Engagement(likes=0, replies=3, score=-7),
    platform={"is_locked": False, "depth": 2, "path": ["a", None]},
)


def contacts(store: Store) -> dict[str, int]:
    with store.read() as tx:
        return {found.handle: found.contacts for found in customers.page(tx).items}


def count(store: Store) -> int:
    with store.read() as tx:
        found: int = tx.execute(sa.select(sa.func.count()).select_from(tables.mentions)).scalar_one()
    return found


def test_a_mention_comes_back_as_it_was_heard(store: Store) -> None:
    hear(store, FULL, route=BY_HAND, is_history=True)
    with store.read() as tx:
        found = mentions.find(tx, FULL.ref)
    assert found is not None
    assert found.mention == FULL
    assert (found.reply_route, found.is_history, found.watch) == (BY_HAND, True, "talk")
    assert (found.state, found.fetched_at, found.judgement) == (MentionState.NEW, NOON, None)


def test_what_nobody_knows_stays_unknown(store: Store) -> None:
    bare = Mention(ref=MentionRef("fake", "1"), kind=Kind.POST, text="", posted_at=NOON)
    hear(store, bare)
    with store.read() as tx:
        found = mentions.find(tx, bare.ref)
    assert found is not None
    assert found.mention == bare
    assert found.customer_id is None


def test_the_same_page_twice_is_stored_once(store: Store) -> None:
    page = [make_mention(str(number)) for number in range(5)]
    assert hear(store, *page) == 5
    assert hear(store, *page, make_mention("5")) == 1
    assert count(store) == 6
    assert contacts(store) == {"maple_fan_demo": 6}


def test_a_page_that_repeats_itself_is_stored_once(store: Store) -> None:
    assert hear(store, make_mention("1", "first"), make_mention("1", "second"), make_mention("2")) == 2
    with store.read() as tx:
        found = mentions.get(tx, id_of(tx, "1"))
    assert found.mention.text == "first"
    assert contacts(store) == {"maple_fan_demo": 2}


def test_two_sources_may_use_the_same_id(store: Store) -> None:
    other = make_mention(ref=MentionRef("yelp", "1"))
    assert hear(store, make_mention("1"), other) == 2
    assert hear(store, make_mention("1"), other) == 0
    with store.read() as tx:
        assert id_of(tx, "1") != id_of(tx, "1", source="yelp")
        assert {found.source for found in customers.page(tx).items} == {"fake", "yelp"}
        assert looking.sources(tx) == ["fake", "yelp"]


def test_nothing_is_nothing(store: Store) -> None:
    assert hear(store) == 0
    with store.read() as tx:
        assert looking.sources(tx) == []
        assert mentions.get_many(tx, []) == {}
        assert mentions.waiting(tx, 10) == []


def test_our_own_posts_make_no_customer(store: Store) -> None:
    with store.write() as tx:
        item = incoming(make_mention("1"))._replace(is_customer=False)
        assert mentions.save(tx, [item], watch=None, fetched_at=NOON) == 1
    assert contacts(store) == {}


def test_more_mentions_than_fit_one_question_are_stored(store: Store) -> None:
    page = [
        make_mention(str(number), author=make_author(f"fan_{number % 700}_demo")) for number in range(1300)
    ]
    assert hear(store, *page) == 1300
    assert hear(store, *page) == 0
    with store.read() as tx:
        waiting = mentions.waiting(tx, 5000)
        assert len(waiting) == 1300
        owners = tx.execute(sa.select(tables.customers.c.id)).scalars().all()
        known = customers.get_many(tx, owners)
        assert Counter(found.contacts for found in known.values()) == {2: 600, 1: 100}
        times = customers.contact_times(tx, owners, since=NOON - timedelta(days=1), until=NOON)
        assert sum(map(len, times.values())) == 1300
    with store.write() as tx:
        assert mentions.still_waiting(tx, waiting) == {found.id for found in waiting}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("nul \x00 here", "nul \ufffd here", id="NUL"),
        pytest.param("lone \ud83d half", "lone \ufffd half", id="lone surrogate"),
        pytest.param("both \x00\udc00 é", "both \ufffd\ufffd é", id="both"),
        pytest.param(
            "\u202eright to left\u2066 \x1b[31m", "\u202eright to left\u2066 \x1b[31m", id="controls"
        ),
        pytest.param("👩‍👩‍👧 e\u0301 é ﬁ ∀x", "👩‍👩‍👧 e\u0301 é ﬁ ∀x", id="as they are"),
        pytest.param("%s %(x)s :name ? {}", "%s %(x)s :name ? {}", id="parameters"),
    ],
)
def test_every_letter_survives_or_is_replaced_visibly(store: Store, written: str, read: str) -> None:
    odd = FULL._replace(
        ref=MentionRef("fake", written),
        text=written,
        title=written,
        lang=written,
        url=written,
        parent_native_id=written,
        conversation_id=written,
        community=written,
        author=make_author(written, native_id=written, name=written, url=written),
        platform={written: written},
    )
    assert hear(store, odd) == 1
    assert hear(store, odd) == 0
    with store.read() as tx:
        (found,) = mentions.waiting(tx, 10)
        mention = found.mention
        for field in ("text", "title", "lang", "url", "parent_native_id", "conversation_id", "community"):
            assert getattr(mention, field) == read, field
        assert mention.ref.native_id == read
        # JSON holds U+0000 as an escape; half of a pair it cannot hold either.
        kept = re.sub("[\ud800-\udfff]", "\ufffd", written)
        assert mention.platform == {kept: kept}
        assert found.customer_id is not None
        customer = customers.get(tx, found.customer_id)
    assert (customer.handle, customer.name, customer.url, customer.contacts) == (read, read, read, 1)


def test_two_ids_that_are_stored_alike_are_one(store: Store) -> None:
    assert hear(store, make_mention("a\x00"), make_mention("a\ufffd"), make_mention("a\ud800")) == 1
    assert contacts(store) == {"maple_fan_demo": 1}


def test_a_list_visits_each_mention_once_though_all_are_of_one_moment(store: Store) -> None:
    hear(store, *[make_mention(str(number), posted_at=NOON) for number in range(10)])
    hear(store, *[make_mention(str(number), posted_at=NOON - timedelta(hours=1)) for number in range(10, 13)])
    found: list[str] = []
    cursor: str | None = None
    while True:
        with store.read() as tx:
            page = mentions.page(tx, limit=4, cursor=cursor)
        found += [each.mention.ref.native_id for each in page.items]
        hear(store, make_mention(f"new-{len(found)}", posted_at=NOON + timedelta(hours=1)))
        if (cursor := page.cursor) is None:
            break
    assert found == [str(number) for number in (*range(9, -1, -1), 12, 11, 10)]


@pytest.mark.parametrize(
    "cursor", ["", "x", "1", "1-x", "x-1", "99999999999999999999-1", "1-99999999999999999999", "1-1e3", "--"]
)
def test_a_cursor_that_is_not_ours_is_refused(store: Store, cursor: str) -> None:
    lists: list[Callable[[sa.Connection], object]] = [
        lambda tx: mentions.page(tx, cursor=cursor),
        lambda tx: customers.page(tx, cursor=cursor),
    ]
    for ask in lists:
        with store.read() as tx, pytest.raises(WrongUsage, match="is not a cursor"):
            ask(tx)


def judged(sentiment: Sentiment = Sentiment.NEGATIVE) -> Judgement:
    return Judgement(
        compound=-0.5,
        sentiment=sentiment,
        version="vader-1",
        unhappiness=0.25,
        intents=(Intent.BUG, Intent.CHURN),
        language="en",
        cues=(Cue(name="negation", text="not", start=1, end=4, weight=-0.74),),
    )


def test_a_judgement_comes_back_with_its_cues(store: Store) -> None:
    hear(store, make_mention("1"), make_mention("2"), make_mention("3"))
    with store.write() as tx:
        first, second = id_of(tx, "1"), id_of(tx, "2")
        plain = Judgement(compound=0.0, sentiment=Sentiment.UNKNOWN, version="vader-1")
        mentions.mark_decided(
            tx,
            [(first, judged(), Outcome.ESCALATED, ["late", "modem"]), (second, plain, Outcome.UNTOUCHED, [])],
        )
        mentions.mark_decided(tx, [])
    with store.write() as tx:
        found = mentions.get_many(tx, [first, second])
        assert (found[first].judgement, found[second].judgement) == (judged(), plain)
        assert (found[first].outcome, found[first].tags) == (Outcome.ESCALATED, ("late", "modem"))
        assert (found[second].outcome, found[second].tags) == (Outcome.UNTOUCHED, ())
        assert [waiting.mention.ref.native_id for waiting in mentions.waiting(tx, 10)] == ["3"]
        third = mentions.get(tx, id_of(tx, "3"))
        assert mentions.still_waiting(tx, [*found.values(), third]) == {third.id}
        word = Correction(sentiment=Sentiment.NEUTRAL, intents=(), is_unhappy=False)
        mentions.correct(tx, first, judged(Sentiment.NEUTRAL), word)
        corrected = mentions.get(tx, first)
        assert (corrected.judgement, corrected.correction) == (judged(Sentiment.NEUTRAL), word)
        mentions.correct(tx, first, judged(Sentiment.NEUTRAL), Correction())
        assert mentions.get(tx, first).correction == Correction()


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (MentionFilter(), {"1", "2", "3"}),
        (MentionFilter(source="yelp"), {"3"}),
        (MentionFilter(sentiment="negative"), {"1"}),
        (MentionFilter(outcome="escalated"), {"1"}),
        (MentionFilter(state="new"), {"2", "3"}),
        (MentionFilter(watch="talk", state="decided"), {"1"}),
        (MentionFilter(watch="other"), set()),
        (MentionFilter(customer_id=4711), set()),
    ],
)
def test_a_list_shows_what_was_asked_for(store: Store, only: MentionFilter, expected: set[str]) -> None:
    hear(store, make_mention("1"), make_mention("2"), make_mention(ref=MentionRef("yelp", "3")))
    with store.write() as tx:
        mentions.mark_decided(tx, [(id_of(tx, "1"), judged(), Outcome.ESCALATED, [])])
    with store.read() as tx:
        assert {each.mention.ref.native_id for each in mentions.page(tx, only=only).items} == expected


def test_a_conversation_is_told_oldest_first_without_the_mention_itself(store: Store) -> None:
    at = NOON - timedelta(hours=1)
    hear(
        store,
        make_mention("2", conversation_id="c", posted_at=at + timedelta(minutes=2)),
        make_mention("1", conversation_id="c", posted_at=at + timedelta(minutes=1)),
        make_mention("3", conversation_id="c", posted_at=at + timedelta(minutes=3)),
        make_mention("4", conversation_id="d"),
        make_mention(ref=MentionRef("yelp", "5"), conversation_id="c"),
        make_mention("6"),
    )
    with store.read() as tx:
        around = mentions.conversation(tx, mentions.get(tx, id_of(tx, "2")))
        assert [each.mention.ref.native_id for each in around] == ["1", "3"]
        assert mentions.conversation(tx, mentions.get(tx, id_of(tx, "6"))) == []


def test_no_mention_is_not_found(store: Store) -> None:
    with store.read() as tx:
        assert mentions.find(tx, MentionRef("fake", "1")) is None
        with pytest.raises(NotFound, match="no mention 1"):
            mentions.get(tx, 1)
        with pytest.raises(NotFound, match="no customer 1"):
            customers.get(tx, 1)


def test_a_customer_keeps_the_newest_name_and_the_whole_span(store: Store) -> None:
    day = timedelta(days=1)
    hear(store, make_mention("1", posted_at=NOON, author=make_author(native_id="7", name="New Name")))
    hear(
        store,
        make_mention("2", posted_at=NOON - 2 * day, author=make_author(native_id="7", name=None)),
        make_mention("3", posted_at=NOON - 3 * day, author=make_author(native_id="7", name="Old Name")),
    )
    with store.read() as tx:
        (found,) = customers.page(tx).items
    assert (found.first_seen_at, found.last_seen_at, found.contacts) == (NOON - 3 * day, NOON, 3)
    assert found.name == "New Name"


def test_an_account_is_known_by_its_id_else_by_its_handle(store: Store) -> None:
    hear(
        store,
        make_mention("1", author=Author(handle="Maple_Fan_Demo")),
        make_mention("2", author=Author(handle="maple_fan_demo")),
        make_mention("3", author=Author(handle="renamed_demo", native_id="7")),
        make_mention("4", author=Author(handle="renamed_again_demo", native_id="7")),
        make_mention("5", author=None),
    )
    with store.read() as tx:
        assert sorted(found.contacts for found in customers.page(tx).items) == [2, 2]


def test_customers_page_once_each_though_all_spoke_at_one_moment(store: Store) -> None:
    hear(
        store, *[make_mention(str(n), posted_at=NOON, author=make_author(f"fan_{n}_demo")) for n in range(7)]
    )
    seen: list[int] = []
    cursor: str | None = None
    with store.read() as tx:
        while True:
            page = customers.page(tx, limit=3, cursor=cursor)
            seen += [found.id for found in page.items]
            if (cursor := page.cursor) is None:
                break
    assert sorted(seen, reverse=True) == seen
    assert len(seen) == 7


@pytest.mark.parametrize("with_authors", [True, False])
def test_two_workers_with_overlapping_pages_store_each_mention_once(store: Store, with_authors: bool) -> None:
    made = [
        make_mention(
            str(number),
            posted_at=NOON - timedelta(seconds=1000 - number),
            author=make_author(f"fan_{number % 5}_demo") if with_authors else None,
        )
        for number in range(60)
    ]
    # The second worker reads the other way round, as a search that is not sorted may.
    pages = {"one": [made[n : n + 20] for n in range(0, 60, 10)]}
    pages["two"] = [list(reversed(page)) for page in reversed(pages["one"])]
    start = threading.Barrier(2)
    added: Counter[str] = Counter()
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            start.wait(10)
            for page in pages[name]:
                added[name] += hear(store, *page)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert added["one"] + added["two"] == 60 == count(store)
    if with_authors:
        assert contacts(store) == {f"fan_{number}_demo": 12 for number in range(5)}


def test_a_blocked_route_keeps_its_reason(store: Store) -> None:
    with store.write() as tx:
        blocked = replace(BY_HAND, route=Route.BLOCKED, reason="locked \x00 thread")
        mentions.save(tx, [incoming(make_mention("1"), route=blocked)], watch=None, fetched_at=NOON)
        found = mentions.get(tx, id_of(tx, "1"))
    assert (found.reply_route.route, found.reply_route.reason) == (Route.BLOCKED, "locked \ufffd thread")


def test_workers_that_read_one_page_in_two_orders_do_not_block_each_other(store: Store) -> None:
    page = [
        make_mention(str(number), posted_at=NOON - timedelta(seconds=number), author=None)
        for number in range(600)
    ]
    start = threading.Barrier(2)
    added: list[int] = []

    def work(orders: list[Mention]) -> None:
        start.wait(10)
        added.append(hear(store, *orders))

    threads = [threading.Thread(target=work, args=(order,)) for order in (page, list(reversed(page)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(added) == 600 == count(store)
