"""The emulated Jetstream (version 1): a real websocket server that replays events from a cursor.

Its network is never quite silent: who has caught up gets a stranger's post of the present moment, as on the
real one, where tens arrive each second. Faults are asked for by name, one for each next connection: "429",
"503", "silent" (lets in and says nothing), "not json", "cut" (before anything), "cut after 3",
"stall after 3", "mixed" (out of order and everything twice), "future" (an event from next year first).
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

RETENTION_US = 36 * 3600 * 10**6
SECOND_US = 10**6


class Jetstream:
    """Events are (time in microseconds, event); they are added in order and never change."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self.events: list[tuple[int, dict[str, Any]]] = []
        self.faults: list[str] = []
        self.cursors: list[int | None] = []
        self.is_quiet = False
        self._now_us = now_us
        self._mutex = threading.Lock()
        self._stopping = threading.Event()
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/subscribe"

    def add(self, event: dict[str, Any]) -> int:
        """Add an event now; several at one moment of a standing clock keep their order."""
        with self._mutex:
            # A second old when it is asked for, so that a standing clock has a present after it.
            at = max(self._now_us() - SECOND_US, self.events[-1][0] + 1 if self.events else 0)
            self.events.append((at, {"did": event["did"], "time_us": at, **event}))
            return at

    def start(self) -> Self:
        self._stopping.clear()
        self._server = serve(
            self._serve, "127.0.0.1", self._port, process_request=self._greet, close_timeout=0.2
        )
        self._port = self._server.socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name=f"jetstream {self.url}")
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._stopping.set()
            self._server.shutdown()
            self._thread.join()
            self._server = self._thread = None

    def _greet(self, connection: ServerConnection, request: Request) -> Response | None:
        with self._mutex:
            if self.faults and self.faults[0] in ("400", "429", "503"):
                status = HTTPStatus(int(self.faults.pop(0)))
                return connection.respond(status, f"{status.phrase}\n")
        return None

    def _serve(self, connection: ServerConnection) -> None:
        query = parse_qs(urlsplit(str(connection.request.path)).query if connection.request else "")
        cursor = int(query["cursor"][0]) if "cursor" in query else None
        with self._mutex:
            self.cursors.append(cursor)
            fault = self.faults.pop(0) if self.faults else ""
            now_us = self._now_us()
            since = now_us if cursor is None else max(cursor, now_us - RETENTION_US)
            lines = [write(event) for at, event in self.events if at >= since]
            present = max(now_us, self.events[-1][0] + 1 if self.events else 0)
        try:
            self._send(connection, lines, fault, present)
            while not self._stopping.is_set():
                connection.recv(timeout=0.05)
        except TimeoutError:
            self._linger(connection)
        except ConnectionClosed:
            return

    def _linger(self, connection: ServerConnection) -> None:
        while not self._stopping.is_set():
            try:
                connection.recv(timeout=0.05)
            except TimeoutError:
                continue
            except ConnectionClosed:
                return

    def _send(self, connection: ServerConnection, lines: list[str], fault: str, present: int) -> None:
        what, _, number = fault.partition(" after ")
        if what == "silent":
            return
        if what == "not json":
            lines = ["<html>maintenance</html>"] * 3
        if what == "mixed":
            lines = [*lines, *reversed(lines)]
        if what == "future":
            lines = [write(background(present + 365 * 86_400 * 10**6)), *lines]
        if number or what == "cut":
            lines = lines[: int(number or 0)]
        for line in lines:
            connection.send(line)
        if what == "cut":
            # Without a word of the protocol, as a broken path would.
            connection.socket.shutdown(socket.SHUT_RDWR)
        elif (not what and not self.is_quiet) or what in ("mixed", "future"):
            connection.send(write(background(present)))


def write(event: dict[str, Any]) -> str:
    """Write an event as the real server does: no spaces, letters as they are."""
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


def background(at: int) -> dict[str, Any]:
    record = {"$type": "app.bsky.feed.post", "text": "lovely weather", "createdAt": "2026-01-01T00:00:00Z"}
    commit = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": "3lbackground2"}
    return {
        "did": "did:plc:somebodyelse",
        "time_us": at,
        "kind": "commit",
        "commit": {**commit, "record": record, "cid": "bafyreibackground"},
    }
