"""How clients of the emulated Reddit get and show their access tokens."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.emulators.wire import Answered, Request, Response

if TYPE_CHECKING:
    from tests.emulators.reddit import RedditEmulator


@dataclass(frozen=True)
class Credentials:
    """What clients must present; None accepts anything."""

    client_id: str | None = None
    client_secret: str | None = None
    username: str | None = None
    password: str | None = None
    refresh_token: str | None = None


class Tokens:
    """The access tokens given so far, each to a user or to an app alone."""

    def __init__(self, reddit: RedditEmulator, wanted: Credentials) -> None:
        self._reddit = reddit
        self._wanted = wanted
        self._given: dict[str, tuple[str, datetime]] = {}
        self._granted = 0

    def revoke(self) -> None:
        self._given.clear()

    def grant(self, request: Request) -> Response:
        form, wanted = request.form, self._wanted
        if not self._is_client(request.headers.get("authorization", "")):
            return Response.of(401, {"message": "Unauthorized", "error": 401})
        kind = form.get("grant_type", "")
        pairs = {
            "password": ((wanted.username, form.get("username")), (wanted.password, form.get("password"))),
            "refresh_token": ((wanted.refresh_token, form.get("refresh_token")),),
            "client_credentials": (),
        }
        if kind not in pairs:
            return Response.of(200, {"error": "unsupported_grant_type"})
        if any(right is not None and right != given for right, given in pairs[kind]):
            return Response.of(200, {"error": "invalid_grant"})
        self._granted += 1
        token = f"made-up-token-{self._granted}"
        who = "app" if kind == "client_credentials" else "user"
        self._given[token] = (who, self._reddit.now() + timedelta(seconds=self._reddit.token_lasts_s))
        answer = {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": self._reddit.token_lasts_s,
            "scope": "*",
        }
        if kind == "refresh_token":
            answer["refresh_token"] = form.get("refresh_token", "")
        return Response.of(200, answer)

    def _is_client(self, header: str) -> bool:
        kind, _, secret = header.partition(" ")
        try:
            given = base64.b64decode(secret).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        pairs = ((self._wanted.client_id, given[0]), (self._wanted.client_secret, given[2]))
        return kind.lower() == "basic" and all(right is None or right == had for right, had in pairs)

    def check(self, request: Request) -> None:
        if self.owner(request) is None:
            challenge = {"www-authenticate": 'Bearer realm="reddit", error="invalid_token"'}
            raise Answered(Response.of(401, {"message": "Unauthorized", "error": 401}, challenge))
        if self.owner(request) == "app" and request.path.startswith("/message/"):
            raise Answered(Response.of(403, {"message": "Forbidden", "error": 403}))

    def owner(self, request: Request) -> str | None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        who, until = self._given.get(token, ("", self._reddit.now()))
        return who if kind.lower() == "bearer" and until > self._reddit.now() else None
