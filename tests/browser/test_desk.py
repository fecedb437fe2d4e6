from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from engagebot.domain.outbox import DraftState
from engagebot.store import tables
from tests.browser.room import BEN, KIM, Room, chosen, comes, is_ahead, is_kept, rows, says
from tests.factories import BLOCKED, BY_HAND
from tests.seeded import BAD, BECAUSE, plant

pytestmark = pytest.mark.browser


def test_after_each_decision_the_next_item_at_the_same_place_is_chosen(room: Room) -> None:
    ids = [room.praise().id for _ in range(12)]
    deeds = ("a", "r 1", "s 1", "a", "r 8", "a", "s 4", "a", "r 5", "a")
    with room.visit() as visit:
        page = visit.page
        page.goto(f"/queue?item={ids[1]}")
        order = rows(page)
        assert order == ids
        for at, deed in enumerate(deeds, start=1):
            assert chosen(page) == order[at]
            for key in deed.split():
                page.keyboard.press(key)
            comes(page, order[at + 1])
        # At the end of the list, to the one before it that is still open.
        page.keyboard.press("a")
        comes(page, order[0])
    assert [room.state(each) for each in order[1:4]] == ["approved", "rejected", "proposed"]


def test_twenty_clean_drafts_take_twenty_presses(room: Room) -> None:
    ids = [room.praise().id for _ in range(20)]
    with room.visit() as visit:
        page = visit.page
        page.goto("/queue")
        for follows in [*ids[1:], None]:
            page.keyboard.press("a")
            if follows:
                comes(page, follows)
        expect(page.get_by_role("heading", name="Nobody is waiting.")).to_be_visible()
        expect(page.locator("#work")).to_contain_text("20 replies are about to leave.")
        assert visit.complaints == []
    assert {room.state(each) for each in ids} == {DraftState.APPROVED}


def test_a_seeded_check_tells_its_result_in_place_and_the_real_reply_is_next(room: Room) -> None:
    draft, following = room.praise(), room.praise()
    plant(room.office.app.store, draft.id)
    with room.visit() as visit:
        page = visit.page
        page.goto(f"/queue?item={draft.id}")
        expect(page.locator("#text")).to_have_value(BAD)
        page.keyboard.press("a")
        says(page, f"This was a check: {BECAUSE}. Nothing was sent")
        assert chosen(page) == draft.id
        expect(page.locator("#text")).to_have_value(draft.text)
        expect(page.locator(f"#row-{draft.id}")).to_be_visible()
        page.keyboard.press("a")
        comes(page, following.id)
        assert visit.complaints == []
    assert (room.state(draft.id), room.office.draft(draft.id).text) == (DraftState.APPROVED, draft.text)


def test_typing_decides_nothing_and_enter_alone_sends_nothing(room: Room) -> None:
    draft = room.praise()
    with room.visit() as visit:
        page = visit.page
        page.goto("/queue")
        field = page.locator("#text")
        field.fill("")
        field.press_sequentially("aaa rrr")
        page.keyboard.press("Enter")
        field.press_sequentially("zzz 123")
        is_kept(page)
        assert field.input_value() == "aaa rrr\nzzz 123"
        assert room.office.draft(draft.id) == draft
        page.keyboard.press("Control+Enter")
        expect(page.locator("#work[data-draft]")).to_have_count(0)
    done = room.office.draft(draft.id)
    assert (done.state, done.text) == (DraftState.APPROVED, "aaa rrr\nzzz 123")


def test_what_was_not_seen_is_shown_before_it_may_be_approved(room: Room) -> None:
    thread: dict[str, Any] = {"conversation_id": "talk-1"}
    room.office.hears("a van is parked here. " * 400, **thread, posted_at=room.office.clock.now())
    draft = room.praise(**thread, posted_at=room.office.clock.now())
    with room.visit() as visit:
        page = visit.page
        page.goto(f"/queue?item={draft.id}")
        page.keyboard.press("a")
        says(page, "seen yet")
        assert room.state(draft.id) is DraftState.PROPOSED
        assert page.evaluate("window.scrollY") > 0
        tops = [page.evaluate("window.scrollY")]
        while page.locator("#toast").inner_text():
            page.evaluate("document.getElementById('toast').replaceChildren()")
            page.keyboard.press("a")
            tops.append(page.evaluate("window.scrollY"))
        assert len(tops) < 40
        expect(page.locator("#work[data-draft]")).to_have_count(0)
    assert room.state(draft.id) is DraftState.APPROVED


def test_a_risky_reply_wants_a_reason_before_it_goes(room: Room) -> None:
    draft = room.praise()
    room.put(draft.id, reach=80_000)
    with room.visit() as visit:
        page = visit.page
        page.goto("/queue")
        expect(page.get_by_text("Slower on purpose:")).to_be_visible()
        page.keyboard.press("a")
        expect(page.locator("#decide [name=reason]")).to_be_focused()
        says(page, "Slower on purpose")
        assert room.state(draft.id) is DraftState.PROPOSED
        page.keyboard.type("they asked us in public")
        page.keyboard.press("Enter")
        expect(page.locator("#work[data-draft]")).to_have_count(0)
    assert room.state(draft.id) is DraftState.APPROVED


