from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect

from engagebot.domain.drafting import Drafted
from engagebot.domain.judgement import Intent, Sentiment
from engagebot.domain.outbox import DraftState
from engagebot.domain.preferences import Preferences
from engagebot.domain.records import DraftRecord, MentionRecord
from engagebot.store import audit, cases, mentions, preferences, presence, variants
from tests.browser.room import BEN, KIM, Room, chosen, comes, rows, says
from tests.browser.visiting import Visit
from tests.factories import BY_HAND

pytestmark = pytest.mark.browser


@dataclass
class Desk:
    """One person before one item."""

    room: Room
    visit: Visit

    @property
    def page(self) -> Page:
        return self.visit.page

    def press(self, keys: str) -> None:
        for key in keys.split():
            self.page.keyboard.press(key)

    def opens(self, draft: DraftRecord | None = None) -> DraftRecord:
        draft = draft or self.room.praise()
        self.page.goto(f"/queue?item={draft.id}")
        return draft

    def by_hand(self) -> DraftRecord:
        draft = self.room.praise(route=BY_HAND)
        self.room.put(draft.id, state=DraftState.BY_HAND.value)
        self.page.goto(f"/queue?lane=by_hand&item={draft.id}")
        return draft

    def now(self, draft: DraftRecord) -> DraftRecord:
        return self.room.office.draft(draft.id)

    def becomes(self, draft: DraftRecord, state: DraftState) -> None:
        expect(
            self.page.locator(f'#work[data-draft="{draft.id}"][data-state="{draft.state}"]')
        ).to_have_count(0)
        assert self.now(draft).state is state

    def mention(self, draft: DraftRecord) -> MentionRecord:
        with self.room.office.app.store.read() as tx:
            return mentions.get(tx, draft.mention_id)


def approves(desk: Desk) -> None:
    draft = desk.opens()
    desk.press("a")
    desk.becomes(draft, DraftState.APPROVED)


def approves_with_a_reason(desk: Desk) -> None:
    draft = desk.room.praise()
    desk.room.put(draft.id, reach=80_000)
    desk.opens(draft)
    desk.press("A")
    expect(desk.page.locator("#decide [name=reason]")).to_be_focused()
    assert desk.now(draft).state is DraftState.PROPOSED


def edits(desk: Desk) -> None:
    desk.opens()
    desk.press("e")
    expect(desk.page.locator("#text")).to_be_focused()


def rejects(desk: Desk) -> None:
    draft = desk.opens()
    desk.press("r 3")
    desk.becomes(draft, DraftState.REJECTED)
    assert "tone" in str(desk.now(draft).last_error)


def snoozes(desk: Desk) -> None:
    draft = desk.opens()
    desk.press("s 1")
    says(desk.page, "Snoozed")
    assert desk.now(draft).snoozed_until is not None


def takes(desk: Desk) -> None:
    draft = desk.opens()
    desk.press("i")
    expect(desk.page.get_by_role("button", name="Leave it to others")).to_be_visible()
    assert desk.now(draft).assignee == KIM
    desk.press("i")
    expect(desk.page.get_by_role("button", name="I take it")).to_be_visible()
    assert desk.now(draft).assignee is None


def assigns(desk: Desk) -> None:
    draft = desk.opens()
    desk.press("m")
    expect(desk.page.locator("select[name=to]")).to_be_focused()
    desk.page.locator("select[name=to]").select_option(KIM)
    desk.press("Tab Enter")
    says(desk.page, "Assigned")
    assert desk.now(draft).assignee == KIM


def escalates(desk: Desk) -> None:
    draft = desk.opens()
    desk.press("h")
    expect(desk.page.locator("select[name=team]")).to_be_focused()
    desk.page.get_by_label("What should they know?").fill("she called twice")
    desk.press("Enter")
    desk.becomes(draft, DraftState.WITHDRAWN)
    with desk.room.office.app.store.read() as tx:
        assert cases.of_mention(tx, draft.mention_id) is not None


def joins(desk: Desk) -> None:
    draft, case_id = desk.room.praise(), desk.room.office.opens_case()
    desk.opens(draft)
    desk.press("d")
    expect(desk.page.get_by_label("Case", exact=True)).to_be_focused()
    desk.page.keyboard.type(str(case_id))
    desk.press("Enter")
    desk.becomes(draft, DraftState.WITHDRAWN)
    with desk.room.office.app.store.read() as tx:
        found = cases.of_mention(tx, draft.mention_id)
    assert found is not None
    assert found.id == case_id


