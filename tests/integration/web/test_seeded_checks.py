"""Seeded checks as people and programs meet them: told at once, told apart by nothing, counted nowhere."""

from __future__ import annotations

from typing import Any

from engagebot.domain.outbox import DraftState
from engagebot.domain.roles import Role
from engagebot.store.replying.drafts import text_hash
from tests.factories import BY_HAND
from tests.integration.web.office import Office
from tests.seeded import BAD, BECAUSE, plant, standing

PART = {"hx-request": "true"}
MISSED = f"This was a check: {BECAUSE}. Nothing was sent; the real reply stands here now."
SEEN = f"This was a check, well seen: {BECAUSE}. Nothing was sent; the real reply stands here now."


def test_a_check_looks_like_any_draft_and_its_result_is_told_at_once(office: Office) -> None:
    draft, following = office.drafts("I love box 1"), office.drafts("I love box 2")
    plant(office.app.store, draft.id)
    kim = office.person()
    shown = kim.get(f"/queue?item={draft.id}").text
    assert (BAD in shown, draft.text in shown) == (True, False)
    assert draft.text not in kim.get(f"/mentions/{draft.mention_id}").text

    data = {"version": 1, "text": BAD, "following": following.id}
    done = kim.post(f"/queue/{draft.id}/approve", data=data, headers=PART)

    assert all(words in done.text for words in (MISSED, f'data-draft="{draft.id}"', draft.text))
    assert '"words": null' in done.headers["hx-trigger"]
    assert f'hx-post="/queue/{draft.id}/undo"' not in done.text
    assert office.draft(draft.id).state is DraftState.PROPOSED


def test_without_a_script_the_result_is_told_by_the_page_that_follows(office: Office) -> None:
    kim, ben = office.person(), office.person(name="ben_demo")
    deeds: dict[str, dict[str, Any]] = {
        "approve": {"version": 1, "text": BAD},
        "reject": {"reason": "facts"},
        "edit": {"version": 1, "text": "Thanks, that is kind!"},
    }
    for deed, data in deeds.items():
        draft = office.drafts(f"I love box {deed}")
        plant(office.app.store, draft.id)
        done = kim.post(f"/queue/{draft.id}/{deed}", data=data)
        assert done.status_code == 303
        where = done.headers["location"]
        assert BECAUSE not in where
        assert (MISSED if deed == "approve" else SEEN) in kim.get(where).text
        assert BECAUSE not in ben.get(where).text, "how it ended is nobody else's business"
        assert office.draft(draft.id).state is DraftState.PROPOSED


def test_a_page_that_is_older_than_the_answer_refuses_no_real_reply(office: Office) -> None:
    draft, kim, ben = office.drafts(), office.person(), office.person(name="ben_demo")
    plant(office.app.store, draft.id)
    assert '<input type="hidden" name="read" value="1">' in ben.get(f"/queue?item={draft.id}").text
    kim.post(f"/queue/{draft.id}/reject", data={"reason": "facts", "read": "1"})

    stale = ben.post(f"/queue/{draft.id}/reject", data={"reason": "facts", "read": "1"})

    assert (stale.status_code, office.draft(draft.id).state) == (409, DraftState.PROPOSED)
    ben.post(f"/queue/{draft.id}/reject", data={"reason": "facts", "read": "2"})
    assert office.draft(draft.id).state is DraftState.REJECTED


def test_a_program_is_refused_with_the_outcome(office: Office) -> None:
    program = office.program()
    deeds: dict[str, dict[str, Any]] = {
        "approve": {"version": 1},
        "reject": {"reason": "facts"},
        "edit": {"version": 1, "text": "Thanks, that is kind!"},
        "choose": {"version": 1, "number": 2},
    }
    for deed, body in deeds.items():
        draft = office.drafts(f"I love box {deed}")
        plant(office.app.store, draft.id)
        assert program.get(f"/api/v1/queue/{draft.id}").json()["text"] == BAD
        refused = program.post(f"/api/v1/queue/{draft.id}/{deed}", json=body)
        problem = refused.json()
        outcome = "missed" if deed == "approve" else "seen"
        assert (refused.status_code, problem["outcome"]) == (409, outcome)
        assert problem["type"] == "urn:engagebot:problem:seeded-check"
        assert standing(office.app.store) is None
        listed = program.get(f"/api/v1/queue/{draft.id}").json()
        assert (listed["text"], listed["state"]) == (draft.text, "proposed")


