"""Where a watch on X stands.

X lists newest first, so the newest id may only become the lower bound once everything down to the old bound
was read. Until then the cursor keeps both ends of the unread part; the next pull goes on below the upper one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from connectors.x.mapping import id_at, moment, time_of
from engagebot.errors import WatchInvalid
from engagebot.ports import Cursor

# X orders ids only roughly by time and its index lags; what was read last is asked for again.
OVERLAP = timedelta(minutes=1)
SEARCH_REACH = timedelta(days=7) - timedelta(seconds=60)
TIMELINE_REACH = 800
STALLS_AT_MOST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Everything up to `since_id` was read at `read_at`; `pending_*` describe a burst that is half read.

    `start_at` is the first pull's lower bound. `pending_count` counts the burst's posts so far, `stalls` the
    times X announced more and brought nothing.
    """

    start_at: datetime
    since_id: str | None = None
    read_at: datetime | None = None
    pending_top: str | None = None
    pending_until: str | None = None
    pending_at: datetime | None = None
    pending_count: int = 0
    stalls: int = 0

    @classmethod
    def parse(cls, cursor: Cursor) -> Position:
        """Read a cursor back.

        Raises:
            WatchInvalid: it is not one of ours.
        """
        try:
            values = json.loads(cursor)
            times = {name: moment(values[name]) for name in values if name.endswith("_at")}
            return cls(**{**values, **times})
        except (ValueError, TypeError, AttributeError):
            raise WatchInvalid("the stored position of this watch is not one of X's; forget it") from None

    def dump(self) -> Cursor:
        """Write it for the store."""
        values = {name: value for name, value in asdict(self).items() if value not in (None, 0)}
        return Cursor(json.dumps(values, default=lambda at: at.isoformat()))

    def bounds(self, now: datetime, reach: timedelta | None) -> tuple[dict[str, Any], Position, str | None]:
        """Return the parameters to ask with, the position they stand for, and a note about a gap.

        `reach` is how far back the endpoint can look, where it has an end.
        """
        horizon = now - reach if reach else None
        floor = self._floor()
        lower = self.start_at if floor is None else time_of(floor)
        if horizon and self.pending_until and time_of(self.pending_until) <= horizon:
            rest = Position(start_at=self.start_at, since_id=self.pending_top, read_at=self.pending_at)
            return *rest.bounds(now, reach)[:2], _gap(lower, time_of(self.pending_until))
        asked: dict[str, Any] = {"until_id": self.pending_until} if self.pending_until else {}
        if horizon and lower < horizon:
            # X answers 400 to an id or a time out of its reach.
            is_gap = self.read_at is not None and self.read_at < horizon and not self.pending_until
            return {**asked, "start_time": horizon}, self, _gap(lower, horizon) if is_gap else None
        return {**asked, **({"since_id": str(floor)} if floor else {"start_time": lower})}, self, None

    def _floor(self) -> int | None:
        if self.since_id is None or self.read_at is None:
            return None
        # No overlap where nothing came for a while: nothing can be late, and every repeated read may cost.
        recent = max(self.read_at, time_of(self.since_id)) - OVERLAP
        return min(int(self.since_id), id_at(recent))

    def after(
        self, ids: Sequence[int], now: datetime, *, announces_more: bool
    ) -> tuple[Position, bool, str | None]:
        """Return the position after a page with these ids, whether to ask again at once, and a note."""
        new = [each for each in ids if self.pending_until is None or each < int(self.pending_until)]
        top = self.pending_top or (str(max(ids)) if ids else None)
        count = self.pending_count + len(new)
        burst = replace(self, pending_top=top, pending_at=self.pending_at or now, pending_count=count)
        if new and announces_more:
            return replace(burst, pending_until=str(min(new)), stalls=0), True, None
        # Nothing new although this page, or the one before it, announced more: look again at the next pull
        # instead of at once, and not for ever.
        is_stalled = not new and (announces_more or self.pending_until is not None)
        if is_stalled and count < TIMELINE_REACH and self.stalls + 1 < STALLS_AT_MOST:
            return replace(burst, stalls=self.stalls + 1), False, None
        since_id = max(filter(None, (self.since_id, top)), key=int, default=None)
        settled = Position(start_at=self.start_at, since_id=since_id, read_at=burst.pending_at)
        note = f"X stopped after {count} posts although it announced more; older ones may be missing"
        return settled, False, note if is_stalled else None


def _gap(since: datetime, until: datetime) -> str:
    shown = f"{since:%Y-%m-%d %H:%M} and {until:%Y-%m-%d %H:%M} UTC"
    return f"X looks back seven days only: posts between {shown} are missing"
