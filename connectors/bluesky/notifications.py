"""Where a watch on our own notifications stands.

They are listed newest first, so the newest time may only become the lower bound once everything down to the
old bound was read. Until then the cursor keeps both ends and the server's own mark of the next page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from connectors.bluesky.mapping import moment
from engagebot.errors import WatchInvalid
from engagebot.ports import Cursor

# The index is not written strictly in the order of its times.
OVERLAP = timedelta(minutes=1)


class Position(NamedTuple):
    """Everything up to `until_at` was read; `top_at` and `mark` describe a burst that is half read."""

    until_at: datetime
    top_at: datetime
    mark: str | None = None

    @classmethod
    def parse(cls, cursor: Cursor) -> Position:
        """Read a cursor back, or refuse it."""
        try:
            until, top, mark = json.loads(cursor)
            return cls(moment(until), moment(top), mark)
        except (ValueError, TypeError):
            raise WatchInvalid("the watch's stored position is not one of Bluesky's; forget it") from None

    @property
    def cursor(self) -> Cursor:
        """Write it for the store."""
        return Cursor(json.dumps([self.until_at.isoformat(), self.top_at.isoformat(), self.mark]))

    def after(self, times: Sequence[datetime], mark: str | None) -> Position:
        """Return the position after a page with these times and this mark of the next page."""
        top = max([self.top_at, *times])
        reaches_back = bool(times) and min(times) < self.until_at - OVERLAP
        is_walking = mark and mark != self.mark and not reaches_back
        return Position(self.until_at, top, mark) if is_walking else Position(top, top)
