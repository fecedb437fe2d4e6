from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from starlette.routing import Route

from engagebot.bootstrap import App
from engagebot.domain.casework import look_after
from engagebot.domain.casework.contacts import Channel
from engagebot.domain.outbox import DraftState
from engagebot.domain.telling.cards import Deed
from engagebot.domain.telling.presses import Press
from engagebot.settings.values import Secret
from engagebot.store import tables
from engagebot.store.casework import continuations
from engagebot.store.persons import chatters
from engagebot.store.replying import drafts
from engagebot.web.app import ROUTERS
from engagebot.web.desk.keys import KEYS
from tests.browser.visiting import (
    OPEN_FOLDS,
    Visit,
    sideways,
    small_targets,
    violations_in_both_schemes,
    visiting,
)

# Whoever comes first walks through all pages: half a minute, and several on a machine that is busy.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PAGES = (
    "/", "/queue", "/queue?lane=rejected", "/queue?q=nobody-says-this", "/queue/play", "/queue/1/drop",
    "/queue/bulk?id=1&id=2", "/mentions", "/mentions/1", "/cases", "/cases/1", "/customers", "/customers/1",
    "/rules", "/connectors", "/sample", "/keys", "/find?q=a", "/me", "/settings",
    "/settings/people", "/settings/deliveries?show=all", "/audit",
)  # fmt: skip
# These are no pages, nobody sees them on a demo, or (the last three) a secret of their own leads there.
NOT_VISITED = {
    "/healthz", "/readyz", "/metrics", "/login", "/setup/{secret}", "/invite/{secret}", "/audit.csv", "/live",
    "/avatars/{mention_id}", "/link/{secret}", "/look-after/{secret}", "/h/{secret}",
}  # fmt: skip


HEADER = """
() => [...document.querySelector("header").querySelectorAll("a, button, input")].map(
  (part) => part.dataset.opens ?? part.getAttribute("href") ?? part.name ?? part.textContent)
"""


@dataclass
class Walk:
    """What was seen on each page, and what the browser complained about on the way."""

    complaints: list[str]
    left_for: list[str]
    statuses: dict[str, int | None] = field(default_factory=dict)
    headers: dict[str, list[str]] = field(default_factory=dict)
    violations: dict[str, list[Any]] = field(default_factory=dict)
    narrow: dict[str, list[str]] = field(default_factory=dict)


def behind_links(app: App) -> dict[str, str]:
    """The pages that a message leads to, whose addresses hold a secret."""
    key, now = Secret("a made-up key of some length for tests"), app.clock.now()
    app.settings = replace(app.settings, secret_key=key)
    pressed = Press(
        chat="slack", person="T0DEMO:U0AGENT", name="agent_demo", deed=Deed.RESOLVE, case_id=1, place="C0CARE"
    )
    with app.store.write() as tx:
        secret = chatters.ask(tx, pressed, now).secret
        _, handed = continuations.add(tx, 1, Channel.EMAIL, note="they wait", by="agent_demo", at=now)
    mail = look_after.sign(key.reveal(), 1, now)
    return {"/link": f"/link/{secret}", "/look-after": f"/look-after/{mail}", "/h": f"/h/{handed}"}


@pytest.fixture(scope="module")
def walk(chromium: Browser, address: str, app: App) -> Walk:
    """One look at each page, for all that a page shows without being touched."""
    wide: ViewportSize = {"width": 1280, "height": 900}
    narrow: ViewportSize = {"width": 320, "height": 640}
    with visiting(chromium, address, viewport=wide, reduced_motion="reduce") as visit:
        found = Walk(visit.complaints, visit.left_for)
        for path in PAGES:
            response = visit.page.goto(path)
            found.statuses[path] = response.status if response else None
            found.headers[path] = visit.page.evaluate(HEADER)
            visit.page.set_viewport_size(narrow)
            found.narrow[path] = sideways(visit.page) + small_targets(visit.page)
            visit.page.set_viewport_size(wide)
            visit.page.evaluate(OPEN_FOLDS)
            found.violations[path] = violations_in_both_schemes(visit.page)
        for name, path in behind_links(app).items():
            response = visit.page.goto(path)
            found.statuses[name] = response.status if response else None
            found.violations[name] = violations_in_both_schemes(visit.page)
    return found


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Visit]:
    with visiting(chromium, address, viewport={"width": 1280, "height": 900}) as found:
        yield found


def _state(app: App, draft_id: str) -> DraftState:
    with app.store.read() as tx:
        return drafts.get(tx, int(draft_id)).state


def _chosen(page: Page) -> str:
    found = page.locator("#work").get_attribute("data-draft")
    assert found is not None
    return found


