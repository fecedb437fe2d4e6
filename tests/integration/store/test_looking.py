"""Looking through mentions: by words, by number and by address, and never further than a page may take."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from engagebot.domain.desk.searching import parse
from engagebot.domain.mention import Mention, MentionRef
from engagebot.store import tables
from engagebot.store.engine import Store
from engagebot.store.heard import looking, mentions
from engagebot.store.heard.mentions import MentionFilter
from engagebot.store.heard.searched import Asker
from engagebot.store.replying.drafts import NewDraft, propose
from tests.factories import API, PLAIN, hear, id_of, make_author, make_mention
from tests.fakes import NOON

HOUR = timedelta(hours=1)
ASKER = Asker(NOON, "me_demo")


def put(store: Store, name: str, text: str = "the modem", *, ago: timedelta = HOUR, **over: object) -> None:
    author = make_author(f"{name}_demo")
    hear(store, make_mention(name, text, **{"posted_at": NOON - ago, "author": author, **over}))


def change(store: Store, name: str, **values: object) -> None:
    with store.write() as tx:
        is_it = tables.mentions.c.native_id == name
        tx.execute(sa.update(tables.mentions).where(is_it).values(**values))


def found(store: Store, text: str, only: MentionFilter | None = None) -> list[str]:
    parsed = parse(text)
    assert parsed.problems == ()
    with store.read() as tx:
        page = mentions.page(tx, only=only, search=parsed.search, asker=ASKER)
    return [each.mention.ref.native_id for each in page.items]


FOUND = {
    "": "sad kind odd old",
    "modem": "sad",
    "MODEM dead": "sad",
    "refund": "odd",
    "-modem": "kind odd old",
    "feeling:unhappy": "sad",
    "feeling:happy": "kind",
    "-feeling:unhappy": "kind odd old",
    "platform:fake": "sad kind odd old",
    "platform:x": "",
    "rule:thanks": "",
    "older:2h": "old",
    "newer:2h": "sad kind odd",
    "mine": "kind",
    "by:jo_demo": "",
    "nobody": "",
    "author:@old_demo": "old",
    "in:acme": "odd",
    "lang:de": "kind",
    "intent:churn": "sad",
    "tag:vip": "kind",
    "route:api": "sad kind odd old",
    "watch:talk": "sad kind odd old",
    "is:history": "old",
    "is:open": "sad kind odd",
    "is:overdue": "kind",
}


def test_a_search_finds_what_it_names(store: Store) -> None:
    put(store, "sad", "the Modem is dead")
    put(store, "kind", "so kind", ago=HOUR + HOUR / 9)
    put(store, "odd", "no", ago=HOUR + HOUR / 8, title="my refund", community="Acme")
    put(store, "old", "long ago", ago=3 * HOUR)
    change(store, "sad", sentiment="negative", intents=["churn"])
    change(store, "kind", sentiment="positive", language="de", tags=["vip"], state="decided")
    change(store, "old", is_history=True, state="decided")
    with store.write() as tx:
        propose(tx, new_draft(id_of(tx, "kind"), "me_demo", NOON - HOUR), NOON)
    for text, expected in FOUND.items():
        assert found(store, text) == expected.split(), text


def new_draft(mention_id: int, assignee: str, answer_by: datetime) -> NewDraft:
    return NewDraft(
        mention_id=mention_id, customer_id=None, rule_id="say-thanks", source="fake", conversation_id=None,
        text="Thank you!", missing=(), reply_route=API, is_proactive=False, said_at=NOON, urgency=PLAIN,
        assignee=assignee, answer_by=answer_by,
    )  # fmt: skip


def test_a_page_looks_a_bounded_way_back_and_goes_on_from_there(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "LOOKED_THROUGH", 4)
    for number in range(10):
        put(store, str(number), "needle" if number in {3, 8, 9} else "hay", ago=number * HOUR)
    search = parse("needle").search
    seen: list[list[str]] = []
    looked: list[datetime | None] = []
    cursor = None
    with store.read() as tx:
        while True:
            page = mentions.page(tx, limit=2, cursor=cursor, search=search, asker=ASKER)
            seen.append([each.mention.ref.native_id for each in page.items])
            looked.append(page.looked_until)
            if (cursor := page.cursor) is None:
                break
        everything = mentions.page(tx, limit=20)
    assert seen == [["3"], [], ["8", "9"]]
    assert looked == [NOON - 3 * HOUR, NOON - 7 * HOUR, None]
    assert (len(everything.items), everything.looked_until) == (10, None)


def test_a_number_or_an_author_is_found_however_long_ago(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "LOOKED_THROUGH", 2)
    for number in range(6):
        put(store, f"n{number}", ago=number * HOUR)
    with store.read() as tx:
        oldest = id_of(tx, "n5")
    assert found(store, f"#{oldest}") == ["n5"]
    assert found(store, f"#{oldest} modem") == ["n5"]
    assert found(store, f"#{oldest} nothing") == []
    assert found(store, "author:n5_demo") == ["n5"]
    assert found(store, "modem") == ["n0", "n1"]


POSTS = {
    "x 150": "https://x.example/maple_fan_demo/status/150",
    "x 151": "https://x.example/maple_fan_demo/status/151",
    "reddit t3_abc": "https://www.reddit.example/r/acme/comments/abc/my_box/",
    "reddit t1_def": "https://www.reddit.example/r/acme/comments/abc/my_box/def/",
    "hn 77": "https://news.example/item?id=77",
    "rss https://feed.example/77": "https://feed.example/77",
    "yelp 150": "https://yelp.example/biz/acme?hrid=150",
}
PASTED = {
    "https://x.example/maple_fan_demo/status/150": "x 150",
    "https://mobile.x.example/i/status/151?s=20": "x 151",
    "https://x.example/maple_fan_demo/status/150/photo/1": "x 150",
    "https://old.reddit.example/r/acme/comments/abc/": "reddit t3_abc",
    "https://reddit.example/r/acme/comments/abc/my_box/def/?context=3": "reddit t1_def",
    "https://news.example/item?id=77": "hn 77",
    "https://feed.example/77": "rss https://feed.example/77",
    "https://yelp.example/biz/acme?hrid=150": "yelp 150",
    "https://x.example/maple_fan_demo/status/999": "",
    "https://[broken": "",
}


def test_a_pasted_address_finds_its_post_by_index(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "LOOKED_THROUGH", 1)
    for at, (name, url) in enumerate(POSTS.items()):
        source, _, native_id = name.partition(" ")
        hear(store, posted(source, native_id, url, NOON - at * HOUR))
    put(store, "newest", ago=timedelta())
    with store.read() as tx:
        by_id = {row.id: f"{row.source} {row.native_id}" for row in tx.execute(sa.select(tables.mentions))}
        for address, expected in PASTED.items():
            names = [by_id[each] for each in looking.at_address(tx, address)]
            assert names == ([expected] if expected else []), address
    assert found(store, "https://news.example/item?id=77") == ["77"]
    assert found(store, "https://news.example/item?id=78") == []


def posted(source: str, native_id: str, url: str, at: datetime) -> Mention:
    return make_mention(native_id, ref=MentionRef(source, native_id), url=url, posted_at=at)


def test_an_address_that_tells_no_id_is_looked_for_as_it_stands(store: Store) -> None:
    put(store, "at://did:demo/post/9", url="https://sky.example/profile/maple/post/9x")
    assert found(store, "https://sky.example/profile/maple/post/9x") == ["at://did:demo/post/9"]
    assert found(store, "-https://sky.example/profile/maple/post/9x") == []
