"""Lanes to run on, and the two kinds of databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import DATABASES
from tests.crash.databases import Databases
from tests.crash.world import HookEnd, Lane, lane, this_minute

LANES = 2


@pytest.fixture(scope="session")
def hooks() -> Iterator[HookEnd]:
    with HookEnd() as end:
        yield end


@pytest.fixture(scope="session")
def lanes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Lane]]:
    """Platforms with the same posts under the same ids, so that a site may move from one to another."""
    folder, now = tmp_path_factory.mktemp("lanes"), this_minute()
    with ExitStack() as stack:
        found = [stack.enter_context(lane(folder / str(number), now)) for number in range(LANES)]
        assert all(each.produced == found[0].produced for each in found)
        yield found


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=[pytest.mark.postgres] if name == "postgres" else []) for name in DATABASES
    ],
)
def databases(request: pytest.FixtureRequest) -> Databases:
    is_postgres = request.param == "postgres"
    return Databases(request.param, request.getfixturevalue("postgres_server") if is_postgres else None)