def _comes(page: Page, draft_id: str) -> None:
    # The next item comes before the answer to the decision that has led to it.
    expect(page.locator(f'#desk:not([data-deciding]) #work[data-draft="{draft_id}"]')).to_be_visible()


def test_every_page_is_visited() -> None:
    asked = [route for router in ROUTERS for route in router.routes if isinstance(route, Route)]
    paths = {route.path for route in asked if "GET" in (route.methods or ())}
    visited = {path.partition("?")[0] for path in PAGES}

    def is_visited(path: str) -> bool:
        start, _, rest = path.partition("{")
        return path in visited or (bool(rest) and any(each.startswith(start) for each in visited))

    assert {
        path for path in paths - NOT_VISITED if not is_visited(path) and not path.startswith("/api/")
    } == set()


def test_pages_load_in_peace(walk: Walk) -> None:
    assert {path: status for path, status in walk.statuses.items() if status != 200} == {}
    assert (walk.complaints, walk.left_for) == ([], [])


def test_pages_are_accessible_by_day_and_by_night(walk: Walk) -> None:
    assert {path: wrong for path, wrong in walk.violations.items() if wrong} == {}


def test_pages_fit_a_narrow_screen_and_large_targets(walk: Walk) -> None:
    assert {path: wrong for path, wrong in walk.narrow.items() if wrong} == {}


def test_help_stands_at_the_same_place_of_every_page(walk: Walk) -> None:
    assert walk.headers.keys() == set(PAGES)
    assert len({tuple(each) for each in walk.headers.values()}) == 1
    assert "keys" in walk.headers["/"]


def test_a_draft_is_approved_and_taken_back_without_scripts(
    chromium: Browser, address: str, app: App
) -> None:
    with visiting(chromium, address, java_script_enabled=False) as visit:
        page = visit.page
        page.goto("/queue")
        draft_id = _chosen(page)
        page.get_by_label("The reply e").fill("Thank you, that is kind.")
        page.get_by_role("button", name="Approve a", exact=True).click()

        expect(page.locator("#toast")).to_contain_text("Nothing leaves while this site is DEMO")
        assert _state(app, draft_id) is DraftState.APPROVED
        assert _chosen(page) != draft_id
        page.get_by_role("button", name="Undo").first.click()

        expect(page.get_by_label("The reply e")).to_have_value("Thank you, that is kind.")
        assert _state(app, draft_id) is DraftState.PROPOSED


def test_the_queue_is_worked_by_single_keys(visit: Visit, app: App) -> None:
    page = visit.page
    with app.store.write() as tx:
        # What other tests typed is kept, and may want a reason before it goes.
        tx.execute(tables.writings.delete())
    page.goto("/queue")
    first = _chosen(page)

    page.keyboard.press("j")
    expect(page.locator("#work")).not_to_have_attribute("data-draft", first)
    second = _chosen(page)
    page.keyboard.press("k")
    _comes(page, first)
    page.keyboard.press("a")
    _comes(page, second)
    assert _state(app, first) is DraftState.APPROVED
    page.keyboard.press("z")
    _comes(page, first)
    assert _state(app, first) is DraftState.PROPOSED
    page.keyboard.press("r")
    expect(page.get_by_role("button", name="they are not happy 1")).to_be_focused()
    assert visit.complaints == []


def test_keys_do_nothing_while_somebody_types(visit: Visit, app: App) -> None:
    page = visit.page
    page.goto("/queue")
    draft_id, where = _chosen(page), page.url

    page.keyboard.press("e")
    field = page.get_by_label("The reply e")
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
    approve = page.get_by_role("button", name="Approve a", exact=True)

    page.get_by_label("The reply e").fill("a" * 284)

    expect(page.locator("#count")).to_have_text("4 over the limit of 280")
    expect(approve).to_be_disabled()
    expect(page.locator("#reading")).to_contain_text("4 characters over")
    page.get_by_label("The reply e").fill("Hello")
    expect(page.locator("#count")).to_have_text("5 of 280")
    expect(approve).to_be_enabled()
    assert visit.complaints == []


def test_the_sheet_of_keys_is_made_from_the_keys_themselves(visit: Visit) -> None:
    page = visit.page
    page.goto("/queue")

    page.keyboard.press("?")

    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet).to_be_visible()
    shown = zip(sheet.locator("dt").all_inner_texts(), sheet.locator("dd").all_inner_texts(), strict=True)
    assert sorted(shown) == sorted((key.key, key.label) for key in KEYS.values())
    done = set(page.locator("[data-do]").evaluate_all("parts => parts.map(part => part.dataset.do)"))
    assert done <= KEYS.keys()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
