"""Profiles that X showed us, kept for a while, since each of them costs twice a post."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from engagebot.domain.mention import Author
from engagebot.ports import Clock

MOST_KEPT = 10_000


class KnownAuthors:
    """Authors by id, none older than `max_age`; `None` stands for one that X does not show."""

    def __init__(self, clock: Clock, max_age: timedelta, most: int = MOST_KEPT) -> None:
        self._clock = clock
        self._max_age = max_age
        self._most = most
        self._kept: dict[str, tuple[datetime, Author | None]] = {}
        self._lock = threading.Lock()

    def of(self, ids: Iterable[str]) -> dict[str, Author | None]:
        """Return those of the ids that need not be asked for."""
        oldest = self._clock.now() - self._max_age
        with self._lock:
            kept = {each: self._kept[each] for each in ids if each in self._kept}
        return {each: author for each, (at, author) in kept.items() if at > oldest}

    def keep(self, authors: Mapping[str, Author | None]) -> None:
        """Keep what was just read; the oldest make room."""
        now = self._clock.now()
        with self._lock:
            for each, author in authors.items():
                self._kept.pop(each, None)
                self._kept[each] = (now, author)
            for each in list(self._kept)[: max(0, len(self._kept) - self._most)]:
                del self._kept[each]
