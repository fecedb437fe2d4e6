"""A new database for each point."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from engagebot.store import schema
from engagebot.store.engine import Store
from tests.crash.sweep import NewDatabase
from tests.fakes import FakeClock
from tests.postgres import PostgresServer


@dataclass(frozen=True)
class Databases:
    """Where databases come from; `server` is `None` for SQLite."""

    name: str
    server: PostgresServer | None

    def empty(self) -> NewDatabase:
        """Databases without any table."""
        return self._copies(None)

    def copies(self, url: str) -> NewDatabase:
        """Databases that begin as a copy of this one, which nobody uses any more."""
        return self._copies(url)

    def kept(self, url: str) -> NewDatabase:
        """This very database, which outlives the site."""
        return lambda folder: nullcontext(url)

    def _copies(self, url: str | None) -> NewDatabase:
        @contextmanager
        def new(folder: Path) -> Iterator[str]:
            if self.server is None:
                path = folder / "engagebot.db"
                if url is not None:
                    shutil.copy(url.removeprefix("sqlite:///"), path)
                yield f"sqlite:///{path}"
                return
            template = url.partition("?")[0].rpartition("/")[2] if url is not None else "template1"
            with self.server.database(template=template) as made:
                yield made

        return new

    def migrated(self, folder: Path) -> str:
        """A new database at the newest revision."""
        if self.server is None:
            url = f"sqlite:///{folder / 'migrated.db'}"
        else:
            url = self.server.create_database(f"migrated_{uuid.uuid4().hex}")
        store = Store(url, clock=FakeClock())
        schema.upgrade(store)
        store.close()
        return url
