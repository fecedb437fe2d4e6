from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, expect

from engagebot.bootstrap import App
from engagebot.domain.outbox import DraftState
from engagebot.store import drafts

pytestmark = pytest.mark.browser

PAGES = (
    "/", "/queue", "/queue?lane=rejected", "/mentions", "/mentions/1", "/cases", "/cases/1", "/customers",
    "/customers/1", "/rules", "/connectors", "/audit", "/settings",
)  # fmt: skip
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}

SMALL_TARGETS = """
[...document.querySelectorAll("button, summary, nav a, select")]
  .filter(part => part.checkVisibility() && part.getBoundingClientRect().height < 24)
  .map(part => part.outerHTML.slice(0, 80))
"""


@dataclass
class Visit:
    """A page, and everything the browser complained about on it."""

    page: Page
    complaints: list[str] = field(default_factory=list)


def _visit(browser: Browser, address: str, **context: Any) -> Iterator[Visit]:
    opened = browser.new_context(base_url=address, **context)
    visit = Visit(opened.new_page())

    def left(request: Request) -> None:
        if not request.url.startswith((address, "data:")):
            visit.complaints.append(f"loaded {request.url}")

    visit.page.on("console", lambda message: visit.complaints.append(f"{message.type}: {message.text}"))
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    visit.page.on("request", left)
    yield visit
    opened.close()


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Visit]:
    yield from _visit(chromium, address, viewport={"width": 1280, "height": 900})


def _state(app: App, draft_id: str) -> DraftState:
    with app.store.read() as tx:
        return drafts.get(tx, int(draft_id)).state


def _chosen(page: Page) -> str:
    action = page.locator("#decide").get_attribute("action")
    assert action is not None
    return action.split("/")[2]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_in_peace(visit: Visit, path: str) -> None:
    response = visit.page.goto(path)

    assert response is not None
    assert response.status == 200
    assert visit.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible(
    chromium: Browser, address: str, path: str, scheme: Literal["light", "dark"]
) -> None:
    for visit in _visit(chromium, address, color_scheme=scheme):
        visit.page.goto(path)
        visit.page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")

        violations = Axe().run(visit.page, options=AXE).response["violations"]

        assert [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in violations] == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_narrow_screen_and_large_targets(chromium: Browser, address: str, path: str) -> None:
    for visit in _visit(chromium, address, viewport={"width": 320, "height": 640}):
        visit.page.goto(path)

        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 320
        small = visit.page.evaluate(SMALL_TARGETS)
        assert small == []


def test_a_draft_is_approved_and_taken_back_without_scripts(
    chromium: Browser, address: str, app: App
) -> None:
    for visit in _visit(chromium, address, java_script_enabled=False):
        page = visit.page
        page.goto("/queue")
        draft_id = _chosen(page)
        page.get_by_label("The reply").fill("Thank you, that is kind.")
        page.get_by_role("button", name="Approve").click()

        expect(page.get_by_role("status")).to_contain_text("Nothing leaves while this site is DEMO")
        assert _state(app, draft_id) is DraftState.APPROVED
        assert _chosen(page) != draft_id
        page.get_by_role("button", name="Undo").first.click()

        expect(page.get_by_label("The reply")).to_have_value("Thank you, that is kind.")
        assert _state(app, draft_id) is DraftState.PROPOSED


def test_the_queue_is_worked_by_single_keys(visit: Visit, app: App) -> None:
    page = visit.page
    page.goto("/queue")
    first = _chosen(page)

    page.keyboard.press("j")
    page.wait_for_url("**item=*")
    second = _chosen(page)
    assert second != first
    page.keyboard.press("k")
    page.wait_for_url(f"**item={first}*")
    page.keyboard.press("a")
    page.wait_for_url("**done=approved*")
    assert _state(app, first) is DraftState.APPROVED
    assert _chosen(page) == second
    page.keyboard.press("z")
    page.wait_for_url("**done=undone*")
    assert _state(app, first) is DraftState.PROPOSED
    page.keyboard.press("r")
    expect(page.get_by_label("Why?")).to_be_focused()
    assert visit.complaints == []


def test_keys_do_nothing_while_somebody_types(visit: Visit, app: App) -> None:
    page = visit.page
    page.goto("/queue")
    draft_id, where = _chosen(page), page.url

    page.keyboard.press("e")
    field = page.get_by_label("The reply")
    expect(field).to_be_focused()
    field.press_sequentially("aaa rrr zzz jjk")

    assert page.url == where
    assert "aaa rrr zzz jjk" in field.input_value()
    assert _state(app, draft_id) is DraftState.PROPOSED
    page.keyboard.press("Escape")
    expect(field).not_to_be_focused()
    assert "aaa rrr zzz jjk" in field.input_value()


def test_the_counter_follows_the_platform(visit: Visit) -> None:
    page = visit.page
    page.goto("/queue")

    page.get_by_label("The reply").fill("a" * 284)

    expect(page.locator("#count")).to_contain_text("4 characters over")
    page.get_by_label("The reply").fill("Hello")
    expect(page.locator("#count")).to_have_text("5 of 280 characters")
    assert visit.complaints == []


def test_the_sheet_of_keys_is_made_from_the_keys_themselves(visit: Visit) -> None:
    page = visit.page
    page.goto("/queue")

    page.keyboard.press("?")

    sheet = page.get_by_role("dialog")
    expect(sheet).to_be_visible()
    shown = set(sheet.locator("dt").all_inner_texts())
    keyed = set(page.locator("[data-key]").evaluate_all("parts => parts.map(part => part.dataset.key)"))
    assert keyed <= shown
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
