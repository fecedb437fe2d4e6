"""What a slip in a command line is answered with: what is wrong, what is allowed, and a line to type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

_WORDS = '"in your own words"'
_SAMPLES = {
    "DIR": "my-site", "FILE": "posts.csv", "ID": "12", "MENTION": "34", "VERSION": "3", "LINK": "5",
    "OLD": "live", "NEW": "disk", "RULE": "say-thanks", "NAME": "kim_demo", "WHO": "@maple_demo",
    "SOURCE": "demo", "TAG": "beta", "SYSTEM": "helpdesk", "OTHER": "demo/maple_demo", "TEXT": _WORDS,
    "REASON": _WORDS, "WORDS": '"in their own words"', "--team": "support", "--host": "127.0.0.1",
    "--only": "database", "--pack": "shop", "--source": "demo", "--url": "https://example.com/1",
    "--to": "kim_demo", "--port": "8000", "--note": _WORDS, "--reason": _WORDS, "--text": _WORDS,
    "--outcome": "solved",
}  # fmt: skip
_FILES = {"backup": "acme.backup", "restore": "acme.backup", "customers import": "people.csv"}
_LISTS = {
    "draft": "`engagebot queue list` shows their numbers",
    "case": "`engagebot cases list` shows their numbers",
    "mention": "`engagebot export` writes them with their numbers",
    "customer": "a customer's number stands at the end of their page's address, as in /customers/12",
    "delivery": "`engagebot notify list` shows their numbers",
    "account named": "`engagebot users list` lists them",
}
_OF_GROUP = {
    "queue": "draft",
    "cases": "case",
    "customers": "customer",
    "notify": "delivery",
    "rules": "mention",
}
_MOST_OPTIONS = 12
_NOT_A = re.compile(r"(?P<value>.*) is not a valid (?:integer|float|boolean)\b.*", re.DOTALL)
_NOT_ONE = re.compile(r"'(?P<value>.*)' is not one of .*", re.DOTALL)


def lines(error: click.UsageError, site: Path) -> Iterator[str]:
    """What is said of a slip, below the line of usage: what is wrong, and what to type instead."""
    ctx = error.ctx
    yield f"Error: {_what(error, ctx)}"
    if ctx is None:
        return
    if isinstance(error, click.NoSuchOption):
        yield from _options(ctx)
    if isinstance(ctx.command, click.Group):
        return
    if not isinstance(error, click.NoSuchOption):
        yield f"  For example: {_example(ctx, site, error)}"
    yield f"  `{ctx.command_path} --help` explains it."


def where_to_look(message: str) -> str | None:
    """Where the things are listed of which a message says that there is none."""
    if message.startswith("nobody here"):
        return _LISTS["account named"]
    if message.startswith("name a source, and either an author"):
        return "write it behind --author or --community"
    return next((hint for noun, hint in _LISTS.items() if message.startswith(f"there is no {noun} ")), None)


def no_such_command(ctx: click.Context, name: str, known: list[str]) -> click.UsageError:
    """The answer to a command that nobody knows; `known` are those there are."""
    near = get_close_matches(name, known, n=1)
    listed = f" There are: {', '.join(known)}." if ctx.parent is not None else ""
    hint = f' Did you mean "{near[0]}"?' if near else listed or f" `{ctx.command_path} --help` lists them."
    return click.UsageError(f'There is no command "{name}".{hint}', ctx)


def _what(error: click.UsageError, ctx: click.Context | None) -> str:
    if isinstance(error, click.MissingParameter) and error.param is not None and ctx is not None:
        return _missing(error.param, ctx)
    if isinstance(error, click.BadOptionUsage) and error.message.endswith("requires an argument."):
        return f"{error.option_name} needs a value behind it"
    if isinstance(error, click.BadParameter) and error.param is not None and ctx is not None:
        return _invalid(error, error.param, ctx)
    many = re.search(r"unexpected extra arguments? \((.*)\)", error.message)
    if many is not None:
        return f'"{many[1]}" is more than the command takes; words with blanks between them go into quotes'
    return error.format_message()


def _missing(param: click.Parameter, ctx: click.Context) -> str:
    if isinstance(param, click.Option):
        value = param.type.choices if isinstance(param.type, click.Choice) else ()
        allowed = f": {', '.join(map(str, value))}" if value else ""
        return f"{param.opts[-1]} is missing{allowed}"
    return f"{_named(param, ctx)} is missing{_where(param, ctx)}"


def _invalid(error: click.BadParameter, param: click.Parameter, ctx: click.Context) -> str:
    name = param.opts[-1] if isinstance(param, click.Option) else _named(param, ctx)
    message = error.message.rstrip(".")
    if found := _NOT_A.fullmatch(message):
        hint = _where(param, ctx) if isinstance(param, click.Argument) else ""
        return f"{name}: {found['value']} is not {_kind(param.type)}{hint}"
    if (found := _NOT_ONE.fullmatch(message)) and isinstance(param.type, click.Choice):
        near = get_close_matches(found["value"], [str(each) for each in param.type.choices], n=1)
        return f"{name}: {message}{f'; did you mean {near[0]!r}?' if near else ''}"
    return f"{name}: {message}"


def _where(param: click.Parameter, ctx: click.Context) -> str:
    """Where the numbers come from that a command asks for."""
    name = _named(param, ctx)
    if name == "VERSION":
        return "; `engagebot rules versions` lists them"
    noun = "mention" if name == "MENTION" else _OF_GROUP.get(_group(ctx)) if name == "ID" else None
    return f"; {_LISTS[noun]}" if noun else ""


def _kind(kind: click.ParamType[Any]) -> str:
    if isinstance(kind, click.types.BoolParamType):
        return "yes or no"
    word = "a whole number" if isinstance(kind, click.types.IntParamType) else "a number"
    low, high = getattr(kind, "min", None), getattr(kind, "max", None)
    if low is None:
        return word
    return f"{word} from {low} to {high}" if high is not None else f"{word} of {low} or more"


def _options(ctx: click.Context) -> Iterator[str]:
    shown = [p.opts[-1] for p in ctx.command.params if isinstance(p, click.Option) and not p.hidden]
    if len(shown) <= _MOST_OPTIONS:
        yield f"  It takes {', '.join(shown)}."


def _example(ctx: click.Context, site: Path, error: click.UsageError) -> str:
    words = [ctx.command_path.split()[0], *([] if _is_here(ctx, site) else ["--site", str(site)])]
    words += ctx.command_path.split()[1:]
    about = error.param if isinstance(error, click.BadParameter) else None
    for param in ctx.command.params:
        if isinstance(param, click.Argument) and (param.required or param is about):
            words.append(_sample(param, ctx, site))
    named = error.option_name if isinstance(error, click.BadOptionUsage) else None
    for param in ctx.command.params:
        if isinstance(param, click.Option) and (param.required or param is about or named in param.opts):
            words += [param.opts[-1], _sample(param, ctx, site)]
    return " ".join(words)


def _is_here(ctx: click.Context, site: Path) -> bool:
    """Whether a line needs no --site: it is this folder, or the command is told where."""
    told = (param for param in ctx.command.params if isinstance(param, click.Argument))
    return site == Path() or any(_named(param, ctx) == "DIR" for param in told)


def _sample(param: click.Parameter, ctx: click.Context, site: Path) -> str:
    name, kind = _named(param, ctx), param.type
    if isinstance(kind, click.Choice):
        return str(kind.choices[0])
    if isinstance(kind, click.types.BoolParamType):
        return "yes"
    if isinstance(kind, click.types.IntRange | click.types.FloatRange) and param.opts[-1] not in _SAMPLES:
        return str(_among(kind.min, kind.max))
    if name == "DIR" and site != Path():
        return str(site)
    if name == "FILE":
        return _FILES.get(" ".join(ctx.command_path.split()[1:]), _SAMPLES[name])
    return _SAMPLES.get(param.opts[-1], name) if isinstance(param, click.Option) else _SAMPLES.get(name, name)


def _among(low: float | None, high: float | None) -> float:
    """A number that is allowed."""
    return 8 if (low is None or low <= 8) and (high is None or high >= 8) else low or high or 0


def _named(param: click.Parameter, ctx: click.Context) -> str:
    """What a value is called in the line of usage."""
    return param.make_metavar(ctx).strip("[]").rstrip("….")


def _group(ctx: click.Context) -> str:
    return (ctx.parent.info_name or "") if ctx.parent is not None else ""
