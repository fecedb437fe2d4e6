from __future__ import annotations

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from engagebot.domain.desk.preferences import Preferences
from engagebot.domain.outbox import DraftState
from engagebot.store.desk import preferences
from tests.browser.keys_of_case import CASE
from tests.browser.keys_of_item import ITEM, Desk
from tests.browser.keys_of_list import LIST
from tests.browser.room import KIM, Room

pytestmark = pytest.mark.browser
CHECKS = ITEM | LIST | CASE


def test_every_key_of_the_sheet_does_what_it_says(room: Room) -> None:
    wrong = {}
    with room.visit() as visit:
        desk = Desk(room, visit)
        visit.page.goto("/queue")
        desk.press("?")
        shown = visit.page.locator("#keys dd").evaluate_all("all => all.map(part => part.dataset.for)")
        assert sorted(shown) == sorted(CHECKS), "a key of the sheet has no check here"
        # An empty queue opens by itself what comes next, and would cross the way of the first check.
        visit.page.goto("about:blank")
        for action, check in CHECKS.items():
            try:
                check(desk)
            except (AssertionError, IndexError, PlaywrightError) as error:
                wrong[action] = str(error).partition("Aria snapshot")[0]
                # The next one begins on a page of its own.
                visit.page.goto("about:blank")
    assert not wrong, "\n\n".join(f"{action}: {said}" for action, said in wrong.items())
    # A refusal is an answer too, and the browser tells of it; the same for what was kept from leaving.
    told = [
        each for each in visit.complaints if "Failed to load resource" not in each and "htmx:" not in each
    ]
    assert told == []


def test_a_persons_own_keys_take_the_place_of_the_usual_ones(room: Room) -> None:
    draft = room.praise()
    with room.visit() as visit:
        desk = Desk(room, visit)
        visit.page.goto("/me")
        visit.page.get_by_text("Change single keys").click()
        visit.page.get_by_label("Approve", exact=True).fill("y")
        visit.page.get_by_role("button", name="Save the keys").click()
        desk.opens(draft)
        expect(visit.page.get_by_role("button", name="Approve y")).to_be_visible()
        desk.press("a")
        assert desk.now(draft).state is DraftState.PROPOSED
        desk.press("y")
        desk.becomes(draft, DraftState.APPROVED)


def test_letters_do_nothing_for_whoever_switched_them_off(room: Room) -> None:
    draft, other = room.praise(), room.praise()
    with room.office.app.store.write() as tx:
        preferences.write(tx, KIM, Preferences(has_letter_keys=False), room.office.clock.now())
    with room.visit() as visit:
        desk = Desk(room, visit)
        desk.opens(draft)
        where = visit.page.url
        desk.press("a r 3 s 1 i j k x z + - g t ?")
        assert (visit.page.url, desk.now(draft), desk.now(other)) == (where, draft, other)
        expect(visit.page.get_by_role("dialog")).to_have_count(0)
        expect(visit.page.locator(".draft kbd", has_text="a")).to_have_count(0)
        visit.page.locator("#text").focus()
        desk.press("Control+Enter")
        desk.becomes(draft, DraftState.APPROVED)