def test_a_reply_that_is_not_allowed_cannot_be_approved(room: Room) -> None:
    draft = room.praise()
    room.put(draft.id, reply_route=BLOCKED.route.value, reply_reason=BLOCKED.reason)
    with room.visit() as visit:
        page = visit.page
        page.goto("/queue")
        expect(page.locator(".draft-state")).to_contain_text("Not allowed")
        expect(page.locator(".draft-state")).to_contain_text(BLOCKED.reason)
        expect(page.locator('#work [data-do="approve"]')).to_have_count(0)
        page.keyboard.press("a")
        page.keyboard.press("e")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#text")).to_be_focused()
    assert room.state(draft.id) is DraftState.PROPOSED


def test_words_half_written_outlive_the_page_and_follow_their_writer(room: Room) -> None:
    draft = room.praise()
    with room.visit() as first, room.visit() as second:
        first.page.goto("/queue")
        first.page.locator("#text").fill("Half a sen")
        is_kept(first.page)
        first.page.reload()
        expect(first.page.locator("#text")).to_have_value("Half a sen")
        second.page.goto("/queue")
        expect(second.page.locator("#text")).to_have_value("Half a sen")
        # Left at once, without the pause that keeps: the words are taken along.
        first.page.locator("#text").fill("Half a sentence")
        first.page.goto("/mentions")
        first.page.goto("/queue")
        expect(first.page.locator("#text")).to_have_value("Half a sentence")
        first.page.get_by_role("link", name="Drop them").click()
        first.page.get_by_role("button", name="Drop them").click()
        expect(first.page.locator("#text")).to_have_value(draft.text)
    assert room.office.draft(draft.id).text == draft.text


@pytest.mark.parametrize("key", ["a", "i"])
def test_words_typed_just_before_a_press_that_nobody_is_signed_in_for_wait_for_their_writer(
    room: Room, key: str
) -> None:
    first, second = (room.praise() for _ in range(2))
    with room.visit() as visit:
        page = visit.page
        page.goto("/queue")
        is_ahead(page, second.id)
        room.sign_out(KIM)
        page.locator("#text").fill("Words of the last moment")
        page.keyboard.press("Escape")
        page.keyboard.press(key)
        page.wait_for_url("**/login**")
        # Whoever signs in first in this window, words go to their writer alone.
        room.sign_in(page, BEN)
        page.goto(f"/queue?item={first.id}")
        expect(page.locator("#text")).to_have_value(first.text)
        room.sign_in(page, KIM)
        page.goto(f"/queue?item={first.id}")
        expect(page.locator("#text")).to_have_value("Words of the last moment")
        is_kept(page)
        page.reload()
        expect(page.locator("#text")).to_have_value("Words of the last moment")
    assert [room.state(each.id) for each in (first, second)] == [DraftState.PROPOSED] * 2


def test_a_reply_by_hand_opens_the_composer_with_the_words_on_screen(room: Room) -> None:
    text = "Thank you – that’s kind & well said: 100 % + more?"
    posted, back = room.praise(route=BY_HAND), room.praise(route=BY_HAND)
    with room.visit(permissions=["clipboard-read", "clipboard-write"]) as visit:
        page = visit.page
        for draft, key, becomes in (
            (posted, "y", DraftState.POSTED_BY_HAND),
            (back, "n", DraftState.PROPOSED),
        ):
            page.goto(f"/queue?item={draft.id}")
            expect(page.get_by_role("button", name="Approve, then post it by hand")).to_be_visible()
            page.locator("#text").fill(text)
            page.keyboard.press("Escape")
            with page.context.expect_page() as opened:
                page.keyboard.press("a")
            comes(page, draft.id)
            expect(page.locator("#wording")).to_have_text(text)
            assert room.state(draft.id) is DraftState.BY_HAND
            link = page.get_by_role("link", name="Open it on Demo").get_attribute("href")
            assert link is not None
            assert parse_qs(urlsplit(link).query)["text"] == [text]
            visit.leaves_for(link)
            opened.value.close()
            page.bring_to_front()
            assert page.evaluate("navigator.clipboard.readText()") == text
            page.keyboard.press(key)
            says(page, "Noted as posted" if key == "y" else "Taken back")
            assert room.state(draft.id) is becomes


def test_several_are_approved_after_every_text_was_shown_and_taken_back_at_once(room: Room) -> None:
    ids = [room.praise().id for _ in range(3)]
    by_hand = room.praise(route=BY_HAND)
    with room.visit() as visit:
        page = visit.page
        page.goto("/queue")
        page.keyboard.press("x")
        for follows in [*ids[1:], by_hand.id]:
            page.keyboard.press("j")
            comes(page, follows)
        page.keyboard.press("X")
        expect(page.locator("#bulk output")).to_have_text("4 selected")
        page.keyboard.press("B")
        page.wait_for_url("**/queue/bulk?*")
        expect(page.locator(".many .wording")).to_have_text([room.office.draft(each).text for each in ids])
        expect(page.get_by_role("heading", name="Left out")).to_be_visible()
        page.get_by_role("button", name="Approve what is ticked").click()
        expect(page.get_by_role("heading", name="3 replies approved")).to_be_visible()
        assert {room.state(each) for each in ids} == {DraftState.APPROVED}
        assert room.state(by_hand.id) is DraftState.PROPOSED
        page.get_by_role("button", name="Undo all 3").click()
        expect(page.get_by_role("heading", name="3 replies taken back")).to_be_visible()
    assert {room.state(each) for each in ids} == {DraftState.PROPOSED}


