"""The link in a mail shows a case; only a person who signed in says that they look after it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engagebot.domain.casework import look_after
from engagebot.domain.outbox import CaseState
from engagebot.domain.roles import Role
from engagebot.settings.values import Secret
from engagebot.store.casework import cases
from tests.integration.web.office import Office

KEY = "a made-up key of thirty-two characters"


@pytest.fixture
def path(office: Office) -> str:
    office.app.settings = replace(office.app.settings, secret_key=Secret(KEY))
    return f"/look-after/{look_after.sign(KEY, office.opens_case(), office.clock.now())}"


def state(office: Office) -> CaseState:
    with office.app.store.read() as tx:
        return cases.get(tx, 1).state


def test_to_open_the_link_changes_nothing_and_needs_no_account(office: Office, path: str) -> None:
    visitor = office.visitor()
    for method in ("GET", "HEAD", "GET"):
        visitor.request(method, path)
    shown = visitor.get(path)
    assert "Severity high, new, team support." in shown.text
    assert "modem" not in shown.text
    assert f"/login?next={path}" in shown.text
    assert visitor.post(path).headers["location"].startswith("/login")
    light = office.person(Role.LIGHT)
    assert "The role light may not work on cases" in light.get(path).text
    assert light.post(path).status_code == 403
    assert state(office) is CaseState.NEW


def test_the_button_says_who_looks_after_it(office: Office, path: str) -> None:
    browser = office.person(Role.SUPPORT, "agent_demo")
    assert "as <bdi>agent_demo</bdi>" in browser.get(path).text
    assert browser.post(path).headers["location"] == "/cases/1?done=acknowledged"
    assert state(office) is CaseState.ACKNOWLEDGED
    other = office.person(Role.SUPPORT, "other_demo")
    office.clock.forward(minutes=12)
    for late in (other.get(path), other.post(path), office.visitor().get(path)):
        assert "<bdi>agent_demo</bdi> looks after it already, since <time" in late.text
        assert "14:00</time> (<time" in late.text
        assert "<button" not in late.text
        assert 'href="/cases/1"' in late.text
    assert (other.get(path).status_code, other.post(path).status_code) == (200, 409)
    assert "You look after it already" in browser.get(path).text
    browser.post("/cases/1/assign", data={"to": "other_demo"})
    assert "<button" in other.get(path).text, "whom it is offered to takes it over by the same word"
    browser.post("/cases/1/resolve")
    ended = other.post(path)
    assert (ended.status_code, "Nobody has to look after it any more." in ended.text) == (409, True)


def test_no_other_link_opens_anything(office: Office, path: str) -> None:
    visitor = office.visitor()
    for wrong in (path[:-1] + "x", path.replace("/1.", "/2."), "/look-after/1.2.\u00e4", "/look-after/1"):
        assert visitor.get(wrong).status_code == 404
    office.clock.forward(days=7)
    old = visitor.get(path)
    assert old.status_code == 404
    assert "It is older than a week." in old.text
    assert '<a href="/cases/1">Open case 1</a>' in old.text
    assert office.person(Role.SUPPORT).post(path).status_code == 404
    office.app.settings = replace(office.app.settings, secret_key=None)
    assert visitor.get(path).status_code == 404
