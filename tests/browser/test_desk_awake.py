"""Staying awake: who has approved for long is told that eyes get tired, quietly and once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from engagebot.domain.desk.preferences import Preferences
from engagebot.store.desk import preferences
from tests.browser.room import KIM, Room

pytestmark = pytest.mark.browser
HAS_WORKED = """
([minutes, approvals]) => sessionStorage.setItem("desk.work", JSON.stringify({
  since: Date.now() - minutes * 60_000, last: Date.now() - 1_000, approvals,
}))
"""


def approves_next(page: Page) -> None:
    item = page.locator("#work").get_attribute("data-draft")
    page.keyboard.press("a")
    expect(page.locator(f'#work[data-draft="{item}"]')).to_have_count(0)
    expect(page.locator("#desk[data-deciding]")).to_have_count(0)


def test_a_break_is_suggested_after_three_quarters_of_an_hour_or_sixty_approvals(room: Room) -> None:
    for _ in range(8):
        room.praise()
    with room.visit() as visit:
        page = visit.page
        note = page.locator("#break")
        for minutes, approvals in ((46, 3), (10, 59)):
            page.goto("/queue")
            page.evaluate(HAS_WORKED, [minutes - 2, approvals - 1])
            approves_next(page)
            expect(note).to_be_hidden()
            page.evaluate(HAS_WORKED, [minutes, approvals])
            approves_next(page)
            expect(note).to_be_visible()
            expect(note).to_contain_text("What waits here waits safely.")
            # It begins to count anew, takes no focus and stops nobody.
            approves_next(page)
            expect(page.locator("#item-h")).to_be_focused()
        with room.office.app.store.write() as tx:
            preferences.write(tx, KIM, Preferences(breaks=False), room.office.clock.now())
        page.goto("/queue")
        page.evaluate(HAS_WORKED, [46, 59])
        approves_next(page)
        expect(note).to_be_hidden()
