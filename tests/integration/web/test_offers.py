"""No page offers anybody what their role may not do: every link, form and button, held against the table."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

import pytest

from engagebot.domain.roles import RIGHTS, Right, Role
from tests.integration.web.office import Office
from tests.integration.web.test_rights import ROUTES

FORM = re.compile(r'<form\b[^>]*\bmethod="(\w+)"[^>]*\baction="([^"]*)"')
BUTTON = re.compile(r'\bformaction="([^"]*)"')
SCRIPTED = re.compile(r'\bhx-(get|post)="([^"]*)"')
LINK = re.compile(r'\bhref="(/[^"]*)"')
# What the pages hold beside the table: files, and the description of the API.
FILES = ("/static/", "/openapi.json")


def _route(method: str, path: str) -> str:
    for name in ROUTES:
        wanted, _, pattern = name.partition(" ")
        if wanted == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
            return name
    raise AssertionError(f"no route answers {method} {path}")


def _offers(html: str, here: str) -> set[str]:
    found = {("GET", link) for link in LINK.findall(html)}
    found |= {(method.upper(), action or here) for method, action in FORM.findall(html)}
    found |= {(method.upper(), address) for method, address in SCRIPTED.findall(html)}
    found |= {("POST", action) for action in BUTTON.findall(html)}
    paths = {(method, urlsplit(unescape(address)).path) for method, address in found}
    return {_route(method, path) for method, path in paths if not path.startswith(FILES)}


def _is_allowed(name: str, role: Role) -> bool:
    rights = ROUTES[name]
    return rights is None or any(right in RIGHTS[role] for right in rights)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_page_offers_only_what_the_role_may_do(office: Office, role: Role) -> None:
    draft, case_id = office.drafts(), office.opens_case()
    office.person(Role.LIGHT, "kim_demo")
    browser = office.person(role)
    pages = (
        "/", "/queue", f"/queue?item={draft.id}", "/queue/play", "/queue?lane=rejected", "/mentions",
        f"/mentions/{draft.mention_id}", "/cases", f"/cases/{case_id}", "/customers", "/customers/1",
        "/rules", "/connectors", "/audit", "/settings", "/settings/people", "/me", "/sample", "/keys",
        "/find",
    )  # fmt: skip
    opened, wrong = set(), set()
    for page in pages:
        answer = browser.get(page)
        if answer.status_code == 200:
            opened.add(page)
            offers = _offers(answer.text, urlsplit(page).path)
            wrong |= {(page, offer) for offer in offers if not _is_allowed(offer, role)}

    assert wrong == set()
    assert len(opened) > 10
    assert ("/settings/people" in opened) is (Right.MANAGE_PEOPLE in RIGHTS[role])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_an_owner_may_do_is_offered_somewhere(office: Office) -> None:
    draft, case_id = office.drafts(), office.opens_case()
    office.person(Role.LIGHT, "kim_demo")
    office.program(Role.LIGHT)
    owner = office.person(Role.OWNER)
    offered = set()
    pages = ("/settings", "/settings/people", "/me", "/audit")
    for page in (f"/queue?item={draft.id}", f"/cases/{case_id}", *pages):
        offered |= _offers(owner.get(page).text, urlsplit(page).path)

    assert {
        "POST /queue/{draft_id}/approve", "POST /queue/{draft_id}/reject", "POST /cases/{case_id}/ack",
        "POST /settings/people", "POST /settings/people/{user_id}/role", "POST /settings/tokens",
        "POST /settings/people/{user_id}/disable", "POST /settings/people/{user_id}/reset", "GET /audit.csv",
        "POST /settings/channels/test", "POST /settings/tokens/{token_id}/revoke", "POST /me",
        "POST /me/keys", "POST /me/password", "POST /pause", "POST /logout",
    } <= offered  # fmt: skip
