"""Fixtures that all tests share: the store on both databases, and a site put together on it."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from coverage import Coverage

from engagebot.store import schema
from engagebot.store.engine import Store
from tests.fakes import FakeClock
from tests.kept import keep_what_never_changes
from tests.machine import stay_in_memory
from tests.postgres import PostgresServer, find_binaries, how_to_install
from tests.stock import DatabaseStock

DATABASES = ("sqlite", "postgres")

keep_what_never_changes()
stay_in_memory()
# Until everything is collected hardly anything is garbage.
gc.disable()

# Lines of compiled modules cannot be counted; whatever is started from here takes the Python ones as well.
if Coverage.current() is not None:
    os.environ["PURE_PYTHON"] = "1"


# Files that take a minute or half of one: begun last, they would keep one process busy, the others idle.
LONG = ("tests/crash/", "tests/soak/", "tests/integration/test_compiling.py", "tests/e2e/")
LESS_LONG = (
    "tests/chaos/", "tests/browser/", "tests/integration/backup/", "tests/integration/cli/test_run.py",
    "tests/integration/pipeline/test_many_escalations.py", "tests/integration/web/test_described.py",
    "tests/integration/web/test_hostile.py", "tests/integration/web/test_odd_input.py",
    "tests/integration/web/test_rights.py",
)  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: (not item.nodeid.startswith(LONG), not item.nodeid.startswith(LESS_LONG)))


def pytest_collection_finish() -> None:
    """What was imported and collected stays: nobody need look through it for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.enable()


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
    """A database at the newest revision, of which the tests' own are copies."""
    url = postgres_server.create_database("template_engagebot")
    store = Store(url, clock=FakeClock())
    schema.upgrade(store)
    store.close()
    return "template_engagebot"


@pytest.fixture(scope="session")
def postgres_stock(postgres_server: PostgresServer, postgres_template: str) -> Iterator[DatabaseStock]:
    stock = DatabaseStock(postgres_server, postgres_template)
    yield stock
    stock.close()


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
    stock: DatabaseStock = request.getfixturevalue("postgres_stock")
    name, url = stock.take()
    yield url
    stock.put_away(name)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(database_url: str, clock: FakeClock) -> Iterator[Store]:
    found = Store(database_url, clock=clock, uses_database_time=False)
    yield found
    found.close()