def notes(desk: Desk) -> None:
    draft = desk.opens()
    desk.press("n")
    expect(desk.page.locator("#note")).to_be_focused()
    desk.page.keyboard.type("aaa she called")
    desk.page.get_by_role("button", name="Write the note").click()
    says(desk.page, "Note written")
    with desk.room.office.app.store.read() as tx:
        assert "draft.note" in [event.action for event in audit.of(tx, f"draft:{draft.id}")]
    assert "she called" not in desk.now(draft).text


def corrects_up(desk: Desk) -> None:
    draft = desk.room.praise("They say they love the box")
    desk.opens(draft)
    before = desk.mention(draft).judgement
    desk.press("+")
    says(desk.page, "Your word now stands")
    after = desk.mention(draft).judgement
    assert before is not None
    assert after is not None
    order = list(Sentiment)
    assert order.index(after.sentiment) == order.index(before.sentiment) + 1


def corrects_down(desk: Desk) -> None:
    draft = desk.opens()
    assert draft.lane == "appreciation"
    for _ in range(4):
        before = desk.mention(draft).judgement
        assert before is not None
        if before.sentiment is Sentiment.NEGATIVE:
            break
        version = desk.page.locator("#work").element_handle()
        desk.press("-")
        desk.page.wait_for_function("part => !part.isConnected", arg=version)
    after = desk.mention(draft).judgement
    assert after is not None
    assert after.sentiment is Sentiment.NEGATIVE
    assert desk.now(draft).lane == "unhappy"


def says_what_they_want(desk: Desk) -> None:
    draft = desk.opens()
    desk.press("t 2")
    says(desk.page, "Your word now stands")
    judged = desk.mention(draft).judgement
    assert judged is not None
    assert judged.intents == (Intent.QUESTION,)
    assert desk.now(draft).lane == "to_answer"


def explains(desk: Desk) -> None:
    desk.opens()
    desk.press("w")
    expect(desk.page.locator("#why")).to_have_attribute("open", "")
    expect(desk.page.locator("#why table").first).to_be_visible()


def previews(desk: Desk) -> None:
    draft = desk.opens()
    desk.press("p")
    expect(desk.page.locator(".preview .wording")).to_have_text(draft.text)


def shows_customer(desk: Desk) -> None:
    desk.opens()
    desk.press("c")
    desk.page.wait_for_url("**/customers/*")


def opens_post(desk: Desk) -> None:
    draft = desk.opens()
    with desk.page.context.expect_page():
        desk.press("o")
    url = desk.mention(draft).mention.url
    assert url in desk.visit.left_for


def says_posted(desk: Desk) -> None:
    draft = desk.by_hand()
    desk.press("y")
    says(desk.page, "Noted as posted")
    assert desk.now(draft).state is DraftState.POSTED_BY_HAND


def says_not_posted(desk: Desk) -> None:
    draft = desk.by_hand()
    desk.press("n")
    says(desk.page, "Taken back")
    assert desk.now(draft).state is DraftState.PROPOSED


def releases(desk: Desk) -> None:
    draft = desk.opens()
    desk.press("a")
    desk.becomes(draft, DraftState.APPROVED)
    due_at = desk.now(draft).due_at
    desk.page.goto(f"/queue?lane=leaving&item={draft.id}")
    desk.press("f")
    says(desk.page, "It leaves now")
    now = desk.now(draft)
    assert now.state is DraftState.APPROVED
    assert now.due_at is not None
    assert due_at is not None
    assert now.due_at < due_at


def chooses(number: int) -> Callable[[Desk], None]:
    def check(desk: Desk) -> None:
        draft = desk.room.praise()
        wordings = [draft.text, "A second wording.", "A third wording."]
        with desk.room.office.app.store.write() as tx:
            variants.put(tx, draft.id, [Drafted(text) for text in wordings[1:]])
        desk.opens(draft)
        desk.press(str(number))
        expect(desk.page.locator("#text")).to_have_value(wordings[number - 1])
        expect(desk.page.get_by_role("alert").locator("visible=true")).to_have_count(0)
        assert desk.now(draft).text == wordings[number - 1]

    return check