def test_among_many_a_check_is_told_beside_its_item(office: Office) -> None:
    draft, other = office.drafts("I love box 1"), office.drafts("I love box 2")
    plant(office.app.store, draft.id)
    kim = office.person()
    assert BAD in kim.get(f"/queue/bulk?id={draft.id}&id={other.id}").text
    items = [f"{draft.id}:1:{text_hash(BAD)}", f"{other.id}:1:{text_hash(other.text)}"]

    told = kim.post("/queue/bulk", data={"deed": "approve", "item": items}).text

    assert f"Draft {draft.id}</a>: <bdi>{MISSED.rstrip('.')}" in told
    states = [office.draft(each.id).state for each in (draft, other)]
    assert states == [DraftState.PROPOSED, DraftState.APPROVED]


def test_a_check_never_opens_the_composer_of_a_platform(office: Office) -> None:
    draft = office.drafts("I love the box", route=BY_HAND)
    plant(office.app.store, draft.id)
    kim = office.person()
    assert BAD not in kim.get(f"/queue?item={draft.id}").text
    done = kim.post(f"/queue/{draft.id}/approve", data={"version": 1, "text": BAD}, headers=PART)
    assert (MISSED in done.text, office.draft(draft.id).state) == (True, DraftState.PROPOSED)
    assert "Open it on Demo" not in done.text


def figures(office: Office) -> dict[str, Any]:
    """What people and programs are told in figures, customers and exports included."""
    owner, program = office.person(Role.OWNER), office.program(Role.OWNER)
    paths = ("rules", "costs", "coverage", "mentions", "customers/1", "cases", "audit-sample")
    told: dict[str, Any] = {path: program.get(f"/api/v1/{path}").json() for path in paths}
    lines = program.get("/metrics").text.splitlines()
    told["metrics"] = [line for line in lines if "seconds" not in line and "_bytes" not in line]
    for path in ("/", "/customers/1", "/rules"):
        told[path] = owner.get(path).text.partition("<main")[2]
    return told


def test_no_figure_knows_of_a_check(office: Office) -> None:
    draft = office.drafts("I love the box")
    before = figures(office)
    plant(office.app.store, draft.id)
    assert figures(office) == before

    office.person().post(f"/queue/{draft.id}/reject", data={"reason": "sarcasm"})

    assert standing(office.app.store) is None
    assert figures(office) == before


def test_ones_own_checks_stand_on_ones_own_page_and_the_teams_as_a_total(office: Office) -> None:
    people = ("kim_demo", "ben_demo", "ada_demo")
    for number, name in enumerate(people):
        lead = office.person(Role.LEAD, name="lead_demo").get("/me").text
        assert "Seeded checks" not in lead, "a total of fewer than three would be one person's"
        draft = office.drafts(f"I love box {number}")
        plant(office.app.store, draft.id)
        deed, data = ("reject", {"reason": "facts"}) if number else ("approve", {"text": BAD, "version": "1"})
        office.person(name=name).post(f"/queue/{draft.id}/{deed}", data=data)
    assert "Seeded checks, 7 days: 0 of 1 well seen." in office.person(name="kim_demo").get("/me").text
    assert "Seeded checks, 7 days: 1 of 1 well seen." in office.person(name="ben_demo").get("/me").text
    lead = office.person(Role.LEAD, name="lead_demo").get("/me").text
    assert "Seeded checks: 2 of 3 well seen." in lead
    for name in people:
        assert name not in lead
    audit = office.person(Role.LEAD, name="lead_demo").get("/audit").text
    assert "answered a seeded check" in audit
    assert BECAUSE not in audit
    assert "missed" not in audit
