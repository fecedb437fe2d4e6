"""Support hands words to those who speak in public: a draft like any other, under their name."""

from __future__ import annotations

import re
from html import unescape

import sqlalchemy as sa

from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord
from engagebot.domain.roles import Role
from engagebot.store import tables
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import Move
from tests.integration.web.office import Office

WORDS = "A new modem is on its way to you; it arrives tomorrow."


def proposed(office: Office) -> list[DraftRecord]:
    with office.app.store.read() as tx:
        return drafts.in_state(tx, DraftState.PROPOSED)


def test_words_of_support_wait_in_the_queue_under_their_name_for_whoever_reviews(office: Office) -> None:
    case_id = office.opens_case()
    mira = office.person(Role.SUPPORT, name="mira_demo")

    answer = mira.post(f"/cases/{case_id}/suggest", data={"text": f"{WORDS}\r\nSorry!"})

    assert answer.headers["location"] == f"/cases/{case_id}?done=suggested"
    (draft,) = proposed(office)
    assert (draft.text, draft.assignee) == (f"{WORDS}\nSorry!", None)
    assert mira.post(f"/queue/{draft.id}/approve", data={"version": draft.version}).status_code == 403
    shown = mira.get(f"/cases/{case_id}").text
    assert f"/queue?item={draft.id}" in shown
    queue = office.person(Role.COMMUNITY, name="kim_demo").get(f"/queue?item={draft.id}").text
    assert WORDS in queue
    assert "<bdi>written by a person</bdi>" in queue
    assert "<bdi>mira_demo</bdi> proposes this reply." in queue
    assert "works on case" not in queue, "who works on it proposed these words"


def test_the_interface_answers_with_the_draft_and_with_why_not(office: Office) -> None:
    case_id = office.opens_case()
    support = office.program(Role.SUPPORT)
    where = f"/api/v1/cases/{case_id}/suggest"

    assert support.post(where, json={"text": " "}).status_code == 422
    made = support.post(where, json={"text": WORDS})
    assert (made.status_code, made.json()["state"]) == (200, "proposed")
    again = support.post(where, json={"text": WORDS})
    assert (again.status_code, "work on that one" in again.json()["detail"]) == (409, True)
    with office.app.store.write() as tx:
        tx.execute(sa.update(tables.cases).values(state="resolved"))
    ended = support.post(where, json={"text": WORDS})
    assert (ended.status_code, "reopen it first" in ended.json()["detail"]) == (409, True)
    assert len(proposed(office)) == 1


def test_who_proposed_reads_that_their_reply_leaves_in_other_words(office: Office) -> None:
    case_id = office.opens_case()
    mira, kim = office.person(Role.SUPPORT, "mira_demo"), office.person(Role.LEAD, "kim_demo")
    other = "We are sorry; a new modem is on its way."
    for text, changes in ((WORDS, False), (other, True)):
        mira.post(f"/cases/{case_id}/suggest", data={"text": WORDS})
        (draft,) = proposed(office)
        assert "in the words of" not in mira.get(f"/cases/{case_id}").text
        let_go = {"version": draft.version, "text": text, "reason": "agreed on the phone"}
        assert kim.post(f"/queue/{draft.id}/approve", data=let_go).status_code == 303
        page = mira.get(f"/cases/{case_id}").text
        assert ("Your reply, in the words of <bdi>kim_demo</bdi>, is on its way" in page) is changes
        told = [line for line in happened(page) if "in other words than were proposed" in line]
        assert len(told) == changes
        assert kim.post(f"/queue/{draft.id}/undo").status_code == 303
        (draft,) = proposed(office)
        reason = {"reason": "not the right moment", "version": draft.version}
        assert kim.post(f"/queue/{draft.id}/reject", data=reason).status_code == 303


def test_a_case_offers_no_answer_to_whoever_asked_not_to_be_written_to(office: Office) -> None:
    case_id = office.opens_case()
    mira, kim = office.person(Role.SUPPORT, "mira_demo"), office.person(Role.LEAD, "kim_demo")
    page, asks = f"/cases/{case_id}", f"/cases/{case_id}?do=reply"
    assert "Whoever reviews replies notes that here" in mira.get("/customers/1").text
    assert "Whoever reviews replies notes that here" not in kim.get("/customers/1").text
    kim.post("/customers/1/opt-out")

    why = "Nothing may be answered in public: this person has asked not to be written to."
    for person, path in ((mira, page), (mira, asks), (kim, page), (kim, asks)):
        shown = person.get(path).text
        assert shown.count(why) == 1
        assert "/suggest" not in shown
        assert "/reply" not in shown
    assert f"{why} Noted by <bdi>kim_demo</bdi>, <time" in mira.get(page).text
    late = mira.post(f"{page}/suggest", data={"text": WORDS})
    assert (late.status_code, "has asked not to be written to" in late.text) == (409, True)
    assert re.search(rf"<textarea readonly[^>]*>\s*{WORDS}</textarea>", late.text)
    kim.post("/customers/1/opt-in")
    assert "/suggest" in mira.get(page).text
    assert "/reply" in kim.get(page).text


