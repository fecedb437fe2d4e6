"""What the keys of the list, of a field and of every page do."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from engagebot.domain.outbox import DraftState
from tests.browser.keys_of_item import Check, Desk
from tests.browser.room import chosen, comes, rows


def lists(desk: Desk) -> list[int]:
    """Three items, the first of them open; a page that shows them so already will do."""
    there = rows(desk.page)
    is_fresh = not desk.page.locator("#rows .handled, #rows input:checked").count()
    if len(there) < 3 or not is_fresh or chosen(desk.page) != there[0]:
        desk.page.goto("about:blank")
        desk.room.clear()
        for _ in range(3):
            desk.room.praise()
        desk.page.goto("/queue")
        there = rows(desk.page)
    return there[:3]


def goes_on(desk: Desk) -> None:
    _, second, _ = lists(desk)
    desk.press("j")
    comes(desk.page, second)


def goes_back(desk: Desk) -> None:
    first, second, _ = lists(desk)
    desk.press("j")
    comes(desk.page, second)
    desk.press("k")
    comes(desk.page, first)


def selects(desk: Desk) -> None:
    first, _, _ = lists(desk)
    box = desk.page.locator(f"#row-{first} input")
    desk.press("x")
    expect(box).to_be_checked()
    desk.press("x")
    expect(box).not_to_be_checked()


def selects_to(desk: Desk) -> None:
    *_, third = lists(desk)
    desk.press("x j j")
    comes(desk.page, third)
    desk.press("X")
    expect(desk.page.locator("#rows input:checked")).to_have_count(3)


def goes_on_with_all(desk: Desk) -> None:
    lists(desk)
    desk.press("x B")
    desk.page.wait_for_url("**/queue/bulk?*")
    expect(desk.page.locator("h1")).to_have_text("Approve 1 reply?")


def shows_new(desk: Desk) -> None:
    lists(desk)
    late = desk.room.praise()
    expect(desk.page.locator("#fresh")).to_contain_text("Show 1 new")
    assert late.id not in rows(desk.page)
    desk.press("u")
    expect(desk.page.locator(f"#row-{late.id}")).to_be_visible()


def sends_from_the_field(desk: Desk) -> None:
    draft = desk.opens()
    desk.page.locator("#text").fill("Thank you for that.")
    desk.press("Control+Enter")
    desk.becomes(draft, DraftState.APPROVED)
    assert desk.now(draft).text == "Thank you for that."


def leaves_the_field(desk: Desk) -> None:
    draft = desk.opens()
    field = desk.page.locator("#text")
    field.fill("Thank you for that.")
    desk.press("Escape")
    expect(field).not_to_be_focused()
    expect(field).to_have_value("Thank you for that.")
    assert desk.now(draft).state is DraftState.PROPOSED


def finds_saved_replies(desk: Desk) -> None:
    desk.opens()
    field = desk.page.locator("#text")
    field.fill("")
    desk.press("Control+/")
    expect(desk.page.locator("#saved input")).to_be_focused()
    desk.page.keyboard.type("patience")
    desk.page.locator("#saved li:visible button").first.click()
    expect(field).to_have_value(re.compile("thank you for your patience", re.IGNORECASE))


def searches(desk: Desk) -> None:
    desk.opens()
    desk.press("/")
    expect(desk.page.locator("#q")).to_be_focused()


def opens_dialog(key: str, name: str) -> Check:
    def check(desk: Desk) -> None:
        desk.opens()
        desk.press(key)
        expect(desk.page.get_by_role("dialog", name=name)).to_be_visible()
        desk.press("Escape")
        expect(desk.page.get_by_role("dialog", name=name)).to_be_hidden()

    return check


def goes_to(key: str, path: str) -> Check:
    def check(desk: Desk) -> None:
        desk.press(f"g {key}")
        desk.page.wait_for_url(desk.room.address + path)

    return check


LIST: dict[str, Check] = {
    "next": goes_on, "previous": goes_back, "select": selects, "fresh": shows_new, "select_to": selects_to,
    "bulk": goes_on_with_all, "send": sends_from_the_field, "leave": leaves_the_field,
    "saved": finds_saved_replies, "search": searches, "palette": opens_dialog("Control+k", "Find anything"),
    "help": opens_dialog("?", "Keys"), "go_today": goes_to("t", "/"), "go_queue": goes_to("q", "/queue"),
    "go_mentions": goes_to("i", "/mentions"), "go_cases": goes_to("c", "/cases"),
    "go_customers": goes_to("u", "/customers"), "go_rules": goes_to("r", "/rules"),
    "go_play": goes_to("p", "/queue/play"), "go_connectors": goes_to("d", "/connectors"),
    "go_me": goes_to("m", "/me"),
}  # fmt: skip
