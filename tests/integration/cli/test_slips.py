from collections.abc import Iterator

import click
import pytest

from engagebot.cli.main import engagebot
from tests.integration.cli.conftest import Cli


def commands(of: click.Command = engagebot, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command below this one, as it is typed."""
    if not isinstance(of, click.Group):
        yield path
        return
    ctx = click.Context(of)
    for name in of.list_commands(ctx):
        found = of.get_command(ctx, name)
        assert found is not None
        yield from commands(found, (*path, name))


def found(path: tuple[str, ...]) -> click.Command:
    command: click.Command | None = engagebot
    for name in path:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name)
    assert command is not None
    return command


def test_whatever_is_missing_in_whichever_command_a_line_to_type_is_said(cli: Cli) -> None:
    missing = [path for path in commands() if any(param.required for param in found(path).params)]
    assert len(missing) > 60
    for path in missing:
        result = cli(*path)
        assert (result.exit_code, result.stdout) == (2, ""), path
        assert "is missing" in result.stderr, path
        line = result.stderr.partition("For example: ")[2].splitlines()[0]
        typed = line.removeprefix(f"engagebot --site {cli.site} ").removeprefix("engagebot ")
        assert typed.startswith(f"{' '.join(path)} "), line


def test_an_option_that_no_command_knows_is_answered_with_those_that_it_takes(cli: Cli) -> None:
    for path in commands():
        result = cli(*path, "--xyzzy")
        assert result.exit_code == 2, path
        assert f"`engagebot {' '.join(path)} --help` explains it." in result.stderr, path


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (
            ("queue", "show", "zz"),
            "ID: 'zz' is not a whole number; `engagebot queue list` shows their numbers",
        ),
        (("cases", "note", "1", "call", "them"), '"them" is more than the command takes; words with blanks'),
        (("queue", "escalate", "1", "--team", "support", "--severity", "hihg"), "did you mean 'high'?"),
        (("rules", "publish", "--note"), "--note needs a value behind it"),
        (("users", "add", "kim_demo"), "--role is missing: light, support, community"),
        (("queue", "snooze", "1", "--hours", "long"), "--hours: 'long' is not a number from 0.1 to 2160"),
        (("rules", "xyzzy"), "There are: backtest, check,"),
        (("cases", "show", "999"), "there is no case 999; `engagebot cases list` shows their numbers"),
        (
            ("users", "disable", "maple_demo"),
            "there is no account named 'maple_demo'; `engagebot users list`",
        ),
        (("mutes", "add", "x"), "write it behind --author or --community"),
    ],
)
def test_a_slip_is_answered_with_the_remedy(cli: Cli, args: tuple[str, ...], said: str) -> None:
    result = cli(*args)
    assert result.exit_code == 2
    assert said in result.stderr


def test_init_takes_its_folder_from_the_site_that_was_named_in_its_example(cli: Cli) -> None:
    said = cli("init").stderr
    assert "DIR is missing" in said
    assert f"For example: engagebot init {cli.site}\n" in said
