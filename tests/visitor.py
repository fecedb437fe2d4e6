"""A browser or a program, as the web app's tests need thousands: a request costs what the app does with it.

Starlette's own client starts an event loop in a new thread for each request and takes the answer piece by
piece, which costs more than most pages do. Here all requests of a process meet one loop, as they do behind
a real server, and an answer comes back whole; an endless one needs a real server (`live_office`).
"""

from __future__ import annotations

import atexit
from collections.abc import MutableMapping
from contextlib import ExitStack
from functools import cache
from typing import Any, Protocol
from urllib.parse import unquote

import httpx2
from anyio import Event
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi.testclient import TestClient

Message = MutableMapping[str, Any]


class Asgi(Protocol):
    """An app as a server sees it."""

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None: ...


class Visitor(TestClient):
    """Starlette's client, but for the way that a request takes to the app."""

    def __init__(self, app: Any, *, base_url: str, client: tuple[str, int], **options: Any) -> None:
        super().__init__(app, base_url=base_url, client=client, **options)
        self._transport = _Way(app, client)


class _Way(httpx2.BaseTransport):
    def __init__(self, app: Asgi, client: tuple[str, int]) -> None:
        self._app = app
        self._client = client

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return _portal().call(self._answer, request, request.read())

    async def _answer(self, request: httpx2.Request, body: bytes) -> httpx2.Response:
        asked: list[Message] = [{"type": "http.request", "body": body}]
        said: list[Message] = []
        is_over = Event()

        async def receive() -> Message:
            if asked:
                return asked.pop()
            # As with a browser that keeps its connection open until it has its answer.
            await is_over.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            said.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                is_over.set()

        await self._app(self._scope(request), receive, send)
        begun, *parts = said
        content = b"" if request.method == "HEAD" else b"".join(part.get("body", b"") for part in parts)
        return httpx2.Response(begun["status"], headers=begun["headers"], content=content, request=request)

    def _scope(self, request: httpx2.Request) -> Message:
        url = request.url
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "path": unquote(url.path),
            "raw_path": url.raw_path.split(b"?", 1)[0],
            "root_path": "",
            "scheme": url.scheme,
            "query_string": url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": self._client,
            "server": (url.host, port),
            "state": {},
        }


@cache
def _portal() -> BlockingPortal:
    """The loop of this process."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(start_blocking_portal())
