"""Several people at one desk: who is here, whose turn it is, and what others do meanwhile."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from engagebot.domain.outbox import DraftState
from engagebot.store.desk import presence
from tests.browser.room import BEN, KIM, Room, chosen, comes, rows, says

pytestmark = pytest.mark.browser

PLACE = """
() => {
  const field = document.getElementById("text");
  return [field.value, field.selectionStart, field.selectionEnd, document.activeElement === field,
    window.scrollY, document.getElementById("rows").scrollTop, field.scrollTop];
}
"""


def test_people_see_who_is_here_and_who_writes_and_can_take_over(room: Room) -> None:
    draft = room.praise()
    with room.visit(KIM) as kims, room.visit(BEN) as bens:
        kim, ben = kims.page, bens.page
        kim.goto("/queue")
        ben.goto("/queue")
        for page, other in ((kim, BEN), (ben, KIM)):
            for place in (f"#row-{draft.id} .who-is-here", "#work .who-is-here"):
                expect(page.locator(place)).to_contain_text(f"{other} is here")
        kim.locator("#text").press("End")
        kim.keyboard.type(" Kim’s words")
        expect(ben.locator("#work .who-is-here")).to_contain_text(f"{KIM} is writing")

        ben.keyboard.press("a")
        expect(ben.get_by_role("alert").filter(has_text=f"is being written by {KIM}")).to_be_visible()
        assert room.state(draft.id) is DraftState.PROPOSED
        ben.keyboard.press("v")
        says(ben, "It is yours now")
        says(kim, f"{BEN} has taken this over from you")
        expect(kim.locator("#text")).to_have_value(f"{draft.text} Kim’s words")
        ben.keyboard.press("a")
        expect(ben.locator("#work[data-draft]")).to_have_count(0)
        expect(kim.locator(f"#row-{draft.id}.handled")).to_contain_text(BEN)
        expect(kim.locator("#meanwhile")).to_contain_text("Your words are still here")
        ben.goto("/mentions")
        expect(kim.locator("#work .who-is-here")).not_to_contain_text(BEN)
    assert room.office.draft(draft.id).approved_by == BEN


@pytest.mark.parametrize("choice", ["as_is", "edited", "dropped"])
def test_a_draft_that_somebody_changed_is_refused_with_the_difference_and_ones_own_words(
    room: Room, choice: str
) -> None:
    draft = room.praise()
    with room.visit(KIM) as visit:
        page = visit.page
        page.goto("/queue")
        ben = room.office.person(name=BEN)
        ben.post(
            f"/queue/{draft.id}/edit", data={"version": draft.version, "text": f"Warm regards. {draft.text}"}
        )
        expect(page.locator("#meanwhile")).to_contain_text(BEN)
        page.locator("#text").fill("Kim’s own words")
        page.keyboard.press("Control+Enter")

        trouble = page.get_by_role("alert").filter(has_text="changed")
        expect(trouble).to_be_visible()
        expect(trouble.locator("ins").first).to_contain_text("Warm")
        expect(page.locator("#text")).to_have_value("Kim’s own words")
        assert room.state(draft.id) is DraftState.PROPOSED
        if choice == "dropped":
            trouble.get_by_role("button", name="Drop mine").click()
            expect(page.locator("#text")).to_have_value(f"Warm regards. {draft.text}")
            return
        if choice == "edited":
            page.locator("#text").fill("Kim’s second thoughts")
        page.keyboard.press("Escape")
        page.keyboard.press("a")
        expect(page.locator("#work[data-draft]")).to_have_count(0)
    wanted = {"as_is": "Kim’s own words", "edited": "Kim’s second thoughts"}[choice]
    assert (room.state(draft.id), room.office.draft(draft.id).text) == (DraftState.APPROVED, wanted)


def _place(page: Page) -> list[object]:
    found: list[object] = page.evaluate(PLACE)
    return found


def test_ten_that_come_in_while_somebody_types_move_nothing(room: Room) -> None:
    ids = [room.praise().id for _ in range(14)]
    with room.visit(viewport={"width": 1100, "height": 500}) as visit:
        page = visit.page
        page.goto(f"/queue?item={ids[3]}")
        page.locator("#text").fill("Thank you for the\nkind words")
        for _ in range(5):
            page.keyboard.press("ArrowLeft")
        page.evaluate("document.getElementById('rows').scrollTop = 40; window.scrollBy(0, 30)")
        before = _place(page)
        for _ in range(10):
            room.praise()
        expect(page.locator("#fresh")).to_contain_text("Show 10 new")
        assert _place(page) == before
        assert rows(page) == ids
        page.keyboard.type("!")
        expect(page.locator("#text")).to_have_value("Thank you for the\nkind !words")
        page.keyboard.press("Escape")
        page.keyboard.press("u")
        expect(page.locator("#rows > [data-row]")).to_have_count(24)
        assert chosen(page) == ids[3]
        expect(page.locator("#text")).to_have_value("Thank you for the\nkind !words")


def test_an_empty_list_fills_by_itself(room: Room) -> None:
    with room.visit() as visit:
        visit.page.goto("/queue")
        expect(visit.page.get_by_role("heading", name="Nobody is waiting.")).to_be_visible()
        draft = room.praise()
        comes(visit.page, draft.id)


def test_what_others_decided_is_greyed_out_with_their_name(room: Room) -> None:
    first, second, third = room.praise(), room.praise(), room.praise()
    with room.visit() as visit:
        page = visit.page
        page.goto("/queue")
        room.office.person(name=BEN).post(
            f"/queue/{second.id}/approve", data={"version": second.version, "text": second.text}
        )
        expect(page.locator(f"#row-{second.id}.handled")).to_contain_text(BEN)
        assert chosen(page) == first.id
        page.keyboard.press("j")
        comes(page, third.id)


def test_a_lost_connection_is_said_nothing_is_done_and_words_stay(room: Room) -> None:
    draft = room.praise()
    with room.visit() as visit:
        page = visit.page
        page.add_init_script(
            "document.addEventListener('readystatechange', () => document.readyState === 'interactive'"
            " && Object.assign(document.body.dataset, { liveRetryMs: 50 }))"
        )
        page.goto("/queue")
        page.locator("#text").fill("Words that must stay")
        is_kept = page.locator("#saved-note")
        expect(is_kept).to_have_text("Kept")
        room.stop()
        expect(page.locator("#lost")).to_be_visible()
        page.locator("#text").press("End")
        page.keyboard.type("!")
        page.keyboard.press("Control+Enter")
        says(page, "nothing was done")
        expect(page.locator("#text")).to_have_value("Words that must stay!")
        room.serve()
        expect(page.locator("#lost")).to_be_hidden()
        expect(is_kept).to_have_text("Kept")
        # That somebody writes here is told beside keeping the words, not before it.
        claim = None
        for _ in range(50):
            with room.office.app.store.read() as tx:
                claim = presence.claim_of(tx, draft.id, room.office.clock.now())
            if claim is not None:
                break
            page.wait_for_timeout(100)
        assert claim is not None
        page.keyboard.press("Control+Enter")
        expect(page.locator("#work[data-draft]")).to_have_count(0)
    assert room.office.draft(draft.id).text == "Words that must stay!"


def test_what_is_pressed_on_a_page_of_somebody_else_is_refused_and_words_stay(room: Room) -> None:
    draft = room.praise()
    with room.visit(KIM) as visit:
        page = visit.page
        page.goto("/queue")
        page.locator("#text").fill("Words of the first person")
        expect(page.locator("#saved-note")).to_have_text("Kept")
        room.sign_in(page, BEN)
        page.keyboard.press("Control+Enter")
        says(page, f"page is that of {KIM}")
        expect(page.locator("#text")).to_have_value("Words of the first person")
        assert room.state(draft.id) is DraftState.PROPOSED
        pause = page.get_by_role("button", name="Pause all sending")
        pause.click()
        expect(page.get_by_role("heading", name="Somebody else is signed in")).to_be_visible()
        page.goto("/queue")
        expect(pause).to_be_visible()
        expect(page.locator("#top-more .me")).to_contain_text(BEN)
