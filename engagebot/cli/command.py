"""Commands and groups that all take the same options, load late and suggest what was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

from engagebot.cli.terminal import Terminal
from engagebot.cli.usage import no_such_command

_Function = Callable[..., Any]
_D = TypeVar("_D", bound=click.Command)


def _terminal(ctx: click.Context) -> Terminal:
    return ctx.ensure_object(Terminal)


def _set(name: str, *, read: Callable[[Any], Any] = lambda value: value) -> Callable[..., None]:
    def callback(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        if value is not None and value is not False:
            setattr(_terminal(ctx), name, read(value))

    return callback


def _no(_value: object) -> bool:
    return False


def _options(*, is_top: bool) -> list[click.Parameter]:
    """The options of every command; below the top level they work too, and only -o is listed."""
    return [
        click.Option(
            ["--site"],
            type=click.Path(path_type=Path, file_okay=False),
            envvar="ENGAGEBOT_SITE" if is_top else None,
            metavar="DIR",
            help='The site\'s folder (or ENGAGEBOT_SITE; default ".").',
            expose_value=False,
            is_eager=True,
            hidden=not is_top,
            callback=_set("site"),
        ),
        click.Option(
            ["-o", "--output"],
            type=click.Choice(["text", "json"]),
            help="Text for people (default) or one JSON document.",
            expose_value=False,
            is_eager=True,
            callback=_set("wants_json", read=lambda value: value == "json"),
        ),
        *(
            click.Option(
                [flag],
                is_flag=True,
                help=text,
                expose_value=False,
                is_eager=True,
                hidden=not is_top,
                callback=_set(name, read=bool if result else _no),
            )
            for flag, text, name, result in (
                ("--no-input", "Never ask; fail where a question would be needed.", "may_ask", False),
                ("--no-color", "No colours (NO_COLOR works too).", "has_color", False),
                ("--debug", "Show tracebacks and every log line.", "is_debug", True),
            )
        ),
    ]


class _Told(click.Command):
    """A command whose slips say which command they belong to: click leaves that out of some."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise


class SiteCommand(_Told):
    """A command that takes the common options, before or after its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["params"] = [*(kwargs.get("params") or []), *_options(is_top=False)]
        super().__init__(*args, **kwargs)


class SiteGroup(_Told, click.Group):
    """A group of commands that takes the common options."""

    command_class = SiteCommand

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["params"] = [*(kwargs.get("params") or []), *_options(is_top=False)]
        super().__init__(*args, **kwargs)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            raise no_such_command(ctx, args[0], self.list_commands(ctx))
        return super().resolve_command(ctx, args)


class LateGroup(_Told, click.Group):
    """The top of the tree: knows each command's name and line of help, and imports it when it is called."""

    def __init__(self, *args: Any, late: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        kwargs["params"] = [*(kwargs.get("params") or []), *_options(is_top=True)]
        super().__init__(*args, **kwargs)
        self.late = late

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.late)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.late:
            return None
        module, _, name = self.late[cmd_name][0].partition(":")
        found: click.Command = getattr(import_module(module), name)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.late and not args[0].startswith("-"):
            raise no_such_command(ctx, args[0], list(self.late))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.late.items()])


def command(name: str | None = None, **kwargs: Any) -> Callable[[_Function], click.Command]:
    """Make a command with the common options; its function gets the `Terminal` first."""

    def decorate(function: _Function) -> click.Command:
        return click.command(name, cls=SiteCommand, **kwargs)(click.make_pass_decorator(Terminal)(function))

    return decorate


def group(name: str, **kwargs: Any) -> Callable[[_Function], click.Group]:
    """Make a group with the common options."""

    def decorate(function: _Function) -> click.Group:
        return click.group(name, cls=SiteGroup, **kwargs)(function)

    return decorate


def add(to: click.Group, name: str, **kwargs: Any) -> Callable[[_Function], click.Command]:
    """Make a command of a group."""

    def decorate(function: _Function) -> click.Command:
        made = command(name, **kwargs)(function)
        to.add_command(made)
        return made

    return decorate


@contextmanager
def nothing_lost(terminal: Terminal, kept: str) -> Iterator[None]:
    """Tell somebody who interrupts what has been kept."""
    try:
        yield
    except KeyboardInterrupt:
        terminal.say(f"interrupted: {kept}")
        raise
