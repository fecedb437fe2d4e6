"""The options that every command takes, and the one place that writes to the terminal."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import click

from engagebot.cli.masking import Mask
from engagebot.domain.records import MentionRecord
from engagebot.errors import WrongUsage

_OBEYED = frozenset({"Cc", "Cf", "Cs", "Co"})


@dataclass(slots=True)
class Terminal:
    """How to talk to whoever called: data goes to stdout, talk to stderr; `secrets` are never shown."""

    site: Path = Path()
    wants_json: bool = False
    may_ask: bool = True
    is_debug: bool = False
    has_color: bool = True
    exit_code: int = 0
    secrets: set[str] = field(default_factory=set)

    def show(self, document: Any, text: Callable[[], str] | str) -> None:
        """Print a result: the document as JSON where that was asked for, else the text."""
        if self.wants_json:
            self.write(to_json(document))
        else:
            self.write(text if isinstance(text, str) else text())

    def write(self, text: str) -> None:
        """Print data."""
        click.echo(text)

    def say(self, text: str) -> None:
        """Talk to the person; never data."""
        click.echo(harmless(self.blacked_out(text)), err=True)

    def announce(self, text: str) -> None:
        """Say what a long command does: beside its text, but out of the way of JSON."""
        click.echo(text, err=self.wants_json)
        (sys.stderr if self.wants_json else sys.stdout).flush()

    def blacked_out(self, text: str) -> str:
        """The text without any secret of the site."""
        return Mask(self.secrets)(text)

    def fail(self, code: int = 1) -> None:
        """Let the command end with this exit code once it is done; the first reason counts."""
        self.exit_code = self.exit_code or code

    @property
    def is_animated(self) -> bool:
        """Whether a progress bar has somebody to look at it."""
        return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and "CI" not in os.environ

    def ask(self, question: str, *, instead: str, hidden: bool = False) -> str:
        """Ask for a line of text.

        Raises:
            WrongUsage: nobody can answer; the message names `instead`, the way without a question.
        """
        if not self.may_ask or not sys.stdin.isatty():
            raise WrongUsage(f"{question}: nobody can be asked here; {instead}")
        answer: str = click.prompt(question, hide_input=hidden, confirmation_prompt=hidden, err=True)
        return answer


def to_json(document: Any) -> str:
    """One JSON document, times in ISO form."""
    text = json.dumps(document, ensure_ascii=False, indent=2, default=_plain)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # half a character, as posts that were cut have it
        return json.dumps(document, indent=2, default=_plain)
    return text


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable):
        return list(value)
    return str(value)


def iso(at: datetime | None) -> str | None:
    """A time as the API writes it: UTC, with a Z."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def when(at: datetime | None) -> str | None:
    """A time as people read it, to the minute, in UTC."""
    return None if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def clean(text: object) -> str:
    """A stranger's text on one line, with nothing in it that a terminal would obey."""
    return harmless(" ".join(str(text).split()))


def harmless(text: str) -> str:
    """The text without characters that a terminal would obey; lines stay lines."""
    return "".join(ch for ch in text if ch in "\n\t" or unicodedata.category(ch) not in _OBEYED)


def clean_lines(text: str) -> str:
    """A stranger's text with its lines, and nothing in it that a terminal would obey."""
    return "\n".join(clean(line) for line in text.splitlines())


def said(heard: MentionRecord) -> str:
    """What a mention's author wrote, or what stands there since it was removed."""
    if heard.redacted_at is not None:
        return f"({heard.removal}, {when(heard.redacted_at)})"
    return clean_lines(heard.mention.words)


def said_short(heard: MentionRecord, width: int) -> str:
    """The beginning of the same, on one line."""
    return shorten(said(heard) if heard.redacted_at is not None else heard.mention.line, width)


def shorten(text: object, width: int) -> str:
    """The beginning of a stranger's text."""
    line = clean(text)
    return line if len(line) <= width else f"{line[: width - 1].rstrip()}…"


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> str:
    """Columns under headings, each as wide as its widest cell; `empty` is said where there is no row."""
    from rich.cells import cell_len

    cells = [["" if cell is None else clean(cell) for cell in row] for row in rows]
    if not cells:
        return empty
    lines = [[heading.upper() for heading in headings], *cells]
    widths = [max(cell_len(line[column]) for line in lines) for column in range(len(headings))]
    padded = (
        "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
    return "\n".join(line.rstrip() for line in padded)


def fields(values: Mapping[str, object]) -> str:
    """Names and values, one a line; what is not known is left out."""
    known = {name: value for name, value in values.items() if value is not None}
    width = max((len(name) for name in known), default=0)
    return "\n".join(f"{name:<{width}}  {clean(value)}" for name, value in known.items())
