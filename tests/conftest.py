"""Fixtures that all tests share: the store on both databases, and a site put together on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engagebot.store import schema
from engagebot.store.engine import Store
from tests.fakes import FakeClock
from tests.postgres import PostgresServer, find_binaries, how_to_install

DATABASES = ("sqlite", "postgres")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    if find_binaries() is None:
        missing = how_to_install()
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """A database at the newest revision, from which each test's own is copied in a few milliseconds."""
    url = postgres_server.create_database("template_engagebot")
    store = Store(url, clock=FakeClock())
    schema.upgrade(store)
    store.close()
    return "template_engagebot"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "engagebot.db"
    store = Store(f"sqlite:///{path}", clock=FakeClock())
    schema.upgrade(store)
    store.close()
    return path


@pytest.fixture(
    params=[
        pytest.param(name, marks=[pytest.mark.postgres] if name == "postgres" else []) for name in DATABASES
    ]
)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database at the newest revision, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / "engagebot.db"
        path.write_bytes(template.read_bytes())
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name: str = request.getfixturevalue("postgres_template")
    with server.database(template=name) as url:
        yield url


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(database_url: str, clock: FakeClock) -> Iterator[Store]:
    found = Store(database_url, clock=clock, uses_database_time=False)
    yield found
    found.close()
