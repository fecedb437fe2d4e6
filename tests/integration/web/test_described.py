"""The API answers as its description says, whatever it is asked: no accident, no status that is not told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from engagebot.domain.roles import Role
from engagebot.web.app import create_app
from tests.integration.web.office import Office

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
]  # fmt: skip
# Enough to meet every kind of odd value; the same ones each time.
BOUNDED = settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Asked:
    """What came back, and what was wrong with it."""

    headers: Mapping[str, str]
    real: Mapping[str, Any]
    statuses: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def ask(self, case: Case[Any]) -> None:
        # Nothing is under an id that was made up, so every second one is one that is there.
        if self.statuses.total() % 2:
            names = case.path_parameters.keys() & self.real.keys()
            case.path_parameters.update({name: self.real[name] for name in names})
        response = case.call(headers={**self.headers, "host": "localhost"})
        self.statuses[response.status_code] += 1
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as group:
            label = case.operation.label
            self.faults.update(_told(label, response.status_code, each) for each in group.exceptions)


def _ask(
    office: Office,
    headers: Mapping[str, str],
    examples: int,
    real: Mapping[str, Any],
    mode: GenerationMode = GenerationMode.POSITIVE,
) -> Asked:
    web = create_app(office.app)
    schema = schemathesis.openapi.from_asgi("/openapi.json", web, headers={"host": "localhost"})
    asked = Asked(headers=headers, real=real)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        ask = given(case=operation.as_strategy(generation_mode=mode))(asked.ask)
        settings(BOUNDED, max_examples=examples)(ask)()
    return asked


def _told(label: str, status: int, failure: BaseException) -> str:
    title = failure.title if isinstance(failure, Failure) else type(failure).__name__
    return f"{label}: {status}: {title}: {failure}"[:300]


def _real(office: Office) -> dict[str, Any]:
    draft = office.drafts()
    return {
        "draft_id": draft.id,
        "mention_id": draft.mention_id,
        "case_id": office.opens_case(),
        "customer_id": 1,
        "rule_id": "praise",
        "version": 1,
    }


def _token(office: Office, role: Role) -> dict[str, str]:
    return {"authorization": str(office.program(role).headers["authorization"])}


def test_every_answer_to_an_owner_is_one_that_the_description_tells(office: Office) -> None:
    asked = _ask(office, _token(office, Role.OWNER), 5, _real(office))

    assert asked.faults == Counter()
    assert {200, 404, 422} <= set(asked.statuses)
    assert {401, 403} & set(asked.statuses) == set()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_the_description_forbids_is_refused_as_it_tells(office: Office) -> None:
    asked = _ask(office, _token(office, Role.OWNER), 4, _real(office), GenerationMode.NEGATIVE)

    assert asked.faults == Counter()
    assert 422 in asked.statuses


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_answer_to_a_light_role_is_one_that_the_description_tells(office: Office) -> None:
    asked = _ask(office, _token(office, Role.LIGHT), 2, _real(office))

    assert asked.faults == Counter()
    assert {200, 403} <= set(asked.statuses)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nobody_gets_an_answer_but_that_they_must_sign_in(office: Office) -> None:
    asked = _ask(office, {}, 1, _real(office))

    assert asked.faults == Counter()
    assert set(asked.statuses) <= {401, 422}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_description_tells_how_every_refusal_looks(office: Office) -> None:
    described = office.visitor().get("/openapi.json").json()

    refusals = {
        (path, method, status, *answer["content"])
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        for status, answer in operation["responses"].items()
        if status >= "4"
    }
    assert {each[3:] for each in refusals} == {("application/problem+json",)}
    assert {each[2] for each in refusals} >= {"401", "403", "404", "409", "422"}
    assert "HTTPValidationError" not in described["components"]["schemas"]
