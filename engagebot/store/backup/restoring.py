"""Go back to a backup: all of it at once, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engagebot.errors import SchemaMismatch, WrongUsage
from engagebot.store import schema
from engagebot.store.backup import marks, parts, postgres, sqlite
from engagebot.store.backup.made import Backup, check_kind
from engagebot.store.backup.marks import Marks
from engagebot.store.engine import Store, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came back; `aside` is where the former database is kept, `unknown` counts replies cut off."""

    backup: Backup
    made_at: datetime
    restored_at: datetime
    aside: Path | None
    unknown: int


def examine(store: Store, file: Path) -> Backup:
    """Look through a backup, before anything is touched.

    Raises:
        WrongUsage: it is none of a site on this kind of database, or it is damaged.
        SchemaMismatch: a newer engagebot made it.
    """
    check_kind(file, is_sqlite=store.is_sqlite)
    if store.is_sqlite and file.absolute() == sqlite.path_of(store).absolute():
        raise WrongUsage(f"{file} is the site's database itself, not a backup of it")
    found = sqlite.examine(file) if store.is_sqlite else postgres.examine(file)
    if not schema.is_known(found.revision):
        raise SchemaMismatch(
            f"{file} is at revision {found.revision}, which a newer engagebot made (this one knows up to "
            f"{schema.head()}); install that version to restore it"
        )
    return found


def restore(store: Store, backup: Backup, *, by: str, keep_in: Path) -> Restored:
    """Put a backup that was looked through in place of the database; call it only while nothing else runs.

    What was there is kept: beside the database on SQLite, as a dump in `keep_in` on PostgreSQL. Killed at any
    moment, it leaves the old state or the new one.

    Raises:
        AlreadyRunning: somebody is at work with the database.
        StoreUnavailable: the disk is full, or the database does not take it; everything is as it was.
        SchemaMismatch: the backup cannot be brought up to date; everything is as it was.
    """
    at = store.clock.now()
    made_at = backup.made_at or datetime.fromtimestamp(backup.file.stat().st_mtime, UTC)
    left = Marks(made_at=made_at, at=at, by=by)
    unknown = 0

    def change(tx: Tx) -> None:
        nonlocal unknown
        unknown = marks.leave(tx, left)

    if store.is_sqlite:
        aside = _into_file(store, backup.file, change)
    else:
        postgres.refuse_company(store)
        aside = _keep_dump(store, keep_in)
        with _of_use(aside):
            postgres.restore(store, backup.file, change)
    return Restored(backup=backup, made_at=made_at, restored_at=at, aside=aside, unknown=unknown)


def _into_file(store: Store, file: Path, change: Callable[[Tx], None]) -> Path | None:
    database = sqlite.path_of(store)
    # What this process has open would keep the file from being written.
    store.close()
    with sqlite.nobody_sends(database):
        staged = sqlite.stage(file, database, store.clock, change)
        try:
            aside = _aside(database, store.clock.now()) if _has_content(database) else None
            is_sound = sqlite.put_aside(database, aside) if aside is not None else True
            with _of_use(aside):
                sqlite.swap(staged, database, is_sound=is_sound)
        finally:
            parts.remove(staged)
    return aside


def _keep_dump(store: Store, folder: Path) -> Path | None:
    """Keep what a PostgreSQL database holds, unless it is empty."""
    if schema.revision(store) is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    aside = _aside(folder / "database.dump", store.clock.now())
    with parts.appearing(aside) as part:
        postgres.dump(store, part, store.clock.now())
    return aside


@contextmanager
def _of_use(aside: Path | None) -> Iterator[None]:
    """Take away what was put aside where nothing took its place."""
    try:
        yield
    except BaseException:
        if aside is not None:
            parts.remove(aside)
        raise


def _aside(path: Path, at: datetime) -> Path:
    """A name that is free."""
    name = f"{path.name}.before-restore-{at:%Y%m%dT%H%M%SZ}"
    found, number = path.with_name(name), 1
    while found.exists():
        number += 1
        found = path.with_name(f"{name}-{number}")
    return found


def _has_content(database: Path) -> bool:
    return database.exists() and database.stat().st_size > 0
