"""The whole program, but for the scheduler's clockwork, on the three sources that need no key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engagebot import scheduler
from engagebot.bootstrap import App
from engagebot.domain.mention import Route
from engagebot.domain.records import MentionRecord
from engagebot.store import tables
from engagebot.store.heard import mentions
from engagebot.store.listening import watches
from tests.emulators.bluesky import BlueskyEmulator
from tests.emulators.hackernews import HackerNewsEmulator
from tests.emulators.rss import FeedEmulator
from tests.factories import id_of, make_settings, make_watch
from tests.fakes import FakeClock

RULES = "- {id: rest, name: Rest, status: live, default: true, then: [{tag: [seen]}]}\n"


@dataclass
class Site:
    app: App
    clock: FakeClock
    source: str
    platform: Any

    def poll(self, *, after: timedelta = timedelta(minutes=5)) -> None:
        self.clock.forward(seconds=after.total_seconds())
        scheduler.run_once(self.app)

    def record(self, native_id: str) -> MentionRecord:
        with self.app.store.read() as tx:
            return mentions.get(tx, id_of(tx, native_id, self.source))

    @property
    def stored(self) -> int:
        with self.app.store.read() as tx:
            return tx.execute(sa.select(sa.func.count()).select_from(tables.mentions)).scalar_one()

    @property
    def error(self) -> str | None:
        with self.app.store.read() as tx:
            (row,) = watches.all_of(tx, ["talk"])
        return row.last_error


def open_site(folder: Path, database_url: str, clock: FakeClock, source: str, kind: str, **given: Any) -> App:
    (folder / "rules" / "templates").mkdir(parents=True)
    (folder / "config" / "lists").mkdir(parents=True)
    (folder / "rules" / "10-all.yaml").write_text(RULES, encoding="utf-8")
    watch = make_watch("talk", connector=source, kind=kind, options=given["watch"])
    settings = make_settings(
        folder, database_url, now=clock.now(), watches=(watch,), connector_options={source: given["options"]}
    )
    app = App(settings)
    app.clock = app.store.clock = app.rules._clock = clock
    return app


@pytest.fixture
def bluesky(tmp_path: Path, database_url: str, clock: FakeClock) -> Iterator[Site]:
    with BlueskyEmulator(clock=clock.now) as platform:
        options = {"base_url": platform.url, "appview_url": platform.url, "timeout_s": "2"}
        options["jetstream_url"] = platform.jetstream.url
        options |= {"handle": platform.handle, "app_password": platform.app_password}
        app = open_site(
            tmp_path, database_url, clock, "bluesky", "keywords", options=options, watch={"match": ["acme"]}
        )
        yield Site(app, clock, "bluesky", platform)
        app.close()


@pytest.fixture
def hackernews(tmp_path: Path, database_url: str, clock: FakeClock) -> Iterator[Site]:
    with HackerNewsEmulator(clock=clock.now) as platform:
        options = {"base_url": platform.url, "items_url": platform.url}
        app = open_site(
            tmp_path, database_url, clock, "hackernews", "search", options=options, watch={"query": "acme"}
        )
        yield Site(app, clock, "hackernews", platform)
        app.close()


@pytest.fixture
def feed(tmp_path: Path, database_url: str, clock: FakeClock) -> Iterator[Site]:
    with FeedEmulator(clock=clock.now) as platform:
        app = open_site(
            tmp_path, database_url, clock, "rss", "feed", options={}, watch={"url": f"{platform.url}/feed"}
        )
        yield Site(app, clock, "rss", platform)
        app.close()


def test_a_post_deleted_on_bluesky_is_emptied_with_the_next_poll(bluesky: Site) -> None:
    deleted, kept = (bluesky.platform.post(text=f"acme {n}") for n in range(2))
    bluesky.poll()
    assert bluesky.record(deleted).mention.text == "acme 0"
    bluesky.platform.delete(deleted)
    bluesky.poll()
    assert (bluesky.record(deleted).mention.text, bluesky.record(deleted).mention.author) == ("", None)
    assert bluesky.record(kept).mention.text == "acme 1"


def test_posts_of_an_account_deleted_on_bluesky_are_emptied_with_the_next_poll(bluesky: Site) -> None:
    gone = [bluesky.platform.post(text=f"acme {n}", author="oak.example.com") for n in range(2)]
    kept = bluesky.platform.post(text="acme too")
    bluesky.poll()
    bluesky.platform.delete_account("oak.example.com")
    bluesky.poll()
    assert [bluesky.record(native_id).mention.text for native_id in gone] == ["", ""]
    assert bluesky.record(kept).mention.text == "acme too"


def test_posts_of_a_deleted_account_are_emptied_within_the_day(bluesky: Site) -> None:
    gone = bluesky.platform.post(text="acme", author="oak.example.com")
    kept = bluesky.platform.post(text="acme too")
    bluesky.poll()
    bluesky.platform.delete_account("oak.example.com")
    for _ in range(23):
        bluesky.clock.forward(hours=1)
        scheduler.check_deletions(bluesky.app)
    assert bluesky.record(gone).mention.text == ""
    assert bluesky.record(kept).mention.text == "acme too"


def test_only_a_tag_opens_the_way_through_the_interface_of_bluesky(bluesky: Site) -> None:
    tagged = bluesky.platform.post(text=f"@{bluesky.platform.handle} acme?")
    about = bluesky.platform.post(text="acme is fine")
    bluesky.poll()
    assert bluesky.record(tagged).reply_route.route is Route.API
    assert bluesky.record(about).reply_route.route is Route.BY_HAND


def test_a_burst_on_bluesky_with_cuts_and_refusals_is_stored_once_each(bluesky: Site) -> None:
    bluesky.poll()
    for turn in range(6):
        for number in range(40):
            bluesky.platform.post(text=f"acme, {turn} and {number}")
            bluesky.platform.post(text="lovely weather")
        bluesky.platform.jetstream.faults += ["cut after 30", "503"] if turn % 2 else ["mixed"]
        bluesky.poll(after=timedelta(hours=1))
    bluesky.poll(after=timedelta(hours=2))
    assert bluesky.stored == 240
    assert bluesky.error is None


def test_hacker_news_is_heard_and_answered_by_hand(hackernews: Site) -> None:
    comments = [hackernews.platform.comment(text=f"acme {n}") for n in range(30)]
    hackernews.poll()
    hackernews.poll()
    assert hackernews.stored == 30
    assert hackernews.record(comments[0]).reply_route.route is Route.BY_HAND


def test_a_comment_deleted_on_hacker_news_is_emptied_within_the_day(hackernews: Site) -> None:
    deleted, kept = (hackernews.platform.comment(text=f"acme {n}") for n in range(2))
    hackernews.poll()
    hackernews.platform.delete(deleted)
    for _ in range(24 * 6 - 6):
        hackernews.clock.forward(minutes=10)
        scheduler.check_deletions(hackernews.app)
    assert hackernews.record(deleted).mention.text == ""
    assert hackernews.record(kept).mention.text == "acme 1"


def test_a_feed_is_heard_and_what_scrolls_away_is_not_forgotten(feed: Site) -> None:
    first = feed.platform.publish("Acme again", "<p>It is dead.</p>")
    feed.poll()
    feed.platform.shows = 1
    feed.platform.publish("Acme once more")
    feed.poll(after=timedelta(hours=1))
    for _ in range(30):
        feed.clock.forward(hours=1)
        scheduler.check_deletions(feed.app)
    assert feed.stored == 2
    assert feed.record(first).mention.text == "It is dead."
    assert feed.record(first).reply_route.route is Route.BY_HAND
