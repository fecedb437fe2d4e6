"""A post that is deleted on X or Reddit is empty here within the day; what fails empties nothing.

The whole program but for the scheduler's clockwork, with the real client libraries on emulated platforms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engagebot import scheduler
from engagebot.bootstrap import App
from engagebot.domain.records import DeletionReceipt, MentionRecord
from engagebot.pipeline import prune
from engagebot.store import tables
from engagebot.store.heard import mentions
from engagebot.store.listening import costs, watches
from tests.emulators.faults import Fault
from tests.emulators.reddit import RedditEmulator
from tests.emulators.server import Emulator
from tests.emulators.x import XEmulator
from tests.factories import id_of, make_settings, make_watch
from tests.fakes import FakeClock

RULES = "- {id: rest, name: Rest, status: live, default: true, then: [{tag: [seen]}]}\n"


@dataclass
class Place:
    """A site that listens to one emulated platform."""

    source: str
    app: App
    clock: FakeClock
    platform: Emulator
    ask: str
    publish: Callable[[int], list[str]]
    delete: Callable[[str], None]
    edit: Callable[[str, str], object]

    def hear(self, count: int) -> list[str]:
        made = self.publish(count)
        self.clock.forward(minutes=5)
        scheduler.run_once(self.app)
        assert self.receipt.stored == count
        return made

    def minutes(self, count: int, *, each: int = 1) -> None:
        for _ in range(0, count, each):
            self.clock.forward(minutes=each)
            scheduler.check_deletions(self.app)

    def record(self, native_id: str) -> MentionRecord:
        with self.app.store.read() as tx:
            return mentions.get(tx, id_of(tx, native_id, self.source))

    @property
    def receipt(self) -> DeletionReceipt:
        with self.app.store.read() as tx:
            return prune.receipt(self.app.prune_context, tx)

    @property
    def asked(self) -> int:
        return len(self.platform.calls(self.ask))


def open_app(folder: Path, database_url: str, clock: FakeClock, source: str, **options: str) -> App:
    (folder / "rules" / "templates").mkdir(parents=True)
    (folder / "config" / "lists").mkdir(parents=True)
    (folder / "rules" / "10-all.yaml").write_text(RULES, encoding="utf-8")
    kind = {"x": {"query": "acme"}, "reddit": {"match": ["acme"], "subreddits": ["acme"]}}
    watch = make_watch(
        "talk",
        connector=source,
        kind="search" if source == "x" else "comments",
        options=kind[source],
        lookback=timedelta(days=6),
    )
    settings = make_settings(
        folder, database_url, now=clock.now(), watches=(watch,), connector_options={source: options}
    )
    app = App(settings)
    app.clock = app.store.clock = app.rules._clock = clock
    return app


def x_place(folder: Path, database_url: str, clock: FakeClock, x: XEmulator) -> Place:
    options = {"bearer_token": "bearer-made-up", "handle": "acme", "base_url": x.url}
    app = open_app(folder, database_url, clock, "x", **options)
    return Place("x", app, clock, x, "GET /2/tweets", x.burst, x.delete, x.edit)


def reddit_place(folder: Path, database_url: str, clock: FakeClock, reddit: RedditEmulator) -> Place:
    options = {"client_id": "made-up", "client_secret": "made-up", "base_url": reddit.url}
    app = open_app(folder, database_url, clock, "reddit", **options)
    reddit.subreddit("acme")
    return Place("reddit", app, clock, reddit, "GET /api/info", reddit.burst, reddit.delete, reddit.edit)


@pytest.fixture(params=["x", "reddit"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: str, clock: FakeClock
) -> Iterator[Place]:
    emulator: Any = XEmulator if request.param == "x" else RedditEmulator
    build: Any = x_place if request.param == "x" else reddit_place
    with emulator(clock=clock.now) as platform:
        found: Place = build(tmp_path, database_url, clock, platform)
        yield found
        found.app.close()


def test_a_deleted_post_is_emptied_within_the_day_by_one_question(place: Place) -> None:
    deleted, kept = place.hear(2)
    place.delete(deleted)
    place.minutes(24 * 60 - 10, each=10)
    assert place.record(deleted).redacted_at is not None
    assert (place.record(deleted).mention.text, place.record(deleted).mention.author) == ("", None)
    assert place.record(kept).mention.text
    assert place.asked == 1
    assert (place.receipt.stored, place.receipt.redacted, place.receipt.overdue) == (1, 1, 0)


def test_so_many_posts_take_so_many_questions(place: Place) -> None:
    made = place.hear(250)
    for native_id in made[::50]:
        place.delete(native_id)
    place.minutes(24 * 60 - 15, each=15)
    assert place.asked == 3
    assert (place.receipt.stored, place.receipt.redacted, place.receipt.overdue) == (245, 5, 0)
    with place.app.store.read() as tx:
        counted = [
            (line.unit, line.count)
            for line in costs.counted(tx, since=place.clock.now().date() - timedelta(days=3))
            if not line.watch
        ]
    assert sum(count for _, count in counted) == (245 if place.source == "x" else 3)


FAULTS = {
    "502": Fault.bad_gateway(),
    "html 503": Fault.html_503(),
    "not json": Fault.not_json(),
    "cut": Fault.cut_after(),
    "429": Fault.answer(429, {"title": "Too Many Requests"}),
    "empty object": Fault.answer(200, {}),
    "401": Fault.answer(401, {"title": "Unauthorized"}),
}


@pytest.mark.parametrize("name", FAULTS)
def test_no_fault_empties_anything_and_the_check_comes_in_time_after_it(place: Place, name: str) -> None:
    deleted, *kept = place.hear(4)
    place.delete(deleted)
    place.clock.forward(hours=23)
    place.platform.fault(FAULTS[name], on=place.ask, times=None)
    place.minutes(3)
    assert place.asked > 0
    assert place.receipt.redacted == 0
    assert place.receipt.sources[0].problem
    assert all(place.record(native_id).mention.text for native_id in (deleted, *kept))
    place.platform.clear_faults()
    place.minutes(70, each=5)
    assert place.record(deleted).mention.text == ""
    assert all(place.record(native_id).mention.text for native_id in kept)
    assert (place.receipt.redacted, place.receipt.overdue) == (1, 0)
    assert place.receipt.sources[0].problem is None


def test_an_edited_post_is_kept_as_it_is_now(place: Place) -> None:
    edited, other = place.hear(2)
    place.edit(edited, "acme works again")
    place.minutes(24 * 60 - 10, each=10)
    assert place.record(edited).mention.text == "acme works again"
    assert place.record(other).mention.text.startswith("acme came up again")
    with place.app.store.read() as tx:
        stored: int = tx.execute(sa.select(sa.func.count()).select_from(tables.mentions)).scalar_one()
    assert stored == 2


def test_a_site_that_runs_once_a_day_checks_everything_then(place: Place) -> None:
    deleted, *kept = place.hear(120)
    place.delete(deleted)
    place.clock.forward(hours=24)
    scheduler.run_once(place.app)
    assert place.record(deleted).mention.text == ""
    assert (place.receipt.stored, place.receipt.redacted, place.receipt.overdue) == (len(kept), 1, 0)
    assert place.asked == 2


def test_a_spent_account_stops_the_check_and_the_listening(
    tmp_path: Path, database_url: str, clock: FakeClock
) -> None:
    with XEmulator(clock=clock.now) as x:
        place = x_place(tmp_path, database_url, clock, x)
        place.hear(2)
        x.fault(Fault.credits_402(), on=place.ask, times=None)
        clock.forward(hours=23)
        place.minutes(3)
        with place.app.store.read() as tx:
            assert "x" in watches.paused_connectors(tx, clock.now())
        assert place.asked == 1
        assert place.receipt.redacted == 0
        place.app.close()


def test_a_deleted_account_leaves_its_words_and_loses_its_name(
    tmp_path: Path, database_url: str, clock: FakeClock
) -> None:
    with RedditEmulator(clock=clock.now) as reddit:
        place = reddit_place(tmp_path, database_url, clock, reddit)
        (name,) = place.hear(1)
        assert place.record(name).mention.author is not None
        reddit.delete_user("crowd_demo0")
        place.minutes(24 * 60 - 10, each=10)
        found = place.record(name)
        assert (bool(found.mention.text), found.mention.author, found.redacted_at) == (True, None, None)
        with place.app.store.read() as tx:
            (customer,) = tx.execute(sa.select(tables.customers)).mappings().all()
        assert customer["handle"] == f"removed-{customer['id']}"
        assert "crowd_demo" not in customer["account_key"]
        place.app.close()
