"""A real server on this machine's own address, and browsers' ears at its stream."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn

from engagebot.bootstrap import App
from engagebot.web.app import create_app
from engagebot.web.desk.streams import Streams
from engagebot.web.server import Server, listen

Heard = tuple[str, dict[str, Any], int | None]
DEADLINE = 20


@contextmanager
def serving(app: App, *, port: int = 0, every_s: float = 0.02) -> Iterator[tuple[str, Streams]]:
    """Serve a site until the end of the block; answer its address and its streams."""
    web = create_app(app)
    web.state.streams = Streams(app, every_s=every_s)
    listener = listen("127.0.0.1", port)
    server = Server(uvicorn.Config(web, log_config=None, timeout_graceful_shutdown=3))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", web.state.streams
    finally:
        server.should_exit = True
        thread.join(DEADLINE)
        listener.close()
        assert not thread.is_alive(), "the server did not stop"


class Ear:
    """One open stream, read as a browser reads it."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.heard: list[Heard] = []
        self._lines = response.iter_lines()

    def until(self, name: str) -> dict[str, Any]:
        """Wait for the next event with this name; answer what it says."""
        for heard in self._events():
            self.heard.append(heard)
            if heard[0] == name:
                return heard[1]
        raise AssertionError(f"the stream ended without {name}: {self.heard}")

    def rest(self) -> list[str]:
        """The names of everything to the end of the stream."""
        return [name for name, _, _ in self._events()]

    def _events(self) -> Iterator[Heard]:
        fields: dict[str, str] = {}
        for line in self._lines:
            if line:
                key, _, value = line.partition(": ")
                fields[key] = value
            elif fields:
                number = int(fields["id"]) if "id" in fields else None
                yield fields["event"], json.loads(fields["data"]), number
                fields = {}


@contextmanager
def listening(address: str, cookies: dict[str, str], *, path: str = "/live", **headers: str) -> Iterator[Ear]:
    """Listen as a signed-in browser does."""
    asked = {"accept": "text/event-stream", **headers}
    with (
        httpx.Client(base_url=address, cookies=cookies, headers=asked, timeout=DEADLINE) as client,
        client.stream("GET", path) as response,
    ):
        yield Ear(response)
