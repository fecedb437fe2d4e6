"""Tickets on the page of a case and in its API, by a browser without scripts and by programs."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest

from engagebot.domain.outbox import CaseState, DeliveryState
from engagebot.domain.roles import Role
from engagebot.store.casework import cases, tickets
from engagebot.store.telling import deliveries
from tests.hostile import faults_of
from tests.integration.web.office import Office

URL = "https://jira.example/browse/X-12"
HOSTILE = "<script>alert(1)</script>\"'{{7*7}} & co"


@pytest.fixture
def case(office: Office) -> str:
    """The address of an open case, on a site with one ticket system."""
    office.app.settings = replace(
        office.app.settings, webhooks={"jira": "https://jira.example/in"}, ticket_webhooks=("jira",)
    )
    return f"/cases/{office.opens_case()}"


def number(case: str) -> int:
    return int(case.rpartition("/")[2])


def test_a_program_links_a_ticket_tells_of_it_and_takes_it_off(office: Office, case: str) -> None:
    program, api = office.program(Role.SUPPORT), f"/api/v1{case}/tickets"
    body = {"system": "jira", "key": "shop/modems#12", "url": URL, "status": "To do"}

    first, again = program.post(api, json=body), program.post(api, json=body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (first.json()["linked_by"], first.json()["case_id"]) == ("support_program", number(case))
    address = f"/api/v1/tickets/jira/{quote('shop/modems#12')}"
    office.clock.forward(microseconds=1500)
    told = program.put(address, json={"status": "Done", "is_closed": True}).json()
    assert (told["status"], told["is_closed"], told["closed_at"] is not None) == ("Done", True, True)
    assert program.get(f"/api/v1{case}").json()["tickets"] == [told]
    other = office.opens_case("dead as well")
    refused = program.post(f"/api/v1/cases/{other}/tickets", json=body)
    assert (refused.status_code, f"case {number(case)} has" in refused.json()["detail"]) == (409, True)
    off = program.delete(f"{api}/jira/{quote('shop/modems#12', safe='')}")
    assert (off.status_code, off.json()["key"]) == (200, "shop/modems#12")
    assert program.put(address, json={"is_closed": False}).status_code == 404
    assert program.delete(f"{api}/jira/X-9").status_code == 404
    history = program.get(f"/api/v1{case}/timeline?channel=deed").json()["entries"]
    assert [each["action"] for each in history][-3:] == [
        "case.ticket_linked", "case.ticket_closed", "case.ticket_unlinked",
    ]  # fmt: skip


def test_what_is_no_ticket_is_refused_in_words(office: Office, case: str) -> None:
    program, api = office.program(Role.SUPPORT), f"/api/v1{case}/tickets"
    for body in (
        {"system": "jira", "key": "X-1", "url": "javascript:alert(1)"},
        {"system": "two words", "key": "X-1"},
        {"system": "jira", "key": "x" * 121},
        {"system": "jira", "key": "\u202eX"},
        {"system": "jira"},
    ):
        assert program.post(api, json=body).status_code == 422, body
    assert program.post("/api/v1/cases/4711/tickets", json={"system": "jira", "key": "1"}).status_code == 404
    assert program.put("/api/v1/tickets/jira/X-1", json={"status": "x" * 101}).status_code == 422
    assert program.post(f"{api}/wanted", json={"system": "zendesk"}).status_code == 422


def test_a_ticket_is_linked_by_hand_and_its_closing_asks_how_it_ended(office: Office, case: str) -> None:
    support, program = office.person(Role.SUPPORT), office.program()

    done = support.post(f"{case}/tickets", data={"system": "jira", "key": "X-12", "url": URL})

    assert done.status_code == 303
    page = support.get(done.headers["location"]).text
    assert "The ticket is linked." in page
    assert (
        f'<a href="{URL}" target="_blank" rel="noopener noreferrer nofollow ugc"><bdi>X-12</bdi></a>' in page
    )
    assert "linked by <bdi>support_demo</bdi>" in page
    assert "<bdi>X-12</bdi>" in support.get("/cases").text
    question = "closed over there: how did it end?"
    assert question not in page
    program.put("/api/v1/tickets/jira/X-12", json={"status": "Done", "is_closed": True})
    asked = support.get(case).text
    assert question in asked
    assert "Resolve it here too" in asked
    assert "closed its ticket over there" in asked
    light = office.person(Role.LIGHT).get(case).text
    assert question in light
    assert "Resolve it here too" not in light
    program.put("/api/v1/tickets/jira/X-12", json={"is_closed": False})
    assert question not in support.get(case).text
    program.put("/api/v1/tickets/jira/X-12", json={"is_closed": True})
    said = {"outcome": "fixed", "remedy": "new modem", "cause": "ours"}
    assert support.post(f"{case}/resolve", data=said).status_code == 303
    assert question not in support.get(case).text
    with office.app.store.read() as tx:
        found = cases.get(tx, number(case))
    assert (found.state, found.outcome, found.cause) == (CaseState.RESOLVED, "fixed", "ours")
    assert support.post(f"{case}/tickets/off", data={"system": "jira", "key": "X-12"}).status_code == 303
    assert "took ticket <bdi>jira X-12</bdi> off the case" in support.get(case).text


def test_what_could_not_be_linked_stays_in_the_form(office: Office, case: str) -> None:
    support = office.person(Role.SUPPORT)

    refused = support.post(f"{case}/tickets", data={"system": "jira", "key": "X-12", "url": "ftp://x/1"})

    assert refused.status_code == 422
    assert "no address of a ticket" in refused.text
    assert 'value="X-12"' in refused.text
    assert 'value="ftp://x/1"' in refused.text


def test_a_ticket_is_asked_for_on_the_page_and_what_went_wrong_stands_there(
    office: Office, case: str
) -> None:
    support, program = office.person(Role.SUPPORT), office.program()
    assert "Ask jira for one" in support.get(case).text

    for _ in range(2):
        assert support.post(f"{case}/tickets/wanted", data={"system": "jira"}).status_code == 303

    page = support.get(case).text
    assert "Asked for in <bdi>jira</bdi>, not linked yet: it waits to go out." in page
    assert "Ask jira for" not in page
    (wanted,) = program.get(f"/api/v1{case}").json()["tickets_wanted"]
    assert (wanted["system"], wanted["state"], wanted["id"]) == (
        "jira", "pending", f"case-{number(case)}-ticket-jira",
    )  # fmt: skip
    assert program.post(f"/api/v1{case}/tickets/wanted", json={"system": "jira"}).json() == wanted
    now = office.clock.now()
    with office.app.store.write() as tx:
        claimed = deliveries.claim(tx, tickets.wanted(tx, number(case))["jira"].id, owner="w", now=now)
        assert claimed is not None
        deliveries.settle(tx, claimed, DeliveryState.DEAD, {"last_error": "jira.example answers 422"})
    page = support.get(case).text
    assert "given up. <span" in page
    assert "jira.example answers 422" in page
    assert "Ask jira for one again" in page
    program.post(f"/api/v1{case}/tickets", json={"system": "jira", "key": "X-12"})
    assert "not linked yet" not in support.get(case).text
    assert program.post(f"/api/v1{case}/tickets/wanted", json={"system": "jira"}).status_code == 409


def test_whatever_a_ticket_is_called_is_text(office: Office, case: str) -> None:
    program, support = office.program(), office.person(Role.SUPPORT)
    body = {
        "system": "jira",
        "key": HOSTILE[:100],
        "url": 'https://jira.example/"><b>{{7*7}}',
        "status": HOSTILE,
    }
    assert program.post(f"/api/v1{case}/tickets", json=body).status_code == 201
    path = f"/api/v1/tickets/jira/{quote(HOSTILE, safe='')}"
    assert program.put(path, json={"is_closed": True, "status": f"no {HOSTILE}"}).status_code == 200

    for address in (case, "/audit"):
        browser = support if address == case else office.person(Role.OWNER)
        faults, _, said = faults_of(browser.get(address).content)
        assert faults == []
        assert HOSTILE in said
    rows = support.get(f"{case}/timeline.csv").text
    assert "case.ticket_closed" in rows


def test_tickets_stand_in_what_is_handed_out_of_a_customer(office: Office, case: str) -> None:
    program = office.program(Role.OWNER)
    program.post(f"/api/v1{case}/tickets", json={"system": "jira", "key": "X-12", "url": URL})
    customer_id = program.get(f"/api/v1{case}").json()["customer_id"]

    record = program.get(f"/api/v1/customers/{customer_id}/export").json()

    assert [each["key"] for each in record["cases"][0]["tickets"]] == ["X-12"]
