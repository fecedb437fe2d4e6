"""A file that appears whole or not at all: written beside its place under another name, then renamed."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engagebot.errors import StoreUnavailable, WrongUsage


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """Give a file to write, for its owner alone, which takes the place of `target` when the block ends well.

    What earlier attempts left behind when they were killed is taken away first.

    Raises:
        StoreUnavailable: the disk is full, or the file cannot be written.
    """
    _sweep(target)
    try:
        handle, name = tempfile.mkstemp(prefix=_prefix(target), suffix=".part", dir=target.parent)
    except OSError as error:
        raise unwritable(target, error) from error
    part = Path(name)
    try:
        # Held until the end, so that another backup to the same place does not take this for a leftover.
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield part
        os.fsync(handle)
        part.replace(target)
        settle(target.parent)
    except OSError as error:
        raise unwritable(target, error) from error
    finally:
        os.close(handle)
        remove(part)


def check_free(target: Path, *, may_replace: bool) -> None:
    """Make sure that a file may be written there.

    Raises:
        WrongUsage: it would take the place of another, or there is no such folder.
    """
    if target.is_dir() or not target.name:
        raise WrongUsage(f"{target} is a folder; name a file in it")
    if not target.parent.is_dir():
        raise WrongUsage(f"there is no folder {target.parent}; make it first")
    if target.exists() and not target.is_file():
        raise WrongUsage(f"{target} is no plain file, and a backup cannot take its place")
    if target.exists() and not may_replace:
        raise WrongUsage(f"{target} is there already; choose another name, or replace it with --force")


def settle(folder: Path) -> None:
    """Wait until the names in a folder would survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Take a database file away, and what SQLite puts beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def unwritable(target: Path, error: OSError) -> StoreUnavailable:
    """Say why a file was not written."""
    return StoreUnavailable(
        f"{target} was not written: {error.strerror or error}; nothing was changed. "
        "Make room, or choose another place"
    )


def _prefix(target: Path) -> str:
    return f".{target.name}."


def _sweep(target: Path) -> None:
    for left in target.parent.glob(f"{_prefix(target)}*.part"):
        with left.open("rb") as opened:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            remove(left)
