"""What people and programs bring in is checked field by field and stored once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engagebot.domain.mention import Kind, Mention, Route
from engagebot.pipeline import intake
from engagebot.pipeline.intake import TEXT_CHARS, Accepted, RowContext, read_row
from engagebot.store.heard import mentions
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

AT = "2026-08-01T14:00:00Z"
CONTEXT = RowContext(source="yelp", now=NOON, handles={"yelp": "acme", "x": "acme"})


def read(context: RowContext = CONTEXT, **row: Any) -> Mention:
    return read_row({"text": "dead", "posted_at": AT, **row}, context)


def test_a_bare_row_is_enough() -> None:
    found = read()
    assert (found.text, found.kind, found.author, found.url) == ("dead", Kind.POST, None, None)
    assert (found.ref.source, found.posted_at) == ("yelp", datetime(2026, 8, 1, 14, tzinfo=UTC))
    assert found.ref.native_id.startswith("h-")


def test_a_full_row_is_read_whole() -> None:
    found = read(
        id=7, author="@kim_demo", author_name=" Kim ", author_id="u7", author_url="https://x.example/kim_demo",
        followers="12", url="HTTPS://x.example/7", title="T", kind="review", lang="en", parent_id="6",
        conversation_id="5", community="r/acme_demo", addressed_to_us="Yes", likes=1, replies="2", score=-3,
        source="x", nonsense="kept out",
    )  # fmt: skip
    author, engagement = found.author, found.engagement
    assert author is not None
    assert (author.handle, author.name, author.native_id, author.followers) == ("kim_demo", "Kim", "u7", 12)
    assert (engagement.likes, engagement.replies, engagement.score) == (1, 2, -3)
    assert (found.ref.source, found.ref.native_id, found.kind, found.title) == ("x", "7", Kind.REVIEW, "T")
    assert (found.parent_native_id, found.conversation_id, found.addressed_to_us) == ("6", "5", True)


def test_the_same_content_has_the_same_id_and_other_content_another() -> None:
    first = read(author="kim_demo").ref
    assert read(author="@kim_demo").ref == first
    others = [read(author="lee_demo"), read(text="alive", author="kim_demo"), read(posted_at="2026-08-02")]
    assert len({first, *[other.ref for other in others]}) == 4
    assert read(text="\ud800").ref.native_id.startswith("h-")


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2026-08-01T14:00:00+02:00", datetime(2026, 8, 1, 12, tzinfo=UTC)),
        ("2026-08-01 14:00", datetime(2026, 8, 1, 14, tzinfo=UTC)),
        ("2026-08-01", datetime(2026, 8, 1, tzinfo=UTC)),
        (1_785_000_000, datetime.fromtimestamp(1_785_000_000, UTC)),
        ("1785000000", datetime.fromtimestamp(1_785_000_000, UTC)),
        (1_785_000_000.5, datetime.fromtimestamp(1_785_000_000.5, UTC)),
    ],
)
def test_times_may_be_written_in_several_ways(value: object, at: datetime) -> None:
    assert read(posted_at=value).posted_at == at


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"text": ""}, "text: missing or empty"),
        ({"text": "  "}, "text: missing or empty"),
        ({"text": 7}, "text: missing or empty"),
        ({"text": "x" * (TEXT_CHARS + 1)}, "text: 100001 characters; at most 100000"),
        ({"posted_at": None}, "posted_at: missing"),
        ({"posted_at": "yesterday"}, "posted_at: 'yesterday' is not an ISO time"),
        ({"posted_at": 1e300}, "posted_at: '1e[+]300' is not an ISO time"),
        ({"posted_at": float("nan")}, "posted_at: 'nan' is not an ISO time"),
        ({"posted_at": "1969-01-01"}, "posted_at: 1969-01-01 is not a believable date"),
        ({"posted_at": "2031-01-01"}, "posted_at: 2031-01-01 is not a believable date"),
        ({"posted_at": "0001-01-01T00:00:00+14:00"}, "posted_at: .* is not"),
        ({"posted_at": "9999-12-31T23:59:59-14:00"}, "posted_at: .* is not"),
        ({"kind": "tweet"}, "kind: 'tweet' is not one of post, comment"),
        ({"kind": ["post"]}, r"kind: \['post'\] is not one of"),
        ({"url": "javascript:alert(1)"}, "^url: .* is not an http"),
        ({"author": "kim_demo", "author_url": "x"}, "author_url: 'x' is not an http"),
        ({"author": {"name": "x"}}, "author: .* is not a text"),
        ({"title": True}, "title: True is not a text"),
        ({"title": "x" * 2001}, "title: longer than 2000"),
        ({"likes": "many"}, "likes: 'many' is not a whole number"),
        ({"likes": 1.5}, "likes: '1.5' is not a whole number"),
        ({"addressed_to_us": "maybe"}, "addressed_to_us: 'maybe' is not true or false"),
        ({"source": "Yelp!"}, "source: 'Yelp!' is not a name"),
        ({"source": 7}, "source: missing"),
    ],
)
def test_what_cannot_be_used_says_which_field_and_why(row: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read(**row)


def test_a_row_without_a_source_needs_one() -> None:
    with pytest.raises(ValueError, match="give --source NAME"):
        read(RowContext(source=None, now=NOON, handles={}))


@pytest.mark.parametrize(
    ("given", "text", "source", "expected"),
    [
        (None, "hello @acme!", "x", True),
        (None, "hello u/ACME", "x", True),
        (None, "hello @acmetown", "x", False),
        (None, "me@acme.example", "x", False),
        (None, "hello @acme", "forum", None),
        ("no", "hello @acme", "x", False),
        (True, "hello", "x", True),
        (0, "hello @acme", "x", False),
    ],
)
def test_whether_it_addresses_us_is_said_or_read(
    given: object, text: str, source: str, expected: bool | None
) -> None:
    assert read(text=text, source=source, addressed_to_us=given).addressed_to_us is expected


def test_fields_without_a_name_are_passed_over() -> None:
    assert read_row({None: ["left over"], "text": "dead", "posted_at": AT}, CONTEXT).text == "dead"


@pytest.mark.parametrize("is_history", [True, False])
def test_what_is_brought_twice_is_stored_once(desk: Desk, is_history: bool) -> None:
    brought = [read(), read(id="a\x00b", lang="e\x00n"), read(id="c", posted_at=NOON.isoformat())]
    for expected in (Accepted(added=3, known=0), Accepted(added=0, known=3)):
        with desk.store.write() as tx:
            assert intake.accept(tx, brought, at=NOON + timedelta(1), is_history=is_history) == expected
    with desk.store.read() as tx:
        found = mentions.waiting(tx, 10)
    assert {one.is_history for one in found} == {is_history}
    assert {one.reply_route.route for one in found} == {Route.BY_HAND}
