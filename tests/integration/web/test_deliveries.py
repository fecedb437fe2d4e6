"""Notices that did not arrive: on every page, on a page of their own, and for programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from fastapi.testclient import TestClient

from engagebot import scheduler
from engagebot.domain.roles import Role
from engagebot.errors import DeliveryFailed
from engagebot.ports import Notice
from engagebot.settings.values import Team
from engagebot.store import audit
from tests.integration.web.office import Office

BANNER = "1 escalation has reached nobody since 14:00: slack: its channel is gone"


@dataclass
class Line:
    """A channel that is gone until it is mended."""

    name: str = "slack"
    is_gone: bool = True
    taken: list[Notice] = field(default_factory=list)

    def deliver(self, notice: Notice) -> None:
        if self.is_gone:
            raise DeliveryFailed("its channel is gone", is_gone=True)
        self.taken.append(notice)


@pytest.fixture
def line(office: Office) -> Line:
    """The only channel of the support team; a case waits that it did not take."""
    channel = Line()
    teams = {"support": Team(name="support", notify=("slack",))}
    office.app.settings = replace(office.app.settings, teams=teams)
    office.app._sinks["slack"] = channel
    office.app.may_notify = True
    office.opens_case()
    tell(office)
    return channel


def tell(office: Office) -> int:
    return scheduler.tell_people(office.app)


def only_id(program: TestClient, state: str = "dead") -> int:
    (found,) = program.get("/api/v1/deliveries", params={"state": state}).json()["items"]
    number: int = found["id"]
    return number


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_page_says_that_nobody_was_reached(office: Office, line: Line) -> None:
    reader = office.person(Role.LIGHT)
    pages = ["/", "/queue", "/cases", "/mentions", "/customers", "/rules", "/connectors", "/settings", "/me"]
    assert [path for path in pages if BANNER not in reader.get(path).text] == []


def test_programs_and_supervisors_are_told_too(office: Office, line: Line) -> None:
    visitor = office.visitor()
    notices = visitor.get("/readyz").json()["checks"]["notices"]
    assert (notices["ok"], notices["detail"]) == (True, BANNER)
    figures = visitor.get("/metrics").text
    assert 'engagebot_unreached_notices{kind="escalation"} 1.0' in figures
    assert 'engagebot_channel_shut{channel="slack"} 1.0' in figures


def _works_on_the_case(office: Office, line: Line) -> None:
    office.person(Role.SUPPORT).post("/cases/1/ack")


def _knows(office: Office, line: Line) -> None:
    assert office.person(Role.LEAD).post("/settings/deliveries/ack").status_code == 303


def _knows_by_program(office: Office, line: Line) -> None:
    assert office.program(Role.OPERATOR).post("/api/v1/deliveries/ack").json() == {"known": 1}


def _tests_the_mended_channel(office: Office, line: Line) -> None:
    line.is_gone = False
    office.person(Role.OPERATOR).post("/settings/channels/test", data={"channel": "slack"})
    assert tell(office) == 1
    assert [notice.kind for notice in line.taken] == ["test", "case"]


@pytest.mark.parametrize("deed", [_works_on_the_case, _knows, _knows_by_program, _tests_the_mended_channel])
def test_the_warning_ends_when_somebody_knows_or_was_told(
    office: Office, line: Line, deed: Callable[[Office, Line], None]
) -> None:
    deed(office, line)
    assert "reached nobody" not in office.person(Role.LIGHT).get("/cases").text


def test_a_dead_letter_is_replayed_under_its_id_and_that_is_audited(office: Office, line: Line) -> None:
    lead = office.person(Role.LEAD)
    page = lead.get("/settings/deliveries").text
    assert "shut" in page
    assert "[High] 1st contact" in page
    line.is_gone = False
    number = only_id(office.program(Role.LEAD))
    assert f"/settings/deliveries/{number}/replay" in page

    office.person(Role.OPERATOR).post("/settings/channels/test", data={"channel": "slack"})
    line.is_gone = True
    tell(office)
    answer = lead.post(f"/settings/deliveries/{number}/replay")
    assert answer.headers["location"] == "/settings/deliveries?done=replayed"
    assert "In line again" in lead.get(answer.headers["location"]).text
    with office.app.store.read() as tx:
        (event,) = audit.of(tx, f"delivery:{number}")
    assert (event.actor, event.action) == ("lead_demo", "delivery.replayed")
    assert event.detail == {"notice": "case-1-mention-1", "channel": "slack"}


def test_programs_replay_what_is_dead_and_nothing_else(office: Office, line: Line) -> None:
    program = office.program(Role.OPERATOR)
    number = only_id(program)

    done = program.post(f"/api/v1/deliveries/{number}/replay")
    again = program.post(f"/api/v1/deliveries/{number}/replay")
    none = program.post("/api/v1/deliveries/999999/replay")

    assert (done.status_code, done.json()["state"], done.json()["notice_id"]) == (
        200, "pending", "case-1-mention-1",
    )  # fmt: skip
    assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json")
    assert "only dead ones" in again.json()["detail"]
    assert none.status_code == 404


def test_all_dead_letters_are_replayed_at_once(office: Office, line: Line) -> None:
    office.opens_case("another one is dead")
    tell(office)
    operator = office.person(Role.OPERATOR)
    assert operator.post("/settings/deliveries/replay").status_code == 303
    program = office.program(Role.LIGHT)
    waiting = program.get("/api/v1/deliveries", params={"channel": "slack", "limit": 1}).json()
    assert [each["state"] for each in waiting["items"]] == ["pending"]
    rest = program.get("/api/v1/deliveries", params={"cursor": waiting["next_cursor"]}).json()
    assert [each["state"] for each in rest["items"]] == ["pending"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_those_who_may_are_offered_to_replay(office: Office, line: Line) -> None:
    offered = {
        role: "/replay" in office.person(role).get("/settings/deliveries?show=dead").text for role in Role
    }
    assert {role for role, is_offered in offered.items() if is_offered} == {
        Role.LEAD, Role.OPERATOR, Role.OWNER,
    }  # fmt: skip
