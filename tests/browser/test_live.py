from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request

from engagebot.store import site
from engagebot.store.desk import presence
from engagebot.web.desk.streams import Streams
from engagebot.web.entry.auth import cookie_name
from tests.fakes import FakeClock
from tests.integration.web.live_office import serving
from tests.integration.web.office import Office, open_office

pytestmark = pytest.mark.browser

HARKEN = """
window.told = [];
for (const name of ["draft", "new", "case", "presence", "site", "taken", "reload", "lost", "back", "claim"])
  document.addEventListener(`desk:${name}`, (event) => window.told.push([name, event.detail]));
"""
OPEN = """
(draft) => {
  const times = { liveRetryMs: 50, liveBeatMs: 500, liveTypingMs: 500, liveStayMs: 20 };
  Object.assign(document.body.dataset, times);
  const part = document.createElement("div");
  part.dataset.draft = draft;
  part.append(document.createElement("textarea"));
  document.querySelector("main").append(part);
}
"""
SAW = """
([draft, name, is_typing]) => {
  const all = window.told.filter((each) => each[0] === "presence");
  const people = all.length ? all.at(-1)[1].drafts[draft] ?? [] : [];
  return people.some((each) => each.name === name && each.is_typing === is_typing);
}
"""
MISSES = """
([draft, name]) => {
  const last = window.told.filter((each) => each[0] === "presence").at(-1);
  return last !== undefined && !(last[1].drafts[draft] ?? []).some((each) => each.name === name);
}
"""
HEARD = "([name, key, value]) => window.told.some((each) => each[0] === name && each[1][key] === value)"


@dataclass
class Rooms:
    """A site that is served and can be stopped, and the browsers of people who work there."""

    office: Office
    chromium: Browser
    stack: ExitStack = field(default_factory=ExitStack)
    address: str = ""
    streams: Streams | None = None
    stop: Callable[[], None] = lambda: None
    contexts: list[BrowserContext] = field(default_factory=list)

    def serve(self) -> None:
        port = int(self.address.rpartition(":")[2] or 0)
        running = ExitStack()
        self.address, self.streams = running.enter_context(serving(self.office.app, port=port))
        self.stop = running.close

    def browser_of(self, name: str) -> BrowserContext:
        context = self.chromium.new_context(base_url=self.address)
        cookie = cookie_name(self.office.app)
        secret = self.office.person(name=name).cookies[cookie]
        context.add_cookies([{"name": cookie, "value": secret, "url": self.address}])
        context.add_init_script(HARKEN)
        self.contexts.append(context)
        return context

    def page_of(self, name: str, draft_id: int, context: BrowserContext | None = None) -> Page:
        page = (context or self.browser_of(name)).new_page()
        page.goto("/cases")
        page.evaluate(OPEN, str(draft_id))
        page.add_script_tag(url="/static/js/live.js", type="module")
        hears(page, "site", "mode", "DRY RUN")
        return page


def hears(page: Page, name: str, key: str, value: Any) -> None:
    page.wait_for_function(HEARD, arg=[name, key, value])


def hears_of(page: Page, name: str) -> None:
    page.wait_for_function("(name) => window.told.some((each) => each[0] === name)", arg=name)


def sees(page: Page, draft_id: int, name: str, *, is_typing: bool = False) -> None:
    page.wait_for_function(SAW, arg=[str(draft_id), name, is_typing])


def misses(page: Page, draft_id: int, name: str) -> None:
    page.wait_for_function(MISSES, arg=[str(draft_id), name])


def silencer(page: Page) -> Callable[[], None]:
    """What lets no word of a page through any more, once those that were on their way have arrived.

    A word that is taken in after the clock went on would be one of then, and nothing follows it.
    """
    under_way: set[Request] = set()
    page.on("request", lambda sent: under_way.add(sent) if sent.url.endswith("/here") else None)
    page.on("requestfinished", lambda sent: under_way.discard(sent))
    page.on("requestfailed", lambda sent: under_way.discard(sent))

    def fall_silent() -> None:
        page.route("**/here", lambda route: route.abort())
        while under_way:
            page.wait_for_timeout(20)

    return fall_silent


def told(page: Page) -> list[str]:
    return [name for name, _ in page.evaluate("window.told")]


@pytest.fixture
def rooms(chromium: Browser, sqlite_template: Path, tmp_path: Path) -> Iterator[Rooms]:
    path = tmp_path / "engagebot.db"
    path.write_bytes(sqlite_template.read_bytes())
    office = open_office(tmp_path / "site", f"sqlite:///{path}", FakeClock())
    found = Rooms(office, chromium)
    found.serve()
    yield found
    for context in found.contexts:
        context.close()
    found.stop()
    for client in office.clients:
        client.close()
    office.app.close()


def pause(rooms: Rooms, name: str = "ada_demo") -> None:
    with rooms.office.app.store.write() as tx:
        site.pause(tx, by=name, at=rooms.office.clock.now())


