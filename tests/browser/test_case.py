"""A case in a browser: worked by keys alone, and in reach of a thumb."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from engagebot.domain.outbox import CaseState
from engagebot.domain.roles import Role
from engagebot.store.casework import cases
from engagebot.store.entry.accounts import KeyKind
from tests.browser.room import Room
from tests.browser.visiting import sideways, small_targets, violations_in_both_schemes
from tests.factories import make_author

MIRA = "mira_demo"
WORDS = "Third time I am told it is fixed. It is not. My modem is dead again, and so is my patience."
MARK = """
() => {
  const words = document.querySelector("[data-quotable]").firstChild;
  getSelection().setBaseAndExtent(words, 0, words, 33);
}
"""

END = "(part) => document.querySelector(part).getBoundingClientRect().bottom"


def test_a_case_is_worked_by_keys_alone(room: Room) -> None:
    case_id = room.office.opens_case(WORDS, author=make_author("maple_fan_demo"))
    with room.visit(reduced_motion="reduce") as visit:
        page = visit.page
        page.goto(f"/cases/{case_id}")

        page.keyboard.press("l")
        expect(page.get_by_label("Where")).to_be_focused()
        for field in ("65", "he is ill, told to reset it"):
            page.keyboard.press("Tab")
            page.keyboard.type(field)
        page.keyboard.press("Enter")
        said = page.get_by_label("What was said")
        expect(said).to_be_focused()
        expect(said).to_have_accessible_description(re.compile("Notes hold only"))
        assert violations_in_both_schemes(page) == []
        page.keyboard.type(" again")
        expect(said).to_have_value("he is ill, told to reset it again")
        assert [each for each in visit.complaints if "422" not in each] == []
        visit.complaints.clear()
        said.fill("told to reset it")
        page.keyboard.press("Enter")
        expect(page.locator(".effort")).to_contain_text("2 contacts · 1 h 05 of their time")

        page.wait_for_load_state("load")
        page.evaluate(MARK)
        page.keyboard.press("q")
        expect(page.get_by_role("heading", level=1)).to_have_text("Third time I am told it is fixed.")

        page.wait_for_load_state("load")
        page.keyboard.press("i")
        expect(page.locator(".chips")).to_contain_text("being looked after")
        page.wait_for_load_state("load")
        page.keyboard.press("n")
        page.keyboard.type("the reset is in the guide")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".happened")).to_contain_text("the reset is in the guide")
        page.wait_for_load_state("load")
        page.keyboard.press("R")
        page.keyboard.type("fixed")
        page.keyboard.press("Enter")
        expect(page.locator(".chips")).to_contain_text("resolved")
        assert visit.complaints == []
    with room.office.app.store.read() as tx:
        case = cases.get(tx, case_id)
    assert (case.state, case.outcome, case.minutes) == (CaseState.RESOLVED, "fixed", 65)


def test_on_a_phone_who_what_and_due_are_seen_and_acknowledge_is_near_the_thumb(room: Room) -> None:
    case_id = room.office.opens_case(WORDS, author=make_author("oak_fan_demo"))
    size = {"width": 360, "height": 740}
    with room.visit(viewport=size, reduced_motion="reduce") as visit:
        page = visit.page
        page.goto(f"/cases/{case_id}")

        for seen in (page.get_by_role("heading", level=1), page.locator(".clocks"), page.locator(".effort")):
            expect(seen).to_be_in_viewport(ratio=0.9)
        button = page.get_by_role("button", name="Acknowledge")
        page.mouse.wheel(0, 2000)
        expect(button).to_be_in_viewport(ratio=1)
        box = button.bounding_box()
        assert box is not None
        assert (box["height"] >= 44, box["y"] > 0.8 * size["height"]) == (True, True)
        assert sideways(page) + small_targets(page) == []
        assert violations_in_both_schemes(page) == []
        assert visit.complaints == []


def test_the_head_of_a_case_stands_high_on_the_screen(room: Room) -> None:
    case_id = room.office.opens_case(WORDS, author=make_author("ash_fan_demo"))
    # Where nothing else fits beside it, what is known at a glance ends a little below the first third.
    sizes = ((1280, 800, ".top", 1 / 3), (360, 740, ".nav", 0.45))
    for width, height, bar, share in sizes:
        with room.visit(viewport={"width": width, "height": height}) as visit:
            page = visit.page
            page.goto(f"/cases/{case_id}")
            ends = {part: page.evaluate(END, part) for part in (bar, "h1", ".chips", ".effort", ".clocks")}

            assert ends[bar] <= 100, (width, ends)
            assert ends["h1"] <= height / 3, (width, ends)
            assert max(ends.values()) <= height * share, (width, ends)


def test_on_a_phone_who_has_a_case_ends_it_near_the_thumb(room: Room) -> None:
    case_id = room.office.opens_case(WORDS, author=make_author("yew_fan_demo"))
    room.keys[MIRA] = room.office._key(Role.SUPPORT, MIRA, KeyKind.SESSION)
    with room.visit(MIRA, viewport={"width": 360, "height": 740}, reduced_motion="reduce") as visit:
        page = visit.page
        page.goto(f"/cases/{case_id}")
        ends = page.locator(".deeds-bar").get_by_role("link", name="Resolve")
        expect(ends).to_be_hidden()
        page.get_by_role("button", name="Acknowledge").click()
        expect(ends).to_be_in_viewport(ratio=1)
        assert violations_in_both_schemes(page) + sideways(page) + small_targets(page) == []
        ends.click()
        expect(page.get_by_label("How did it end?")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".chips")).to_contain_text("resolved")
        assert visit.complaints == []


def test_on_a_phone_marks_stand_behind_what_is_due(room: Room) -> None:
    words = "Asked 5 times! I feel cheated. Last plea before I cancel and leave you. Let me talk to a human."
    case_id = room.office.opens_case(f"{WORDS} {words}", author=make_author("elm_fan_demo"))
    height = 740
    with room.visit(viewport={"width": 360, "height": height}, reduced_motion="reduce") as visit:
        page = visit.page
        page.goto(f"/cases/{case_id}")
        assert page.locator(".marks .chip").count() >= 3
        ends = {part: page.evaluate(END, part) for part in ("h1", ".chips", ".clocks", ".effort", ".marks")}

        assert list(ends.values()) == sorted(ends.values()), ends
        assert ends[".clocks"] <= height / 3, ends
        assert ends[".marks"] <= height * 0.45, ends
        assert violations_in_both_schemes(page) == []


def test_on_the_smallest_phone_the_bar_is_one_line(room: Room) -> None:
    with room.visit(viewport={"width": 320, "height": 640}) as visit:
        page = visit.page
        page.goto("/cases")
        expect(page.locator("#mode")).to_have_text(re.compile("DRY RUN"))
        middles = page.locator(".top > *").evaluate_all(
            "all => all.map(part => part.getBoundingClientRect()).map(box => box.top + box.height / 2)"
        )
        assert max(middles) - min(middles) < 3, middles
        assert sideways(page) + small_targets(page) == []


def test_on_a_phone_the_pages_scroll_in_one_line_and_the_rest_unfolds(room: Room) -> None:
    with room.visit(viewport={"width": 360, "height": 740}, reduced_motion="reduce") as visit:
        page = visit.page
        page.goto("/settings")

        expect(page.locator(".nav [aria-current]")).to_be_in_viewport(ratio=1)
        menu = page.get_by_role("button", name="Menu")
        help_ = page.get_by_role("link", name="Help")
        expect(help_).to_be_hidden()
        menu.press("Enter")
        expect(page.get_by_role("button", name="Sign out")).to_be_in_viewport(ratio=1)
        assert violations_in_both_schemes(page) == []
        assert small_targets(page) == []
        menu.press("Tab")
        expect(help_).to_be_focused()
        page.keyboard.press("Escape")
        expect(help_).to_be_hidden()
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox", name="Search all mentions")).to_be_focused()
        page.keyboard.type("modem")
        assert sideways(page) == []
        page.keyboard.press("Enter")
        page.wait_for_url("**/mentions?q=modem")
        assert visit.complaints == []
