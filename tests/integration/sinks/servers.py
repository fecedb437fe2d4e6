"""Small servers on loopback that sinks talk to in tests."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase


class Receiver:
    """An HTTP server that answers `status` and keeps what it got; `drips` sends its headers byte by byte."""

    def __init__(self) -> None:
        self.status = 204
        self.body = ""
        self.drips = False
        self.ends = threading.Event()
        self.headers: dict[str, str] = {}
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.url = ""


@contextmanager
def http_receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            received = {name.lower(): value for name, value in self.headers.items()}
            receiver.requests.append((self.path, received, body))
            if receiver.drips:
                drip(self.wfile, receiver.ends)
                return
            answer = receiver.body.encode()
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in receiver.headers:
                self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.ends.set()
        server.shutdown()
        server.server_close()
        thread.join()


def drip(wire: BufferedIOBase, ends: threading.Event) -> None:
    """Send one byte after the other, so that no time-out of a socket ever runs out, until the line is cut."""
    with suppress(OSError):
        while not ends.wait(0.02):
            wire.write(b"2")
            wire.flush()


class Mailbox:
    """An SMTP server that keeps messages; `answers` replaces its answer to a command."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, tuple[str, ...], bytes]] = []
        self.commands: list[str] = []
        self.answers: dict[str, str] = {}
        self.features: list[str] = []
        self.drips = False
        self.cuts_after_message = False
        self.ends = threading.Event()
        self.port = 0


class _SmtpServer(socketserver.ThreadingTCPServer):
    mailbox: Mailbox


class _SmtpHandler(socketserver.StreamRequestHandler):
    server: _SmtpServer

    def handle(self) -> None:
        self._sender = ""
        self._recipients: list[str] = []
        self._say("220 demo.example.com ready")
        while line := self.rfile.readline():
            text = line.decode().strip()
            if self.server.mailbox.drips:
                drip(self.wfile, self.server.mailbox.ends)
                return
            self.server.mailbox.commands.append(text)
            verb = text.split(" ")[0].upper().split(":")[0]
            self._answer(verb, text.partition("<")[2].partition(">")[0])
            if verb == "QUIT":
                return

    def _answer(self, verb: str, address: str) -> None:
        mailbox = self.server.mailbox
        if verb in mailbox.answers:
            self._say(mailbox.answers[verb])
            return
        if verb == "EHLO":
            self._say("250-demo.example.com")
            for feature in mailbox.features:
                self._say(f"250-{feature}")
        elif verb == "MAIL":
            self._sender = address
        elif verb == "RCPT":
            self._recipients.append(address)
        elif verb == "DATA":
            self._say("354 go on")
            mailbox.messages.append((self._sender, tuple(self._recipients), self._data()))
            if mailbox.cuts_after_message:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
        self._say({"QUIT": "221 bye", "AUTH": "235 welcome"}.get(verb, "250 fine"))

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def smtp_server() -> Iterator[Mailbox]:
    server = _SmtpServer(("127.0.0.1", 0), _SmtpHandler)
    server.mailbox = Mailbox()
    server.mailbox.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.mailbox
    finally:
        server.mailbox.ends.set()
        server.shutdown()
        server.server_close()
        thread.join()
