"""Authors on X: each is paid for once while it is known, and none of them costs a post."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors.x import open_connector
from connectors.x.authors import KnownAuthors
from connectors.x.connector import XConnector
from engagebot.domain.mention import Author
from engagebot.ports import Cursor, Page, Watch
from tests.contract.suite import HandClock
from tests.emulators.faults import Fault
from tests.emulators.x import XEmulator

WATCH = Watch(
    name="acme-talk", connector="x", kind="search", every=timedelta(minutes=5), options={"query": "acme"}
)
USERS = "GET /2/users"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def x(clock: HandClock) -> Iterator[XEmulator]:
    with XEmulator(account="acme", clock=clock.now) as emulator:
        yield emulator


def connect(x: XEmulator, clock: HandClock, **options: Any) -> XConnector:
    given = {"bearer_token": "bearer-made-up-1", "handle": "acme", "base_url": x.url, "read_timeout_s": "0.3"}
    return open_connector({**given, **options}, clock)


@pytest.fixture
def connector(x: XEmulator, clock: HandClock) -> XConnector:
    return connect(x, clock)


def handles(page: Page) -> list[str]:
    return [mention.author.handle for mention in page.mentions if mention.author]


def asked(x: XEmulator) -> list[list[str]]:
    """Which profiles each look-up asked for, by name."""
    looks = [entry.query["ids"].split(",") for entry in x.calls(USERS)]
    return [sorted(x.world.users[each].username for each in ids) for ids in looks]


def next_page(x: XEmulator, connector: XConnector, clock: HandClock, cursor: Cursor, *authors: str) -> Page:
    clock.move(timedelta(minutes=5))
    for author in authors:
        x.post(text=f"acme at {clock.now()} of {author}", author=author)
    return connector.pull(WATCH, cursor)


def test_only_unknown_authors_are_asked_for_and_counted(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    start = connector.pull(WATCH, None)
    first = next_page(x, connector, clock, start.cursor, "maple_demo", "birch_demo", "maple_demo")
    second = next_page(x, connector, clock, first.cursor, "birch_demo", "oak_demo")
    third = next_page(x, connector, clock, second.cursor, "oak_demo", "maple_demo")
    assert asked(x) == [["birch_demo", "maple_demo"], ["oak_demo"]]
    assert [page.reads["users"] for page in (start, first, second, third)] == [0, 2, 1, 0]
    assert handles(third)[-2:] == ["oak_demo", "maple_demo"]
    assert sum(len(entry.returned.get("users", [])) for entry in x.requests) == 3


def test_a_page_of_a_hundred_strangers_is_one_look_up(x: XEmulator, connector: XConnector) -> None:
    for number in range(100):
        x.post(text=f"acme {number}", author=f"stranger_{number}_demo")
    page = connector.pull(WATCH, None)
    assert len(set(handles(page))) == 100
    assert page.reads == {"posts": 100, "users": 100}
    assert len(x.requests) == 2


@pytest.mark.parametrize(("options", "hours"), [({}, 24), ({"authors_max_age_h": "168"}, 168)])
def test_an_author_is_asked_for_again_when_the_profile_is_old(
    x: XEmulator, clock: HandClock, options: dict[str, str], hours: int
) -> None:
    connector = connect(x, clock, **options)
    x.post(text="acme", author="maple_demo")
    page = connector.pull(WATCH, None)
    x.user("maple_demo", name="Maple the Second")
    clock.move(timedelta(hours=hours - 1))
    page = next_page(x, connector, clock, page.cursor, "maple_demo")
    assert len(asked(x)) == 1
    clock.move(timedelta(hours=1))
    page = next_page(x, connector, clock, page.cursor, "maple_demo")
    assert len(asked(x)) == 2
    assert page.mentions[-1].author is not None
    assert page.mentions[-1].author.name == "Maple the Second"


@pytest.mark.parametrize(
    ("fault", "paid"),
    [
        (Fault.bad_gateway(), 0),
        (Fault.forbidden("client-forbidden"), 0),
        (Fault.credits_402(), 0),
        (Fault.not_json(), 2),
        (Fault.cut_before(), 2),
        (Fault.hang(5), 2),
    ],
    ids=str,
)
def test_a_look_up_that_fails_loses_no_post(
    x: XEmulator, connector: XConnector, clock: HandClock, fault: Fault, paid: int
) -> None:
    posts = {x.post(text="acme", author=author).id for author in ("maple_demo", "birch_demo")}
    x.fault(fault, on=USERS)
    page = connector.pull(WATCH, None)
    assert {mention.ref.native_id for mention in page.mentions} == posts
    for mention in page.mentions:
        author = mention.author
        assert author is not None
        assert (author.handle, author.name, author.followers) == (author.native_id, None, None)
    assert page.reads == {"posts": 2, "users": paid}
    assert "authors not read: 2 (" in str(page.note)
    later = next_page(x, connector, clock, page.cursor, "maple_demo")
    assert (handles(later)[-1], later.note) == ("maple_demo", None)


def test_our_own_posts_stay_ours_where_a_look_up_fails(x: XEmulator, connector: XConnector) -> None:
    x.post(text="acme is sorry", author="acme")
    x.fault(Fault.bad_gateway(), on=USERS)
    assert handles(connector.pull(WATCH, None)) == ["acme"]


def test_a_profile_in_a_shape_of_its_own_costs_no_post(x: XEmulator, connector: XConnector) -> None:
    post = x.post(text="acme", author="maple_demo")
    odd = [{"id": post.author_id, "username": "maple_demo", "created_at": "yesterday"}, None, {"id": "5"}]
    x.fault(Fault.answer(200, {"data": odd}), on=USERS)
    (mention,) = connector.pull(WATCH, None).mentions
    assert mention.author is not None
    assert mention.author.handle == post.author_id


def test_authors_are_left_alone_for_as_long_as_x_asks(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    x.post(text="acme", author="maple_demo")
    x.fault(Fault.rate_429(900), on=USERS, times=None)
    page = connector.pull(WATCH, None)
    page = next_page(x, connector, clock, page.cursor, "birch_demo")
    assert len(x.calls(USERS)) == 1
    assert "authors not read: 2 (X wants a pause until 12:15 UTC)" in str(page.note)
    x.clear_faults()
    clock.move(timedelta(minutes=10))
    assert handles(next_page(x, connector, clock, page.cursor, "birch_demo"))[-1] == "birch_demo"


def test_an_author_whom_x_does_not_show_is_not_asked_for_again(
    x: XEmulator, connector: XConnector, clock: HandClock
) -> None:
    post = x.post(text="acme", author="maple_demo")
    missing = {"resource_id": post.author_id, "type": "https://api.x.com/2/problems/resource-not-found"}
    x.fault(Fault.answer(200, {"errors": [missing]}), on=USERS)
    page = connector.pull(WATCH, None)
    page = next_page(x, connector, clock, page.cursor, "maple_demo")
    assert page.reads["users"] == 0
    assert len(x.calls(USERS)) == 1
    assert handles(page)[-1] == post.author_id


def test_a_look_at_a_post_of_a_known_author_costs_the_post_alone(x: XEmulator, connector: XConnector) -> None:
    x.post(text="acme", author="maple_demo")
    (mention,) = connector.pull(WATCH, None).mentions
    seen = len(x.requests)
    looked_up = connector.lookup(mention.ref)
    assert looked_up is not None
    assert looked_up.author == mention.author
    assert [entry.path for entry in x.requests[seen:]] == ["/2/tweets"]


def test_the_oldest_profiles_make_room(clock: HandClock) -> None:
    known = KnownAuthors(clock, timedelta(hours=24), most=3)
    for name in ("ash", "birch", "cedar"):
        known.keep({name: Author(handle=name)})
    known.keep({"ash": None})
    known.keep({"date": None, "elm": None})
    assert set(known.of(["ash", "birch", "cedar", "date", "elm"])) == {"ash", "date", "elm"}