def happened(page: str) -> list[str]:
    """The lines of what happened, as they read."""
    entries = re.findall(r'<li class="entry.*?</li>', page, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", each)).split()) for each in entries]


def test_who_proposed_reads_where_their_reply_waits_and_what_became_of_it(office: Office) -> None:
    case_id = office.opens_case()
    mira, kim = office.person(Role.SUPPORT, "mira_demo"), office.person(Role.COMMUNITY, "kim_demo")
    office.clock.forward(minutes=2)

    done = mira.post(f"/cases/{case_id}/suggest", data={"text": WORDS}).headers["location"]

    (draft,) = proposed(office)
    page = mira.get(done).text
    waits = f'href="/queue?item={draft.id}">See where it waits</a>'
    assert page.count(waits) == 2, "beside what was done, and on the case until it is decided"
    assert re.search(r"Your reply waits for review since <time[^>]*>[^<]*14:02</time>", page)
    assert f'<q dir="auto">{WORDS}</q>' in page, "what is proposed is read where it was proposed"
    assert "<bdi>mira_demo</bdi>'s reply waits for review" in kim.get(f"/cases/{case_id}").text
    edit = {"version": draft.version, "text": "A new modem is on its way."}
    assert kim.post(f"/queue/{draft.id}/edit", data=edit).status_code == 303
    assert kim.post(f"/queue/{draft.id}/reject", data={"reason": "not the right moment"}).status_code == 303
    page = mira.get(f"/cases/{case_id}").text
    assert "See where it waits" not in page
    told = [line for line in happened(page) if "reply" in line]
    assert [line.partition("14:02 ")[2] for line in told] == [
        "proposed a public reply to their post",
        "changed the words of the reply",
        "turned down the reply : not the right moment",
    ]
    assert ["mira_demo" in told[0], "kim_demo" in told[1], "kim_demo" in told[2]] == [True] * 3
    mira.post(f"/cases/{case_id}/suggest", data={"text": WORDS})
    (draft,) = proposed(office)
    let_go = {"version": draft.version, "text": WORDS, "reason": "the team asked for it"}
    assert kim.post(f"/queue/{draft.id}/approve", data=let_go).status_code == 303
    leaves = r"Your reply is on its way \(leaving soon\), since <time[^>]*>[^<]*14:02</time>"
    assert re.search(leaves, mira.get(f"/cases/{case_id}").text)
    with office.app.store.write() as tx:
        current = drafts.get(tx, draft.id)
        for to in (DraftState.SENDING, DraftState.SENT):
            move = Move(to=to, at=office.clock.now(), actor="engagebot", action=to.value)
            current = drafts.change(tx, current, move)
    page = mira.get(f"/cases/{case_id}").text
    assert "See where it waits" not in page
    assert any("kim_demo" in line and "our reply" in line and WORDS in line for line in happened(page))
    rows = kim.get(f"/cases/{case_id}/timeline.json?channel=deed").json()
    first = min(row["draft_id"] for row in rows if row["draft_id"])
    assert [row["draft_id"] for row in rows if row["action"].startswith("draft.")] == [first] * 2


def test_no_line_of_a_case_that_went_through_much_needs_guessing(office: Office) -> None:
    case_id = office.opens_case("dead modem")
    kim, lee = office.person(Role.SUPPORT, "kim_demo"), office.person(Role.SUPPORT, "lee_demo")
    for name, data in (
        ("ack", {}), ("assign", {"to": "lee_demo"}), ("snooze", {"until": "tomorrow"}),
        ("title", {"text": "dead"}),
        ("links", {"channel": "email"}), ("tickets", {"system": "jira", "key": "X-12"}),
        ("wanted", {"text": "rest"}),
        ("suggest", {"text": WORDS}), ("note", {"text": "hm"}),
    ):  # fmt: skip
        assert kim.post(f"/cases/{case_id}/{name}", data=data).status_code in {200, 303}, name
    lee.post(f"/cases/{case_id}/accept")
    lee.post(f"/cases/{case_id}/resolve", data={"outcome": "fixed", "cause": "ours"})

    lines = happened(lee.get(f"/cases/{case_id}").text)

    assert len(lines) > 10
    assert [line for line in lines if re.search(r"\d{4}-\d\d-\d\dT|mention \d|draft \d|_at\b", line)] == []
    assert any("snoozed it until Tue 4 Aug, 09:00" in line for line in lines)
    assert any("opened the case: severity high, team support ; why:" in line for line in lines)
    assert any("the console of this site" in line and ": a new case" in line for line in lines)
