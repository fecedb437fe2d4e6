"""Saved views over the JSON API: own ones, the team's, and how much stands in each."""

from __future__ import annotations

from typing import Any

import pytest

from engagebot.domain.roles import Role
from engagebot.store import audit
from tests.integration.web.office import Office

VIEWS = "/api/v1/views"


def save(office: Office, role: Role, **over: Any) -> Any:
    body = {"name": "Modems", "query": "lane=review&q=modem&sort=reach", **over}
    return office.program(role).post(VIEWS, json=body)


def test_a_view_is_saved_tidied_and_counted(office: Office) -> None:
    office.drafts("I love my modem")
    office.drafts("I love the new box")
    saved = save(office, Role.LIGHT, query="?q=  modem older:60m modem&lane=review")
    assert saved.status_code == 201
    view = saved.json()
    assert view["query"] == "lane=review&q=modem+older%3A1h"
    assert (view["name"], view["team"], view["made_by"]) == ("Modems", False, "light_program")
    assert view["count"] == 1
    (listed,) = office.program(Role.LIGHT).get(VIEWS).json()["items"]
    assert listed == view
    assert office.program(Role.COMMUNITY).get(VIEWS).json()["items"] == []


def test_only_reviewers_change_the_teams_views(office: Office) -> None:
    assert save(office, Role.LIGHT, team=True).status_code == 403
    view = save(office, Role.COMMUNITY, team=True).json()
    light, community = office.program(Role.LIGHT), office.program(Role.COMMUNITY)
    assert [each["name"] for each in light.get(VIEWS).json()["items"]] == ["Modems"]
    assert light.post(f"{VIEWS}/{view['id']}", json={"name": "Mine now"}).status_code == 403
    assert light.delete(f"{VIEWS}/{view['id']}").status_code == 403
    assert community.post(f"{VIEWS}/{view['id']}", json={"name": "Ours"}).json()["name"] == "Ours"
    assert community.delete(f"{VIEWS}/{view['id']}").status_code == 204
    with office.app.store.read() as tx:
        deeds = [event.action for event in audit.of(tx, f"view:{view['id']}")]
    assert deeds == ["view.saved", "view.renamed", "view.removed"]


def test_nobody_touches_a_view_of_somebody_else(office: Office) -> None:
    view = save(office, Role.LIGHT).json()
    other = office.program(Role.OWNER)
    assert other.delete(f"{VIEWS}/{view['id']}").status_code == 404
    assert other.post(f"{VIEWS}/{view['id']}", json={"name": "Mine"}).status_code == 404


WRONG = {
    "lane=zzz": "there is no lane 'zzz'",
    "sort=loudest": "there is no sort 'loudest'",
    "q=feelin%3Ahappy": "is not an operator",
    "item=12": "'item' is no part of a view",
    "&".join(f"a{n}=1" for n in range(20)): "too many parts",
}


@pytest.mark.parametrize("query", list(WRONG))
def test_a_view_that_means_nothing_is_refused(office: Office, query: str) -> None:
    answer = save(office, Role.LIGHT, query=query)
    assert answer.status_code == 422
    assert WRONG[query] in answer.json()["detail"]


def test_a_name_is_needed_and_taken_once(office: Office) -> None:
    assert save(office, Role.LIGHT, name="  ").status_code == 422
    assert save(office, Role.LIGHT).status_code == 201
    assert save(office, Role.LIGHT, name="MODEMS").status_code == 422
