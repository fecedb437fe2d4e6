from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from engagebot.domain.desk.preferences import Preferences
from engagebot.domain.drafting import Drafted
from engagebot.domain.outbox import DraftState
from engagebot.domain.roles import Role
from engagebot.store import tables
from engagebot.store.desk import preferences
from engagebot.store.replying import variants
from engagebot.store.replying.drafts import text_hash
from tests.factories import BY_HAND
from tests.integration.web.office import Office

QUEUE = "/api/v1/queue"


def put(office: Office, draft_id: int, **values: Any) -> None:
    with office.app.store.write() as tx:
        tx.execute(sa.update(tables.drafts).where(tables.drafts.c.id == draft_id).values(**values))


def post(client: TestClient, draft_id: int, deed: str, **body: Any) -> Any:
    return client.post(f"{QUEUE}/{draft_id}/{deed}", json=body or None)


def test_a_program_too_must_say_why_a_risky_reply_is_right(office: Office) -> None:
    draft, program = office.drafts(), office.program()
    put(office, draft.id, reach=80_000)
    refused = post(program, draft.id, "approve", version=1)
    problem = refused.json()
    assert (refused.status_code, problem["risks"]) == (422, ["large_reach"])
    assert problem["type"] == "urn:engagebot:problem:needs-reason"
    done = post(program, draft.id, "approve", version=1, reason="they asked in public")
    assert done.json()["state"] == "approved"


def test_a_second_person_reads_what_feels_delicate(office: Office) -> None:
    draft, community, lead = office.drafts(), office.program(), office.program(Role.LEAD)
    with office.app.store.write() as tx:
        tx.execute(sa.update(tables.mentions).values(flags={"cheated": True}))
    first = post(community, draft.id, "approve", version=1, reason="so").json()
    assert (first["state"], first["first_reader"]) == ("held", "community_program")
    again = post(community, draft.id, "approve", version=2, reason="so")
    assert (again.status_code, "second reader" in again.json()["detail"]) == (409, True)
    other = post(office.person(), draft.id, "approve", version=2, reason="so")
    assert other.status_code == 403
    assert post(lead, draft.id, "approve", version=2, reason="so").json()["state"] == "approved"


def test_an_approval_leaves_by_what_the_person_prefers(office: Office) -> None:
    draft, kim = office.drafts(), office.person(name="kim_demo")
    with office.app.store.write() as tx:
        preferences.write(tx, "kim_demo", Preferences(confirms_sending=True), office.clock.now())
    assert post(kim, draft.id, "approve", version=1).json()["due_at"] is None
    released = post(kim, draft.id, "release").json()
    assert released["due_at"] is not None
    undone = post(kim, draft.id, "undo").json()
    assert (undone["state"], undone["undone_from"]) == ("proposed", "approved")
    assert post(kim, draft.id, "release").status_code == 409


def test_another_wording_is_chosen_by_its_number(office: Office) -> None:
    draft, program = office.drafts(), office.program()
    with office.app.store.write() as tx:
        variants.put(tx, draft.id, [Drafted("Another one")])
    assert post(program, draft.id, "choose", number=2, version=1).json()["text"] == "Another one"
    assert post(program, draft.id, "choose", number=3, version=2).status_code == 422
    assert post(program, draft.id, "choose", number=2, version=1).status_code == 409


def test_a_post_is_joined_to_a_case(office: Office) -> None:
    draft, case_id, program = office.drafts(), office.opens_case(), office.program()
    assert post(program, draft.id, "join").status_code == 422
    assert post(program, draft.id, "join", case_id=999).status_code == 404
    joined = post(program, draft.id, "join", case_id=case_id).json()
    assert draft.mention_id in joined["mention_ids"]
    assert office.draft(draft.id).state is DraftState.WITHDRAWN


def test_skips_notes_and_a_hand_that_did_not_post(office: Office) -> None:
    draft, program = office.drafts(route=BY_HAND), office.program()
    assert post(program, draft.id, "skip", reason="not mine").status_code == 204
    assert post(program, draft.id, "skip").status_code == 204
    assert post(office.program(Role.LIGHT), draft.id, "note", text="she called").status_code == 204
    assert post(program, draft.id, "note", text=" ").status_code == 422
    assert post(program, draft.id, "approve", version=1).json()["state"] == "by_hand"
    assert post(program, draft.id, "not-posted").json()["state"] == "proposed"
    put(office, draft.id, state="needs_person")
    assert post(program, draft.id, "settle", is_there=True).json()["state"] == "sent"


def test_words_half_written_are_kept_for_their_writer_alone(office: Office) -> None:
    draft = office.drafts()
    kim, lee = office.person(name="kim_demo"), office.person(name="lee_demo")
    place = f"{QUEUE}/{draft.id}/writing"
    assert kim.get(place).json() is None
    assert kim.put(place, json={"text": "Dear Ma", "version": 1}).status_code == 204
    assert kim.get(place).json()["text"] == "Dear Ma"
    assert lee.get(place).json() is None
    # A window of hers that is still open when he signs in there.
    said = {"text": "Dear Maple", "version": 1, "by": "kim_demo"}
    assert lee.put(place, json=said).status_code == 409
    assert lee.get(place).json() is None
    assert kim.put(place, json=said).status_code == 204
    assert kim.delete(place).status_code == 204
    assert kim.get(place).json() is None
    nowhere = f"{QUEUE}/999999/writing"
    assert kim.put(nowhere, json={"text": "", "version": 1}).status_code == 404
    assert (kim.get(nowhere).status_code, kim.delete(nowhere).status_code) == (404, 404)


