"""What the desk looks like and how it is found by hands, eyes and ears of all kinds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from engagebot.domain.drafting import Drafted
from engagebot.store.desk import presence
from engagebot.store.replying import variants
from tests.browser.room import BEN, WIDE, Room
from tests.browser.visiting import OPEN_FOLDS, sideways, small_targets, violations, violations_in_both_schemes
from tests.factories import BLOCKED, BY_HAND

pytestmark = pytest.mark.browser

# Narrow ones, one that is seen twice as large, a usual one, and on which of them letters get more room.
# A browser that doubles every letter halves what style sheets take for the width of the screen.
SIZES: tuple[tuple[ViewportSize, bool], ...] = (
    ({"width": 320, "height": 700}, False),
    ({"width": 360, "height": 700}, False),
    ({"width": 640, "height": 320}, True),
    ({"width": 1280, "height": 640}, True),
)
SPACED = """
() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
      word-spacing: .16em !important }
    p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets.push(sheet);
}
"""
# Text that is cut off: a box that hides what flows over and does not scroll; rows show first words only.
CUT = """
() => [...document.querySelectorAll("main *, header *")].filter((part) => {
  if (!part.checkVisibility() || !part.textContent.trim()) return false;
  if (part.closest(".hide, .quote, select")) return false;
  const style = getComputedStyle(part);
  if (![style.overflowX, style.overflowY].some((flow) => ["hidden", "clip"].includes(flow))) return false;
  return part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1;
}).map((part) => part.outerHTML.slice(0, 90))
"""
RING = """
() => {
  const part = document.activeElement;
  if (part === document.body) return null;
  const box = part.getBoundingClientRect();
  if (box.width <= 1 || box.height <= 1) return { name: "hidden input", isSeen: true, ring: 2 };
  const style = getComputedStyle(part);
  const spots = [[.5, .5], [.1, .5], [.9, .5], [.5, .15], [.5, .85]];
  const isSeen = spots.some(([x, y]) => {
    const there = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
    return there && (part.contains(there) || there.contains(part));
  });
  return {
    name: part.outerHTML.slice(0, 100),
    isSeen,
    ring: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
  };
}
"""


@pytest.fixture(scope="module")
def full(shared_room: Room) -> Iterator[dict[str, int]]:
    """One draft of each kind; nothing changes them here."""
    room = shared_room
    room.clear()
    ids = {
        "plain": room.praise().id,
        "by_hand": room.praise(route=BY_HAND).id,
        "blocked": room.praise().id,
        "risky": room.praise().id,
        "long": room.praise().id,
        "variants": room.praise().id,
    }
    room.put(ids["blocked"], reply_route=BLOCKED.route.value, reply_reason=BLOCKED.reason)
    room.put(ids["risky"], reach=90_000)
    thread: dict[str, Any] = {"conversation_id": "talk-of-many"}
    for _ in range(4):
        room.office.hears("a van is parked here. " * 30, **thread)
    ids["thread"] = room.praise(**thread).id
    clock = room.office.clock
    with room.office.app.store.write() as tx:
        variants.put(
            tx, ids["variants"], [Drafted("A second wording."), Drafted("A third one {{x}}", ("x",))]
        )
        presence.here(tx, ids["plain"], BEN, clock.now(), is_typing=True)
    yield ids
    room.clear()


def _states(page: Page, ids: dict[str, int]) -> Iterator[str]:
    """Bring the desk into each of its states, one after the other."""
    for name, draft_id in ids.items():
        page.goto(f"/queue?item={draft_id}")
        yield name
    page.goto(f"/queue?item={ids['plain']}")
    page.locator("#decide").evaluate("form => HTMLFormElement.prototype.submit.call(form)")
    expect(page.locator("#work .trouble")).to_be_visible()
    page.wait_for_load_state()
    yield "claimed by somebody"
    page.goto("/queue?q=feeling:nonsense")
    yield "a search that cannot be read"
    page.goto(f"/queue/bulk?id={ids['plain']}&id={ids['by_hand']}")
    yield "bulk"
    page.goto(f"/queue/play?item={ids['thread']}")
    yield "one at a time"
    page.goto("/queue?lane=rejected")
    yield "empty"


@dataclass
class Looks:
    """What is wrong with the states of the desk: what hands, eyes and ears miss, and what does not fit."""

    violations: dict[str, list[Any]] = field(default_factory=dict)
    unfit: dict[str, list[str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def looks(shared_room: Room, full: dict[str, int]) -> Looks:
    """One visit to each state, for all that it shows without being touched."""
    found = Looks()
    with shared_room.visit(reduced_motion="reduce") as visit:
        page = visit.page
        for name in _states(page, full):
            found.unfit |= _unfit(page, name)
            page.set_viewport_size(WIDE)
            found.violations[name] = violations_in_both_schemes(page)
        page.goto(f"/queue?item={full['plain']}")
        for key, name in (("?", "Keys"), ("Control+k", "Find anything")):
            page.keyboard.press(key)
            expect(page.get_by_role("dialog", name=name)).to_be_visible()
            found.violations[name] = violations_in_both_schemes(page)
            page.keyboard.press("Escape")
    return found


def _unfit(page: Page, name: str) -> dict[str, list[str]]:
    """What does not fit a state of the desk on screens of all sizes; leaves its folds open."""
    found = {}
    for size, is_spaced in SIZES:
        page.set_viewport_size(size)
        found[f"{name} at {size['width']}, closed"] = sideways(page)
        if is_spaced:
            page.evaluate(SPACED)
            found[f"{name} at {size['width']}, spaced"] = sideways(page) + page.evaluate(CUT)
            page.evaluate("() => document.adoptedStyleSheets.pop()")
    page.evaluate(OPEN_FOLDS)
    for size, _ in SIZES:
        page.set_viewport_size(size)
        found[f"{name} at {size['width']}"] = sideways(page) + small_targets(page)
        if size["width"] == 360:
            found[f"{name}, thumbs"] = small_targets(page, 44, "#work button.primary, #work .row > button")
    return found


def test_every_state_of_the_desk_is_accessible_by_day_and_by_night(looks: Looks) -> None:
    assert {name: wrong for name, wrong in looks.violations.items() if wrong} == {}


def test_every_state_of_the_desk_fits_can_be_hit_and_loses_nothing_with_more_room_between_letters(
    looks: Looks,
) -> None:
    assert {name: wrong for name, wrong in looks.unfit.items() if wrong} == {}


def test_the_chosen_row_and_the_focus_are_seen_in_forced_colours(
    shared_room: Room, full: dict[str, int]
) -> None:
    with shared_room.visit(forced_colors="active") as visit:
        visit.page.goto(f"/queue?item={full['variants']}")
        row = visit.page.locator(".rowlink.chosen")
        assert row.evaluate("part => getComputedStyle(part).outlineStyle") == "solid"
        row.focus()
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate(RING)["ring"] >= 2
        assert violations(visit.page) == []


@pytest.mark.parametrize("height", [480, 600])
def test_the_focus_is_always_seen_while_tabbing_through_the_queue(
    shared_room: Room, full: dict[str, int], height: int
) -> None:
    stops: list[dict[str, Any]] = []
    with shared_room.visit(viewport={"width": 1280, "height": height}) as visit:
        page = visit.page
        page.goto(f"/queue?item={full['variants']}")
        for _ in range(140):
            page.keyboard.press("Tab")
            stop = page.evaluate(RING)
            if stop is None or (stops and stop["name"].startswith('<a class="skip"')):
                break
            stops.append(stop)

    assert len(stops) > 30
    assert [stop for stop in stops if not stop["isSeen"] or stop["ring"] < 2] == []


def test_each_mention_and_every_result_is_told_to_screen_readers(
    shared_room: Room, full: dict[str, int]
) -> None:
    with shared_room.visit() as visit:
        page = visit.page
        page.goto(f"/queue?item={full['plain']}")
        expect(page.locator("#toast")).to_have_attribute("role", "status")
        assert page.locator(".said, .said-before").evaluate_all(
            "all => all.every(part => part.lang && (part.dir || part.querySelector('[dir]')))"
        )
        row = page.locator("#rows > [data-row] .rowlink").first.inner_text()
        order = [
            row.index(words) for words in ("happy", "Demo", "@maple_", "love", "waiting", "Thank people")
        ]
        assert order == sorted(order)
        tabs = page.locator("#rows .rowlink").evaluate_all(
            "all => all.filter(row => row.tabIndex === 0).length"
        )
        assert tabs == 1
        assert page.locator('[data-do="approve"]').get_attribute("aria-keyshortcuts") == "a"
