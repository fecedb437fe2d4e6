"""Support hands words to those who speak in public: a draft like any other, under their name."""

from __future__ import annotations

import sqlalchemy as sa

from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord
from engagebot.domain.roles import Role
from engagebot.store import drafts, tables
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
    assert "mira_demo" in queue


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
