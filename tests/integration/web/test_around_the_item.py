"""What stands around an item: the thread, the person, what it costs, what stopped it, and its way back."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from fastapi.testclient import TestClient

from engagebot.domain.desk.preferences import Preferences
from engagebot.domain.outbox import DraftState
from engagebot.pipeline import casework
from engagebot.store import tables
from engagebot.store.desk import preferences, presence
from engagebot.store.replying import rejections
from tests.factories import act, make_author
from tests.integration.web.office import Office

SAID = ("first of all", "then this", "after that", "and also", "last of all")


def words(browser: TestClient, path: str) -> str:
    """The words of a page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", browser.get(path).text).split())


def follows(browser: TestClient, path: str, **data: str) -> str:
    answer = browser.post(path, data=data)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_a_thread_opens_in_place_and_holds_our_earlier_replies(office: Office) -> None:
    thread: dict[str, Any] = {"conversation_id": "talk"}
    for said in SAID[:-1]:
        office.hears(said, **thread)
    ours = office.drafts("I love this", **thread)
    with office.app.store.write() as tx:
        sent = {"state": DraftState.SENT.value, "approved_by": "lena_demo", "posted_at": office.clock.now()}
        tx.execute(sa.update(tables.drafts).where(tables.drafts.c.id == ours.id).values(**sent))
    draft = office.drafts("I love that even more", **thread)
    browser = office.person()
    page = browser.get(f"/queue?item={draft.id}").text
    fold = page[page.index('<details class="earlier">') : page.index("</details>", page.index("earlier"))]
    assert "3 earlier in this thread" in fold
    assert [said in fold for said in SAID[:4]] == [True, True, True, False]
    shown = words(browser, f"/queue?item={draft.id}").partition("Reply to @")[2]
    assert shown.index("and also") < shown.index("I love this") < shown.index("I love that even more")
    assert f"Our reply, by lena_demo · just now {ours.text}" in shown


def test_the_person_is_told_in_a_few_lines(office: Office) -> None:
    maple: dict[str, Any] = {"author": make_author("maple_demo")}
    office.clock.forward(days=-40)
    case_id = office.opens_case("the modem is dead", **maple)
    with office.app.store.write() as tx:
        casework.assign(tx, case_id, act(office.app.store, "lena_demo"), to="lena_demo")
        casework.resolve(tx, case_id, act(office.app.store, "lena_demo"), outcome="refunded")
    office.clock.forward(days=40)
    for number in range(4):
        office.hears(f"hello again, number {number}", **maple)
    draft = office.drafts("I love the new box", **maple)
    with office.app.store.write() as tx:
        tx.execute(sa.update(tables.customers).values(is_vip=True))
    shown = words(office.person(), f"/queue?item={draft.id}")
    assert "VIP: a person answers, nothing canned." in shown
    assert "6th contact, since 24 June 2026." in shown
    assert "Last: the modem is dead, 24 June 2026, lena_demo, refunded." in shown
    assert "Before this: neutral, then neutral, then neutral (newest first)." in shown
    said = shown[shown.index("What else they said") :]
    assert [f"number {number}" in said for number in range(4)] == [False, True, True, True]


def test_what_stopped_a_reply_is_said_and_its_words_are_kept(office: Office) -> None:
    draft = office.drafts()
    stopped = {"state": DraftState.HELD.value, "last_error": "not sent: the thread is closed"}
    with office.app.store.write() as tx:
        tx.execute(sa.update(tables.drafts).values(text="My own words.", **stopped))
    shown = words(office.person(), f"/queue?item={draft.id}")
    assert "held back" in shown
    assert "What happened: not sent: the thread is closed" in shown
    assert "My own words." in office.person().get(f"/queue?item={draft.id}").text


def test_a_rejected_reply_is_restored_from_its_lane(office: Office) -> None:
    draft, browser = office.drafts(), office.person()
    follows(browser, f"/queue/{draft.id}/reject", reason="facts")
    shown = words(browser, "/queue?lane=rejected")
    assert "Reason: wrong facts" in shown
    assert "Restore it: back to review z" in shown
    follows(browser, f"/queue/{draft.id}/undo", lane="rejected")
    back = office.draft(draft.id)
    assert (back.state, back.text, back.last_error) == (DraftState.PROPOSED, draft.text, None)


def test_one_at_a_time_goes_to_who_is_free_and_a_skip_may_say_why(office: Office) -> None:
    ids = [office.drafts(f"I love box {number}").id for number in range(3)]
    browser = office.person()
    with office.app.store.write() as tx:
        presence.here(tx, ids[0], "lena_demo", office.clock.now())
    shown = words(browser, "/queue/play")
    assert "2 of 3" in shown
    assert "I love box 1" in shown
    after = follows(
        browser,
        f"/queue/{ids[1]}/skip",
        reason=" not mine to say ",
        base="/queue/play",
        following=str(ids[2]),
    )
    assert after.startswith(f"/queue/play?lane=review&item={ids[2]}")
    assert "3 of 3" in words(browser, after)
    assert "Passed by." in words(browser, after)
    follows(browser, f"/queue/{ids[2]}/skip", base="/queue/play")
    with office.app.store.read() as tx:
        assert [skip.reason for skip in rejections.skips(tx)] == ["", "not mine to say"]
    assert {office.draft(each).state for each in ids} == {DraftState.PROPOSED}


def test_whoever_wants_to_confirm_has_all_the_time_there_is(office: Office) -> None:
    draft, browser = office.drafts(), office.person()
    with office.app.store.write() as tx:
        wants = Preferences(confirms_sending=True)
        preferences.write(tx, "community_demo", wants, office.clock.now())
    follows(browser, f"/queue/{draft.id}/approve", version="1", text=draft.text)
    office.clock.forward(days=2)
    browser = office.person()
    shown = words(browser, f"/queue?lane=leaving&item={draft.id}")
    assert "It waits until you say “send it now”." in shown
    assert "Undo z" in shown
    follows(browser, f"/queue/{draft.id}/release")
    assert office.draft(draft.id).due_at == office.clock.now()
