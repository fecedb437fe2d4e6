"""The newest part of the audit: how far it was read, and which of its lines."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

from engagebot.domain.records import Event
from engagebot.store.desk import happenings
from engagebot.store.engine import Tx

TOLD_MOST = 500
"""More lines than this are not told one by one: the page is to be loaded again."""
# PostgreSQL gives ids when rows are written and shows them when they are committed, so a lower one may appear
# after a higher one. So many ticks, and at first so many ids, are looked at again.
WINDOW_TICKS = 20
WINDOW_IDS = 200
WINDOW = timedelta(seconds=10)


class Newest:
    """How far the audit has been read, and which lines of its newest part."""

    def __init__(self, *, is_in_order: bool) -> None:
        self.head = 0
        self.is_fresh = True
        self._is_in_order = is_in_order
        self._heads: deque[int] = deque(maxlen=WINDOW_TICKS)
        self._seen: set[int] = set()

    def begin(self, tx: Tx) -> None:
        """Take everything that can be seen by now for told."""
        self.is_fresh = False
        self.head = happenings.head(tx)
        floor = self.head if self._is_in_order else max(0, self.head - WINDOW_IDS)
        self._heads.append(floor)
        if floor < self.head:
            self._seen = {event.id for event in happenings.since(tx, floor, limit=WINDOW_IDS)}

    def news(self, tx: Tx) -> tuple[list[Event], bool]:
        """What can be seen now and could not before, and whether it was too much to tell."""
        self.head = max(self.head, happenings.head(tx))
        floor = self._heads[-1] if self._is_in_order else self._heads[0]
        lines = happenings.since(tx, floor, limit=len(self._seen) + TOLD_MOST + 1)
        new = [line for line in lines if line.id not in self._seen]
        if len(new) > TOLD_MOST:
            self._heads.clear()
            self._seen.clear()
            self._heads.append(self.head)
            return [], True
        self._heads.append(self.head)
        if not self._is_in_order:
            self._seen |= {line.id for line in new}
            self._seen = {number for number in self._seen if number > self._heads[0]}
        return new, False

    def missed(self, tx: Tx, after: int) -> list[Event]:
        """What somebody who heard everything up to `after` has missed; on PostgreSQL perhaps a little more.

        Lines below `after` may have appeared after it; what is told twice carries the same id.
        """
        found = happenings.since(tx, after, until=self.head, limit=TOLD_MOST + 1)
        if self._is_in_order:
            return found
        before = happenings.since(tx, max(0, after - WINDOW_IDS), until=after, limit=WINDOW_IDS)
        late = [line for line in before if line.id != after and line.at >= before[-1].at - WINDOW]
        return [*late, *found]
