"""The item that `j` opens, fetched before anybody presses it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Request, expect

from engagebot.domain.outbox import DraftState
from engagebot.store.desk import presence
from tests.browser.room import BEN, Room, comes, is_ahead

pytestmark = pytest.mark.browser


def asks_for(page: Page, draft_id: int) -> list[Request]:
    """The requests for an item from now on."""
    found: list[Request] = []
    page.on("request", lambda request: found.append(request) if f"item={draft_id}" in request.url else None)
    return found


def is_of(draft_id: int) -> str:
    return f"**/queue?*item={draft_id}"


def looked_at(room: Room) -> set[int]:
    with room.office.app.store.read() as tx:
        return set(presence.who(tx, room.office.clock.now()))


def until_looked_at(room: Room, page: Page, draft_id: int) -> None:
    for _ in range(50):
        if looked_at(room) == {draft_id}:
            return
        page.wait_for_timeout(100)
    assert looked_at(room) == {draft_id}


def test_what_was_fetched_ahead_is_shown_without_asking_and_only_then_looked_at(room: Room) -> None:
    first, second, third = (room.praise() for _ in range(3))
    with room.visit() as visit:
        page = visit.page
        page.goto("/queue")
        is_ahead(page, second.id)
        until_looked_at(room, page, first.id)
        asked = asks_for(page, second.id)
        page.keyboard.press("j")
        comes(page, second.id)
        expect(page).to_have_url(f"{room.address}/queue?lane=review&item={second.id}")
        expect(page.locator(f"#row-{second.id} .rowlink")).to_have_attribute("aria-current", "true")
        expect(page.locator("#item-h")).to_be_focused()
        until_looked_at(room, page, second.id)
        assert asked == []
        page.keyboard.press("a")
        comes(page, third.id)
        page.go_back()
        comes(page, second.id)
        assert visit.complaints == []
    assert room.state(second.id) is DraftState.APPROVED


def test_what_a_colleague_did_to_the_next_item_is_never_hidden_by_an_older_one(room: Room) -> None:
    _, second, third, fourth = (room.praise() for _ in range(4))
    ben = room.office.person(name=BEN)
    with room.visit() as visit:
        page = visit.page
        page.goto("/queue")
        is_ahead(page, second.id, second.version)
        words = {"version": second.version, "text": "Words of Ben"}
        assert ben.post(f"/queue/{second.id}/edit", data=words).status_code == 303
        is_ahead(page, second.id, second.version + 1)
        page.keyboard.press("j")
        comes(page, second.id)
        expect(page.locator("#text")).to_have_value("Words of Ben")
        ben.post(f"/queue/{third.id}/reject", data={"reason": "other"})
        expect(page.locator(f"#row-{third.id}")).to_have_class(re.compile("handled"))
        page.keyboard.press("j")
        comes(page, fourth.id)


def test_keys_pressed_before_the_answer_to_a_decision_go_on_from_what_follows_it(room: Room) -> None:
    first, second, third = (room.praise() for _ in range(3))
    with room.visit() as visit:
        page = visit.page
        page.goto("/queue")
        page.keyboard.press("a")
        page.keyboard.press("j")
        comes(page, third.id)
    assert [room.state(each.id) for each in (first, second, third)] == ["approved", "proposed", "proposed"]
