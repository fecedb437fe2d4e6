"""The further moves of a case, in the browser and for programs, and what time says of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engagebot import scheduler
from engagebot.domain.casework.ladders import Ladder, Step
from engagebot.domain.roles import Role
from engagebot.settings.values import Team
from engagebot.store.casework import cases
from tests.integration.web.office import Office

LADDER = Ladder(name="day", steps=(Step(after=timedelta(minutes=10), notify=("console",)),))


def state(office: Office, case_id: int) -> str:
    with office.app.store.read() as tx:
        return cases.get(tx, case_id).state.value


def test_each_further_move_has_a_button_and_a_call(office: Office) -> None:
    first, second = office.opens_case(), office.opens_case("the box is dead")
    kim, lee = office.person(Role.SUPPORT, "kim_demo"), office.person(Role.SUPPORT, "lee_demo")
    given = kim.post(f"/cases/{second}/assign", data={"to": "lee_demo"})
    assert "Given to them. They are told" in kim.get(given.headers["location"]).text
    for name, expected in (("ack", "acknowledged"), ("unack", "new"), ("wait", "waiting")):
        response = kim.post(f"/cases/{first}/{name}")
        assert (response.status_code, state(office, first)) == (303, expected)
    assert "It waits for the customer" in kim.get(kim.post(f"/cases/{second}/wait").headers["location"]).text
    kim.post(f"/cases/{first}/ack")
    kim.post(f"/cases/{first}/assign", data={"to": "lee_demo"})
    assert kim.post(f"/cases/{first}/accept").status_code == 409
    assert lee.post(f"/cases/{first}/decline").status_code == 303
    offered = kim.post(f"/cases/{first}/assign", data={"to": "lee_demo"})
    page = kim.get(offered.headers["location"]).text
    assert "Whoever has the case keeps it until they accept." in page
    assert "<bdi>lee_demo</bdi></span>" in page, "a name is told letter by letter"
    assert lee.post(f"/cases/{first}/accept").status_code == 303
    lee.post(f"/cases/{first}/resolve")
    assert lee.post(f"/cases/{first}/close").status_code == 303
    assert state(office, first) == "closed"


def test_the_fold_of_waiting_and_giving_back_says_what_it_holds(office: Office) -> None:
    case_id = office.opens_case()
    kim = office.person(Role.SUPPORT, "kim_demo")

    def fold() -> tuple[bool, bool, bool]:
        page = kim.get(f"/cases/{case_id}").text
        offers = (f"/cases/{case_id}/wait", f"/cases/{case_id}/unack")
        assert ("Wait, or give it back</summary>" in page) == (offers[1] in page)
        return ("Let it wait for them</summary>" in page, *(each in page for each in offers))

    assert fold() == (True, True, False), "nobody has it, so nobody gives it back"
    kim.post(f"/cases/{case_id}/ack")
    assert fold() == (False, True, True)
    kim.post(f"/cases/{case_id}/wait")
    assert fold() == (False, False, False), "nothing is left that the fold could hold"


def test_how_a_case_ended_can_be_said_afterwards_once(office: Office) -> None:
    case_id = office.opens_case()
    kim, program = office.person(Role.SUPPORT, "kim_demo"), office.program(Role.SUPPORT)
    path, call = f"/cases/{case_id}/ending", f"/api/v1/cases/{case_id}/ending"
    assert kim.post(path, data={"remedy": "new cable"}).status_code == 409
    kim.post(f"/cases/{case_id}/resolve")
    assert "Say how it ended" in kim.get(f"/cases/{case_id}").text
    assert program.post(call, json={}).status_code == 422
    assert "They spoke of leaving" not in kim.get(f"/cases/{case_id}").text
    done = kim.post(path, data={"remedy": "new cable", "cause": "theirs", "reached": "reached"})
    shown = kim.get(done.headers["location"]).text
    assert ("Noted how it ended." in shown, "Say how it ended" in shown) == (True, False)
    assert program.post(call, json={"remedy": "another"}).status_code == 409
    found = program.get(f"/api/v1/cases/{case_id}").json()
    assert (found["remedy"], found["cause"], found["was_reached"]) == ("new cable", "theirs", "reached")


def test_programs_move_cases_and_are_told_who_was_first(office: Office) -> None:
    case_id = office.opens_case()
    support, community = office.program(Role.SUPPORT), office.program(Role.COMMUNITY)
    path = f"/api/v1/cases/{case_id}"
    assert support.post(f"{path}/ack").json()["assignee"] == "support_program"
    late = community.post(f"{path}/ack")
    assert (late.status_code, "by support_program" in late.json()["detail"]) == (409, True)
    for name, expected in (("unack", "new"), ("wait", "waiting")):
        assert support.post(f"{path}/{name}").json()["state"] == expected
    assert support.post(f"{path}/close").status_code == 409
    support.post(f"{path}/resolve")
    assert support.post(f"{path}/close").json()["state"] == "closed"
    office.person(Role.SUPPORT, "kim_demo")
    support.post(f"{path}/reopen")
    support.post(f"{path}/ack")
    offered = support.post(f"{path}/assign", json={"to": "kim_demo"}).json()
    assert (offered["assignee"], offered["handed_to"], offered["handed_by"]) == (
        "support_program", "kim_demo", "support_program",
    )  # fmt: skip
    assert support.post(f"{path}/accept").status_code == 409
    assert support.post(f"{path}/decline").json()["handed_to"] is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_clocks_and_the_ladder_of_a_case_are_told(office: Office) -> None:
    team = Team(name="support", notify=("console",), ladder="day")
    office.app.settings = replace(office.app.settings, teams={"support": team}, ladders={"day": LADDER})
    case_id = office.opens_case()
    scheduler.mind(office.app)

    told = office.program(Role.LIGHT).get(f"/api/v1/cases/{case_id}/clocks").json()

    (clock,) = told["clocks"]
    assert (clock["kind"], clock["promise"], clock["span_s"]) == ("first_reply", "standard", 86400)
    assert told["detection_lag_s"] == 89 * 60
    assert told["if_nobody_answers"] == ["14:10 console", "then nobody is told any more"]
    assert office.program(Role.LIGHT).get("/api/v1/cases/4711/clocks").status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_idle_and_silent_cases_are_listed(office: Office) -> None:
    old, young = office.opens_case(), office.opens_case("the box is dead")
    program = office.program(Role.SUPPORT)

    def listed(name: str) -> list[int]:
        return [case["id"] for case in program.get(f"/api/v1/cases/{name}").json()]

    assert (listed("stale"), listed("silent")) == ([], [])
    office.clock.forward(hours=49)
    assert (listed("stale"), listed("silent")) == ([], [old, young])
    program.post(f"/api/v1/cases/{young}/wait")
    assert listed("silent") == [old]
    office.clock.forward(days=6)
    assert listed("stale") == [old]
    program.post(f"/api/v1/cases/{old}/note", json={"text": "the depot is asked"})
    assert listed("stale") == []
    office.clock.forward(days=7, seconds=1)
    assert listed("stale") == [young, old]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_button_shows_at_once_what_it_does_to_the_clocks(office: Office) -> None:
    case_id = office.opens_case()
    kim, program = office.person(Role.SUPPORT, "kim_demo"), office.program(Role.LIGHT)

    def clock() -> dict[str, object]:
        told = program.get(f"/api/v1/cases/{case_id}/clocks").json()
        return dict(told["clocks"][0])

    kim.post(f"/cases/{case_id}/wait")
    assert (clock()["due_at"], clock()["left_s"]) == (None, 86400 - 89 * 60)
    kim.post(f"/cases/{case_id}/ack")
    assert (clock()["due_at"] is None, clock()["left_s"]) == (False, None)
    kim.post(f"/cases/{case_id}/resolve")
    assert clock()["ended_at"] is not None
    # A case that cannot be minded is moved all the same.
    office.app.settings = replace(office.app.settings, slas=None)  # type: ignore[arg-type]
    assert kim.post(f"/cases/{case_id}/reopen").status_code == 303
    assert state(office, case_id) == "reopened"