def test_an_approval_is_taken_back_after_the_server_was_started_anew(room: Room) -> None:
    draft, other = room.praise(), room.praise()
    with room.visit() as visit:
        page = visit.page
        page.goto("/queue")
        page.keyboard.press("a")
        comes(page, other.id)
        room.stop()
        room.serve()
        page.reload()
        page.goto(f"/queue?lane=leaving&item={draft.id}")
        page.keyboard.press("z")
        comes(page, draft.id)
        expect(page.locator("#text")).to_be_visible()
    assert room.state(draft.id) is DraftState.PROPOSED


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_a_snooze_lasts_as_long_as_its_button_says(room: Room, number: int) -> None:
    draft = room.praise()
    with room.visit() as visit:
        visit.page.goto("/queue")
        visit.page.keyboard.press("s")
        visit.page.keyboard.press(str(number))
        says(visit.page, "Snoozed")
    until = room.office.draft(draft.id).snoozed_until
    assert until is not None
    # It is a Monday noon for us, 14:00 in Berlin.
    wanted = {1: "08-03 13:00", 2: "08-03 16:00", 3: "08-04 07:00", 4: "08-10 07:00"}.get(number)
    assert wanted in (None, f"{until:%m-%d %H:%M}")


def test_a_note_never_comes_near_the_reply(room: Room) -> None:
    draft = room.praise()
    with room.visit() as visit:
        page = visit.page
        page.goto("/queue")
        page.keyboard.press("n")
        note = page.get_by_label("A note that stays in here")
        expect(note).to_be_focused()
        note.fill("between us: he is rude")
        for keys in ("Control+Enter", "Shift+Enter", "Control+a"):
            page.keyboard.press(keys)
        assert room.office.draft(draft.id) == draft
        note.blur()
        page.keyboard.press("a")
        expect(page.locator("#work[data-draft]")).to_have_count(0)
        page.goto(f"/queue?item={draft.id}")
        expect(page.locator("#wording")).to_have_text(draft.text)
    with room.office.app.store.read() as tx:
        assert tx.execute(tables.writings.select()).all() == []


def test_the_palette_finds_an_action_a_page_and_a_person(room: Room) -> None:
    draft = room.praise()
    with room.visit() as visit:
        page = visit.page
        page.goto("/queue")

        def find(words: str) -> None:
            page.keyboard.press("Control+k")
            expect(page.get_by_role("dialog", name="Find anything").get_by_role("searchbox")).to_be_focused()
            page.keyboard.type(words)

        find("snooze")
        expect(page.locator("#doable button:visible")).to_contain_text(["Snooze s".replace(" ", "")])
        page.keyboard.press("Escape")
        find("connec")
        expect(page.locator("#found").get_by_role("link", name="Connectors")).to_be_visible()
        page.keyboard.press("Escape")
        find("maple_")
        found = page.locator("#found").get_by_role("link", name="@maple_").first
        expect(found).to_be_visible()
        found.click()
        page.wait_for_url("**/customers/*")
        page.goto("/queue")
        find("take it")
        expect(page.locator("#doable button:visible")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Leave it to others")).to_be_visible()
    assert room.office.draft(draft.id).assignee == "kim_demo"


def _clicks(name: str) -> Callable[[Page], None]:
    def click(page: Page) -> None:
        page.get_by_role("button", name=name, exact=True).click()

    return click


def test_everything_is_decided_without_scripts(room: Room) -> None:
    ids = [room.praise().id for _ in range(5)]
    with room.visit(java_script_enabled=False) as visit:
        page = visit.page
        page.goto("/queue")
        expect(page.locator(".said").first).to_be_visible()
        _clicks("Approve a")(page)
        expect(page.locator("#toast")).to_contain_text("Approved")
        assert (room.state(ids[0]), chosen(page)) == ("approved", ids[1])
        page.get_by_text("Reject r", exact=True).click()
        _clicks("wrong tone 3")(page)
        expect(page.locator("#toast")).to_contain_text("Rejected")
        assert (room.state(ids[1]), chosen(page)) == ("rejected", ids[2])
        page.get_by_text("Snooze s", exact=True).click()
        _clicks("1 hour 1")(page)
        expect(page.locator("#toast")).to_contain_text("Snoozed")
        assert chosen(page) == ids[3]
        for each in ids[3:]:
            page.locator(f"#row-{each} input").check()
        page.get_by_role("button", name="Approve selected").click()
        _clicks("Approve what is ticked a")(page)
        _clicks("Undo all 2 z")(page)
    assert room.office.draft(ids[2]).snoozed_until is not None
    assert [room.state(each) for each in ids[3:]] == ["proposed", "proposed"]
