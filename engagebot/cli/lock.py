"""One long-running process per SQLite site: an advisory lock that dies with its holder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engagebot.bootstrap import App
from engagebot.errors import AlreadyRunning, StoreUnavailable


def path_of(app: App) -> Path:
    """The lock of a site; the demo, with a database of its own, has its own."""
    return app.settings.var / ("demo.lock" if app.is_demo else "engagebot.lock")


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock until the block ends.

    The file stays: removing it would let two processes lock two files of one name.

    Raises:
        AlreadyRunning: another process holds it; the message names its pid.
        StoreUnavailable: the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # os.open makes the descriptor close on exec, so no child can hold the lock after us.
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreUnavailable(
            f"cannot write {path}: {error.strerror}; give this user write access to its folder"
        ) from error
    try:
        _take(handle, path)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def is_held(path: Path) -> bool:
    """Whether a running process holds the lock now."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _take(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
        raise AlreadyRunning(
            f"engagebot already runs this site (pid {pid}, lock {path}); "
            f"stop it with `kill {pid}`, or use another site"
        ) from None
