"""Real tweepy with what it lacks: a time-out, another address, silence about keys, and errors of ours."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
import tweepy
from requests.adapters import HTTPAdapter

from connectors.x.faults import Answered, meaning, spent_until
from connectors.x.options import XOptions
from engagebot.errors import RateLimited
from engagebot.ports import Clock

TWEEPY_HOST = "https://api.twitter.com"
TALKATIVE = "tweepy.client urllib3.connectionpool requests_oauthlib.oauth1_auth oauthlib.oauth1.rfc5849"

# At DEBUG these write the Authorization header. The filter holds where somebody lowers their level later.
for _name in TALKATIVE.split():
    logging.getLogger(_name).setLevel(logging.INFO)
    logging.getLogger(_name).addFilter(lambda record: record.levelno >= logging.INFO)


class XAdapter(HTTPAdapter):
    """Sends tweepy's requests to `base_url`, if there is one, and never without a time-out.

    OAuth 1.0a signs for api.twitter.com before the address changes: another server cannot verify it.
    """

    def __init__(self, base_url: str | None, timeout: tuple[float, float]) -> None:
        super().__init__(max_retries=0)
        self._base = urlsplit(base_url) if base_url else None
        self._timeout = timeout

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send once."""
        kwargs["timeout"] = self._timeout
        if self._base is not None:
            asked = urlsplit(str(request.url))
            path = self._base.path.rstrip("/") + asked.path
            request.url = urlunsplit((self._base.scheme, self._base.netloc, path, asked.query, ""))
            # The proxies were chosen for tweepy's own host.
            kwargs["proxies"] = requests.utils.get_environ_proxies(request.url)
        return super().send(request, *args, **kwargs)


class XClient:
    """One tweepy client per thread, because a `requests.Session` is not safe to share."""

    def __init__(self, options: XOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._local = threading.local()
        self._spent_until: datetime | None = None
        self.skew: timedelta | None = None

    def ask(self, call: Callable[[tweepy.Client], Any], *, is_write: bool = False) -> dict[str, Any]:
        """Send one request; return X's body.

        Raises:
            ConnectorError: whatever went wrong, as its remedy; `OutcomeUnknown` only for a write.
        """
        if is_write and self._spent_until is not None and self._clock.now() < self._spent_until:
            raise RateLimited("X takes no more posts in this window", retry_at=self._spent_until)
        try:
            body = call(self._tweepy())
            if isinstance(body, dict):
                return body
            raise TypeError("X answered with something that is not an object")
        except Exception as problem:
            # tweepy lets exceptions of requests, and of its own bugs, through.
            raise meaning(problem, self._clock.now(), is_write=is_write) from problem

    def _tweepy(self) -> tweepy.Client:
        if not hasattr(self._local, "client"):
            options = self._options
            client = tweepy.Client(*options.keys, return_type=dict)
            timeout = (options.connect_timeout_s, options.read_timeout_s)
            client.session.mount(TWEEPY_HOST, XAdapter(options.base_url, timeout))
            client.session.hooks["response"] = [self._stop_at_failure]
            self._local.client = client
        return self._local.client

    def _stop_at_failure(self, response: requests.Response, *_: Any, **__: Any) -> None:
        self.skew = _skew(response.headers.get("date"), self._clock) or self.skew
        headers = {name.lower(): value for name, value in response.headers.items()}
        if response.request.method == "POST":
            self._spent_until = spent_until(headers, self._clock.now())
        # Not left to tweepy's exceptions, which fail on lists and nulls; and a redirect would repeat a POST.
        if not 200 <= response.status_code < 300:
            body = response.text
            for secret in filter(None, self._options.keys):
                body = body.replace(secret, "•••")
            raise Answered(response.status_code, headers, body)


def _skew(date: str | None, clock: Clock) -> timedelta | None:
    try:
        at = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    return clock.now() - (at if at.tzinfo else at.replace(tzinfo=UTC))