def test_a_draft_that_ended_is_given_to_nobody(office: Office) -> None:
    draft, program = office.drafts(), office.program()
    assert post(program, draft.id, "reject", reason="tone").status_code == 200

    refused = post(program, draft.id, "assign", to="community_program")

    assert (refused.status_code, refused.json()["detail"]) == (
        409, f"draft {draft.id} is rejected: it cannot be given to anybody",
    )  # fmt: skip
    assert office.draft(draft.id).assignee is None


def test_a_draft_sleeps_until_they_answer(office: Office) -> None:
    draft, program = office.drafts(), office.program()
    assert post(program, draft.id, "snooze", until=None).status_code == 200
    assert program.get(QUEUE).json()["items"] == []
    moment = (office.clock.now() + timedelta(hours=1)).isoformat()
    assert post(program, draft.id, "snooze", until=moment).json()["snoozed_until"] is not None


def test_many_are_decided_in_one_request(office: Office) -> None:
    first, second = office.drafts(), office.drafts("I love the other box")
    by_hand = office.drafts("I love the box in the shop", route=BY_HAND)
    program = office.program()
    items = [
        {"id": each.id, "version": each.version, "text_hash": text_hash(each.text)}
        for each in (first, second, by_hand)
    ]
    answer = program.post(f"{QUEUE}/bulk", json={"action": "approve", "items": items}).json()["results"]
    assert [(each["id"], each["done"], each["state"]) for each in answer] == [
        (first.id, True, "approved"), (second.id, True, "approved"), (by_hand.id, False, None),
    ]  # fmt: skip
    assert "by hand" in answer[2]["problem"]
    ids = [{"id": each["id"]} for each in items]
    undone = program.post(f"{QUEUE}/bulk", json={"action": "undo", "items": ids}).json()["results"]
    assert [each["done"] for each in undone] == [True, True, False]
    rejected = {"action": "reject", "items": ids, "reason": "tone"}
    assert all(each["done"] for each in program.post(f"{QUEUE}/bulk", json=rejected).json()["results"])
    too_many = [{"id": number} for number in range(1, 27)]
    assert program.post(f"{QUEUE}/bulk", json={"action": "approve", "items": too_many}).status_code == 422


def test_a_reply_of_ones_own_is_begun_by_request(office: Office) -> None:
    mention_id, program = office.hears("a van is parked here"), office.program()
    place = f"/api/v1/mentions/{mention_id}/draft"
    begun = program.post(place, json={"text": "Hello!"})
    assert (begun.status_code, begun.json()["rule_id"], begun.json()["text"]) == (201, "by_hand", "Hello!")
    assert program.post(place).status_code == 409
    assert program.post("/api/v1/mentions/999/draft").status_code == 404


@pytest.mark.parametrize("role", [Role.LIGHT, Role.SUPPORT, Role.MARKETING, Role.OPERATOR])
def test_who_may_not_review_decides_nothing(office: Office, role: Role) -> None:
    draft, program = office.drafts(), office.program(role)
    for deed in ("release", "choose", "join", "skip", "settle", "not-posted"):
        body = {"choose": {"number": 2, "version": 1}, "settle": {"is_there": True}}.get(deed, {})
        assert post(program, draft.id, deed, **body).status_code == 403, deed
    bulk = {"action": "approve", "items": [{"id": draft.id}]}
    assert program.post(f"{QUEUE}/bulk", json=bulk).status_code == 403
    assert program.put(f"{QUEUE}/{draft.id}/writing", json={"text": "", "version": 1}).status_code == 403


def test_saved_replies_come_filled_for_the_post_they_answer(office: Office) -> None:
    draft, program = office.drafts(), office.program()
    place = f"{QUEUE}/{draft.id}/replies"
    everything = program.get(place).json()["items"]
    assert len(everything) >= 8  # the site has none of its own, so these are the shipped ones
    (order,) = program.get(place, params={"words": "order PATIENCE"}).json()["items"]
    assert order["text"].startswith("Hi Maple Fan, thank you for your patience.")
    assert order["missing"] == ["order_number", "what_we_found"]
    refused = post(program, draft.id, "approve", version=1, text=order["text"])
    assert (refused.status_code, "{{order_number}}" in refused.json()["detail"]) == (422, True)
    own = office.app.settings.replies_folder
    own.mkdir()
    (own / "ours.md").write_text("Hello from {{brand.name}}!", encoding="utf-8")
    assert [each["text"] for each in program.get(place).json()["items"]] == ["Hello from Acme!"]
    assert program.get(f"{QUEUE}/999/replies").status_code == 404
