"""One person before one item of the queue, and what each key that is about the item does to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from engagebot.domain.drafting import Drafted
from engagebot.domain.judgement import Intent, Sentiment
from engagebot.domain.mention import Route
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord, MentionRecord
from engagebot.store import audit
from engagebot.store.casework import cases
from engagebot.store.desk import presence
from engagebot.store.heard import mentions
from engagebot.store.replying import variants
from tests.browser.room import BEN, KIM, Room, comes, says
from tests.browser.visiting import Visit
from tests.factories import BY_HAND

Check = Callable[["Desk"], None]
IN_STOCK = 4
AS_IF_FRESH = "document.activeElement?.blur(); document.getElementById('toast').replaceChildren()"


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
        """Show a draft; without one whichever is there already, so that no page is loaded for nothing."""
        if draft is None and (there := self._shown()) is not None:
            return there
        if draft is None:
            draft, *_ = [self.room.praise() for _ in range(IN_STOCK)]
        self.page.goto(f"/queue?item={draft.id}")
        return draft

    def _shown(self) -> DraftRecord | None:
        shown = self.page.locator('#list ~ #work[data-state="proposed"]')
        if not shown.count() or "lane=" in self.page.url.replace("lane=review", ""):
            return None
        self.page.evaluate(AS_IF_FRESH)
        draft = self.now(int(shown.get_attribute("data-draft") or 0))
        is_plain = draft.reply_route.route is Route.API and draft.reach is None
        return draft if draft.state is DraftState.PROPOSED and is_plain else None

    def by_hand(self) -> DraftRecord:
        draft = self.room.praise(route=BY_HAND)
        self.room.put(draft.id, state=DraftState.BY_HAND.value)
        self.page.goto(f"/queue?lane=by_hand&item={draft.id}")
        return draft

    def now(self, draft: DraftRecord | int) -> DraftRecord:
        return self.room.office.draft(draft if isinstance(draft, int) else draft.id)

    def becomes(self, draft: DraftRecord, state: DraftState) -> None:
        expect(
            self.page.locator(f'#work[data-draft="{draft.id}"][data-state="{draft.state}"]')
        ).to_have_count(0)
        expect(self.page.locator("#desk[data-deciding]")).to_have_count(0)
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
    assert url is not None
    desk.visit.leaves_for(url)


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


ITEM: dict[str, Check] = {
    "approve": approves, "approve_with_reason": approves_with_a_reason, "edit": edits, "reject": rejects,
    "snooze": snoozes, "take": takes, "assign": assigns, "escalate": escalates, "join": joins, "note": notes,
    "why": explains, "preview": previews, "intents": says_what_they_want, "happier": corrects_up,
    "unhappier": corrects_down, "open": opens_post, "posted": says_posted, "not_posted": says_not_posted,
    "send_now": releases, "first": chooses(1), "second": chooses(2), "third": chooses(3),
    "take_over": takes_over, "undo": undoes, "customer": shows_customer,
}  # fmt: skip
