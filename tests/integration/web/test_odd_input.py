"""Odd values at every door of the pages: refused or ignored in words, never an accident."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from engagebot.domain.roles import Role
from engagebot.web.app import ROUTERS
from tests.integration.web.office import Office
from tests.sampling import TAKES_ALL

ODD = (
    "99999999999999999999999", "-1", "0", "1e9", "a\x00b", "\ufffe\u202e", "💥" * 40, "{{7*7}}",
    "' OR 1=1 --",
    "<script>alert(1)</script>", "9" * 5000, "x" * 5000, "0001-01-01", "9999-12-31T23:59:59Z", "",
)  # fmt: skip
# What SQLite takes and PostgreSQL may not. Everything before the database is the same for both.
MINDED = {ODD[0], "a\x00b", "\ufffe\u202e", "💥" * 40, "0001-01-01", "9999-12-31T23:59:59Z", ""}
# The stream stays open on purpose; signing in costs a slow hash each time, and has tests of its own.
LEFT_OUT = {"/live", "/login", "/logout", "/setup/{secret}", "/me/password"}


def _routes() -> Iterator[tuple[str, APIRoute]]:
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and not route.include_in_schema and route.path not in LEFT_OUT:
                yield from ((method, route) for method in sorted(route.methods or ()))


def _path(route: APIRoute, odd: str, real: dict[str, Any], *, is_odd: bool) -> str:
    return re.sub(
        r"\{(\w+)(?::\w+)?\}",
        lambda name: quote(odd[:200], safe="") or "x" if is_odd else str(real.get(name[1], "made-up")),
        route.path,
    )


def _ask(browser: TestClient, method: str, route: APIRoute, odd: str, path: str) -> int:
    names = [field.alias for field in route.dependant.body_params]
    queries = [
        field.alias
        for dependant in (route.dependant, *route.dependant.dependencies)
        for field in dependant.query_params
    ]
    response = browser.request(
        method,
        path,
        params=dict.fromkeys(queries, odd[:500]),
        data=dict.fromkeys(names, odd) if names else None,
    )
    return response.status_code


def test_odd_values_make_no_accident_on_any_page(office: Office) -> None:
    draft = office.drafts()
    real = {
        "draft_id": draft.id, "mention_id": draft.mention_id, "case_id": office.opens_case(),
        "customer_id": 1, "rule_id": "praise", "user_id": 1, "token_id": 1,
    }  # fmt: skip
    browser = office.person(Role.OWNER)
    accidents = []
    wanted = set(ODD) if TAKES_ALL or office.app.store.is_sqlite else MINDED
    routes = list(_routes())
    for method, route in routes:
        for number, odd in enumerate(ODD):
            if odd not in wanted:
                continue
            # Every second value stands in the path too; the others come to something that is there.
            path = _path(route, odd, real, is_odd=number % 2 == 0)
            if (status := _ask(browser, method, route, odd, path)) >= 500:
                accidents.append(f"{method} {path[:60]} {odd[:30]!r}: {status}")

    assert len(routes) > 40
    assert accidents == []


@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*", "\x7f"])
def test_a_page_that_is_not_there_is_told_whatever_is_accepted(office: Office, accept: str) -> None:
    response = office.person().get("/nothing/here/at/all", headers={"accept": accept})

    assert response.status_code == 404
