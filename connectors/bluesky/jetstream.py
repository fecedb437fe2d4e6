"""Reading Jetstream: every post of the network, and which were deleted, from a moment up to the present.

Source: github.com/bluesky-social/jetstream, README, read August 2026: a cursor is the time of an event in
microseconds, the server looks back 36 hours, and an older cursor is moved without a word.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from connectors.bluesky.options import BlueskyOptions
from connectors.bluesky.words import Words
from engagebot.errors import ConnectorError, RateLimited, Unavailable
from engagebot.ports import Cursor, Gap

LOOKBACK = timedelta(hours=36)
COLLECTION = "app.bsky.feed.post"
SECOND_US = 1_000_000
# Events of one moment may arrive in another order after a restart of the server.
OVERLAP_US = 5 * SECOND_US
# Tens of posts arrive each second: so long without any means that the server forgot them, or was down.
GAP_US = 600 * SECOND_US
# Behind by less than this is the present: a clock that goes wrong must not keep us reading for ever.
PRESENT_US = 60 * SECOND_US
TOO_MANY_WAIT = timedelta(minutes=5)
SOCKET_ERRORS = (WebSocketException, OSError, EOFError)
GONE_AT_MOST = 5_000
FORGOTTEN = "Jetstream looks back 36 hours at most and brought nothing from this time"
LEFT = {"deleted", "takendown", "suspended", "deactivated"}

_HEAD = re.compile(r'\{"did":"[^"\\]{1,2048}","time_us":(\d{1,17}),')


@dataclass(slots=True, kw_only=True)
class Hearing:
    """What one reading from `since_us` brought: `posts` by address, the addresses of those gone, who `left`.

    `first_us` and `last_us` are the times of the first and last event; `is_behind` says that there is more.
    """

    since_us: int
    now_us: int
    words: Words
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)
    left: dict[str, None] = field(default_factory=dict)
    first_us: int | None = None
    last_us: int = 0
    unread: int = 0
    fresh: int = 0
    is_behind: bool = False
    is_stalled: bool = False

    @property
    def cursor(self) -> Cursor:
        """Where the next reading starts; never before this one's start."""
        return Cursor(str(max(self.last_us, self.since_us)))

    @property
    def gaps(self) -> list[Gap]:
        """The time that the server had nothing from."""
        if self.first_us is None or self.first_us - self.since_us < GAP_US:
            return []
        return [Gap(moment(self.since_us), moment(self.first_us), FORGOTTEN)]

    @property
    def has_moved(self) -> bool:
        """Say whether the next reading will start later than this one."""
        return self.last_us > self.since_us

    def is_enough(self, max_posts: int, seconds_over: float) -> bool:
        """Say whether the present is reached, or the bounds are and something new was read."""
        if self.last_us >= self.now_us:
            return True
        gone = len(self.gone) + len(self.left)
        is_over = self.fresh >= max_posts or gone >= GONE_AT_MOST or seconds_over > 0
        self.is_behind = is_over and self.last_us < self.now_us - PRESENT_US
        return is_over and self.has_moved

    def take(self, raw: str) -> None:
        """Take in one event."""
        head = _HEAD.match(raw)
        matters = '"delete"' in raw or '"account"' in raw or self.words.may_be_in(raw)
        try:
            event: Any = json.loads(raw) if head is None or matters else None
            at = int(head[1] if head else event["time_us"])
            self.first_us = at if self.first_us is None else self.first_us
            # A time from the future would make us deaf until then.
            if at < self.now_us + PRESENT_US:
                self.last_us = max(self.last_us, at)
            if event is not None:
                self._sort(event, at)
        except (ValueError, TypeError, KeyError, AttributeError):
            self.unread += 1

    def _sort(self, event: dict[str, Any], at: int) -> None:
        did, commit = str(event["did"]), event.get("commit")
        if event.get("kind") == "account":
            account = event["account"]
            if not account.get("active") and account.get("status") in LEFT:
                self.left[did] = None
                for uri in [uri for uri in self.posts if uri.startswith(f"at://{did}/")]:
                    del self.posts[uri]
        elif commit and commit["collection"] == COLLECTION:
            uri = f"at://{did}/{COLLECTION}/{commit['rkey']}"
            if commit["operation"] == "delete":
                self.gone[uri] = None
                self.posts.pop(uri, None)
            # A name is never used again: what was deleted stays so, in whatever order the two arrive.
            elif uri not in self.gone and self.words.are_in(str(commit["record"]["text"])):
                self.fresh += uri not in self.posts and at > self.since_us
                self.posts[uri] = event


def listen(options: BlueskyOptions, hearing: Hearing, *, max_posts: int, max_seconds: float) -> None:
    """Read until the present, or until there are `max_posts` new posts or `max_seconds` are over.

    Raises:
        Unavailable: the server cannot be reached, cuts the line before anything new, or sends nothing of use.
    """
    cursor = str(max(hearing.since_us - OVERLAP_US, 0))
    # How long we have been reading, which is no question to the clock that says what time it is.
    ends_at = time.monotonic() + max_seconds
    try:
        with open_socket(options, cursor=cursor) as socket:
            while not hearing.is_enough(max_posts, time.monotonic() - ends_at):
                raw = socket.recv(timeout=options.timeout_s)
                hearing.take(raw if isinstance(raw, str) else raw.decode("utf-8", errors="replace"))
                if not hearing.has_moved and time.monotonic() > ends_at + max_seconds:
                    raise Unavailable("Jetstream sends nothing newer than what we know")
    except TimeoutError:
        hearing.is_stalled = hearing.last_us < hearing.now_us - PRESENT_US
    except SOCKET_ERRORS as problem:
        # What came before the cut counts; the next reading goes on there.
        if not hearing.has_moved:
            raise as_error(problem, moment(hearing.now_us)) from None
        hearing.is_behind = True
    if hearing.first_us is None:
        what = f"{hearing.unread} events that cannot be read" if hearing.unread else "nothing"
        raise Unavailable(f"Jetstream sent {what}")


def open_socket(options: BlueskyOptions, **asked: str) -> ClientConnection:
    """Open the socket; the caller closes it."""
    return connect(
        f"{options.jetstream_url}?{urlencode({'wantedCollections': COLLECTION, **asked})}",
        open_timeout=options.timeout_s,
        close_timeout=min(1.0, options.timeout_s),
        ping_interval=None,
        max_queue=1_024,
        user_agent_header="engagebot",
        legacy=True,
    )


def as_error(problem: Exception, now: datetime) -> ConnectorError:
    """Say what a socket's failure means to the caller."""
    status = problem.response.status_code if isinstance(problem, InvalidStatus) else None
    if status == 429:
        return RateLimited("Jetstream has too many of our connections", retry_at=now + TOO_MANY_WAIT)
    what = f"answered {status}" if status else f"could not be read ({type(problem).__name__})"
    return Unavailable(f"Jetstream {what}")


def moment(time_us: int) -> datetime:
    """Return the time that an event carries."""
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=time_us)


def time_us(at: datetime) -> int:
    """Return a time as events carry it."""
    return (at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