def test_two_people_see_each_other_and_who_writes(rooms: Rooms) -> None:
    draft = rooms.office.drafts()
    mira, ben = rooms.page_of("mira_demo", draft.id), rooms.page_of("ben_demo", draft.id)
    sees(mira, draft.id, "ben_demo")
    sees(ben, draft.id, "mira_demo")

    mira.locator("[data-draft] textarea").press_sequentially("Thanks")
    sees(ben, draft.id, "mira_demo", is_typing=True)
    hears(mira, "claim", "holder", "mira_demo")
    hears(ben, "claim", "holder", "mira_demo")
    # The pen is put down when no key is pressed any more; the claim stays.
    sees(ben, draft.id, "mira_demo", is_typing=False)
    with rooms.office.app.store.read() as tx:
        assert presence.claim_of(tx, draft.id, rooms.office.clock.now()) is not None


def test_whoever_goes_on_leaves_or_falls_silent_is_gone(rooms: Rooms) -> None:
    first, second = rooms.office.drafts(), rooms.office.drafts("I love the old box")
    mira, ben = rooms.page_of("mira_demo", first.id), rooms.page_of("ben_demo", first.id)
    falls_silent = silencer(ben)
    sees(mira, first.id, "ben_demo")
    ben.evaluate("(id) => document.querySelector('[data-draft]').dataset.draft = id", str(second.id))
    sees(mira, second.id, "ben_demo")
    misses(mira, first.id, "ben_demo")

    mira.goto("/mentions")
    misses(ben, first.id, "mira_demo")
    mira = rooms.page_of("mira_demo", first.id, mira.context)
    sees(mira, second.id, "ben_demo")
    falls_silent()
    rooms.office.clock.forward(seconds=31)
    misses(mira, second.id, "ben_demo")


def test_whoever_is_taken_over_from_is_told(rooms: Rooms) -> None:
    draft = rooms.office.drafts()
    mira, ben = rooms.page_of("mira_demo", draft.id), rooms.page_of("ben_demo", draft.id)
    mira.locator("[data-draft] textarea").press_sequentially("Thanks")
    hears(ben, "claim", "holder", "mira_demo")
    with rooms.office.app.store.write() as tx:
        presence.take_over(tx, draft.id, "ben_demo", rooms.office.clock.now())

    hears(mira, "taken", "by", "ben_demo")
    hears(ben, "draft", "action", "taken_over")
    assert "taken" not in told(ben)


def test_a_stopped_server_is_noticed_and_what_was_missed_is_told(rooms: Rooms) -> None:
    draft = rooms.office.drafts()
    mira = rooms.page_of("mira_demo", draft.id)
    rooms.stop()
    hears_of(mira, "lost")
    pause(rooms)
    new = rooms.office.drafts("I love the old box")
    rooms.serve()
    hears_of(mira, "new")

    names = told(mira)
    assert names.count("lost") == names.count("back") == 1
    after = names[names.index("back") :]
    assert "site" in after
    assert mira.evaluate("window.told.find((each) => each[0] === 'new')[1].drafts") == [
        {"id": new.id, "lane": new.lane}
    ]


def test_the_next_page_hears_what_happened_since_it_was_made(rooms: Rooms) -> None:
    draft = rooms.office.drafts()
    mira = rooms.page_of("mira_demo", draft.id)
    pause(rooms)
    hears(mira, "site", "paused_by", "ada_demo")
    mira.goto("/cases")
    # After the page was made, and before it listens.
    new = rooms.office.drafts("I love the old box")
    mira.add_script_tag(url="/static/js/live.js", type="module")
    hears_of(mira, "new")

    assert [detail["drafts"][0]["id"] for name, detail in mira.evaluate("window.told") if name == "new"] == [
        new.id
    ]


def test_the_tabs_of_a_browser_share_one_stream(rooms: Rooms) -> None:
    draft = rooms.office.drafts()
    context = rooms.browser_of("mira_demo")
    first = rooms.page_of("mira_demo", draft.id, context)
    second = rooms.page_of("mira_demo", draft.id, context)
    assert rooms.streams is not None
    assert rooms.streams.count == 1
    pause(rooms)
    for page in (first, second):
        hears(page, "site", "paused_by", "ada_demo")

    first.close()
    new = rooms.office.drafts("I love the old box")
    hears_of(second, "new")
    assert [
        detail["drafts"][0]["id"] for name, detail in second.evaluate("window.told") if name == "new"
    ] == [new.id]
    assert "lost" not in told(second)


def test_a_page_whose_own_request_failed_is_told_when_all_is_well(rooms: Rooms) -> None:
    draft = rooms.office.drafts()
    mira = rooms.page_of("mira_demo", draft.id)
    mira.evaluate("document.dispatchEvent(new CustomEvent('desk:lost'))")
    hears_of(mira, "back")

    assert [name for name in told(mira) if name in {"lost", "back"}] == ["lost", "back"]


def test_a_tab_that_falls_asleep_gives_the_stream_to_another(rooms: Rooms) -> None:
    draft = rooms.office.drafts()
    context = rooms.browser_of("mira_demo")
    first = rooms.page_of("mira_demo", draft.id, context)
    context.add_init_script(
        "addEventListener('DOMContentLoaded', () => document.body.dataset.liveLostMs = 1000)"
    )
    second = rooms.page_of("mira_demo", draft.id, context)
    first.evaluate("BroadcastChannel.prototype.postMessage = () => {}")
    hears_of(second, "lost")
    hears_of(second, "back")
    pause(rooms)
    hears(second, "site", "paused_by", "ada_demo")
    hears(first, "site", "paused_by", "ada_demo")
