"""Fixtures that all tests share: the store on both databases, and a site put together on it."""

from __future__ import annotations

import os
import uuid
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from coverage import Coverage

from engagebot.store import schema
from engagebot.store.engine import Store
from tests.fakes import FakeClock
from tests.kept import keep_what_never_changes
from tests.postgres import PostgresServer, find_binaries, how_to_install

DATABASES = ("sqlite", "postgres")

keep_what_never_changes()

# Lines of compiled modules cannot be counted; whatever is started from here takes the Python ones as well.
if Coverage.current() is not None:
    os.environ["PURE_PYTHON"] = "1"


# Few tests that take minutes: begun last, they would keep one process busy and leave the other idle.
LONG = ("tests/crash/", "tests/soak/", "tests/integration/test_compiling.py", "tests/e2e/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


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


class DatabaseStock:
    """Copies of the template, made ahead on the server's time: a test takes one and need not wait for it."""

    def __init__(self, server: PostgresServer, template: str, ahead: int = 3) -> None:
        self._server = server
        self._template = template
        self._pool = ThreadPoolExecutor(1)
        self._ready = deque(self._pool.submit(self._make) for _ in range(ahead))

    def take(self) -> tuple[str, str]:
        """The name and the URL of a database nobody has used."""
        self._ready.append(self._pool.submit(self._make))
        return self._ready.popleft().result()

    def put_away(self, name: str) -> None:
        self._pool.submit(self._server.drop_database, name)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _make(self) -> tuple[str, str]:
        name = f"test_{uuid.uuid4().hex}"
        return name, self._server.create_database(name, template=self._template)


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
