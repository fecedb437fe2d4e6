"""A small HTTP/1.1 server on 127.0.0.1 that the emulators of X and Reddit stand on.

Control endpoints, for tests that run in another process (tests/emulators/remote.py speaks them):

    GET  /_emulator/log      what clients asked, oldest first (`log_file` gets the same as JSON lines)
    GET  /_emulator/replies  what clients posted
    POST /_emulator/call     {"name": "post", "kwargs": {...}} calls a method named in `remote_calls`
    POST /_emulator/faults   {"fault": {"make": "cap_429"}, "on": "GET /2/*", "times": 1}; DELETE forgets all
    POST /_emulator/set      {"dialect": "new"} sets an attribute named in `remote_settings`
    POST /_emulator/clock    {"now": "2026-08-01T10:00:00Z"}; null returns to real time
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import struct
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Self, cast
from urllib.parse import parse_qsl, urlsplit

from tests.emulators.faults import Fault, FaultPlan
from tests.emulators.wire import Answered, Clock, Entry, Request, Response, moment, real_time


class Emulator:
    """What X and Reddit share: the server's life, the log, the faults, the clock and the controls."""

    remote_calls: frozenset[str] = frozenset()
    remote_settings: frozenset[str] = frozenset()
    remote_key = "id"

    def __init__(self, *, clock: Clock = real_time, port: int = 0, log_file: Path | None = None) -> None:
        self.clock = clock
        self.mutex = threading.RLock()
        self.requests: list[Entry] = []
        self.stopping = threading.Event()
        self.date_shift_s = 0.0
        self._port = port
        self._log_file = log_file
        self._faults = FaultPlan()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> Self:
        """Listen; the port stays the same over a stop and a start."""
        self.stopping.clear()
        self._server = _Server(self._port, self)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name=f"emulator {self.url}"
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Refuse connections from now on; open ones are closed, hanging answers are let go."""
        if self._server is None or self._thread is None:
            return
        self.stopping.set()
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def fault(
        self,
        fault: Fault,
        *,
        on: str = "*",
        times: int | None = 1,
        skip: int = 0,
        probability: float = 1.0,
        seed: int = 0,
    ) -> None:
        """Serve `fault` to the next `times` requests that match `on` ("POST /2/tweets", "GET /r/*", "*").

        `times=None` means from now on; the first `skip` matching requests pass unharmed.
        """
        with self.mutex:
            self._faults.add(fault, on=on, times=times, skip=skip, probability=probability, seed=seed)

    def clear_faults(self) -> None:
        with self.mutex:
            self._faults.clear()

    @property
    def pending_faults(self) -> list[str]:
        with self.mutex:
            return self._faults.pending

    def calls(self, on: str) -> list[Entry]:
        """Return the logged requests of one endpoint, e.g. `calls("POST /2/tweets")`."""
        method, _, path = on.partition(" ")
        return [each for each in list(self.requests) if each.method == method and each.path == path]

    def now(self) -> datetime:
        return self.clock()

    def date(self) -> str:
        """The Date header of an answer; `date_shift_s` puts it wrong."""
        return format_datetime(self.now() + timedelta(seconds=self.date_shift_s), usegmt=True)

    def answer(self, request: Request) -> Response:
        """Answer as the platform would; emulators override it."""
        raise NotImplementedError

    def rate_headers(self, reset_in_s: float) -> dict[str, str]:
        """Return the platform's headers of a spent window."""
        raise NotImplementedError

    def arrive(self, count: int, text: str) -> None:
        """Add `count` posts of strangers now."""
        raise NotImplementedError

    def sent(self) -> list[dict[str, object]]:
        """Return what clients posted, as JSON."""
        raise NotImplementedError

    def post_all(self, posts: list[dict[str, Any]]) -> list[str]:
        """Call `post` for each of these keyword arguments; return the ids."""
        with self.mutex:
            return [getattr(cast("Any", self).post(**each), self.remote_key) for each in posts]

    def pick_fault(self, method: str, path: str) -> Fault | None:
        with self.mutex:
            return self._faults.pick(method, path)

    def exchange(self, request: Request) -> Response | None:
        """Answer one request under its fault; None means that the connection is to be cut."""
        fault = request.fault
        response: Response | None = None
        with self.mutex:
            if fault is not None and fault.burst:
                self.arrive(fault.burst, fault.burst_text)
            if fault is None or fault.act:
                response = self._answered(request)
            if fault is not None and fault.status is not None:
                response = self._faulty(fault, fault.status)
            if fault is not None and fault.cut:
                response = None
            self._log(request, 0 if response is None else response.status)
        if fault is not None and fault.wait_s:
            self.stopping.wait(fault.wait_s)
        return response

    def control(self, request: Request) -> Response:
        """Answer a request under /_emulator/."""
        what = (request.method, request.path.removeprefix("/_emulator/"))
        with self.mutex:
            if what == ("GET", "log"):
                return Response.of(200, [vars(entry) for entry in self.requests])
            if what == ("GET", "replies"):
                return Response.of(200, self.sent())
            if what == ("POST", "faults"):
                given = request.json
                self.fault(Fault.from_json(given.pop("fault")), **given)
                return Response.of(200, {"pending": self._faults.pending})
            if what == ("DELETE", "faults"):
                self.clear_faults()
                return Response.of(200, {"pending": []})
            return self._steer(what, request.json)

    def _steer(self, what: tuple[str, str], given: dict[str, Any]) -> Response:
        if what == ("POST", "call") and given["name"] in self.remote_calls:
            result = getattr(self, given["name"])(**given.get("kwargs", {}))
            return Response.of(
                200, {"result": result if _is_json(result) else getattr(result, self.remote_key)}
            )
        if what == ("POST", "set") and set(given) <= self.remote_settings:
            for name, value in given.items():
                setattr(self, name, value)
            return Response.of(200, {})
        if what == ("POST", "clock"):
            now = given["now"] and moment(given["now"])
            self.clock = (lambda: now) if now else real_time
            return Response.of(200, {})
        return Response.of(404, {"error": f"no such control: {what} {sorted(given)}"})

    def _answered(self, request: Request) -> Response:
        try:
            return self.answer(request)
        except Answered as early:
            return early.response

    def _faulty(self, fault: Fault, status: int) -> Response:
        headers = {**fault.headers, "content-type": fault.content_type}
        if fault.rate_reset_in_s is not None:
            headers.update(self.rate_headers(fault.rate_reset_in_s))
        return Response.of(status, fault.body if fault.body is not None else {}, headers)

    def _log(self, request: Request, status: int) -> None:
        entry = Entry(
            at=self.now().isoformat(),
            method=request.method,
            path=request.path,
            query=request.query,
            body=request.body.decode(errors="replace"),
            status=status,
            created=request.created,
            fault=request.fault.name if request.fault else "",
            auth=request.headers.get("authorization", "none").partition(" ")[0].lower(),
            user_agent=request.headers.get("user-agent", ""),
            returned=request.returned,
        )
        self.requests.append(entry)
        if self._log_file is not None:
            with self._log_file.open("a") as lines:
                lines.write(json.dumps(vars(entry)) + "\n")


