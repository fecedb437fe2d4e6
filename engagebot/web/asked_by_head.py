"""HEAD: an address answers as it answers GET, without the body."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

STREAM = b"text/event-stream"


class AskedByHead:
    """ASGI middleware around the whole app: each HEAD goes the way of GET, so it needs the same rights."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        # A stream of news ends at once for who does not ask to stay; nobody would hear it here.
        headers = [each for each in scope["headers"] if each[0] != b"accept" or STREAM not in each[1]]
        await self._app({**scope, "method": "GET", "headers": headers}, receive, without_body)
