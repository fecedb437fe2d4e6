"""`engagebot export`: stored mentions as programs and spreadsheets read them."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click

from engagebot.bootstrap import App
from engagebot.cli.command import command
from engagebot.cli.opening import shown_site
from engagebot.cli.terminal import Terminal
from engagebot.domain.text.spreadsheet import cell
from engagebot.errors import WrongUsage
from engagebot.store.heard import mentions
from engagebot.store.heard.mentions import MentionFilter
from engagebot.web.api.shapes import mention_json

_PAGE = 500
_COLUMNS = (
    "id", "source", "native_id", "url", "kind", "author", "author_name", "title", "text", "lang", "community",
    "posted_at", "fetched_at", "addressed_to_us", "compound", "sentiment", "unhappiness", "praise", "intents",
    "reason", "tags", "reply_route", "state", "outcome", "watch", "customer_id", "is_history", "redacted_at",
)  # fmt: skip


@command("export")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv", "json"]), help="Default jsonl.")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Not to stdout.")
@click.option("--source", metavar="NAME", help="Only what came from there.")
@click.option("--outcome", metavar="NAME", help="Only mentions with this outcome (escalated, drafted …).")
def export(
    terminal: Terminal, form: str | None, to: Path | None, source: str | None, outcome: str | None
) -> None:
    """Write stored mentions, newest first: JSON Lines, CSV or one JSON list.

    In CSV a text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    if terminal.wants_json and to is None and form in {"jsonl", "csv"}:
        raise WrongUsage(
            f"-o json asks for one JSON document and --format {form} for another; keep one of them"
        )
    chosen = form or ("json" if terminal.wants_json else "jsonl")
    only = MentionFilter(source=source, outcome=outcome)
    with shown_site(terminal) as app, target(to) as file:
        rows = _objects(app, only)
        count = {"jsonl": _as_lines, "json": _as_list, "csv": _as_csv}[chosen](rows, file.write)
    terminal.say(f"{count} {'mention' if count == 1 else 'mentions'}" + (f" in {to}" if to else ""))


def _objects(app: App, only: MentionFilter) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        with app.store.read() as tx:
            page = mentions.page(tx, limit=_PAGE, cursor=cursor, only=only)
        for record in page.items:
            yield mention_json(record).model_dump(mode="json")
        cursor = page.cursor
        if cursor is None:
            return


def _as_lines(rows: Iterator[dict[str, Any]], write: Callable[[str], Any]) -> int:
    count = 0
    for row in rows:
        write(f"{_dumped(row)}\n")
        count += 1
    return count


def _as_list(rows: Iterator[dict[str, Any]], write: Callable[[str], Any]) -> int:
    count = 0
    write("[")
    for count, row in enumerate(rows, start=1):
        write(("\n" if count == 1 else ",\n") + _dumped(row))
    write("\n]\n")
    return count


def _as_csv(rows: Iterator[dict[str, Any]], write: Callable[[str], Any]) -> int:
    count = 0
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(_COLUMNS)
    for row in rows:
        count += 1
        author = row["author"] or {}
        flat = {**row, "author": author.get("handle"), "author_name": author.get("name")}
        flat |= {"reply_route": row["reply_route"]["route"]}
        writer.writerow([cell(flat[name]) for name in _COLUMNS])
        write(line.getvalue())
        line.seek(0)
        line.truncate()
    write(line.getvalue())
    return count


def _dumped(row: dict[str, Any]) -> str:
    text = json.dumps(row, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(row)
    return text


@contextmanager
def target(to: Path | None) -> Iterator[TextIO]:
    """The file to write to; stdout where none was named."""
    if to is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    try:
        file = to.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise WrongUsage(f"cannot write {to}: {error.strerror}") from error
    with file:
        yield file
