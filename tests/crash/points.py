"""Points at which a process may die: before and after every COMMIT and every call to the outside.

The hooks are put in from outside, at class level, once per process; the product knows nothing of them. A
COMMIT that ends a mere read changes nothing anywhere, so it is a point only where `wants_all` asks for it,
together with every single statement of a writing transaction.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import httpx
import sqlalchemy as sa
from requests.adapters import HTTPAdapter
from sqlalchemy.engine.default import DefaultDialect

from engagebot.sinks.console import ConsoleSink

_PRODUCT = f"{os.sep}engagebot{os.sep}"
_ENGINE = os.path.join("store", "engine.py")  # noqa: PTH118 (compared with a frame's file name)


class Points:
    """Counts points as they are reached, writes their names down, and dies at the one it was told.

    With another `signal_number`, SIGSTOP, it only falls asleep there.
    """

    def __init__(
        self,
        count_file: Path,
        *,
        kill_at: int = 0,
        wants_all: bool = False,
        signal_number: int = signal.SIGKILL,
    ) -> None:
        self.wants_all = wants_all
        self._signal = signal_number
        self._kill_at = kill_at
        self._reached = 0
        self._file = os.open(count_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)

    def reach(self, name: str) -> None:
        self._reached += 1
        os.write(self._file, f"{name}\n".encode())
        if self._reached == self._kill_at:
            os.kill(os.getpid(), self._signal)


_current: Points | None = None


def watch(points: Points | None) -> None:
    """Count these points from now on."""
    global _current
    _current = points


def install() -> None:
    """Put the hooks in."""
    _wrap(DefaultDialect, "do_commit", _commit_name)
    _wrap(HTTPAdapter, "send", lambda _, request, *__, **___: _call_name(request.method, request.url))
    _wrap(httpx.HTTPTransport, "handle_request", lambda _, asked: _call_name(asked.method, str(asked.url)))
    _wrap(ConsoleSink, "deliver", lambda *_: "notice to the console")

    @sa.event.listens_for(sa.Engine, "before_cursor_execute")
    def statement(*_: object) -> None:
        if _current is not None and _current.wants_all and not _is_reading():
            _current.reach(f"before a statement in {_where()}")


def _wrap(owner: type, method: str, name_of: Callable[..., str | None]) -> None:
    original = getattr(owner, method)

    def hooked(*args: Any, **kwargs: Any) -> Any:
        points = _current
        name = name_of(*args, **kwargs) if points is not None else None
        if points is None or name is None:
            return original(*args, **kwargs)
        points.reach(f"before {name} in {_where()}")
        try:
            return original(*args, **kwargs)
        finally:
            points.reach(f"after {name} in {_where()}")

    setattr(owner, method, hooked)


def _commit_name(*_: object) -> str | None:
    if not _is_reading():
        return "COMMIT"
    return "COMMIT of a read" if _current is not None and _current.wants_all else None


def _call_name(method: str | None, url: str | None) -> str:
    path = urlsplit(url or "").path
    return f"{method} {path if '/hooks/' not in path else '/hooks'}"


def _frames() -> list[FrameType]:
    found, frame = [], sys._getframe(1)
    while (caller := frame.f_back) is not None:
        found.append(frame)
        frame = caller
    return found


def _is_reading() -> bool:
    inside = [frame.f_code for frame in _frames()]
    return any(code.co_name == "read" and code.co_filename.endswith(_ENGINE) for code in inside)


def _where() -> str:
    """Name the function of the product that is at work, as seen from outside the store."""
    for frame in _frames():
        _, product, path = frame.f_code.co_filename.rpartition(_PRODUCT)
        if product and not path.startswith(("store", "sinks")):
            return f"{path.removesuffix('.py').replace(os.sep, '.')}.{frame.f_code.co_name}"
        if product and path.endswith("schema.py"):
            return f"store.schema.{frame.f_code.co_name}"
    return "?"
