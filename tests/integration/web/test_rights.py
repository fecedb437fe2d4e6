from __future__ import annotations

import re

import pytest
from fastapi.routing import APIRoute

from engagebot.domain.roles import RIGHTS, Right, Role
from engagebot.web.app import ROUTERS
from tests.integration.web.office import Office

OPEN = None
READ, REVIEW, CASES = (Right.READ,), (Right.REVIEW,), (Right.WORK_CASES,)
MUTE = (Right.MUTE,)
NOTE = (Right.NOTE,)
FORGET = (Right.FORGET_CUSTOMERS,)
PEOPLE = (Right.MANAGE_PEOPLE,)
PUBLISH = (Right.PUBLISH_RULES,)
REPLAY = (Right.REPLAY_NOTICES,)
RESUME = (Right.REVIEW, Right.MANAGE_CONNECTORS)
# Every route and who may use it: anybody, or those with one of the rights.
ROUTES: dict[str, tuple[Right, ...] | None] = {
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /metrics": OPEN,
    "GET /login": OPEN,
    "POST /login": OPEN,
    "POST /logout": OPEN,
    "GET /setup/{secret}": OPEN,
    "POST /setup/{secret}": OPEN,
    "POST /hooks/slack": OPEN,
    "GET /link/{secret}": READ,
    "POST /link/{secret}": READ,
    "GET /look-after/{secret}": OPEN,
    "POST /look-after/{secret}": CASES,
    "GET /invite/{secret}": OPEN,
    "POST /invite/{secret}": OPEN,
    "GET /": READ,
    "GET /rules": READ,
    "POST /rules/{rule_id}/resume": PUBLISH,
    "GET /connectors": READ,
    "POST /connectors/{source}/breaker/close": (Right.MANAGE_CONNECTORS,),
    "GET /audit": (Right.READ_AUDIT,),
    "GET /audit.csv": (Right.READ_AUDIT,),
    "GET /me": READ,
    "POST /me": READ,
    "POST /me/keys": READ,
    "POST /me/password": READ,
    "POST /me/sessions/end": READ,
    "GET /settings": READ,
    "POST /settings/channels/test": (Right.MANAGE_CONNECTORS,),
    "GET /settings/deliveries": READ,
    "POST /settings/deliveries/ack": REPLAY,
    "POST /settings/deliveries/replay": REPLAY,
    "POST /settings/deliveries/{delivery_id}/replay": REPLAY,
    "GET /settings/people": PEOPLE,
    "POST /settings/people": PEOPLE,
    "POST /settings/people/{user_id}/reset": PEOPLE,
    "POST /settings/people/{user_id}/role": PEOPLE,
    "POST /settings/people/{user_id}/disable": PEOPLE,
    "POST /settings/people/{user_id}/enable": PEOPLE,
    "POST /settings/tokens": PEOPLE,
    "POST /settings/tokens/{token_id}/revoke": PEOPLE,
    "POST /pause": (Right.PAUSE,),
    "POST /resume": RESUME,
    "GET /queue": READ,
    "GET /find": READ,
    "GET /keys": READ,
    "GET /sample": REVIEW,
    "POST /sample/{mention_id}": REVIEW,
    "GET /avatars/{mention_id}": READ,
    "GET /queue/play": REVIEW,
    "GET /queue/bulk": REVIEW,
    "POST /queue/bulk": REVIEW,
    "POST /queue/bulk/undo": REVIEW,
    "POST /queue/views": READ,
    "POST /queue/views/{view_id}/remove": READ,
    "POST /queue/{draft_id}/read": READ,
    "GET /queue/{draft_id}/drop": REVIEW,
    "POST /queue/{draft_id}/drop": REVIEW,
    "POST /queue/{draft_id}/choose": REVIEW,
    "POST /queue/{draft_id}/correct": (Right.CORRECT,),
    "POST /queue/{draft_id}/join": REVIEW,
    "POST /queue/{draft_id}/note": (Right.NOTE,),
    "POST /queue/{draft_id}/release": REVIEW,
    "POST /queue/{draft_id}/skip": REVIEW,
    "POST /mentions/{mention_id}/reply": REVIEW,
    "POST /queue/{draft_id}/approve": REVIEW,
    "POST /queue/{draft_id}/edit": REVIEW,
    "POST /queue/{draft_id}/reject": REVIEW,
    "POST /queue/{draft_id}/undo": REVIEW,
    "POST /queue/{draft_id}/posted": REVIEW,
    "POST /queue/{draft_id}/assign": REVIEW,
    "POST /queue/{draft_id}/mute": MUTE,
    "POST /queue/{draft_id}/snooze": REVIEW,
    "POST /queue/{draft_id}/escalate": REVIEW,
    "POST /queue/{draft_id}/settle": REVIEW,
    "GET /live": READ,
    "POST /queue/{draft_id}/here": READ,
    "POST /queue/{draft_id}/gone": READ,
    "POST /queue/{draft_id}/take-over": REVIEW,
    "GET /mentions": READ,
    "GET /mentions/{mention_id}": READ,
    "POST /mentions/{mention_id}/correct": (Right.CORRECT,),
    "GET /cases": READ,
    "POST /cases": CASES,
    "GET /cases/{case_id}": READ,
    "POST /cases/{case_id}/ack": CASES,
    "POST /cases/{case_id}/assign": CASES,
    "POST /cases/{case_id}/note": (Right.NOTE,),
    "POST /cases/{case_id}/log": (Right.NOTE,),
    "POST /cases/{case_id}/title": CASES,
    "POST /cases/{case_id}/wanted": CASES,
    "POST /cases/{case_id}/suggest": CASES,
    "POST /cases/{case_id}/part": CASES,
    "POST /cases/{case_id}/join": CASES,
    "POST /cases/{case_id}/tickets": CASES,
    "POST /cases/{case_id}/tickets/off": CASES,
    "POST /cases/{case_id}/tickets/wanted": CASES,
    "GET /cases/{case_id}/timeline.{form}": READ,
    "POST /cases/{case_id}/resolve": CASES,
    "POST /cases/{case_id}/reopen": CASES,
    "POST /cases/{case_id}/snooze": CASES,
    "POST /cases/{case_id}/unack": CASES,
    "POST /cases/{case_id}/wait": CASES,
    "POST /cases/{case_id}/close": CASES,
    "POST /cases/{case_id}/ending": CASES,
    "POST /cases/{case_id}/follow-up/close": CASES,
    "POST /cases/{case_id}/links": CASES,
    "POST /cases/{case_id}/links/{link_id}/revoke": CASES,
    "GET /h/{secret}": OPEN,
    "POST /h/{secret}": OPEN,
    "POST /cases/{case_id}/accept": CASES,
    "POST /cases/{case_id}/decline": CASES,
    "GET /customers": READ,
    "GET /customers/{customer_id}": READ,
    "POST /customers/{customer_id}/note": NOTE,
    "POST /customers/{customer_id}/notes/{note_id}": NOTE,
    "POST /customers/{customer_id}/notes/{note_id}/end": NOTE,
    "POST /customers/{customer_id}/tag": NOTE,
    "POST /customers/{customer_id}/untag": NOTE,
    "POST /customers/{customer_id}/since": NOTE,
    "POST /customers/{customer_id}/vip": CASES,
    "POST /customers/{customer_id}/not-vip": CASES,
    "POST /customers/{customer_id}/mark": MUTE,
    "POST /customers/{customer_id}/link": CASES,
    "POST /customers/{customer_id}/links/{link_id}/undo": CASES,
    "POST /customers/{customer_id}/export": FORGET,
    "POST /customers/{customer_id}/forget": FORGET,
    "POST /customers/{customer_id}/opt-out": MUTE,
    "POST /customers/{customer_id}/opt-in": MUTE,
    "POST /customers/{customer_id}/mute": MUTE,
    "POST /customers/{customer_id}/unmute": MUTE,
    "GET /api/v1/mentions": READ,
    "POST /api/v1/mentions": (Right.PUSH_MENTIONS,),
    "GET /api/v1/mentions/{mention_id}": READ,
    "GET /api/v1/mentions/{mention_id}/decision": READ,
    "POST /api/v1/mentions/{mention_id}/correct": (Right.CORRECT,),
    "GET /api/v1/audit-sample": REVIEW,
    "GET /api/v1/customers": READ,
    "GET /api/v1/customers/{customer_id}": READ,
    "POST /api/v1/customers/{customer_id}/notes": NOTE,
    "PUT /api/v1/customers/{customer_id}/since": NOTE,
    "PUT /api/v1/customers/{customer_id}/notes/{note_id}": NOTE,
    "DELETE /api/v1/customers/{customer_id}/notes/{note_id}": NOTE,
    "POST /api/v1/customers/{customer_id}/tags": NOTE,
    "DELETE /api/v1/customers/{customer_id}/tags/{tag}": NOTE,
    "POST /api/v1/customers/{customer_id}/vip": CASES,
    "DELETE /api/v1/customers/{customer_id}/vip": CASES,
    "PUT /api/v1/customers/{customer_id}/mark": MUTE,
    "DELETE /api/v1/customers/{customer_id}/mark": MUTE,
    "POST /api/v1/customers/{customer_id}/links": CASES,
    "DELETE /api/v1/customers/{customer_id}/links/{link_id}": CASES,
    "GET /api/v1/customers/{customer_id}/export": FORGET,
    "POST /api/v1/customers/{customer_id}/forget": FORGET,
    "POST /api/v1/customers/{customer_id}/opt-out": MUTE,
    "DELETE /api/v1/customers/{customer_id}/opt-out": MUTE,
    "GET /api/v1/mutes": READ,
    "POST /api/v1/mutes": MUTE,
    "DELETE /api/v1/mutes": MUTE,
    "GET /api/v1/rules": READ,
    "GET /api/v1/rules/versions": READ,
    "POST /api/v1/rules/publish": PUBLISH,
    "POST /api/v1/rules/versions/{version}/restore": PUBLISH,
    "POST /api/v1/rules/{rule_id}/resume": PUBLISH,
    "GET /api/v1/deliveries": READ,
    "POST /api/v1/deliveries/ack": REPLAY,
    "POST /api/v1/deliveries/{delivery_id}/replay": REPLAY,
    "GET /api/v1/status": READ,
    "GET /api/v1/costs": READ,
    "GET /api/v1/coverage": READ,
    "POST /api/v1/pause": (Right.PAUSE,),
    "POST /api/v1/resume": RESUME,
    "GET /api/v1/queue": READ,
    "GET /api/v1/views": READ,
    "POST /api/v1/views": READ,
    "POST /api/v1/views/{view_id}": READ,
    "DELETE /api/v1/views/{view_id}": READ,
    "GET /api/v1/queue/{draft_id}": READ,
    "POST /api/v1/queue/{draft_id}/approve": REVIEW,
    "POST /api/v1/queue/{draft_id}/take-over": REVIEW,
    "POST /api/v1/queue/{draft_id}/reject": REVIEW,
    "POST /api/v1/queue/{draft_id}/edit": REVIEW,
    "POST /api/v1/queue/{draft_id}/undo": REVIEW,
    "POST /api/v1/queue/{draft_id}/posted": REVIEW,
    "POST /api/v1/queue/{draft_id}/assign": REVIEW,
    "POST /api/v1/queue/{draft_id}/snooze": REVIEW,
    "POST /api/v1/queue/{draft_id}/escalate": REVIEW,
    "POST /api/v1/queue/bulk": REVIEW,
    "POST /api/v1/queue/{draft_id}/release": REVIEW,
    "POST /api/v1/queue/{draft_id}/choose": REVIEW,
    "POST /api/v1/queue/{draft_id}/join": REVIEW,
    "POST /api/v1/queue/{draft_id}/skip": REVIEW,
    "POST /api/v1/queue/{draft_id}/settle": REVIEW,
    "POST /api/v1/queue/{draft_id}/not-posted": REVIEW,
    "POST /api/v1/queue/{draft_id}/note": (Right.NOTE,),
    "GET /api/v1/queue/{draft_id}/replies": REVIEW,
    "GET /api/v1/queue/{draft_id}/writing": REVIEW,
    "PUT /api/v1/queue/{draft_id}/writing": REVIEW,
    "DELETE /api/v1/queue/{draft_id}/writing": REVIEW,
    "POST /api/v1/mentions/{mention_id}/draft": REVIEW,
    "GET /api/v1/cases": READ,
    "POST /api/v1/cases": CASES,
    "GET /api/v1/cases/{case_id}": READ,
    "POST /api/v1/cases/{case_id}/ack": CASES,
    "POST /api/v1/cases/{case_id}/assign": CASES,
    "POST /api/v1/cases/{case_id}/note": (Right.NOTE,),
    "POST /api/v1/cases/{case_id}/contacts": (Right.NOTE,),
    "POST /api/v1/cases/{case_id}/title": CASES,
    "POST /api/v1/cases/{case_id}/wanted": CASES,
    "POST /api/v1/cases/{case_id}/suggest": CASES,
    "POST /api/v1/cases/{case_id}/part": CASES,
    "POST /api/v1/cases/{case_id}/join": CASES,
    "POST /api/v1/cases/{case_id}/tickets": CASES,
    "POST /api/v1/cases/{case_id}/tickets/wanted": CASES,
    "DELETE /api/v1/cases/{case_id}/tickets/{system}/{key:path}": CASES,
    "PUT /api/v1/tickets/{system}/{key:path}": CASES,
    "GET /api/v1/cases/{case_id}/timeline": READ,
    "POST /api/v1/cases/{case_id}/resolve": CASES,
    "POST /api/v1/cases/{case_id}/reopen": CASES,
    "POST /api/v1/cases/{case_id}/snooze": CASES,
    "GET /api/v1/cases/stale": READ,
    "GET /api/v1/cases/silent": READ,
    "GET /api/v1/cases/{case_id}/clocks": READ,
    "POST /api/v1/cases/{case_id}/unack": CASES,
    "POST /api/v1/cases/{case_id}/wait": CASES,
    "POST /api/v1/cases/{case_id}/close": CASES,
    "POST /api/v1/cases/{case_id}/ending": CASES,
    "POST /api/v1/cases/{case_id}/follow-up/close": CASES,
    "GET /api/v1/cases/{case_id}/links": READ,
    "POST /api/v1/cases/{case_id}/links": CASES,
    "DELETE /api/v1/cases/{case_id}/links/{link_id}": CASES,
    "POST /api/v1/cases/{case_id}/accept": CASES,
    "POST /api/v1/cases/{case_id}/decline": CASES,
}
CLOSED = {name: rights for name, rights in ROUTES.items() if rights is not None}


