"""Socket Mode: WebSockets by ticket, envelopes out, acknowledgements back, by docs.slack.dev."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

ACK_WITHIN_S = 3.0


@dataclass
class Pressed:
    """A press on its way: when its acknowledgement came, and whether that was in time."""

    envelope_id: str
    sent_s: float
    acknowledged_s: float | None = None
    arrived: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> float:
        """Seconds that the acknowledgement took.

        Raises:
            AssertionError: it did not come within the 3 seconds after which people see a warning sign.
        """
        assert self.arrived.wait(ACK_WITHIN_S + 1), f"{self.envelope_id} was never acknowledged"
        assert self.acknowledged_s is not None
        took = self.acknowledged_s - self.sent_s
        assert took <= ACK_WITHIN_S, f"{self.envelope_id} was acknowledged after {took:.1f} s"
        return took


class Socket:
    """The other end of the connections that `apps.connections.open` gives out."""

    def __init__(self) -> None:
        self.pressed: dict[str, Pressed] = {}
        self.strange: list[str] = []
        self.opened = 0
        self._tickets: set[str] = set()
        self._connections: list[ServerConnection] = []
        self._changed = threading.Condition()
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._server = serve(self._serve, "127.0.0.1", 0)
        self._thread = threading.Thread(target=self._server.serve_forever, name="slack socket")
        self._thread.start()

    def stop(self) -> None:
        self.drop()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server = self._thread = None

    def address(self) -> str:
        """A new address that opens one connection."""
        assert self._server is not None
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        port = self._server.socket.getsockname()[1]
        return f"ws://127.0.0.1:{port}/link/?ticket={ticket}&app_id=A0DEMO"

    def wait_for(self, opened: int) -> None:
        """Wait until so many connections have been opened in all, and the last of them alone stands."""
        with self._changed:
            done = self._changed.wait_for(lambda: self.opened >= opened and len(self._connections) == 1, 15)
            assert done, f"{self.opened} connections were opened, {len(self._connections)} stand"

    def send(self, payload: Mapping[str, Any]) -> Pressed:
        """Send something that a person did down the newest connection."""
        envelope_id = secrets.token_hex(8)
        pressed = Pressed(envelope_id, time.monotonic())
        self.pressed[envelope_id] = pressed
        envelope = {
            "envelope_id": envelope_id,
            "type": "interactive",
            "accepts_response_payload": False,
            "payload": payload,
        }
        self._newest().send(json.dumps(envelope))
        return pressed

    def say_disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell the client that this connection will end, as Slack does every few hours."""
        self._newest().send(json.dumps({"type": "disconnect", "reason": reason}))

    def drop(self) -> None:
        """End all connections without a word before."""
        with self._changed:
            ending = list(self._connections)
        for connection in ending:
            connection.close()

    def _newest(self) -> ServerConnection:
        with self._changed:
            assert self._connections, "nobody listens"
            return self._connections[-1]

    def _serve(self, connection: ServerConnection) -> None:
        request = connection.request
        ticket = parse_qs(urlsplit(request.path if request else "").query).get("ticket", [""])[0]
        if ticket not in self._tickets:
            connection.close(4001, "bad ticket")
            return
        self._tickets.discard(ticket)
        hello = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0DEMO"}}
        connection.send(json.dumps(hello))
        with self._changed:
            self.opened += 1
            self._connections.append(connection)
            self._changed.notify_all()
        try:
            for message in connection:
                self._take(message if isinstance(message, str) else message.decode())
        except ConnectionClosed:
            pass
        finally:
            with self._changed:
                self._connections.remove(connection)
                self._changed.notify_all()

    def _take(self, message: str) -> None:
        told = json.loads(message)
        pressed = self.pressed.get(told.get("envelope_id", ""))
        if pressed is None or pressed.arrived.is_set():
            self.strange.append(message)
            return
        pressed.acknowledged_s = time.monotonic()
        pressed.arrived.set()
