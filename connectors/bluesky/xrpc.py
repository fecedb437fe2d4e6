"""Requests to Bluesky's servers: one session in memory, a time-out on everything, errors of ours."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from connectors.bluesky.options import BlueskyOptions
from engagebot.errors import AuthFailed, ConnectorError, OutcomeUnknown, RateLimited, Refused, Unavailable
from engagebot.ports import Clock

Json = Mapping[str, Any]

# An access token lives two hours. Renewed earlier, it does not run out in the middle of a reply.
RENEW_AFTER = timedelta(minutes=90)
WITHOUT_RESET = timedelta(minutes=5)
RUN_OUT = ("ExpiredToken", "InvalidToken")
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class Answered(Exception):
    """A server answered with another status than success."""

    def __init__(self, response: httpx.Response) -> None:
        said = _object(response) or {}
        self.status, self.headers = response.status_code, response.headers
        self.error, self.words = str(said.get("error") or ""), str(said.get("message") or "")[:300]
        super().__init__(": ".join(filter(None, (f"Bluesky answered {self.status}", self.error, self.words))))


@dataclass(frozen=True, slots=True)
class Session:
    """Who we are logged in as."""

    did: str
    handle: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    opened_at: datetime
    is_active: bool


class Xrpc:
    """Asks the public view of the network without a login, and our own server with one."""

    def __init__(self, options: BlueskyOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._lock = threading.Lock()
        self._session: Session | None = None
        self.skew: timedelta | None = None
        # No connection is kept: one that was closed in the meantime would make a write's fate unclear.
        self._http = httpx.Client(
            timeout=options.timeout_s,
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={"user-agent": "engagebot"},
        )

    @property
    def own_did(self) -> str | None:
        """Our account's identifier, once we have logged in."""
        return self._session.did if self._session else None

    def read(self, name: str, params: Json, *, as_us: bool, absent: str = "no error") -> Json | None:
        """Read, as our account or from the public view; `None` where the server says the error `absent`.

        Raises:
            ConnectorError: whatever went wrong, as its remedy.
        """
        base = self._options.base_url if as_us else self._options.appview_url
        url, token = f"{base}/xrpc/{name}", self.session().access if as_us else None
        try:
            try:
                return self._send("GET", url, params=params, token=token)
            except Answered as answer:
                if token is None or answer.error not in RUN_OUT:
                    raise
                self._forget(token)
                return self._send("GET", url, params=params, token=self.session().access)
        except Answered as answer:
            if answer.error == absent:
                return None
            raise meaning(answer, self._clock.now()) from answer

    def write(self, name: str, body: Json) -> Json:
        """Write as our account with exactly one POST.

        Raises:
            OutcomeUnknown: the server may have done it.
            ConnectorError: anything else, as its remedy; then nothing was written.
        """
        token, url = self.session().access, f"{self._options.base_url}/xrpc/{name}"
        try:
            return self._send("POST", url, body=body, token=token, lost=OutcomeUnknown)
        except Answered as answer:
            if answer.error in RUN_OUT:
                self._forget(token)
                raise Unavailable("the session had run out; nothing was sent") from answer
            raise meaning(answer, self._clock.now(), is_write=True) from answer

    def session(self) -> Session:
        """Return who we are, logging in or renewing the session where that is due.

        Raises:
            AuthFailed: there is no account, or its app password does not work.
        """
        with self._lock:
            if self._session is None or self._clock.now() - self._session.opened_at > RENEW_AFTER:
                self._session = self._renewed(self._session) or self._logged_in()
            return self._session

    def _forget(self, token: str) -> None:
        with self._lock:
            if self._session and self._session.access == token:
                self._session = None

    def _logged_in(self) -> Session:
        if not (self._options.handle and self._options.app_password):
            raise AuthFailed("no Bluesky account is configured")
        body = {"identifier": self._options.handle, "password": self._options.app_password}
        try:
            return self._read_session("com.atproto.server.createSession", body=body)
        except Answered as answer:
            raise meaning(answer, self._clock.now()) from answer

    def _renewed(self, held: Session | None) -> Session | None:
        # Logins are counted (300 a day), renewals are not.
        try:
            name = "com.atproto.server.refreshSession"
            return self._read_session(name, token=held.refresh) if held else None
        except (Answered, ConnectorError):
            return None

    def _read_session(self, name: str, *, body: Json | None = None, token: str | None = None) -> Session:
        given = self._send("POST", f"{self._options.base_url}/xrpc/{name}", body=body, token=token)
        try:
            who, tokens = (given["did"], given["handle"]), (given["accessJwt"], given["refreshJwt"])
        except KeyError:
            raise Unavailable("Bluesky's answer to the login makes no sense") from None
        return Session(*who, *tokens, self._clock.now(), given.get("active") is not False)

    def _send(
        self,
        method: str,
        url: str,
        *,
        params: Json | None = None,
        body: Json | None = None,
        token: str | None = None,
        lost: type[ConnectorError] = Unavailable,
    ) -> Json:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        asked = dict(params) if params else None
        try:
            response = self._http.request(method, url, params=asked, json=body, headers=headers)
        except NEVER_LEFT as problem:
            raise Unavailable(f"Bluesky could not be reached ({type(problem).__name__})") from None
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise lost(f"Bluesky's answer did not come ({type(problem).__name__})") from None
        self.skew = _skew(response.headers.get("date", ""), self._clock.now()) or self.skew
        if not response.is_success:
            raise Answered(response)
        answer = _object(response)
        if answer is None:
            raise lost("Bluesky's answer could not be read")
        return answer


def _skew(date: str, now: datetime) -> timedelta | None:
    try:
        return now - parsedate_to_datetime(date).replace(tzinfo=UTC)
    except (ValueError, TypeError):
        return None


def _object(response: httpx.Response) -> Json | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def meaning(answer: Answered, now: datetime, *, is_write: bool = False) -> ConnectorError:
    """Say what an answer means to the caller."""
    if answer.status == 429:
        return RateLimited(str(answer), retry_at=_reset_at(answer.headers, now))
    if answer.status == 401 or answer.error == "AccountTakedown":
        return AuthFailed(f"{answer} – is the app password right and not revoked?")
    if is_write:
        # A key that is taken gives 500 on today's servers and a name of its own on later ones.
        # Source: github.com/bluesky-social/atproto, issue 3718 and pull request 4728.
        is_taken = "exist" in f"{answer.error} {answer.words}".lower()
        if is_taken or answer.status >= 500 or answer.status < 400 or answer.status in (408, 409):
            return OutcomeUnknown(f"{answer} – the reply may be there")
        return Refused(str(answer))
    return AuthFailed(str(answer)) if answer.status == 403 else Unavailable(str(answer))


def _reset_at(headers: httpx.Headers, now: datetime) -> datetime:
    reset = headers.get("ratelimit-reset", "")
    if not re.fullmatch(r"\d{1,11}", reset):
        return now + WITHOUT_RESET
    return max(datetime.fromtimestamp(int(reset), UTC), now + timedelta(seconds=5))
