import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from engagebot.cli.main import COMMANDS, engagebot
from tests.integration.cli.conftest import PROGRAM, Cli

GROUPS = {
    "rules": {"check", "test", "explain", "schema"},
    "queue": {"list", "show", "approve", "reject", "edit"},
    "cases": {"list", "show", "ack", "assign", "resolve"},
    "users": {"add", "list", "disable", "reset"},
    "tokens": {"create"},
    "db": {"upgrade", "check"},
    "notify": {"test", "list", "replay", "ack"},
}


def test_version_is_said_without_loading_the_program() -> None:
    code = (
        "import sys\nfrom engagebot.cli.main import engagebot\n"
        "try:\n    engagebot.main(['--version'])\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = {'sqlalchemy', 'fastapi', 'alembic', 'pydantic', 'rich', 'engagebot.bootstrap'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"engagebot \d+\.\d+\.\d+\n", done.stdout)


def test_installed_command_answers() -> None:
    done = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_loads_and_has_help(cli: Cli, name: str) -> None:
    module, _, attribute = COMMANDS[name][0].partition(":")

    assert getattr(import_module(module), attribute).name == name
    result = cli(name, "--help")
    assert result.exit_code == 0
    assert "--output" in result.stdout


@pytest.mark.parametrize("name", GROUPS)
def test_groups_hold_the_commands_that_users_know(name: str) -> None:
    module, _, attribute = COMMANDS[name][0].partition(":")

    assert set(getattr(import_module(module), attribute).commands) >= GROUPS[name]


def test_help_lists_every_command_in_one_screen(cli: Cli) -> None:
    lines = cli("--help").stdout.splitlines()

    assert len(lines) <= 45
    assert all(any(line.split()[:1] == [name] for line in lines) for name in COMMANDS)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("staus",), 'There is no command "staus". Did you mean "status"?'),
        (("xyzzy",), "`engagebot --help` lists them"),
        (("status", "--sit", "x"), "Did you mean '--site'?"),
        (("queue", "lst"), 'There is no command "lst". Did you mean "list"?'),
        (("run", "--port", "many"), "--port: 'many' is not a whole number from 0 to 65535"),
        (("status", "-o", "xml"), "'xml' is not one of 'text', 'json'"),
    ],
)
def test_slips_are_answered_with_what_was_meant(cli: Cli, args: tuple[str, ...], said: str) -> None:
    result = cli(*args)

    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_options_stand_before_or_after_the_command(cli: Cli) -> None:
    before, after = cli("-o", "json", "users", "list"), cli("users", "list", "-o", "json")

    assert before.stdout == after.stdout == "[]\n"


def test_site_comes_from_the_environment_too(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    monkeypatch.setenv("ENGAGEBOT_SITE", str(cli.site))

    assert CliRunner().invoke(engagebot, ["db", "check"]).exit_code == 0


def test_folder_that_is_no_site_names_the_way_to_make_one(tmp_path: Path) -> None:
    result = Cli(tmp_path / "nowhere")("status")

    assert result.exit_code == 2
    assert f"engagebot init {tmp_path / 'nowhere'}" in result.stderr
    assert not (tmp_path / "nowhere").exists()


def test_failure_nobody_expected_leaves_its_traceback_in_a_file_without_secrets(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "an-x-bearer-token-for-tests"
    cli.dotenv(f"ENGAGEBOT_X_BEARER_TOKEN={secret}")

    def fall_over(*_: object) -> None:
        raise RuntimeError(f"the platform said: {secret} is no good")

    monkeypatch.setattr("engagebot.store.entry.accounts.all_of", fall_over)
    result = cli("users", "list")

    log = cli.site / "var" / "log" / "engagebot-errors.log"
    assert result.exit_code == 1
    assert str(log) in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o777 == 0o600
    assert secret not in result.output + log.read_text(encoding="utf-8")
    with_debug = cli("users", "list", "--debug")
    assert "Traceback" in with_debug.stderr
    assert secret not in with_debug.output


def test_ctrl_c_ends_with_130(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("engagebot.store.entry.accounts.all_of", stop)

    assert cli("users", "list").exit_code == 130


def test_reader_that_leaves_early_is_no_error(told: Cli) -> None:
    with told.start("export") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=30) == 0
        assert process.stderr is not None
        assert "Error" not in process.stderr.read()
