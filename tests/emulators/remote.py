"""An emulator in its own process, steered over HTTP: it outlives a client that is killed.

with launched("x", folder=tmp_path, account="acme") as x:
    x.call("post", text="@acme down again", author="maple_fan_demo")     # -> the new id
    x.fault(Fault.cut_after(), on="POST /2/tweets")
    ...start and kill clients against x.url...
    assert len(x.replies) == 1
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.emulators.faults import Fault

ROOT = Path(__file__).parents[2]
READY_S = 20.0


class Remote:
    """The control endpoints of an emulator that runs elsewhere."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, name: str, /, **kwargs: object) -> Any:
        """Call a method of the emulator; things are returned as their ids (Reddit: fullnames)."""
        return self._ask("POST", "call", {"name": name, "kwargs": kwargs})["result"]

    def fault(self, fault: Fault, *, on: str = "*", times: int | None = 1, **more: float) -> None:
        """Serve `fault`; `skip`, `probability` and `seed` as in `Emulator.fault`."""
        self._ask("POST", "faults", {"fault": fault.to_json(), "on": on, "times": times, **more})

    def clear_faults(self) -> None:
        self._ask("DELETE", "faults", None)

    def set(self, **settings: object) -> None:
        self._ask("POST", "set", settings)

    def clock(self, now: str | None) -> None:
        """Freeze the emulator's clock at an ISO time; None returns to real time."""
        self._ask("POST", "clock", {"now": now})

    @property
    def replies(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", "replies", None)
        return found

    @property
    def requests(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", "log", None)
        return found

    def calls(self, on: str) -> list[dict[str, Any]]:
        """Return the logged requests of one endpoint, e.g. `calls("POST /2/tweets")`."""
        return [each for each in self.requests if f"{each['method']} {each['path']}" == on]

    def _ask(self, method: str, what: str, data: object) -> Any:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            body = None if data is None else json.dumps(data)
            connection.request(method, f"/_emulator/{what}", body=body, headers={"connection": "close"})
            answer = connection.getresponse()
            found = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{method} {what}: {found}")
        return found


@contextmanager
def launched(
    platform: str, *, folder: Path, account: str | None = None, now: str | None = None
) -> Iterator[Remote]:
    """Start the emulator of `x` or `reddit` as a process and stop it at the end; its log is in `folder`."""
    port_file = folder / f"{platform}.port"
    log_file = folder / f"{platform}.jsonl"
    command = [sys.executable, "-m", f"tests.emulators.{platform}"]
    command += ["--port-file", str(port_file), "--state-file", str(log_file)]
    command += ["--account", account] if account else []
    command += ["--now", now] if now else []
    port_file.unlink(missing_ok=True)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            yield Remote(f"http://127.0.0.1:{_port(port_file, process)}")
        finally:
            process.terminate()
            process.wait(timeout=READY_S)


def _port(port_file: Path, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + READY_S
    while not port_file.exists():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the emulator did not start (exit {process.returncode})")
        time.sleep(0.02)
    return port_file.read_text()