def _routes() -> set[str]:
    return {
        f"{method} {route.path}"
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


def _address(path: str) -> str:
    return re.sub(r"\{\w+(:path)?\}", "999999", path)


def test_every_route_says_who_may_use_it() -> None:
    # A router inside a router would hide its routes from this table.
    assert all(isinstance(route, APIRoute) for router in ROUTERS for route in router.routes)
    assert _routes() == set(ROUTES)


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_exactly_what_its_rights_say(office: Office, role: Role) -> None:
    browser, program = office.person(role), office.program(role)
    wrong = []
    for name, rights in CLOSED.items():
        method, path = name.split()
        caller = program if path.startswith("/api/") else browser
        status = caller.request(method, _address(path)).status_code
        is_allowed = any(right in RIGHTS[role] for right in rights)
        if (status != 403) is not is_allowed or status == 401:
            wrong.append((name, status))

    assert wrong == []


def test_nobody_gets_anywhere_without_signing_in(office: Office) -> None:
    visitor = office.visitor()
    wrong = []
    for name in CLOSED:
        method, path = name.split()
        response = visitor.request(method, _address(path))
        is_refused = (
            response.status_code == 401
            if path.startswith("/api/")
            else response.status_code == 303 and response.headers["location"].startswith("/login")
        )
        if not is_refused:
            wrong.append((name, response.status_code))

    assert wrong == []


API = [name.split() for name in CLOSED if "/api/" in name and not name.startswith("GET ")]
BROKEN = {"content": '{"broken', "headers": {"content-type": "application/json"}}


def test_a_stranger_learns_nothing_of_what_they_sent(office: Office) -> None:
    visitor = office.visitor()
    answers = {
        f"{method} {path}": visitor.request(method, _address(path), **BROKEN).status_code
        for method, path in API
    }

    assert {name: status for name, status in answers.items() if status != 401} == {}


@pytest.mark.parametrize("role", [Role.LIGHT, Role.MARKETING])
def test_who_may_not_do_it_is_told_so_whatever_they_sent(office: Office, role: Role) -> None:
    program = office.program(role)
    answers = {
        f"{method} {path}": program.request(method, _address(path), **BROKEN).status_code
        for method, path in API
    }

    told = {name for name, status in answers.items() if status == 403}
    assert told == {
        name for name in answers if not any(right in RIGHTS[role] for right in CLOSED[name] or ())
    }
    assert 422 in answers.values(), "who may is told what is wrong with it"


@pytest.mark.parametrize("role", [None, *Role])
def test_head_is_answered_as_get_to_everybody(office: Office, role: Role | None) -> None:
    browser = office.person(role) if role else office.visitor()
    program = office.program(role) if role else office.visitor()
    wrong = []
    for path in (name.removeprefix("GET ") for name in ROUTES if name.startswith("GET ")):
        caller, address = program if path.startswith("/api/") else browser, _address(path)
        asked, told = caller.get(address), caller.head(address)
        is_alike = told.status_code == asked.status_code and told.content == b""
        if not is_alike or told.headers.get("location") != asked.headers.get("location"):
            wrong.append((path, asked.status_code, told.status_code))

    assert wrong == []


def test_the_demo_needs_no_login_and_lets_everybody_do_everything(demo: Office) -> None:
    demo.drafts()
    visitor = demo.visitor()

    assert [
        name
        for name in CLOSED
        if visitor.request(name.split()[0], _address(name.split()[1])).status_code in {401, 403}
    ] == []
    assert visitor.get("/queue").status_code == 200
    assert "DEMO" in visitor.get("/").text


@pytest.mark.parametrize("role", Role)
def test_a_page_hides_what_a_role_may_not_do(office: Office, role: Role) -> None:
    office.drafts()
    case_id = office.opens_case()
    browser = office.person(role)
    rights = RIGHTS[role]

    queue, case, today = (browser.get(path).text for path in ("/queue", f"/cases/{case_id}", "/"))

    assert ("/approve" in queue) is (Right.REVIEW in rights)
    assert ("/ack" in case) is (Right.WORK_CASES in rights)
    assert ("/note" in case) is (Right.NOTE in rights)
    assert ('href="/audit"' in today) is (Right.READ_AUDIT in rights)
    assert 'action="/pause"' in today


@pytest.mark.parametrize("role", Role)
def test_everybody_may_pause_and_those_who_answer_for_it_resume(office: Office, role: Role) -> None:
    browser = office.person(role)

    assert browser.post("/pause").status_code == 303
    page = browser.get("/").text
    assert f"Paused by {role}_demo" in page
    may_resume = bool({Right.REVIEW, Right.MANAGE_CONNECTORS} & RIGHTS[role])
    assert ('action="/resume"' in page) is may_resume
    assert (browser.post("/resume").status_code == 303) is may_resume


def test_a_token_is_judged_alone_even_beside_a_session(office: Office) -> None:
    owner = office.person(Role.OWNER)

    response = owner.get("/api/v1/status", headers={"authorization": "Bearer made-up"})

    assert response.status_code == 401


def test_a_session_token_does_not_open_the_api_as_bearer(office: Office) -> None:
    secret = office.person(Role.OWNER).cookies["engagebot_session"]

    response = office.visitor().get("/api/v1/status", headers={"authorization": f"Bearer {secret}"})

    assert response.status_code == 401
