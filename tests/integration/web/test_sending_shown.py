"""What a person sees of replies that wait: on the desk, beside the switch, on the connectors page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engagebot.domain.outbox import DraftState
from engagebot.domain.replying.breaking import OPENS_AT
from engagebot.domain.roles import Role
from engagebot.store import audit, tables
from engagebot.store.replying import breakers
from tests.integration.web.office import Office

S = DraftState


def put(office: Office, draft_id: int, state: DraftState, **values: Any) -> None:
    with office.app.store.write() as tx:
        is_it = tables.drafts.c.id == draft_id
        tx.execute(sa.update(tables.drafts).where(is_it).values(state=state.value, **values))


def waiting(office: Office) -> list[int]:
    """Two that wait to leave, one in its undo window, one on its way, two in doubt."""
    now = office.clock.now()
    ids = [office.drafts(f"I love it {number}").id for number in range(6)]
    soon = now + timedelta(seconds=10)
    put(office, ids[0], S.APPROVED, due_at=now, approved_by="kim_demo")
    put(office, ids[1], S.APPROVED, due_at=soon, last_error="waits until 14:35: 60 replies an hour")
    put(office, ids[2], S.APPROVED, due_at=soon)
    for draft_id, state in zip(ids[3:], (S.SENDING, S.UNKNOWN, S.NEEDS_PERSON), strict=True):
        put(office, draft_id, state)
    return ids


def test_a_pause_says_what_waits_and_the_end_of_it_what_leaves(office: Office) -> None:
    ids = waiting(office)
    program, browser = office.program(), office.person()

    paused = program.post("/api/v1/pause").json()
    words = "2 approved replies wait to leave, 1 is in its time to undo, 1 is on its way, 2 are in doubt"
    counts = {"approved": 2, "in_undo": 1, "on_the_way": 1, "in_doubt": 2, "words": words}
    assert paused["waiting"] == counts
    assert f"Nothing leaves until somebody resumes: {words}." in browser.get("/cases").text
    assert program.get("/api/v1/status").json()["sending"] == {"waiting": counts, "breakers": []}
    resumed = program.post("/api/v1/resume").json()
    assert (resumed["paused"], resumed["changed"], resumed["leaving"]) == (False, True, [ids[0]])
    office.app.is_live = True
    browser.post("/pause")
    assert browser.post("/resume").headers["location"] == "/queue?lane=leaving&done=resumed_leaving"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_desk_says_why_a_reply_has_not_left_and_why_one_is_back(office: Office) -> None:
    ids = waiting(office)
    back = office.drafts("I love it as well").id
    put(office, back, S.PROPOSED, last_error="they have written again since, and are unhappy")
    office.app.is_live = True
    browser = office.person()

    lane = browser.get("/queue?lane=leaving").text
    assert "waits until 14:35: 60 replies an hour" in lane
    assert "leaves now" in lane
    item = browser.get(f"/queue?lane=leaving&item={ids[1]}").text
    assert "Why it has not left:" in item
    assert "It is tried again" in item
    assert "/release" not in item
    assert "back:</strong> <bdi>they have written again since" in browser.get("/queue").text
    assert "Why it is back:" in browser.get(f"/queue?item={back}").text


def opened(office: Office) -> None:
    with office.app.store.write() as tx:
        for _ in range(OPENS_AT):
            breakers.note_failure(tx, "demo", "down <b>", actor="engagebot", at=office.clock.now())


def test_an_open_breaker_is_told_everywhere_and_closed_by_who_keeps_connectors(office: Office) -> None:
    opened(office)
    operator = office.person(Role.OPERATOR)

    page = operator.get("/connectors").text
    assert "Nothing is sent to Demo" in page
    assert "demo failed 5 times in a row, at last: down &lt;b&gt;; replies wait, one tries 14:01:00" in page
    assert "/breaker/close" not in office.person(Role.COMMUNITY).get("/connectors").text
    (told,) = office.program().get("/api/v1/status").json()["sending"]["breakers"]
    assert (told["source"], told["failures"], told["reason"]) == ("demo", 5, "down <b>")
    ready = operator.get("/readyz").json()["checks"]["sending"]
    assert ready["ok"]
    assert ready["detail"].startswith("demo failed 5 times")
    assert 'engagebot_breaker_open{source="demo"} 1.0' in operator.get("/metrics").text

    assert operator.post("/connectors/demo/breaker/close").headers["location"].startswith("/connectors")
    assert "Nothing is sent to" not in operator.get("/connectors").text
    with office.app.store.read() as tx:
        lines = [(event.actor, event.action) for event in audit.of(tx, "connector:demo")]
    assert lines == [("engagebot", "breaker.opened"), ("operator_demo", "breaker.closed")]
