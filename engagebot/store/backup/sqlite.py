"""Backups of a SQLite site, by the driver's own backup: a database in use is never copied as a file."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from engagebot.errors import AlreadyRunning, StoreUnavailable
from engagebot.ports import Clock
from engagebot.store import schema, site
from engagebot.store.backup import parts
from engagebot.store.backup.made import Backup, no_site, torn
from engagebot.store.engine import Store, Tx, sqlite_module, sqlite_path

_PAGES = 1024
_BUSY_MS = 10_000
_HEADER = 100
_KEPT_OUT, _PATIENCE = (5, 6), 2  # SQLITE_BUSY and SQLITE_LOCKED, each after the time above


def copy(source: Path, part: Path) -> None:
    """Copy a database in use as it is at one moment; whoever writes there goes on meanwhile.

    Raises:
        StoreUnavailable: there is none, it is damaged, or the disk is full.
    """
    if not source.exists():
        raise StoreUnavailable(f"there is no database {source} yet, so there is nothing to back up")
    with _spoken(source, part), closing(_open(source, "rw")) as live, closing(_open(part, "rw")) as copied:
        # Nobody reads this copy before it is whole, so nothing needs to survive until then.
        copied.execute("PRAGMA synchronous=OFF")
        copied.execute("PRAGMA journal_mode=OFF")
        # A read that stays open pins the moment; without it each write of others would start the copy anew.
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        live.backup(copied, pages=_PAGES)
        live.execute("ROLLBACK")
        # One file by itself: no write-ahead log beside it.
        copied.execute("PRAGMA journal_mode=DELETE")


def seal(part: Path, made_at: datetime) -> Backup:
    """Write into a copy what moment it shows, and look through it.

    Raises:
        StoreUnavailable: what was copied is damaged.
    """
    moment = round(made_at.timestamp() * 1000)
    with _spoken(part, part), closing(_open(part, "rw")) as copied:
        if _revision(copied) is None:
            raise StoreUnavailable("the database has no tables yet, so there is nothing to back up")
        copied.execute(
            "INSERT INTO site (key, value, changed_at) VALUES (?, ?, ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at",
            (site.BACKUP_BEGUN, f'"{made_at.isoformat()}"', moment),
        )
        if (problem := _problem(copied)) is not None:
            raise StoreUnavailable(
                f"the database itself is damaged ({problem}), and no backup of it was made"
            )
        return _described(part, copied)


def examine(file: Path) -> Backup:
    """Look through a backup without changing it.

    Raises:
        WrongUsage: it is damaged, is another program's, or is no backup but a database in use.
    """
    log = file.with_name(f"{file.name}-wal")
    if log.exists() and log.stat().st_size:
        raise torn(file, f"part of it is in {log.name}, as in a database that is in use")
    if (missing := _missing(file)) > 0:
        raise torn(file, f"{missing} bytes are missing")
    module = sqlite_module()
    try:
        with closing(_open(file, "ro&immutable=1")) as opened:
            if (problem := _problem(opened)) is not None:
                raise torn(file, problem)
            if _revision(opened) is None:
                raise no_site(file)
            return _described(file, opened)
    except module.DatabaseError as error:
        raise torn(file, str(error)) from error


def stage(file: Path, database: Path, clock: Clock, change: Callable[[Tx], Any]) -> Path:
    """Make the database that is to be out of a backup: brought up to date, changed, in one file.

    Raises:
        StoreUnavailable: the disk is full.
        SchemaMismatch: the backup cannot be brought up to date.
    """
    staged = database.with_name(f".{database.name}.restoring")
    parts.remove(staged)
    try:
        shutil.copyfile(file, staged)
        staged.chmod(0o600)
        store = Store(f"sqlite:///{staged}", clock=clock)
        try:
            schema.upgrade(store)
            with store.write() as tx:
                change(tx)
        finally:
            store.close()
    except OSError as error:
        parts.remove(staged)
        raise parts.unwritable(staged, error) from error
    except BaseException:
        parts.remove(staged)
        raise
    return staged


def put_aside(database: Path, aside: Path) -> bool:
    """Keep a copy of the present database; false where it is so damaged that it can only be moved away.

    Raises:
        StoreUnavailable: the disk is full, or another program holds it.
    """
    module = sqlite_module()
    with parts.appearing(aside) as part:
        try:
            copy(database, part)
        except StoreUnavailable as error:
            # "Not a database" and "malformed" come with the class that all other errors descend from.
            if type(error.__cause__) is not module.DatabaseError:
                raise
            shutil.copyfile(database, part)
            log = database.with_name(f"{database.name}-wal")
            if log.exists():
                shutil.copyfile(log, aside.with_name(f"{aside.name}-wal"))
            return False
    return True


def swap(staged: Path, database: Path, *, is_sound: bool) -> None:
    """Let the staged database take the place of the present one, at once or not at all.

    Raises:
        StoreUnavailable: the disk is full, or another program holds the present one; it stays as it was.
    """
    if not is_sound:
        # Nobody can be at work with what cannot be opened, and a file of another name cannot be mixed up.
        for suffix in ("-wal", "-shm", "-journal"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        shutil.copymode(database, staged)
        staged.replace(database)
        with suppress(OSError):  # it is in place; to say now that it failed would be wrong
            parts.settle(database.parent)
        return
    # Page by page in one transaction rather than by renaming: a log that a short command left beside the old
    # file would be taken for the new one's, and whoever has the old one open would go on writing there.
    with (
        _spoken(database, database),
        closing(_open(staged, "ro&immutable=1")) as new,
        closing(_open(database, "rwc")) as live,
    ):
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={_BUSY_MS}"):
            live.execute(f"PRAGMA {pragma}")
        new.backup(live, pages=_PAGES, progress=_impatient(database))
        with suppress(
            sqlite_module().DatabaseError
        ):  # it is committed; the log is folded in at the next start
            live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    parts.remove(staged)


@contextmanager
def nobody_sends(database: Path) -> Iterator[None]:
    """Keep every sender away: what is on its way to a platform belongs to the state that is to be left.

    Raises:
        AlreadyRunning: a process is sending replies.
    """
    with ExitStack() as stack:
        for path in database.parent.glob(f"{database.name}.sending-*.lock"):
            opened = stack.enter_context(path.open("rb"))
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning(
                    f"a process of engagebot is sending replies ({path}); wait until it has ended"
                ) from None
        yield


def path_of(store: Store) -> Path:
    """The file of a SQLite site."""
    return sqlite_path(store.url)


def _open(path: Path, mode: str) -> Any:
    address = f"file:{quote(str(path.absolute()))}?mode={mode}"
    opened = sqlite_module().connect(address, uri=True, timeout=_BUSY_MS / 1000)
    opened.isolation_level = None
    return opened


@contextmanager
def _spoken(source: Path, target: Path) -> Iterator[None]:
    module = sqlite_module()
    try:
        yield
    except module.DatabaseError as error:
        said = str(error)
        if type(error) is module.DatabaseError:
            raise StoreUnavailable(
                f"the database {source} is damaged ({said}); restore a backup with `engagebot restore FILE`"
            ) from error
        if "full" in said or "disk I/O" in said:
            said = f"{said}; free some space, or choose another disk"
        where = target.parent
        raise StoreUnavailable(f"nothing could be written in {where}: {said}; nothing was changed") from error


def _impatient(database: Path) -> Callable[[int, int, int], None]:
    """Give up a write that another program keeps out; the driver alone would try for ever."""
    waits = 0

    def look(status: int, _remaining: int, _total: int) -> None:
        nonlocal waits
        waits = waits + 1 if status & 0xFF in _KEPT_OUT else 0
        if waits == _PATIENCE:
            raise StoreUnavailable(
                f"{database} is locked by another program; stop it, then try again. Nothing was changed"
            )

    return look


def _problem(opened: Any) -> str | None:
    found = opened.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        return str(found)
    orphans = opened.execute("PRAGMA foreign_key_check").fetchmany(1)
    return f"rows of {orphans[0][0]} hang in the air" if orphans else None


def _missing(file: Path) -> int:
    """How many bytes a file lacks; SQLite itself takes the rest of a last page that was cut for zeros."""
    with file.open("rb") as opened:
        start = opened.read(_HEADER)
    page, pages = int.from_bytes(start[16:18]), int.from_bytes(start[28:32])
    # Pages of 64 KiB are written as 1. Source: sqlite.org/fileformat2.html, "The Database Header".
    return max((65536 if page == 1 else page) * pages, _HEADER) - file.stat().st_size


def _revision(opened: Any) -> str | None:
    tables = {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"alembic_version", "site", "mentions", "drafts", "audit"} <= tables:
        return None
    row = opened.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def _described(file: Path, opened: Any) -> Backup:
    begun = opened.execute("SELECT value FROM site WHERE key = ?", (site.BACKUP_BEGUN,)).fetchone()
    return Backup(
        file=file,
        bytes=file.stat().st_size,
        revision=_revision(opened) or "",
        mentions=opened.execute("SELECT count(*) FROM mentions").fetchone()[0],
        made_at=datetime.fromisoformat(begun[0].strip('"')).astimezone(UTC) if begun and begun[0] else None,
    )