def run_as_process(build: Callable[[argparse.Namespace], Emulator], parser: argparse.ArgumentParser) -> None:
    """Serve until a signal to end comes; write the port to `--port-file` once it answers."""
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", type=Path)
    parser.add_argument("--state-file", type=Path, help="append every request to this file as JSON lines")
    parser.add_argument("--seed-file", type=Path, help="a JSON list of keyword arguments of post()")
    parser.add_argument("--now", help="freeze the emulator's clock at this ISO time")
    args = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    emulator = build(args)
    if args.now:
        frozen = moment(args.now)
        emulator.clock = lambda: frozen
    for each in json.loads(args.seed_file.read_text()) if args.seed_file else []:
        cast("Any", emulator).post(**each)
    with emulator:
        print(emulator.url, flush=True)
        if args.port_file:
            half = args.port_file.with_suffix(".part")
            half.write_text(emulator.url.rpartition(":")[2])
            half.replace(args.port_file)
        ended.wait()


class _Server(ThreadingMixIn, HTTPServer):
    request_queue_size = 64
    daemon_threads = False

    def __init__(self, port: int, emulator: Emulator) -> None:
        self.emulator = emulator
        self._open: set[socket.socket] = set()
        self._to_reset: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer asks the resolver for the host's full name here, which a test must not depend on.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def opened(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open.add(connection)
            if self.emulator.stopping.is_set():
                connection.shutdown(socket.SHUT_RDWR)

    def closed(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open.discard(connection)

    def close_connections(self) -> None:
        # A client that keeps its connection alive would keep its handler thread waiting for the next request.
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def reset(self, connection: socket.socket) -> None:
        # With a linger time of zero the close sends RST, as a crashed server or a broken path would.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._to_reset.add(connection)

    def shutdown_request(self, request: Any) -> None:
        # The parent would first say goodbye with a FIN.
        if request in self._to_reset:
            self._to_reset.discard(request)
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            traceback.print_exc()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        return

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        emulator = self.server.emulator
        parts = urlsplit(self.path)
        path = parts.path.rstrip("/") or "/"
        headers = {name.lower(): value for name, value in self.headers.items()}
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        request = Request(self.command, path, dict(pairs), headers, pairs=pairs)
        controlled = path.startswith("/_emulator/")
        if not controlled:
            request.fault = emulator.pick_fault(request.method, path)
        # A cut "before" must not read the body, so that the client's bytes are thrown away unread.
        if request.fault is None or not request.fault.cut or request.fault.act or request.fault.wait_s:
            request.body = self.rfile.read(int(headers.get("content-length", "0")))
        try:
            response = emulator.control(request) if controlled else emulator.exchange(request)
            if response is not None:
                response.headers.setdefault("date", emulator.date())
        except Exception:
            traceback.print_exc()
            response = Response.of(599, {"emulator": traceback.format_exc()})
        if response is None:
            self.server.reset(self.connection)
            self.close_connection = True
        else:
            self._write(response)

    def _write(self, response: Response) -> None:
        try:
            self.send_response_only(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(response.body)))
            if self.close_connection:
                # Said aloud, or the client would keep the connection and sometimes send into the closing end.
                self.send_header("connection", "close")
            self.end_headers()
            self.wfile.write(response.body)
            self.wfile.flush()
        except OSError:
            self.close_connection = True


def _is_json(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float, bool, list, dict))
