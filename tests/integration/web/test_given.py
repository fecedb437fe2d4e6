"""What a page or a program hands on: to people who are there, past nobody who is writing, without traits."""

from __future__ import annotations

import pytest

from engagebot.domain.roles import Role
from engagebot.store import audit
from engagebot.store.desk import presence
from engagebot.store.entry import accounts
from tests.integration.web.office import Office

TRAIT = "she is a catholic and pregnant"


def test_work_is_given_to_people_who_are_there_and_to_teams(office: Office) -> None:
    draft, case_id = office.drafts(), office.opens_case()
    browser, program = office.person(), office.program()
    office.person(name="lena_demo")
    office.person(name="gone_demo")
    with office.app.store.write() as tx:
        accounts.change(tx, "gone_demo", {"is_disabled": True})
    places = (f"queue/{draft.id}", f"cases/{case_id}")
    for place in places:
        for name in ("lena_demo", "support", "community_program"):
            assert program.post(f"/api/v1/{place}/assign", json={"to": name}).json()["assignee"] == name
        for name in ("gone_demo", "lina_demo", "COMMUNITY_PROGRAM", "x" * 200):
            assert program.post(f"/api/v1/{place}/assign", json={"to": name}).status_code == 422
        refused = browser.post(f"/{place}/assign", data={"to": "lina_demo"})
        assert refused.status_code == 422
        assert "did you mean &#34;lena_demo&#34;?<" in refused.text, "a question ends by itself"
        assert browser.post(f"/{place}/assign", data={"to": "community_demo"}).status_code == 303
    assert office.draft(draft.id).assignee == "community_demo"


def test_a_program_does_not_decide_what_somebody_writes_on(office: Office) -> None:
    draft, program = office.drafts(), office.program()
    base = f"/api/v1/queue/{draft.id}"

    def writes(name: str) -> None:
        with office.app.store.write() as tx:
            presence.here(tx, draft.id, name, office.clock.now(), is_typing=True)

    writes("lena_demo")
    for path, body in (("approve", {"version": 1}), ("edit", {"version": 1, "text": "Hm."})):
        refused = program.post(f"{base}/{path}", json=body)
        assert refused.status_code == 409
        assert "being written by lena_demo" in refused.json()["detail"]
        assert refused.json()["claimed_by"] == "lena_demo"
    assert office.draft(draft.id) == draft
    assert program.post(f"{base}/take-over").json() == {
        "claimed_by": "community_program",
        "taken_from": "lena_demo",
    }
    assert program.post(f"{base}/edit", json={"version": 1, "text": "Thanks!"}).status_code == 200
    assert program.post(f"{base}/approve", json={"version": 2}).json()["state"] == "approved"
    with office.app.store.read() as tx:
        assert presence.claim_of(tx, draft.id, office.clock.now()) is None


@pytest.mark.parametrize("of", ["draft", "case"])
def test_no_note_keeps_what_nobody_told_us_of_a_person(office: Office, of: str) -> None:
    place = f"queue/{office.drafts().id}" if of == "draft" else f"cases/{office.opens_case()}"
    page = office.person(Role.LEAD).post(f"/{place}/note", data={"text": f"call them: {TRAIT}"})
    answer = office.program().post(f"/api/v1/{place}/note", json={"text": TRAIT})
    assert (page.status_code, answer.status_code) == (422, 422)
    assert f"call them: {TRAIT}</textarea>" in page.text, "the words were lost"
    assert "Notes hold only what somebody told us" in page.text
    assert "Notes hold only" in answer.json()["detail"]
    with office.app.store.read() as tx:
        assert not [each for each in audit.page(tx).items if each.action.endswith(".note")]
