"""In a real browser, too, whatever anybody writes is text: nothing runs, is loaded or is reported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request

from engagebot.domain.roles import Role
from engagebot.store.engine import Store
from engagebot.store.entry.accounts import KeyKind
from engagebot.store.schema import upgrade
from engagebot.web.entry.auth import cookie_name
from tests.fakes import FakeClock
from tests.hostile import Filled, fill
from tests.integration.web.live_office import serving
from tests.integration.web.office import Office, open_office

pytestmark = pytest.mark.browser

LONGEST = 2_000
PAGES = (
    "/", "/queue", "/queue?item={draft}", "/queue?lane=rejected", "/queue/play", "/mentions", "/cases",
    "/mentions/{mention}", "/cases/{case}", "/customers", "/customers/1", "/audit", "/settings", "/me",
    "/settings/people", "/settings/deliveries?show=all", "/find?q=a",
)  # fmt: skip
LISTEN = """
  window.reports = [];
  document.addEventListener("securitypolicyviolation", (one) => window.reports.push(one.violatedDirective));
"""
FOUND = """
() => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  const strange = [...document.querySelectorAll("*")].filter((part) =>
    part.localName.includes("-") || ["iframe", "object", "embed", "base", "style"].includes(part.localName) ||
    (part.localName === "script" && !new URL(part.src).pathname.startsWith("/static/")) ||
    [...part.attributes].some((one) => /^on|canary|^srcdoc$/.test(one.name)) ||
    /^(javascript|data|vbscript):/i.test(part.getAttribute("href") ?? part.getAttribute("action") ?? ""));
  return [...strange.map((part) => part.outerHTML.slice(0, 120)), ...window.reports];
}
"""


@dataclass
class Watched:
    """A page in which an owner is signed in, and everything that should not happen on it."""

    page: Page
    address: str
    happened: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, Filled]]:
    folder: Path = tmp_path_factory.mktemp("hostile")
    clock, url = FakeClock(), f"sqlite:///{folder / 'engagebot.db'}"
    store = Store(url, clock=clock)
    upgrade(store)
    store.close()
    office = open_office(folder / "site", url, clock)
    yield office, fill(office, longest=LONGEST)
    for client in office.clients:
        client.close()
    office.app.close()


@contextmanager
def watching(office: Office, chromium: Browser, address: str) -> Iterator[Watched]:
    """A browser of its own in which an owner is signed in; what happens on its page is written down."""
    context = chromium.new_context(base_url=address, viewport={"width": 1280, "height": 900})
    secret = office._key(Role.OWNER, "owner_demo", KeyKind.SESSION)
    context.add_cookies([{"name": cookie_name(office.app), "value": secret, "url": address}])
    context.add_init_script(LISTEN)
    found = Watched(context.new_page(), address)

    def left(request: Request) -> None:
        if not request.url.startswith(address):
            found.happened.append(f"asked {request.url[:100]}")

    found.page.on("request", left)

    def asked(dialog: Dialog) -> None:
        found.happened.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    found.page.on("dialog", asked)
    found.page.on("pageerror", lambda error: found.happened.append(str(error)))

    def complained(said: ConsoleMessage) -> None:
        # Of what could not be loaded the words say nothing; where they point to does.
        found.happened.append(f"{said.type}: {said.text[:200]} {said.location['url'][:100]}")

    found.page.on("console", complained)
    yield found
    context.close()


@pytest.fixture(scope="module")
def address(site: tuple[Office, Filled]) -> Iterator[str]:
    with serving(site[0].app) as (address, _):
        yield address


@pytest.fixture(scope="module")
def watched(site: tuple[Office, Filled], chromium: Browser, address: str) -> Iterator[Watched]:
    with watching(site[0], chromium, address) as found:
        yield found


@pytest.fixture
def spoilt(site: tuple[Office, Filled], chromium: Browser, address: str) -> Iterator[Watched]:
    """A page for one test alone: what is put in there may still be reported after its test ended."""
    with watching(site[0], chromium, address) as found:
        yield found


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_hostile_words_is_only_words(
    site: tuple[Office, Filled], watched: Watched, path: str
) -> None:
    _, filled = site
    watched.happened.clear()
    mention = filled.mentions["tag of its own"]

    answer = watched.page.goto(path.format(draft=filled.drafts[3], mention=mention, case=filled.cases[0]))

    assert answer is not None
    assert answer.status == 200
    assert watched.page.evaluate(FOUND) == []
    assert watched.page.title() != "canary"
    assert watched.happened == []


def test_this_watch_would_see_what_runs(spoilt: Watched) -> None:
    spoilt.page.goto("/keys")
    spoilt.page.evaluate(
        """() => document.body.insertAdjacentHTML("beforeend", "<canary-tag></canary-tag>"
          + "<img src=/nowhere.png onerror=alert(1)><img src=https://elsewhere.example/canary.png>")"""
    )
    spoilt.page.wait_for_function("window.reports.length > 1")

    found = spoilt.page.evaluate(FOUND)

    assert {"script-src-attr", "img-src"} <= set(found)
    assert [each for each in found if each.startswith("<canary-tag>")]
    assert spoilt.happened


def test_every_hostile_mention_is_only_words(site: tuple[Office, Filled], watched: Watched) -> None:
    _, filled = site
    watched.happened.clear()

    for name, mention_id in filled.mentions.items():
        watched.page.goto(f"/mentions/{mention_id}", wait_until="domcontentloaded")
        assert watched.page.evaluate(FOUND) == [], name
        parts = watched.page.locator("svg.avatar").evaluate(
            "e => [...e.children].map((each) => each.localName)"
        )
        assert parts == ["rect", "text"], name

    assert watched.happened == []


def test_marks_of_direction_turn_nothing_of_ours(site: tuple[Office, Filled], watched: Watched) -> None:
    _, filled = site
    watched.page.goto(f"/mentions/{filled.mentions['direction never ended']}")

    # Where our own words stand beside a stranger's, the first is still left of the last.
    order = watched.page.evaluate("""() => {
      const line = document.querySelector(".mention header .small");
      const words = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
      const places = [];
      for (let node = words.nextNode(); node; node = words.nextNode()) {
        if (node.parentElement.closest("bdi") || !node.data.trim()) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const box = range.getClientRects()[0];
        places.push([Math.round(box.top), Math.round(box.left)]);
      }
      return places;
    }""")

    assert len(order) > 2
    assert order == sorted(order)
