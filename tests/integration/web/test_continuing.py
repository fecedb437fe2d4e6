"""A case goes on at another channel: a link carries it there once, and one contact comes back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from fastapi.testclient import TestClient

from engagebot.domain.persons.customers import NewNote, NoteKind
from engagebot.domain.roles import Role
from engagebot.pipeline.people import keeping
from engagebot.store import audit, tables
from engagebot.store.casework import cases, continuations
from engagebot.store.persons import customers, forgetting
from engagebot.store.tables import case_continuations
from tests.factories import act, make_author
from tests.integration.web.office import Office

MAPLE = make_author("maple_fan_demo")
QUOTE = "please never call me again"


def opened(office: Office) -> int:
    return office.opens_case("the modem is dead again", author=MAPLE)


def dislikes_phone(office: Office, case_id: int) -> None:
    note = NewNote(kind=NoteKind.DISLIKES_CHANNEL, text="phone", basis=QUOTE)
    with office.app.store.write() as tx:
        customer_id = cases.get(tx, case_id).customer_id
        assert customer_id is not None
        keeping.note(tx, customer_id, act(office.app.store, "agent_demo"), note, lint=lambda _: None)


def link_of(office: Office, case_id: int, browser: TestClient, **form: str) -> str:
    """The path of a link that is made on the page of the case."""
    page = browser.post(f"/cases/{case_id}/links", data={"channel": "email", "note": "they wait", **form})
    assert page.status_code == 200, page.text
    found = re.search(r"http://127\.0\.0\.1:8000(/h/[\w-]+)", page.text)
    assert found is not None
    is_in_sight = 'tabindex="-1" autofocus><strong>The link, shown this once:' in page.text
    assert is_in_sight, "it stands far down on a narrow page"
    return found[1]


def test_whoever_has_the_link_reads_the_case_and_writes_one_contact_into_it(office: Office) -> None:
    case_id = opened(office)
    agent = office.person(Role.SUPPORT, "agent_demo")
    agent.post(f"/cases/{case_id}/note", data={"text": "an internal matter"})
    agent.post(f"/cases/{case_id}/wanted", data={"text": "a new modem"})
    path = link_of(office, case_id, agent)
    stranger = office.visitor()

    for method in ("HEAD", "GET"):
        stranger.request(method, path)
    shown = stranger.get(path)
    for words in ("the modem is dead again", "@maple_fan_demo", "a new modem", "they wait", "agent_demo"):
        assert words in shown.text
    assert "an internal matter" not in shown.text
    assert "noindex" in shown.headers["x-robots-tag"]
    assert "noindex" in shown.text

    done = stranger.post(path, data={"minutes": "20", "text": "promised a new one"})
    assert done.status_code == 200
    assert "Written down" in done.text
    with office.app.store.read() as tx:
        case = cases.get(tx, case_id)
        lines = [(each.action, each.actor) for each in audit.of(tx, f"case:{case_id}")]
        assert tx.execute(sa.select(sa.func.count()).select_from(tables.cases)).scalar_one() == 1
    assert (case.contacts, case.minutes) == (2, 20)
    assert ("case.link_made", "agent_demo") in lines
    assert ("case.link_used", "link 1 by agent_demo") in lines
    page = agent.get(f"/cases/{case_id}").text
    assert "They, noted by whoever had agent_demo&#39;s link" in page
    assert "promised a new one" in page

    for again in (stranger.get(path), stranger.post(path, data={"text": "once more"})):
        assert again.status_code == 404
        assert "used or taken back" in again.text


def test_a_call_of_ours_by_a_link_is_no_contact_of_theirs(office: Office) -> None:
    case_id = opened(office)
    agent = office.person(Role.SUPPORT, "agent_demo")
    path = link_of(office, case_id, agent, channel="phone")
    wrong = office.visitor().post(path, data={"minutes": "ten", "by_us": "yes"})
    assert (wrong.status_code, 'name="by_us" value="yes" checked' in wrong.text) == (422, True)
    unsure = office.visitor().post(path, data={"minutes": "ten", "answered": "no"})
    assert '<option value="no" selected>' in unsure.text
    office.visitor().post(path, data={"text": "rang them", "by_us": "yes", "answered": "no"})
    with office.app.store.read() as tx:
        assert cases.get(tx, case_id).contacts == 1, "they need not come to us to be called"
        assert cases.get(tx, case_id).first_reply_at is None, "nobody picked up"
    assert "We, noted by whoever had agent_demo&#39;s link" in agent.get(f"/cases/{case_id}").text
    assert "· not reached" in agent.get(f"/cases/{case_id}").text
    customer = agent.get("/customers/1").text
    assert "whoever had agent_demo&#39;s link" in customer
    assert "link 1 by" not in customer


def test_only_the_hash_of_a_link_is_kept_and_it_ends_by_time_or_by_hand(office: Office) -> None:
    case_id = opened(office)
    agent = office.person(Role.SUPPORT, "agent_demo")
    first, second = (link_of(office, case_id, agent) for _ in range(2))
    with office.app.store.read() as tx:
        kept = str([tuple(row) for row in tx.execute(sa.select(case_continuations))])
    assert first.removeprefix("/h/") not in kept
    assert first.removeprefix("/h/") not in agent.get(f"/cases/{case_id}").text

    assert agent.post(f"/cases/{case_id}/links/1/revoke").status_code == 303
    assert office.visitor().get(first).status_code == 404
    assert agent.post(f"/cases/{case_id}/links/1/revoke").status_code == 404
    assert office.visitor().get(second).status_code == 200
    office.clock.at += timedelta(days=14)
    assert office.visitor().get(second).status_code == 404


def test_a_channel_they_do_not_want_is_told_with_their_words_and_needs_a_yes(office: Office) -> None:
    case_id = opened(office)
    dislikes_phone(office, case_id)
    agent = office.person(Role.SUPPORT, "agent_demo")

    refused = agent.post(f"/cases/{case_id}/links", data={"channel": "phone", "note": "call at noon"})
    assert refused.status_code == 422
    assert QUOTE in refused.text
    assert "(agent_demo, 3 August 2026)" in refused.text
    assert 'value="call at noon"' in refused.text
    assert 'name="is_sure" autofocus aria-invalid="true" aria-describedby="refused"' in refused.text
    assert "/h/" not in refused.text
    assert link_of(office, case_id, agent, channel="phone", is_sure="yes")

    program = office.program(Role.SUPPORT)
    body = {"channel": "phone"}
    told = program.post(f"/api/v1/cases/{case_id}/links", json=body)
    assert told.status_code == 422
    assert QUOTE in told.json()["detail"]
    made = program.post(f"/api/v1/cases/{case_id}/links", json={**body, "is_sure": True}).json()
    assert made["url"].startswith("http://127.0.0.1:8000/h/")
    listed = program.get(f"/api/v1/cases/{case_id}/links").json()
    assert [each["id"] for each in listed] == [2, 1]
    assert "url" not in listed[0]
    gone = program.delete(f"/api/v1/cases/{case_id}/links/{made['id']}").json()
    assert gone["revoked_by"] == "support_program"
    pigeon = program.post(f"/api/v1/cases/{case_id}/links", json={"channel": "pigeon"})
    assert pigeon.status_code == 422


def test_what_cannot_be_written_down_stays_in_the_form_and_the_link_stays_open(office: Office) -> None:
    path = link_of(office, opened(office), office.person(Role.SUPPORT, "agent_demo"))
    stranger = office.visitor()
    for written, says in (
        ({"minutes": "soon", "text": "long"}, "is not a number of minutes"),
        ({"minutes": "1441", "text": "long"}, "minutes of a day"),
        ({"text": "she is pregnant"}, "pregnant"),
    ):
        answer = stranger.post(path, data=written)
        assert answer.status_code == 422, written
        assert says in answer.text
        assert written["text"] in answer.text
    assert stranger.get(path).status_code == 200


def test_where_notices_are_masked_the_page_keeps_names_and_words(office: Office) -> None:
    path = link_of(office, opened(office), office.person(Role.SUPPORT, "agent_demo"))
    office.app.settings = replace(office.app.settings, masks_notices=True)
    shown = office.visitor().get(path).text
    assert "modem" not in shown
    assert "maple_fan" not in shown
    assert "they wait" in shown


def test_who_tries_links_is_slowed_down(office: Office) -> None:
    guesser = office.visitor(address="203.0.113.7")
    statuses = {guesser.get(f"/h/guess-{number}").status_code for number in range(10)}
    assert statuses == {404, 429}
    path = link_of(office, opened(office), office.person(Role.SUPPORT, "agent_demo"))
    assert office.visitor().get(path).status_code == 200


def test_forgetting_a_customer_ends_the_links_of_their_cases(office: Office) -> None:
    case_id = opened(office)
    path = link_of(office, case_id, office.person(Role.SUPPORT, "agent_demo"))
    with office.app.store.write() as tx:
        customer_id = cases.get(tx, case_id).customer_id
        assert customer_id is not None
        forgetting.forget(tx, customers.get(tx, customer_id), office.clock.now())
    assert office.visitor().get(path).status_code == 404
    with office.app.store.read() as tx:
        assert [link.note for link in continuations.of_case(tx, case_id)] == [""]
