"""The door of the web app: which hosts it answers to, who may write to it, and what browsers are told."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from html import escape
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

LOOPBACK = ("localhost", "127.0.0.1", "::1")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ICON = "/static/icon.svg"
MAX_BODY_BYTES = 1_048_576
TOO_LONG = f"the request is longer than {MAX_BODY_BYTES} bytes"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class Guard:
    """ASGI middleware around the whole app, so that even its failures carry the headers."""

    def __init__(self, app: ASGIApp, *, base_url: str, allowed_hosts: Iterable[str] = ()) -> None:
        self._app = app
        own = urlsplit(base_url)
        names = {*LOOPBACK, *(host.lower() for host in allowed_hosts)}
        if own.hostname:
            names.add(own.hostname)
        self._hosts = frozenset(names)
        self._headers = dict(HEADERS)
        if own.scheme == "https":
            self._headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        outgoing = _Outgoing(
            send,
            self._headers,
            wants_page="text/html" in headers.get("accept", ""),
            caching=_caching(scope["path"]),
        )
        if (problem := self._refusal(scope["method"], headers)) is not None:
            await outgoing.refuse(*problem)
            return
        try:
            await self._app(scope, _limited(receive), outgoing)
        except Exception:
            # Nobody but the log may see what went wrong; a visitor learns only that it is written down.
            log.exception("%s %s failed", scope["method"], scope["path"])
            if not outgoing.has_begun:
                await outgoing.refuse(500, "something went wrong here; the log of engagebot says what")

    def _refusal(self, method: str, headers: Headers) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if not self._is_ours(hostname(host)):
            return 400, (
                f"this site does not answer to the name {hostname(host)[:100]!r}; "
                "set ENGAGEBOT_BASE_URL, or add the name to server.allowed_hosts in config/engagebot.yaml"
            )
        if _body_bytes(headers) > MAX_BODY_BYTES:
            return 413, TOO_LONG
        if method not in SAFE_METHODS and not has_token(headers) and not is_same_origin(headers):
            return 403, "this request came from another site; open engagebot itself and do it there"
        return None

    def _is_ours(self, name: str) -> bool:
        if name in self._hosts or "*" in self._hosts:
            return True
        return any(host.startswith("*.") and name.endswith(host[1:]) for host in self._hosts)


def _caching(path: str) -> str:
    # Pages hold customers' words and stay nowhere; the style sheet is asked for again by its ETag. The icon
    # would be asked for at each new address, and every item of the queue has one.
    if path == ICON:
        return "max-age=86400"
    return "no-cache" if path.startswith("/static/") else "no-store"


class _Outgoing:
    """Adds the headers to whatever response passes."""

    def __init__(self, send: Send, extra: dict[str, str], *, wants_page: bool, caching: str) -> None:
        self._send = send
        self._extra = extra
        self._wants_page = wants_page
        self._caching = caching
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            headers = MutableHeaders(scope=message)
            for name, value in self._extra.items():
                headers[name] = value
            headers.setdefault("cache-control", self._caching)
        await self._send(message)

    async def refuse(self, status: int, detail: str) -> None:
        title = _TITLES[status]
        if self._wants_page:
            # Without templates: this must stand when nothing else does.
            content_type, body = b"text/html; charset=utf-8", _PAGE.format(title=title, detail=escape(detail))
        else:
            problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
            content_type, body = b"application/problem+json", json.dumps(problem)
        headers = [(b"content-type", content_type)]
        await self({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body.encode()})


_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} · engagebot</title>'
    '<link rel="stylesheet" href="/static/app.css"></head><body class="alone"><main class="sheet">'
    "<h1>{title}</h1><p>{detail}.</p></main></body></html>"
)
_TITLES = {400: "Unknown host", 403: "Cross-site request", 413: "Too long", 500: "Internal error"}


def hostname(host: str) -> str:
    """The name in a Host header, without its port, in lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def has_token(headers: Headers) -> bool:
    """Whether the caller brings its own key; such a request uses no cookie, so no other site can forge it."""
    return headers.get("authorization", "").lower().startswith("bearer ")


def is_same_origin(headers: Headers) -> bool:
    """Whether a browser sent this from our own page; programs that are no browsers send neither header."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return True
    return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def _body_bytes(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


def _limited(receive: Receive) -> Receive:
    read = 0

    async def limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MAX_BODY_BYTES:
            raise HTTPException(413, TOO_LONG)
        return message

    return limited
