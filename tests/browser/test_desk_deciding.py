"""Decisions one after another: what follows is shown at once, and a refusal brings the item back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.room import Room, comes, is_ahead, says

pytestmark = pytest.mark.browser


def is_of(draft_id: int) -> str:
    return f"**/queue?*item={draft_id}"


def opened(room: Room, page: Page, following: int) -> None:
    """The queue, with the item that follows fetched ahead."""
    page.goto("/queue")
    is_ahead(page, following)


def is_shown(page: Page, draft_id: int) -> None:
    """Wait for an item, be it that the decision that has led to it has no answer yet."""
    expect(page.locator(f'#desk[data-deciding] #work[data-draft="{draft_id}"]')).to_be_visible()


@contextmanager
def held(page: Page, draft_id: int, deed: str = "approve") -> Iterator[list[Route]]:
    """Keep a decision from the server until the end; answer where it is kept."""
    kept: list[Route] = []
    page.route(f"**/queue/{draft_id}/{deed}?as=*", lambda route: kept.append(route))
    yield kept
    for route in kept:
        route.continue_()


def test_what_follows_is_shown_before_the_answer_and_decided_only_after_it(room: Room) -> None:
    first, second, third = (room.praise() for _ in range(3))
    # Nearly the same words twice would want a reason.
    room.put(second.id, text="How kind! The box was packed by hand, and they will hear of this.")
    with room.visit() as visit:
        page = visit.page
        opened(room, page, second.id)
        with held(page, first.id) as kept:
            page.keyboard.press("a")
            is_shown(page, second.id)
            expect(page.locator("#work #item-h")).to_be_focused()
            page.keyboard.press("a")
            assert [room.state(each.id) for each in (first, second)] == ["proposed", "proposed"]
            assert len(kept) == 1
        comes(page, third.id)
        expect(page.locator(f"#row-{first.id} .row-note")).to_contain_text("you:")
        assert page.locator("#left").count() == 0
        assert visit.complaints == []
    assert [room.state(each.id) for each in (first, second, third)] == ["approved", "approved", "proposed"]


def test_an_item_that_a_decision_leaves_alone_stays_in_place_as_it_is(room: Room) -> None:
    first, second, third = (room.praise() for _ in range(3))
    room.put(second.id, text="How kind! The box was packed by hand, and they will hear of this.")
    with room.visit() as visit:
        page = visit.page
        opened(room, page, second.id)
        with held(page, first.id):
            page.keyboard.press("a")
            is_shown(page, second.id)
            expect(page.locator("#place")).to_contain_text("2 of 3")
            page.evaluate("document.getElementById('work').isStill = true")
        expect(page.locator("#place")).to_contain_text("1 of 2")
        assert page.evaluate("document.getElementById('work').isStill")
        expect(page.locator("#lanes")).to_contain_text("2")
        says(page, "Approved")
        page.keyboard.press("z")
        comes(page, first.id)
        assert visit.complaints == []
    assert [room.state(each.id) for each in (first, second, third)] == ["proposed"] * 3


@contextmanager
def underway(page: Page, draft_id: int) -> Iterator[list[Route]]:
    """Keep an item that is fetched ahead from the page until the end; answer where it is kept."""
    kept: list[Route] = []
    page.route(is_of(draft_id), lambda route: kept.append(route), times=1)
    with page.expect_request(is_of(draft_id)):
        page.goto("/queue")
    yield kept
    for route in kept:
        route.continue_()


def test_an_item_that_is_on_its_way_is_shown_when_it_comes_and_asked_for_once(room: Room) -> None:
    first, second, third = (room.praise() for _ in range(3))
    room.put(second.id, text="How kind! The box was packed by hand, and they will hear of this.")
    with room.visit() as visit:
        page = visit.page
        with underway(page, second.id):
            with page.expect_response(f"**/queue/{first.id}/approve?as=*") as answer:
                page.keyboard.press("a")
            assert 'id="work"' not in answer.value.text()
            # Nobody has seen what comes, so no press before it can be meant for it.
            page.keyboard.press("a")
            expect(page.locator(f'#desk[data-deciding] #work[data-draft="{first.id}"]')).to_be_visible()
        comes(page, second.id)
        says(page, "nothing was done to it")
        expect(page.locator("#place")).to_contain_text("1 of 2")
        assert visit.complaints == []
    assert [room.state(each.id) for each in (first, second, third)] == ["approved", "proposed", "proposed"]


def test_an_item_that_never_comes_is_asked_for_again(room: Room) -> None:
    first, second = (room.praise() for _ in range(2))
    room.put(second.id, text="How kind! The box was packed by hand, and they will hear of this.")
    with room.visit() as visit:
        page = visit.page
        with underway(page, second.id) as kept:
            with page.expect_response(f"**/queue/{first.id}/approve?as=*"):
                page.keyboard.press("a")
            kept.pop().abort()
            comes(page, second.id)
        says(page, "Approved")
    assert [room.state(each.id) for each in (first, second)] == ["approved", "proposed"]


def test_undo_before_the_answer_takes_back_what_was_just_approved(room: Room) -> None:
    first, second, third = (room.praise() for _ in range(3))
    with room.visit() as visit:
        page = visit.page
        opened(room, page, second.id)
        page.keyboard.press("a")
        comes(page, second.id)
        is_ahead(page, third.id)
        with held(page, second.id):
            page.keyboard.press("a")
            is_shown(page, third.id)
            # The toast still offers to take the first one back.
            page.keyboard.press("z")
        comes(page, second.id)
    assert [room.state(each.id) for each in (first, second, third)] == ["approved", "proposed", "proposed"]


def test_a_refusal_brings_the_item_back_with_what_was_written_to_it(room: Room) -> None:
    first, second = (room.praise() for _ in range(2))
    with room.visit() as visit:
        page = visit.page
        opened(room, page, second.id)
        page.locator("#text").fill("Words of mine")
        page.keyboard.press("Escape")
        with held(page, first.id):
            page.keyboard.press("a")
            is_shown(page, second.id)
            page.keyboard.press("a")
            room.put(first.id, text="Words of Ben", version=first.version + 1)
        comes(page, first.id)
        expect(page.locator("#text")).to_have_value("Words of mine")
        expect(page.locator("#work")).to_contain_text("was changed meanwhile")
        expect(page).to_have_url(f"{room.address}/queue?lane=review&item={first.id}")
    assert [room.state(each.id) for each in (first, second)] == ["proposed", "proposed"]


def test_where_nobody_answers_the_item_is_back_as_it_was_left(room: Room) -> None:
    first, second = (room.praise() for _ in range(2))
    with room.visit() as visit:
        page = visit.page
        opened(room, page, second.id)
        page.locator("#text").fill("Words of mine")
        page.keyboard.press("Escape")
        page.route(f"**/queue/{first.id}/approve?as=*", lambda route: route.abort())
        page.keyboard.press("a")
        comes(page, first.id)
        expect(page.locator("#text")).to_have_value("Words of mine")
        says(page, "did not answer")
    assert room.state(first.id) == "proposed"


def test_what_the_decision_changed_for_the_next_item_replaces_what_was_shown(room: Room) -> None:
    # Nearly the same reply twice in one thread reads like a form letter, and wants a reason.
    first, second = (room.praise(conversation_id="thread-of-two") for _ in range(2))
    for draft in (first, second):
        room.put(draft.id, text="What a lovely thing to read on a grey morning, thank you for telling us.")
    with room.visit() as visit:
        page = visit.page
        opened(room, page, second.id)
        expect(page.locator("#decide [name=reason]")).to_have_count(0)
        with held(page, first.id):
            page.keyboard.press("a")
            is_shown(page, second.id)
        comes(page, second.id)
        expect(page.locator("#decide [name=reason]")).to_be_visible()
        page.keyboard.press("a")
        says(page, "Slower on purpose")
    assert [room.state(each.id) for each in (first, second)] == ["approved", "proposed"]
