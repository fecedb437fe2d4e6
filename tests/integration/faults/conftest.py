"""Lines to emulated X and Reddit, on SQLite and on PostgreSQL, through the real tweepy and PRAW."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.reddit import open_connector as open_reddit
from connectors.x import open_connector as open_x
from engagebot.ports import Watch
from engagebot.settings import Settings
from engagebot.settings.values import Brand
from engagebot.store.engine import Store
from tests.emulators.reddit import RedditEmulator
from tests.emulators.x import XEmulator
from tests.factories import make_settings
from tests.fakes import FakeClock
from tests.integration.faults.line import Line

HANDLES = {"x": "acme", "reddit": "acme_support"}
X_KEYS = {
    "bearer_token": "bearer-made-up-1",
    "consumer_key": "consumer-made-up-2",
    "consumer_secret": "consumer-secret-made-up-3",
    "access_token": "access-made-up-4",
    "access_token_secret": "access-secret-made-up-5",
    "read_timeout_s": "1",
    "handle": "acme",
}
REDDIT_KEYS = {
    "client_id": "client-made-up-1",
    "client_secret": "client-secret-made-up-2",
    "username": "acme_support",
    "password": "password-made-up-3",
    "timeout_s": "1",
    "handle": "acme_support",
}
EVERY = timedelta(minutes=5)
X_SEARCH = Watch(name="acme-x", connector="x", kind="search", every=EVERY, options={"query": "acme"})
X_MENTIONS = Watch(name="acme-x-mentions", connector="x", kind="mentions", every=EVERY)
COMMENTS = Watch(
    name="acme-reddit",
    connector="reddit",
    kind="comments",
    every=EVERY,
    options={"match": ["acme"], "subreddits": ["acme"]},
)


@pytest.fixture
def settings(store: Store, tmp_path: Path) -> Settings:
    brand = Brand(name="Acme", handles=HANDLES)
    return make_settings(tmp_path, store.url, brand=brand, watches=(X_SEARCH, X_MENTIONS, COMMENTS))


@pytest.fixture
def x_platform(clock: FakeClock) -> Iterator[XEmulator]:
    with XEmulator(account="acme", clock=clock.now) as emulator:
        yield emulator


def x_line(store: Store, clock: FakeClock, settings: Settings, platform: XEmulator, watch: Watch) -> Line:
    path = "search/recent" if watch.kind == "search" else ""
    read_on = f"GET /2/tweets/{path}" if path else f"GET /2/users/{platform.account.id}/mentions"
    connector = open_x({**X_KEYS, "base_url": platform.url}, clock)
    return Line(
        store=store,
        clock=clock,
        settings=settings,
        connector=connector,
        watch=watch,
        platform=platform,
        read_on=read_on,
        send_on="POST /2/tweets",
    )


@pytest.fixture
def x(store: Store, clock: FakeClock, settings: Settings, x_platform: XEmulator) -> Line:
    return x_line(store, clock, settings, x_platform, X_SEARCH)


@pytest.fixture
def timeline(store: Store, clock: FakeClock, settings: Settings, x_platform: XEmulator) -> Line:
    return x_line(store, clock, settings, x_platform, X_MENTIONS)


@pytest.fixture
def reddit(store: Store, clock: FakeClock, settings: Settings) -> Iterator[Line]:
    with RedditEmulator(account="acme_support", clock=clock.now) as platform:
        platform.subreddit("acme")
        yield Line(
            store=store,
            clock=clock,
            settings=settings,
            connector=open_reddit({**REDDIT_KEYS, "base_url": platform.url}, clock),
            watch=COMMENTS,
            platform=platform,
            read_on="GET /r/acme/comments",
            send_on="POST /api/comment",
        )


@pytest.fixture(params=["x", "reddit"])
def line(request: pytest.FixtureRequest, x: Line, reddit: Line) -> Line:
    return x if request.param == "x" else reddit
