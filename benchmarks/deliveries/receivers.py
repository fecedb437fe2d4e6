"""Receivers that fail in every way: webhooks, a Slack and a mail server, which keep their own record."""

from __future__ import annotations

import json
import random
import re
import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

CRM, GONE, SLACK, ARCHIVED = "webhook:crm", "webhook:gone", "slack", "slack:archived"
DESK, FULL = "email:desk@example.com", "email:full@example.com"
PATHS = {"/crm": CRM, "/gone": GONE, "/slack": SLACK, "/archived": ARCHIVED}
# Each fault by its name here; the last three channels refuse for good until they are mended.
FAULTS: dict[str, tuple[str, ...]] = {
    CRM: ("500", "503 wait", "429 wait", "404", "hang", "cut", "cut after"),
    SLACK: ("429 wait", "500", "cut", "cut after"),
    DESK: ("421", "450", "550", "cut", "cut after"),
    GONE: ("410",),
    ARCHIVED: ("404 channel_not_found",),
    FULL: ("550",),
}
# Each stops the whole line of a channel for a while, so there are only so many; then come those in place.
STOPPING = {"hang": "cut", "429 wait": "500", "421": "450"}
REFUSING = frozenset({GONE, ARCHIVED, FULL})
WAITS = ("90", "0", "600", "Sat, 01 Jan 2000 00:00:00 GMT", "soon")
_REFERENCE = re.compile(rb"Reference: (\S+)")
_NUMBER = re.compile(r"number (\d+)")


class Taken(NamedTuple):
    """A notice that a receiver took: its id there, its words as they came, and the number in them."""

    channel: str
    notice_id: str
    number: int
    words: str


@dataclass
class Receivers:
    """Where the servers listen, what they took and which faults they showed, to a `share` of requests."""

    seed: int
    share: float
    stops: int = 6
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: FAULTS)
    http_port: int = 0
    smtp_port: int = 0
    taken: list[Taken] = field(default_factory=list)
    shown: Counter[tuple[str, str]] = field(default_factory=Counter)
    mended: set[str] = field(default_factory=set)
    ends: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._lock = threading.Lock()

    def fault(self, channel: str) -> str:
        """What this request meets; nothing is an empty word."""
        with self._lock:
            if channel in self.mended or not self._strikes(channel):
                found = ""
            else:
                found = self._chance.choice(self.faults[channel])
            if found in STOPPING and self.shown[channel, found] >= self.stops:
                found = STOPPING[found]
            self.shown[channel, found] += 1
            return found

    def _strikes(self, channel: str) -> bool:
        return channel in REFUSING or self._chance.random() < self.share

    def wait(self) -> str:
        with self._lock:
            return self._chance.choice(WAITS)

    def take(self, channel: str, notice_id: str, words: str) -> None:
        found = _NUMBER.search(words)
        with self._lock:
            self.taken.append(Taken(channel, notice_id, int(found[1]) if found else -1, words))


@contextmanager
def receivers(
    *, seed: int, share: float, stops: int = 6, faults: Mapping[str, tuple[str, ...]] = FAULTS
) -> Iterator[Receivers]:
    """Let the servers run within the block."""
    made = Receivers(seed, share, stops, faults)
    http = _Http(("127.0.0.1", 0), _HttpHandler)
    smtp = _Smtp(("127.0.0.1", 0), _SmtpHandler)
    servers: tuple[_Http, _Smtp] = (http, smtp)
    for server in servers:
        server.made = made
    made.http_port, made.smtp_port = http.server_address[1], smtp.server_address[1]
    threads = [threading.Thread(target=server.serve_forever, args=(0.05,)) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        made.ends.set()
        for server in servers:
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()


class _Http(ThreadingHTTPServer):
    made: Receivers
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # whoever asked was killed


class _Smtp(socketserver.ThreadingTCPServer):
    made: Receivers
    request_queue_size = 64
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class _HttpHandler(BaseHTTPRequestHandler):
    server: _Http

    def do_POST(self) -> None:
        made, channel = self.server.made, PATHS[self.path]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault = made.fault(channel)
        if fault == "hang":
            made.ends.wait(60)
            return
        if fault == "cut":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if fault in {"", "cut after"}:
            made.take(channel, *self._read(body))
        if fault == "cut after":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        status, _, word = fault.partition(" ")
        self._answer(int(status or 200), word)

    def _read(self, body: bytes) -> tuple[str, str]:
        if "webhook-id" in self.headers:
            return self.headers["webhook-id"], json.loads(body).get("words") or body.decode()
        blocks = json.loads(body)["blocks"]
        return blocks[-1]["elements"][0]["text"].rpartition(" ")[2], blocks[0]["text"]["text"]

    def _answer(self, status: int, word: str) -> None:
        body = word.encode() if word != "wait" else b""
        self.send_response(status)
        if word == "wait":
            self.send_header("Retry-After", self.server.made.wait())
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _SmtpHandler(socketserver.StreamRequestHandler):
    server: _Smtp

    def handle(self) -> None:
        self._fault, self._channel = "", ""
        self._say("220 ready")
        while line := self.rfile.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            if verb.upper() == "RCPT":
                self._channel = f"email:{rest.partition('<')[2].partition('>')[0]}"
                self._fault = self.server.made.fault(self._channel)
            if not self._step(verb.upper()):
                return

    def _step(self, verb: str) -> bool:
        """Answer one command; false where the line ends."""
        if verb == "RCPT" and self._fault.isdigit():
            self._say(f"{self._fault} no")
            return self._fault != "421"
        if verb != "DATA":
            self._say("221 bye" if verb == "QUIT" else "250 fine")
            return verb != "QUIT"
        if self._fault == "hang":
            self.server.made.ends.wait(60)
        if self._fault in {"cut", "hang"}:
            return False
        self._say("354 go on")
        self._take()
        if self._fault == "cut after":
            return False
        self._say("250 fine")
        return True

    def _take(self) -> None:
        data = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            data += line
        found = _REFERENCE.search(data)
        # Whoever was killed within the message handed nothing in.
        if line and found:
            self.server.made.take(self._channel, found[1].decode(), data.decode())

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