def takes_over(desk: Desk) -> None:
    draft = desk.room.praise()
    clock = desk.room.office.clock
    with desk.room.office.app.store.write() as tx:
        presence.here(tx, draft.id, BEN, clock.now(), is_typing=True)
    desk.opens(draft)
    desk.press("a")
    expect(desk.page.get_by_role("alert").filter(has_text=BEN)).to_be_visible()
    desk.press("v")
    says(desk.page, "It is yours now")
    with desk.room.office.app.store.read() as tx:
        claim = presence.claim_of(tx, draft.id, clock.now())
    assert claim is not None
    assert claim.person == KIM


def undoes(desk: Desk) -> None:
    draft = desk.opens()
    desk.press("a")
    desk.becomes(draft, DraftState.APPROVED)
    desk.press("z")
    comes(desk.page, draft.id)
    assert desk.now(draft).state is DraftState.PROPOSED


def lists(desk: Desk, number: int = 3) -> list[int]:
    desk.room.clear()
    for _ in range(number):
        desk.room.praise()
    desk.page.goto("/queue")
    return rows(desk.page)


def goes_on(desk: Desk) -> None:
    first, second, _ = lists(desk)
    assert chosen(desk.page) == first
    desk.press("j")
    comes(desk.page, second)


def goes_back(desk: Desk) -> None:
    first, second, _ = lists(desk)
    desk.page.goto(f"/queue?item={second}")
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


def opens_dialog(key: str, name: str) -> Callable[[Desk], None]:
    def check(desk: Desk) -> None:
        desk.opens()
        desk.press(key)
        expect(desk.page.get_by_role("dialog", name=name)).to_be_visible()
        desk.press("Escape")
        expect(desk.page.get_by_role("dialog", name=name)).to_be_hidden()

    return check


def goes_to(key: str, path: str) -> Callable[[Desk], None]:
    def check(desk: Desk) -> None:
        desk.page.goto("/keys")
        desk.press(f"g {key}")
        desk.page.wait_for_url(desk.room.address + path)

    return check


CHECKS: dict[str, Callable[[Desk], None]] = {
    "approve": approves, "approve_with_reason": approves_with_a_reason, "edit": edits, "reject": rejects,
    "snooze": snoozes, "take": takes, "assign": assigns, "escalate": escalates, "join": joins, "note": notes,
    "happier": corrects_up, "unhappier": corrects_down, "intents": says_what_they_want, "why": explains,
    "preview": previews, "customer": shows_customer, "open": opens_post, "posted": says_posted,
    "not_posted": says_not_posted, "send_now": releases, "first": chooses(1), "second": chooses(2),
    "third": chooses(3), "take_over": takes_over, "undo": undoes, "next": goes_on, "previous": goes_back,
    "select": selects, "select_to": selects_to, "bulk": goes_on_with_all, "fresh": shows_new,
    "send": sends_from_the_field, "leave": leaves_the_field, "saved": finds_saved_replies,
    "search": searches, "palette": opens_dialog("Control+k", "Find anything"),
    "help": opens_dialog("?", "Keys"),
    "go_today": goes_to("t", "/"), "go_queue": goes_to("q", "/queue"),
    "go_mentions": goes_to("i", "/mentions"),
    "go_cases": goes_to("c", "/cases"),
    "go_customers": goes_to("u", "/customers"), "go_rules": goes_to("r", "/rules"),
    "go_play": goes_to("p", "/queue/play"),
    "go_connectors": goes_to("d", "/connectors"), "go_me": goes_to("m", "/me"),
}  # fmt: skip


def test_every_key_of_the_sheet_does_what_it_says(room: Room) -> None:
    wrong = {}
    with room.visit() as visit:
        desk = Desk(room, visit)
        visit.page.goto("/queue")
        desk.press("?")
        shown = visit.page.locator("#keys dd").evaluate_all("all => all.map(part => part.dataset.for)")
        assert sorted(shown) == sorted(CHECKS), "a key of the sheet has no check here"
        desk.press("Escape")
        for action, check in CHECKS.items():
            # An empty list shows by itself what comes in, and would do so while the next page is asked for.
            visit.page.goto("about:blank")
            room.clear()
            try:
                check(desk)
            except (AssertionError, IndexError, PlaywrightError) as error:
                wrong[action] = str(error).partition("Aria snapshot")[0]
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
        visit.page.get_by_label("Approve", exact=True).fill("q")
        visit.page.get_by_role("button", name="Save the keys").click()
        desk.opens(draft)
        expect(visit.page.get_by_role("button", name="Approve q")).to_be_visible()
        desk.press("a")
        assert desk.now(draft).state is DraftState.PROPOSED
        desk.press("q")
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
