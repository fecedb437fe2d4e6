"""How long somebody waits, the holding reply and its follow-up, as people and programs see them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engagebot.domain.outbox import DraftState
from engagebot.domain.roles import Role
from engagebot.pipeline.minding import MindContext, mind_cases
from engagebot.settings.values import Sla
from engagebot.store.casework import cases
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import Move
from tests.integration.web.office import Office

HOUR = timedelta(hours=1)


def mind(office: Office) -> None:
    app = office.app
    mind_cases(MindContext(store=app.store, clock=office.clock, settings=app.settings))


def waits(office: Office, text: str) -> int:
    """A case of somebody who has waited for 46 minutes."""
    promise = Sla(name="standard", first_reply=8 * HOUR, holding_after=45 * HOUR / 60)
    office.app.settings = replace(office.app.settings, slas=(promise,))
    case_id = office.opens_case(text, posted_at=office.clock.now())
    mind(office)
    office.clock.at += timedelta(minutes=46)
    mind(office)
    return case_id


@pytest.fixture
def case_id(office: Office) -> int:
    """Such a case, with its holding draft."""
    return waits(office, "the modem is dead again")


def test_on_a_tender_topic_people_alone_speak(office: Office) -> None:
    case_id = waits(office, "@acme my father died and his line is still not dead, stop sending him bills")
    browser = office.person(Role.COMMUNITY)
    page = browser.get(f"/cases/{case_id}").text
    assert "tender topic: people only" in page
    assert "waiting 46 min" in page
    assert office.program().get("/api/v1/queue").json()["items"] == []


def test_every_place_says_how_long_they_wait_and_marks_the_holding_reply(
    office: Office, case_id: int
) -> None:
    browser = office.person(Role.COMMUNITY)
    for path in ("/cases", f"/cases/{case_id}", "/", "/queue"):
        assert "waiting 46 min" in browser.get(path).text, path
    item = browser.get("/queue?item=1").text
    assert "holding reply" in item
    assert "opens a follow-up that is due Mon 22:00 CEST" in item

    program = office.program()
    (queued,) = program.get("/api/v1/queue").json()["items"]
    assert (queued["purpose"], queued["follow_up_at"]) == ("holding", "2026-08-03T20:00:00Z")
    assert program.get(f"/api/v1/cases/{case_id}").json()["waits_since"] == "2026-08-03T12:00:00Z"


def test_a_follow_up_is_shown_until_a_person_says_why_it_is_not_needed(office: Office, case_id: int) -> None:
    program = office.program()
    with office.app.store.read() as tx:
        draft = drafts.get(tx, 1)
    answer = program.post(
        f"/api/v1/queue/{draft.id}/approve", json={"version": draft.version, "reason": "they wait"}
    )
    assert answer.status_code == 200, answer.text
    with office.app.store.write() as tx:
        current = drafts.get(tx, 1)
        for to in (DraftState.SENDING, DraftState.SENT):
            move = Move(to=to, at=office.clock.now(), actor="engagebot", action=to.value)
            current = drafts.change(tx, current, move)
        cases.note_first_reply(
            tx, draft.mention_id, office.clock.now(), actor="engagebot", follow_up_at=draft.follow_up_at
        )
    mind(office)

    browser = office.person(Role.COMMUNITY)
    page = browser.get(f"/cases/{case_id}").text
    assert "follow-up:" in page
    assert "our holding reply" in page
    assert "Follow-ups" in browser.get("/").text
    detail = program.get(f"/api/v1/cases/{case_id}").json()
    assert detail["follow_up"]["due_at"] == "2026-08-03T20:00:00Z"
    assert detail["waits_since"] is None

    path = f"/cases/{case_id}/follow-up/close"
    assert browser.post(path, data={"reason": " "}).status_code == 422
    assert browser.post(path, data={"reason": "they say it works"}).status_code == 303
    assert "Follow-ups" not in browser.get("/").text
    assert program.get(f"/api/v1/cases/{case_id}").json()["follow_up"] is None
    assert program.post(f"/api/v1{path}", json={"reason": "again"}).status_code == 409
