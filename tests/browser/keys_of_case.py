"""What the keys of a case's page do."""

from __future__ import annotations

from playwright.sync_api import expect

from engagebot.domain.outbox import CaseState
from engagebot.store.casework import cases
from tests.browser.keys_of_item import Check, Desk

WORDS = "My modem is dead again. So is my patience."
MARK = """
() => {
  const words = document.querySelector("[data-quotable]").firstChild;
  getSelection().setBaseAndExtent(words, 0, words, 23);
}
"""


def opens(desk: Desk) -> int:
    case_id = desk.room.office.opens_case(WORDS)
    desk.page.goto(f"/cases/{case_id}")
    return case_id


def logs(desk: Desk) -> None:
    opens(desk)
    desk.press("l")
    expect(desk.page.get_by_label("Where")).to_be_focused()


def quotes(desk: Desk) -> None:
    opens(desk)
    desk.page.evaluate(MARK)
    desk.press("q")
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("My modem is dead again.")


def resolves(desk: Desk) -> None:
    case_id = opens(desk)
    desk.press("R")
    desk.page.keyboard.type("fixed")
    desk.press("Enter")
    expect(desk.page.locator(".chips")).to_contain_text("resolved")
    with desk.room.office.app.store.read() as tx:
        assert cases.get(tx, case_id).state is CaseState.RESOLVED


def asks_for_a_ticket(desk: Desk) -> None:
    opens(desk)
    desk.press("T")
    expect(desk.page.get_by_label("System")).to_be_focused()


CASE: dict[str, Check] = {"log": logs, "quote": quotes, "resolve": resolves, "ticket": asks_for_a_ticket}
