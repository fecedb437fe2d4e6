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
from engagebot.ports import Cursor, Gap

# X orders ids only roughly by time and its index lags; what was read last is asked for again.
OVERLAP = timedelta(minutes=1)
# A search ends half a minute before it is asked. Source: docs.x.com, pagination, read August 2026.
DELAY = timedelta(seconds=30)
SEARCH_REACH = timedelta(days=7) - timedelta(seconds=60)
TIMELINE_REACH = 800
STALLS_AT_MOST = 2
# Now and then X shows nothing by mistake, also several times in a row; for how long, nobody says.
DOUBT = timedelta(hours=6)
TOO_OLD = "X looks back seven days only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to ask X at `now`, the position that stands for, and the gaps it leaves.

    `lower` is where the answer begins; up to `known_until` everything was read before.
    """

    bounds: dict[str, Any]
    position: Position
    now: datetime
    lower: datetime
    known_until: datetime
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where a page leads; everything between `heard_from` and `heard_until` was read then."""

    position: Position
    has_more: bool
    heard_from: datetime
    heard_until: datetime
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Everything up to `since_id` was read at `read_at`; `pending_*` describe a burst that is half read.

    `full_at` is the last read that brought something, where those since brought nothing, perhaps by mistake.
    `start_at` is the first pull's lower bound. `pending_count` counts the burst's posts so far, `stalls` the
    times X announced more and brought nothing.
    """

    start_at: datetime
    since_id: str | None = None
    read_at: datetime | None = None
    full_at: datetime | None = None
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

    def question(self, now: datetime, reach: timedelta | None) -> Question:
        """Say what to ask next; `reach` is how far back the endpoint can look, where it has an end."""
        horizon = now - reach if reach else None
        floor = self._floor()
        lower = self.start_at if floor is None else time_of(floor)
        sure_at = self.full_at or self.read_at
        # Whatever X showed late would have been found in the overlap, so it may be missing as well.
        known_until = lower if sure_at is None else max(lower, sure_at - OVERLAP)
        if horizon and self.pending_until and time_of(self.pending_until) <= horizon:
            gap = Gap(known_until, time_of(self.pending_until), TOO_OLD)
            rest = Position(start_at=self.start_at, since_id=self.pending_top, read_at=self.pending_at)
            asked_anew = rest.question(now, reach)
            return replace(asked_anew, gaps=(gap, *asked_anew.gaps))
        bounds: dict[str, Any] = {"until_id": self.pending_until} if self.pending_until else {}
        if horizon and lower < horizon:
            # X answers 400 to an id or a time out of its reach.
            is_gap = self.read_at is not None and self.read_at < horizon and not self.pending_until
            gaps = (Gap(known_until, horizon, TOO_OLD),) if is_gap else ()
            bounds["start_time"] = lower = horizon
            known_until = max(known_until, horizon)
        else:
            gaps = ()
            bounds |= {"since_id": str(floor)} if floor else {"start_time": lower}
        return Question(
            bounds=bounds, position=self, now=now, lower=lower, known_until=known_until, gaps=gaps
        )

    def _floor(self) -> int | None:
        if self.since_id is None or self.read_at is None:
            return None
        # No overlap where nothing came for a while: nothing can be late, and every repeated read may cost.
        recent = max(self.read_at, time_of(self.since_id)) - OVERLAP
        return min(int(self.since_id), id_at(recent))

    def after(self, ids: Sequence[int], asked: Question, *, announces_more: bool, is_timeline: bool) -> Step:
        """Say where the page that answered a question with these ids leads."""
        now = asked.now
        new = [each for each in ids if self.pending_until is None or each < int(self.pending_until)]
        top = self.pending_top or (str(max(ids)) if ids else None)
        count = self.pending_count + len(new)
        burst = replace(self, pending_top=top, pending_at=self.pending_at or now, pending_count=count)
        until = (burst.pending_at or now) - DELAY
        oldest = time_of(min(new)) if new else time_of(self.pending_until) if self.pending_until else until
        # While a burst is half read, only its upper part is heard.
        reached = min(oldest, until)
        if new and announces_more:
            going = replace(burst, pending_until=str(min(new)), stalls=0)
            return Step(position=going, has_more=True, heard_from=reached, heard_until=until)
        # Nothing new although this page, or the one before it, announced more: look again at the next pull
        # instead of at once, and not for ever.
        is_stalled = not new and (announces_more or self.pending_until is not None)
        if is_stalled and count < TIMELINE_REACH and self.stalls + 1 < STALLS_AT_MOST:
            waiting = replace(burst, stalls=self.stalls + 1)
            return Step(position=waiting, has_more=False, heard_from=reached, heard_until=until)
        since_id = max(filter(None, (self.since_id, top)), key=int, default=None)
        settled = Position(start_at=self.start_at, since_id=since_id, read_at=burst.pending_at)
        if self.read_at and not ids and not self.pending_until:
            # What was empty for longer was empty: no gap reaches back over weeks in which nobody wrote.
            doubted_from = max(self.full_at or self.read_at, now - DOUBT)
            settled = replace(settled, full_at=min(self.read_at, doubted_from))
        is_at_end = is_timeline and count >= TIMELINE_REACH
        if not (is_stalled or is_at_end) or oldest <= asked.known_until + (OVERLAP - DELAY):
            return Step(position=settled, has_more=False, heard_from=asked.lower, heard_until=until)
        announced = " although it announced more" if is_stalled else ", the most that it shows"
        gap = Gap(asked.known_until, oldest, f"X stopped after {count} posts{announced}")
        return Step(position=settled, has_more=False, heard_from=reached, heard_until=until, gaps=(gap,))


def told(gap: Gap) -> str:
    """Say a gap in words."""
    span = f"{gap.from_at:%Y-%m-%d %H:%M} and {gap.until_at:%Y-%m-%d %H:%M} UTC"
    return f"{gap.reason}: posts between {span} are missing"
