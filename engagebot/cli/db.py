"""`engagebot db`: the database's revision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engagebot.bootstrap import SystemClock
from engagebot.cli import log
from engagebot.cli.command import add, group
from engagebot.cli.opening import read_settings
from engagebot.cli.terminal import Terminal
from engagebot.store import schema
from engagebot.store.engine import Store, sqlite_warning


@group("db")
def db() -> None:
    """The database's revision."""


@contextmanager
def _store(terminal: Terminal) -> Iterator[Store]:
    settings = read_settings(terminal)
    log.set_up(terminal, level="WARNING")
    store = Store(settings.database_url, clock=SystemClock())
    try:
        yield store
    finally:
        store.close()


@add(db, "upgrade")
def upgrade(terminal: Terminal) -> None:
    """Bring the database up to date; nothing happens when it is."""
    with _store(terminal) as store:
        before, after = schema.upgrade(store)
    said = f"at revision {after} already" if before == after else f"from {before or 'nothing'} to {after}"
    terminal.show({"before": before, "after": after}, f"the database is {said}")


@add(db, "check")
def check(terminal: Terminal) -> None:
    """Say whether the database is at the revision that this engagebot needs."""
    with _store(terminal) as store:
        schema.check(store)
        revision = schema.revision(store)
        warning = sqlite_warning() if store.is_sqlite else None
    if warning:
        terminal.say(warning)
    terminal.show(
        {"ok": True, "revision": revision, "warning": warning}, f"the database is at revision {revision}"
    )
