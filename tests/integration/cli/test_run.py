import json
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engagebot.store import site
from engagebot.store.engine import Store
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind
from tests.fakes import FakeClock
from tests.integration.cli.conftest import Cli

DEADLINE = 40
PASSWORD = "correct horse battery staple\n"


class Running:
    """A long run, with what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []

    def until(self, pattern: str) -> re.Match[str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if match := re.search(pattern, line):
                return match
        pytest.fail(f"never said {pattern}: {self.said} {self.errors()}")

    def errors(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=DEADLINE)


@contextmanager
def running(cli: Cli, *args: object) -> Iterator[Running]:
    with cli.start(*args) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=DEADLINE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_demo_serves_until_it_is_told_to_stop_and_begins_again_only_when_it_does_not_run(cli: Cli) -> None:
    assert cli("run", "--once").exit_code == 0
    assert cli.json("status")["mentions"] == 79
    with running(cli, "demo", "--port", 0) as run:
        address = run.until(r"engagebot is at (http://127\.0\.0\.1:\d+)")[1]
        assert get(f"{address}/healthz")[0] == 200
        assert cli("demo", "--reset", "--port", 0).exit_code == 4
        assert run.end() == 0
        assert run.process.stdout is not None
        assert "stopped" in run.process.stdout.read()
    assert run.said[0].startswith("DEMO")
    assert not any("/setup/" in line for line in run.said)

    with taken_port() as port:
        assert cli("demo", "--reset", "--port", port).exit_code == 4
    assert cli.json("status")["mentions"] == 0


def test_demo_runs_in_an_empty_folder_and_leaves_the_rest_alone(tmp_path: Path) -> None:
    with taken_port() as port:
        result = Cli(tmp_path)("demo", "--port", port)

    assert result.exit_code == 4
    assert "engagebot-demo" in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["engagebot-demo"]
    assert Cli(tmp_path / "engagebot-demo").json("status")["mode"] == "DEMO"


def test_several_processes_share_a_site_on_postgres_only(cli: Cli, database_url: str) -> None:
    cli.listens().environ["ENGAGEBOT_DATABASE_URL"] = database_url
    if database_url.startswith("sqlite"):
        assert cli("run", "--role", "worker").exit_code == 2
        return

    assert cli.json("run", "--once")["decided"] > 50
    with (
        running(cli, "run", "--role", "worker") as worker,
        running(cli, "run", "--role", "scheduler") as other,
    ):
        worker.until("works as worker")
        other.until("works as scheduler")
        assert cli.json("status")["mentions"] > 50
        assert (worker.end(), other.end()) == (0, 0)


def test_first_start_offers_the_first_account_once_and_logs_are_json_where_nobody_watches(cli: Cli) -> None:
    cli.listens()
    with running(cli, "run", "--port", 0) as run:
        link = run.until(r"http://127\.0\.0\.1:\d+/setup/(\S+)")
        assert run.said[0].startswith("DRY RUN")
        assert get(link[0])[0] == 200
        assert run.end() == 0
        errors = run.errors()
    assert link[1] not in errors
    logged = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
    assert logged
    assert all({"event", "level", "timestamp"} <= set(each) for each in logged)
    store = Store(f"sqlite:///{cli.site / 'var' / 'engagebot.db'}", clock=FakeClock())
    with store.read() as tx:
        assert accounts.is_valid(tx, KeyKind.SETUP, link[1], FakeClock().now())
        assert site.get(tx, "running") is None
    store.close()

    cli("users", "add", "ann", "--role", "owner", "--password-stdin", text=PASSWORD)
    with running(cli, "run", "--port", 0) as again:
        again.until("engagebot is at")
        assert again.end() == 0
        assert again.process.stdout is not None
        assert "/setup/" not in again.process.stdout.read()


def test_one_long_run_per_site_until_it_dies_and_short_commands_beside_it(cli: Cli) -> None:
    cli.listens()
    with running(cli, "run", "--port", 0) as run:
        run.until("engagebot is at")

        second = cli("run", "--port", 0)
        once = cli("run", "--once", "-o", "json")
        status = cli.json("status")

        assert second.exit_code == 4
        assert f"pid {run.process.pid}" in second.stderr
        assert len(second.stderr.splitlines()) == 1
        assert once.exit_code == 0
        assert status["running"] in {run.process.pid, None}  # None until the scheduler's first sign of life
        run.process.kill()
        run.process.wait(timeout=DEADLINE)
    with running(cli, "run", "--port", 0) as next_run:
        next_run.until("engagebot is at")
        assert next_run.end(signal.SIGINT) == 130


@pytest.mark.parametrize("command", ["run", "demo"])
def test_port_in_use_ends_with_4_and_names_another(cli: Cli, command: str) -> None:
    cli.listens()
    with taken_port() as port:
        result = cli(command, "--port", port)

    assert result.exit_code == 4
    assert f"port {port} on 127.0.0.1 is taken" in result.stderr
    assert f"--port {port + 1}" in result.stderr


def test_door_stays_shut_to_others_until_somebody_has_an_account(cli: Cli) -> None:
    cli.listens()

    open_door = cli("run", "--host", "0.0.0.0", "--port", 0)
    nowhere = cli("run", "--host", "no.such.host.invalid", "--port", 0)

    assert (open_door.exit_code, nowhere.exit_code) == (2, 2)
    assert "engagebot users add NAME --role owner" in open_door.stderr
