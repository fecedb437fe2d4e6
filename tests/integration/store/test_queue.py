"""The queue's list: order, filters, pages, counts, places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engagebot.domain.desk.searching import EVERYTHING, parse
from engagebot.domain.desk.urgency import Lane, urgency_of
from engagebot.domain.heard.correction import Correction
from engagebot.domain.judgement import Intent, Judgement, Sentiment
from engagebot.domain.mention import Author, Mention, MentionRef
from engagebot.domain.outbox import DRAFT_OPEN, DraftState
from engagebot.errors import WrongUsage
from engagebot.store import tables
from engagebot.store.desk import queue
from engagebot.store.desk.queue import Beside, Position, QueueFilter
from engagebot.store.desk.queue_order import Sort
from engagebot.store.engine import Store
from engagebot.store.heard import mentions
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import NewDraft
from tests.factories import API, BY_HAND, hear, id_of, make_author, make_mention
from tests.fakes import NOON

S = DraftState
HOUR = timedelta(hours=1)


@dataclass
class Line:
    """A queue in which drafts are put by the name of their mention."""

    store: Store
    names: dict[int, str] = field(default_factory=dict)

    def put(
        self,
        name: str,
        sentiment: Sentiment = Sentiment.NEUTRAL,
        *,
        unhappiness: float | None = None,
        ago: timedelta = HOUR,
        answer_in: timedelta | None = None,
        intents: Sequence[Intent] = (),
        state: DraftState = S.PROPOSED,
        text: str = "Thank you!",
        values: dict[str, Any] | None = None,
        heard: dict[str, Any] | None = None,
        **over: Any,
    ) -> int:
        author = over.pop("author", make_author(f"{name}_demo"))
        mention = make_mention(name, **{"posted_at": NOON - ago, "author": author, **over})
        judgement = Judgement(
            compound=0.0, sentiment=sentiment, version="v", unhappiness=unhappiness, intents=tuple(intents)
        )
        hear(self.store, mention)
        with self.store.write() as tx:
            draft_id = self._propose(tx, name, mention, judgement, text, answer_in)
            change = {"state": state.value, **(values or {})}
            tx.execute(sa.update(tables.drafts).where(tables.drafts.c.id == draft_id).values(**change))
            if heard:
                is_it = tables.mentions.c.native_id == name
                tx.execute(sa.update(tables.mentions).where(is_it).values(**heard))
        self.names[draft_id] = name
        return draft_id

    def _propose(
        self, tx: Any, name: str, mention: Mention, judgement: Judgement, text: str, due: timedelta | None
    ) -> int:
        record = mentions.find(tx, MentionRef("fake", name))
        assert record is not None
        mentions.correct(tx, record.id, judgement, Correction())
        new = NewDraft(
            mention_id=record.id,
            customer_id=record.customer_id,
            rule_id="say-thanks",
            source="fake",
            conversation_id=None,
            text=text,
            missing=(),
            reply_route=API,
            is_proactive=False,
            said_at=mention.posted_at,
            urgency=urgency_of(mention, judgement),
            answer_by=None if due is None else NOON + due,
        )
        draft_id = drafts.propose(tx, new, NOON)
        assert draft_id is not None
        return draft_id

    def shown(self, sort: Sort = Sort.DUE, **asked: Any) -> list[str]:
        with self.store.read() as tx:
            page = queue.page(tx, only(**asked), sort)
        assert [item.mention.mention.ref.native_id for item in page.items] == [
            self.names[item.draft.id] for item in page.items
        ]
        return [self.names[item.draft.id] for item in page.items]


def only(text: str = "", **over: Any) -> QueueFilter:
    parsed = parse(text)
    assert parsed.problems == ()
    return QueueFilter(**{"states": (S.PROPOSED, S.HELD), "now": NOON, "search": parsed.search, **over})


@pytest.fixture
def line(store: Store) -> Line:
    return Line(store)


UNHAPPY, FURIOUS, HAPPY = Sentiment.NEGATIVE, Sentiment.VERY_NEGATIVE, Sentiment.POSITIVE


def everybody(line: Line) -> None:
    """Ten people, praise first, so that no order comes about by itself."""
    line.put("praise-old", HAPPY, unhappiness=0.02, ago=9 * HOUR, author=reader("a", 900))
    line.put("praise-new", HAPPY, unhappiness=0.01, ago=HOUR)
    line.put("small", ago=3 * HOUR, unhappiness=0.2, author=reader("b", 40))
    line.put("asks", intents=[Intent.QUESTION], ago=2 * HOUR, unhappiness=0.3)
    line.put("unread", Sentiment.UNKNOWN, ago=4 * HOUR)
    line.put("sad-late", UNHAPPY, unhappiness=0.7, ago=5 * HOUR, answer_in=-HOUR, author=reader("c", 10))
    line.put("sad-soon", UNHAPPY, unhappiness=0.8, ago=6 * HOUR, answer_in=HOUR, author=reader("d", 70_000))
    line.put("sad", UNHAPPY, unhappiness=0.6, ago=8 * HOUR, author=reader("e", 50))
    line.put("furious", FURIOUS, unhappiness=0.95, ago=HOUR / 2, author=reader("f", 5))
    line.put("furious-due", FURIOUS, unhappiness=0.9, ago=HOUR / 3, answer_in=5 * HOUR)


def reader(name: str, followers: int) -> Author:
    return make_author(f"{name}_demo", followers=followers)


IN_ORDER = {
    Sort.DUE: "furious-due furious sad-late sad-soon sad unread asks praise-old praise-new small",
    Sort.WAITING: "praise-old sad sad-soon sad-late unread small asks praise-new furious furious-due",
    Sort.FEELING: "furious furious-due sad-soon sad-late sad asks unread praise-old praise-new small",
    Sort.REACH: "sad-late sad-soon praise-old sad small furious unread asks praise-new furious-due",
    Sort.NEWEST: "furious-due furious praise-new asks small unread sad-late sad-soon sad praise-old",
}


@pytest.mark.parametrize("sort", list(Sort))
def test_each_order_pages_once_through_everybody(line: Line, sort: Sort) -> None:
    everybody(line)
    found: list[str] = []
    cursor = None
    with line.store.read() as tx:
        while True:
            page = queue.page(tx, only(), sort, limit=3, cursor=cursor)
            found += [line.names[item.draft.id] for item in page.items]
            if (cursor := page.cursor) is None:
                break
        assert [line.names[each] for each in queue.ids(tx, only(), sort)] == found
    assert found == IN_ORDER[sort].split()


def test_no_praise_stands_above_an_unhappy_person(line: Line) -> None:
    for number in range(12):
        line.put(f"praise-{number}", HAPPY, ago=(20 - number) * HOUR)
    line.put("furious", FURIOUS, ago=HOUR)
    assert line.shown()[0] == "furious"


def test_who_should_have_heard_from_us_stands_above_any_reach(line: Line) -> None:
    line.put("few", UNHAPPY, author=reader("a", 40))
    line.put("many", UNHAPPY, author=reader("b", 400_000))
    line.put("late", UNHAPPY, author=reader("c", 1), answer_in=-HOUR)
    assert line.shown(Sort.REACH) == ["late", "many", "few"]


@pytest.mark.parametrize("sort", list(Sort))
def test_places_and_neighbours_follow_the_order(line: Line, sort: Sort) -> None:
    everybody(line)
    order = IN_ORDER[sort].split()
    by_name = {name: draft_id for draft_id, name in line.names.items()}
    with line.store.read() as tx:
        for at, name in enumerate(order):
            assert queue.position(tx, only(), sort, by_name[name]) == Position(at + 1, 10)
            around = queue.beside(tx, only(), sort, by_name[name])
            assert around.previous == (by_name[order[at - 1]] if at else None)
            assert around.next == (by_name[order[at + 1]] if at < 9 else None)
            assert queue.around(tx, only(), sort, by_name[name]) == ((at + 1, 10), around)


def test_a_draft_that_left_keeps_its_neighbours(line: Line) -> None:
    first, gone, last = (line.put(name, ago=ago * HOUR) for name, ago in (("a", 3), ("b", 2), ("c", 1)))
    with line.store.write() as tx:
        tx.execute(sa.update(tables.drafts).where(tables.drafts.c.id == gone).values(state="approved"))
    with line.store.read() as tx:
        assert queue.beside(tx, only(), Sort.DUE, gone) == Beside(first, last)
        assert queue.position(tx, only(), Sort.DUE, gone) == Position(None, 2)
        assert queue.beside(tx, only(), Sort.DUE, 4711) == Beside(None, None)
        assert queue.around(tx, only(), Sort.DUE, gone) == ((None, 2), (first, last))


@pytest.mark.parametrize("cursor", ["", "1-2", "newest_1_2", "due_1_2", "due_a_2_3_4", f"due_{2**70}_1_1_1"])
def test_a_cursor_of_another_list_is_refused(store: Store, cursor: str) -> None:
    with store.read() as tx, pytest.raises(WrongUsage, match="cursor"):
        queue.page(tx, only(), Sort.DUE, cursor=cursor)


FOUND = {
    "feeling:unhappy": "angry late",
    "feeling:very_unhappy": "angry",
    "-feeling:unhappy": "kind quiet",
    "feeling:happy": "kind",
    "feeling:happy feeling:very_unhappy": "angry kind",
    "platform:fake": "angry late kind quiet",
    "platform:yelp": "",
    "rule:thanks": "angry late kind quiet",
    "rule:refund": "",
    "older:2h": "angry",
    "newer:2h": "late kind quiet",
    "mine": "late",
    "by:jo_demo": "kind",
    "nobody": "angry quiet",
    "mine nobody": "angry late quiet",
    "-mine": "angry kind quiet",
    "author:QUIET_demo": "quiet",
    "author:@quiet_demo": "quiet",
    "in:Acme": "angry",
    "in:r/acme": "angry",
    "lang:de": "quiet",
    "intent:churn": "angry",
    "-intent:churn": "late kind quiet",
    "tag:vip": "kind",
    "route:by_hand": "kind",
    "is:overdue": "late",
    "is:open": "angry late kind quiet",
    "is:history": "",
    "watch:talk": "angry late kind quiet",
    "modem": "angry",
    "MODEM dead": "angry",
    "modem -dead": "",
    '"is dead again"': "angry",
    "thank": "late kind quiet",
    "größe": "quiet",
    "GRÖSSE": "",
    "100%": "late",
    "a_b": "",
    "https://fake.example/angry": "angry",
    "feeling:unhappy is:overdue": "late",
}


def test_a_search_finds_what_it_names(line: Line) -> None:
    line.put(
        "angry", FURIOUS, ago=3 * HOUR, intents=[Intent.CHURN], text="Sorry!", community="acme",
        heard={"language": "en"},
    )  # fmt: skip
    line.put("late", UNHAPPY, answer_in=-HOUR, values={"assignee": "me_demo"}, heard={"text": "100% of axb"})
    line.put(
        "kind", HAPPY, values={"assignee": "jo_demo", "reply_route": BY_HAND.route.value},
        heard={"tags": ["vip"], "text": "love"},
    )  # fmt: skip
    line.put("quiet", heard={"language": "de", "text": "Die Größe passt"})
    for text, expected in FOUND.items():
        shown = line.shown(Sort.WAITING, text=text, me="me_demo")
        assert sorted(shown) == sorted(expected.split()), text


def test_a_number_finds_a_draft_or_its_mention(line: Line) -> None:
    line.put("a")
    wanted = line.put("b")
    with line.store.read() as tx:
        mention_id = id_of(tx, "b")
    assert "b" in line.shown(text=f"#{wanted}")
    assert "b" in line.shown(text=f"#{mention_id}")


def test_lanes_and_sleep_part_the_queue_and_the_counts_say_so(line: Line) -> None:
    line.put("furious", FURIOUS)
    line.put("asks", intents=[Intent.QUESTION], values={"snoozed_until": NOON + HOUR})
    line.put("kind", HAPPY, values={"snoozed_until": NOON})
    line.put("held", HAPPY, state=S.HELD)
    line.put("sent", HAPPY, state=S.SENT)
    lists = {
        "all": only(),
        "unhappy": only(lanes=(Lane.UNHAPPY,)),
        "to answer": only(lanes=(Lane.TO_ANSWER,)),
        "kind": only(lanes=(Lane.APPRECIATION,)),
        "asleep": only(is_snoozed=True),
        "either": only(is_snoozed=None),
        "ended": only(states=(S.SENT, S.REJECTED), is_snoozed=None),
        "late": only("is:overdue"),
        "thanks": only("thank"),
    }
    expected = {
        "all": 3, "unhappy": 1, "to answer": 0, "kind": 2, "asleep": 1, "either": 4, "ended": 1, "late": 0,
        "thanks": 3,
    }  # fmt: skip
    with line.store.read() as tx:
        assert queue.counts_by_lane(tx, lists) == expected
        assert {name: queue.count(tx, each) for name, each in lists.items()} == expected
        assert {name: len(queue.page(tx, each).items) for name, each in lists.items()} == expected


def test_no_count_goes_through_all_of_history(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "COUNTED", 3)
    for number in range(5):
        line.put(f"sent-{number}", state=S.SENT)
    ended = only(states=(S.SENT, S.REJECTED), is_snoozed=None)
    with line.store.read() as tx:
        assert queue.count(tx, ended) == 3
        assert queue.counts_by_lane(tx, {"ended": ended}) == {"ended": 3}
        order = queue.ids(tx, ended, Sort.NEWEST)
        for at, draft_id in enumerate(order):
            place, total = queue.position(tx, ended, Sort.NEWEST, draft_id)
            assert (place, total) == (at + 1 if at < 3 else None, 3)
            near = queue.around(tx, ended, Sort.NEWEST, draft_id)
            assert near == ((place, total), queue.beside(tx, ended, Sort.NEWEST, draft_id))


def test_only_the_newest_of_what_ended_are_looked_through(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "LOOKED_THROUGH", 4)
    for number in range(9):
        state = S.SENT if number % 2 else S.REJECTED
        line.put(f"old-{number}", FURIOUS if number == 8 else HAPPY, ago=number * HOUR, state=state)
    ended: dict[str, Any] = {"states": (S.SENT, S.REJECTED), "is_snoozed": None}
    assert line.shown(Sort.NEWEST, **ended) == [f"old-{number}" for number in range(9)]
    found: list[str] = []
    looked: list[datetime | None] = []
    cursor = None
    with line.store.read() as tx:
        best = queue.page(tx, only(**ended), Sort.DUE)
        while True:
            page = queue.page(tx, only("feeling:unhappy", **ended), Sort.NEWEST, cursor=cursor)
            found += [line.names[item.draft.id] for item in page.items]
            looked.append(page.looked_until)
            if (cursor := page.cursor) is None:
                break
    assert found == ["old-8"]
    assert looked[0] == NOON - 6 * HOUR
    assert looked[-1] is None
    assert "old-8" not in [line.names[item.draft.id] for item in best.items]
    assert best.looked_until == NOON - 6 * HOUR


def test_ended_drafts_page_newest_first(line: Line) -> None:
    for number in range(7):
        line.put(f"old-{number}", ago=number * HOUR, state=S.SENT if number % 3 else S.POSTED_BY_HAND)
    ended = only(states=(S.SENT, S.POSTED_BY_HAND), is_snoozed=None)
    assert ended.is_endless
    assert not only(states=tuple(DRAFT_OPEN)).is_endless
    found: list[str] = []
    cursor = None
    with line.store.read() as tx:
        while True:
            page = queue.page(tx, ended, Sort.NEWEST, limit=2, cursor=cursor)
            found += [line.names[item.draft.id] for item in page.items]
            if (cursor := page.cursor) is None:
                break
    assert found == [f"old-{number}" for number in range(7)]
    assert ended.search == EVERYTHING
