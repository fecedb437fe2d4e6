"""How requests reach Reddit through PRAW: each exactly once, with our own time-out, never after a sleep.

prawcore sends a failed request up to three times, a comment included, sleeps before repeats and while a rate
window is spent, and its exceptions fail while being built from unusual answers (`KeyError(401)`). So whatever
is not a good answer is raised here, as exceptions that it does not know and lets through.
"""

from __future__ import annotations

from configparser import ConfigParser
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.resources import files
from typing import Any

import praw
from praw.config import Config
from prawcore import Requestor
from prawcore.const import ACCESS_TOKEN_PATH
from requests import ConnectTimeout, Response, Session
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError

from connectors.reddit.options import Options
from engagebot.errors import RateLimited
from engagebot.ports import Clock


class NoAnswer(Exception):
    """The time was up or the line was cut; `may_have_written` where a write could have arrived."""

    def __init__(self, what: str, *, may_have_written: bool) -> None:
        super().__init__(what)
        self.may_have_written = may_have_written


class BadAnswer(Exception):
    """An answer other than a good one, reduced to what decides about it: no header, no body, no secret."""

    def __init__(self, response: Response, *, is_token: bool, retry_at: datetime) -> None:
        super().__init__(f"HTTP {response.status_code}")
        self.status = response.status_code
        self.is_token = is_token
        self.retry_at = retry_at
        challenge = response.headers.get("www-authenticate", "")
        self.lacks_scope = "insufficient_scope" in challenge or "invalid_token" in challenge
        try:
            self.body: Any = response.json()
        except ValueError:
            self.body = None
        self.reason = str(self.body.get("reason") or "") if isinstance(self.body, dict) else ""


@dataclass
class Traffic:
    """What happened on a connector's line: requests (but for tokens) so far, and whether this call wrote."""

    clock: Clock
    timeout_s: float
    http: Session
    sent: int = 0
    has_written: bool = False
    spent_until: datetime | None = None
    skew: timedelta | None = None

    def check_in(self, *, is_write: bool) -> None:
        """Let a request pass, or say when the next one may."""
        if self.spent_until is not None and self.clock.now() < self.spent_until:
            raise RateLimited("Reddit's rate window is spent", retry_at=self.spent_until)
        self.sent += 1
        if is_write:
            if self.has_written:
                raise NoAnswer("a second write was held back", may_have_written=True)
            self.has_written = True
            # A pooled connection may have died unnoticed, and nobody could tell whether the write arrived.
            self.http.close()

    def note_time(self, response: Response) -> None:
        """Compare the platform's clock with ours."""
        try:
            at = parsedate_to_datetime(response.headers.get("date", ""))
        except ValueError:
            return
        self.skew = self.clock.now() - (at if at.tzinfo else at.replace(tzinfo=UTC))

    def note_rate(self, response: Response) -> datetime:
        """Keep the rate window to ourselves; return when a refused request may be repeated."""
        # Deprived of these headers, prawcore's own limiter stays idle; it would sleep until the reset.
        left, reset_s, _ = (
            _number(response.headers.pop(f"x-ratelimit-{name}", None))
            for name in ("remaining", "reset", "used")
        )
        now, after_s = self.clock.now(), _number(response.headers.get("retry-after"))
        if left is not None and left < 1 and reset_s:
            self.spent_until = now + timedelta(seconds=reset_s)
        if after_s is None:
            after_s = 60 if reset_s is None else reset_s
        return now + timedelta(seconds=min(max(after_s, 1), 86_400))


class OneShotRequestor(Requestor):
    """A prawcore requestor that sends once, waits no longer than told and follows no redirect."""

    def __init__(self, *, traffic: Traffic, **kwargs: Any) -> None:
        super().__init__(session=traffic.http, **kwargs)
        # Left without any, requests would replace our bearer token by a login it finds in ~/.netrc.
        traffic.http.auth = lambda request: request
        self._traffic = traffic

    def request(self, *args: Any, timeout: float | None = None, **kwargs: Any) -> Response:
        """Send once and return a good answer, or raise `NoAnswer`, `BadAnswer` or `RateLimited`."""
        method, url = args
        is_token = url.endswith(ACCESS_TOKEN_PATH)
        is_write = not is_token and method.upper() not in ("GET", "HEAD")
        if not is_token:
            self._traffic.check_in(is_write=is_write)
        kwargs["allow_redirects"] = False
        try:
            # Whatever time-out PRAW was told, prawcore passes its own 16 s as `timeout`.
            response = self._traffic.http.request(method, url, timeout=self._traffic.timeout_s, **kwargs)
        except (OSError, HTTPError) as error:
            may_have_written = is_write and not _never_connected(error)
            raise NoAnswer(type(error).__name__, may_have_written=may_have_written) from None
        self._traffic.note_time(response)
        retry_at = self._traffic.note_rate(response)
        if not 200 <= response.status_code < 300:
            raise BadAnswer(response, is_token=is_token, retry_at=retry_at)
        return response


def open_reddit(options: Options, traffic: Traffic) -> praw.Reddit:
    """Open PRAW with every setting given here, so that no `praw.ini` and no `praw_…` variable has a say."""
    with Config.LOCK:
        if Config.CONFIG is None:
            # PRAW would look for praw.ini in the current directory, where it could name another host.
            Config.CONFIG = ConfigParser(interpolation=None)
            Config.CONFIG.read_string(files("praw").joinpath("praw.ini").read_text(encoding="utf-8"))
    opened: dict[str, Any] = {
        "username": options.username if options.password else None,
        **{name: getattr(options, name) for name in ("client_id", "client_secret", "user_agent")},
        **{name: getattr(options, name) for name in ("password", "refresh_token")},
        "reddit_url": options.base_url or "https://www.reddit.com",
        "oauth_url": f"{options.base_url or 'https://oauth.reddit.com'}/",
    }
    habits: dict[str, Any] = {"check_for_updates": False, "check_for_async": False, "ratelimit_seconds": 0}
    habits |= {"redirect_uri": None, "short_url": "https://redd.it", "timeout": 16, "window_size": 600}
    kinds = ("comment", "redditor", "submission", "message", "subreddit", "trophy")
    habits |= {f"{name}_kind": f"t{number}" for number, name in enumerate(kinds, start=1)}
    ours: dict[str, Any] = {"requestor_class": OneShotRequestor, "requestor_kwargs": {"traffic": traffic}}
    return praw.Reddit("DEFAULT", **ours, **opened, **habits)


def _never_connected(error: Exception) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(error, ConnectTimeout) or (
        isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
    )


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
