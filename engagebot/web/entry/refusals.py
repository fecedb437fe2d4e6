"""Refused sign-ins in the audit: which name was tried and when, so many an hour, never a password."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from engagebot.errors import StoreUnavailable
from engagebot.store import audit
from engagebot.store.engine import Store
from engagebot.store.texts import storable

ACTION = "account.refused"
NOBODY = "nobody"
NAME_CHARS = 60


class Refusals:
    """Writes refused sign-ins down, so many an hour at most; what goes beyond is counted in the next line."""

    PER_HOUR = 60
    WINDOW = timedelta(hours=1)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: datetime | None = None
        self._written = 0
        self._left_out = 0

    def note(self, store: Store, name: str, now: datetime) -> None:
        """Write one line, or count it; the same work for every name, so that nobody learns which exist."""
        detail = self._detail(now)
        if detail is None:
            return
        tried = storable(name)[:NAME_CHARS]
        # A database that takes no writes at this moment must not turn a wrong password into an accident.
        with suppress(StoreUnavailable), store.write() as tx:
            audit.add(tx, at=now, actor=NOBODY, action=ACTION, subject=f"user:{tried}", detail=detail)

    def _detail(self, now: datetime) -> dict[str, Any] | None:
        with self._lock:
            if self._since is None or now >= self._since + self.WINDOW:
                self._since, self._written = now, 0
            if self._written >= self.PER_HOUR:
                self._left_out += 1
                return None
            self._written += 1
            detail: dict[str, Any] = {}
            if self._left_out:
                detail["not_written_before"] = self._left_out
                self._left_out = 0
            if self._written == self.PER_HOUR:
                detail["not_written_until"] = (self._since + self.WINDOW).isoformat()
            return detail
