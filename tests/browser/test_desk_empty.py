"""What the desk says when there is nothing to do, and that it never says so for a wrong reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from engagebot import scheduler
from engagebot.errors import AuthFailed
from engagebot.pipeline.pull import poll
from engagebot.store import site
from engagebot.store.listening import watches
from tests.browser.room import KIM, Room, open_room
from tests.factories import make_watch
from tests.fakes import FakeConnector

pytestmark = pytest.mark.browser


def go_deaf(room: Room) -> None:
    """The platform refuses the key of the one watch, for hours."""
    app, clock = room.office.app, room.office.clock
    connector = FakeConnector(clock)
    with app.store.write() as tx:
        watches.register(tx, app.settings.watches, clock.now())
    for _ in range(12):
        clock.forward(minutes=10)
        connector.fail("pull", AuthFailed("revoked"))
        poll(scheduler._pull_context(app), make_watch(), connector)


def test_a_site_that_hears_nothing_says_why_and_not_that_all_is_done(
    chromium: Browser, sqlite_template: Path, tmp_path: Path
) -> None:
    with open_room(chromium, sqlite_template, tmp_path) as room, room.visit() as visit:
        page, app = visit.page, room.office.app
        settings = app.settings
        app.settings = replace(settings, watches=())
        page.goto("/queue")
        told = page.locator("#list .empty")
        expect(told).to_contain_text("Nothing is connected yet.")
        expect(told).to_contain_text("engagebot import FILE --source NAME --as-new")
        expect(page.get_by_text("Nobody is waiting.")).to_have_count(0)
        page.goto("/queue/play")
        expect(page.locator("#work")).to_contain_text("Nothing is connected yet.")

        app.settings = settings
        go_deaf(room)
        page.goto("/queue?lane=unhappy")
        expect(told).to_contain_text("Nothing new can be heard: talk.")
        expect(told).to_contain_text("revoked")
        expect(page.get_by_text("Nobody unhappy waits")).to_have_count(0)
        page.goto("/queue")
        expect(page.get_by_text("Nobody is waiting.")).to_have_count(0)
        told.get_by_role("link", name="See what to do about it").click()
        expect(page.get_by_role("heading", name="Connectors", exact=True)).to_be_visible()
        assert visit.complaints == []


def test_an_empty_list_says_why(room: Room) -> None:
    told = {}
    with room.visit() as visit:
        page = visit.page

        def look(name: str, path: str) -> None:
            page.goto(path)
            told[name] = page.locator("#list .empty").inner_text()

        look("all done", "/queue")
        expect(page.locator("#work")).to_contain_text("Nobody is waiting.")
        page.goto("about:blank")
        room.praise()
        look("hidden", "/queue?q=platform:reddit")
        page.get_by_role("link", name="Show everything in this lane").click()
        expect(page.locator("#work[data-draft]")).to_be_visible()
        with room.office.app.store.write() as tx:
            site.pause(tx, by=KIM, at=room.office.clock.now())
        look("paused", "/queue?lane=leaving")
        assert KIM in told["paused"]
        with room.office.app.store.write() as tx:
            site.resume(tx, by=KIM, at=room.office.clock.now())
    assert len(set(told.values())) == len(told), told


def test_the_last_of_a_lane_leads_on_to_whoever_else_waits(room: Room) -> None:
    room.praise()
    room.put(room.praise().id, lane="to_answer")
    with room.visit() as visit:
        page = visit.page
        page.goto("/queue?lane=appreciation")
        page.keyboard.press("a")
        expect(page.get_by_role("heading", name="Appreciation: nothing left")).to_be_visible()
        page.get_by_role("link", name="1 other waits to be reviewed").click()
        page.wait_for_url("**/queue")
        page.wait_for_load_state()
        page.keyboard.press("a")
        expect(page.get_by_role("heading", name="Nobody is waiting.")).to_be_visible()
        expect(page.locator("#work")).to_contain_text("2 replies are about to leave.")
