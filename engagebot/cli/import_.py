"""`engagebot import`: mentions from a file."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import click

from engagebot import scheduler
from engagebot.bootstrap import App
from engagebot.cli.command import command, nothing_lost
from engagebot.cli.opening import real_site
from engagebot.cli.progress import Progress, progress
from engagebot.cli.rows import Reading, Row, encoding_of, name_of, open_file, read_rows
from engagebot.cli.terminal import Terminal
from engagebot.domain.mention import Mention
from engagebot.errors import WrongUsage
from engagebot.pipeline.intake import FIELDS, RowContext, accept, read_row
from engagebot.yamlfile import did_you_mean

BATCH = 500
_SHOWN = 5


@dataclass(slots=True)
class Tally:
    """What an import came to."""

    read: int = 0
    added: int = 0
    known: int = 0
    rejected: int = 0
    decided: int = 0
    drafted: int = 0
    escalated: int = 0
    seconds: float = 0.0
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to do with the rows."""

    source: str | None
    is_history: bool
    is_dry: bool


class _NotKept(Exception):
    """Ends a transaction whose work shall not stay."""


@command("import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--source", metavar="NAME", help="Where the rows come from (x, reddit, yelp …).")
@click.option("--map", "pairs", multiple=True, metavar="FIELD=COLUMN", help="Take a field from a column.")
@click.option("--as-new", is_flag=True, help="Treat the rows as heard now, not as history.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; store nothing.")
@click.option("--encoding", default="utf-8", metavar="NAME", help="For files without a BOM (default utf-8).")
def import_(
    terminal: Terminal, file: Path, source: str | None, pairs: tuple[str, ...], as_new: bool, dry_run: bool,
    encoding: str,
) -> None:  # fmt: skip
    """Bring in mentions from CSV or JSON Lines; "-" reads standard input.

    Rows need text and posted_at; id, author and url are good to have. They are history (scored, decided and
    counted, nothing more) unless --as-new. Bringing a file twice stores each row once. Rows that cannot be
    used go to FILE.rejected with the reason.
    """
    reading = Reading(
        name=name_of(file), columns=_columns(pairs), encoding=encoding_of(encoding), needed=_needed(source)
    )
    order = Order(source=source, is_history=not as_new, is_dry=dry_run)
    tally = Tally()
    with real_site(terminal) as app, open_file(file) as opened, read_rows(opened, reading) as rows:
        if not dry_run:
            app.rules.refresh()
        rejects = None if dry_run else _rejects_of(file, app)
        with (
            nothing_lost(terminal, "what was read so far is stored; run it again, nothing is doubled"),
            progress(terminal, reading.name, opened) as bar,
        ):
            began = time.perf_counter()
            _bring(app, rows, order, tally=tally, rejects=rejects, bar=bar)
            if not dry_run:
                _decide(app, tally)
            tally.seconds = round(time.perf_counter() - began, 3)
    _report(terminal, tally, rejects, is_dry=dry_run)


def _bring(
    app: App, rows: Iterator[Row], order: Order, *, tally: Tally, rejects: Path | None, bar: Progress
) -> None:
    context = RowContext(
        source=order.source, now=app.clock.now(), handles=dict(app.settings.brand.handles)
    )  # fmt: skip
    if rejects is not None:
        rejects.unlink(missing_ok=True)
    while batch := list(islice(rows, BATCH)):
        good, bad = _sort(batch, context)
        if good:
            _store(app, good, order, tally)
        if bad and rejects is not None:
            with rejects.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.writelines(json.dumps(reject, ensure_ascii=False) + "\n" for reject in bad)
        tally.read += len(batch)
        tally.rejected += len(bad)
        tally.reasons += [f"line {reject['line']}: {reject['reason']}" for reject in bad[:_SHOWN]]
        bar.show(tally.read)


def _sort(batch: list[Row], context: RowContext) -> tuple[list[Mention], list[dict[str, Any]]]:
    good: list[Mention] = []
    bad: list[dict[str, Any]] = []
    for row in batch:
        try:
            if row.reason is not None:
                raise ValueError(row.reason)
            good.append(read_row(row.values, context))
        except ValueError as error:
            kept = row.raw if row.raw is not None else dict(row.values)
            bad.append({"line": row.line, "reason": str(error), "row": kept})
    return good, bad


def _store(app: App, good: list[Mention], order: Order, tally: Tally) -> None:
    try:
        with app.store.write() as tx:
            accepted = accept(
                tx,
                good,
                at=app.clock.now(),
                is_history=order.is_history,
                manners=app.settings.manners,
            )
            tally.added += accepted.added
            tally.known += accepted.known
            if order.is_dry:
                raise _NotKept
    except _NotKept:
        return


def _decide(app: App, tally: Tally) -> None:
    decided = scheduler.decide_all(app)
    tally.decided, tally.drafted, tally.escalated = decided.decided, decided.drafted, decided.escalated


def _report(terminal: Terminal, tally: Tally, rejects: Path | None, *, is_dry: bool) -> None:
    document: dict[str, Any] = {
        name: getattr(tally, name)
        for name in ("read", "added", "known", "rejected", "decided", "drafted", "escalated", "seconds")
    }
    if is_dry:
        document["dry_run"] = True
    if tally.rejected:
        document["rejects"] = str(rejects) if rejects else None
        for reason in tally.reasons[:_SHOWN]:
            terminal.say(reason)
        where = f"; all of them with reasons: {rejects}" if rejects else ""
        terminal.say(f"{tally.rejected} of {tally.read} rows rejected{where}")
        terminal.fail(1)
    if tally.read == 0:
        terminal.say("there is no row below the header")
    rate = f" ({tally.read / tally.seconds:,.0f} a second)" if tally.seconds else ""
    terminal.show(
        document,
        f"read {tally.read}, added {tally.added}, known {tally.known}, rejected {tally.rejected}"
        + ("; dry run, nothing stored" if is_dry else "")
        + f"\ndecided {tally.decided}, drafted {tally.drafted}, escalated {tally.escalated}"
        + f" in {tally.seconds:.1f} s{rate}",
    )


def _rejects_of(file: Path, app: App) -> Path:
    if str(file) == "-":
        return app.settings.var / "stdin.rejected"
    beside = file.with_name(f"{file.name}.rejected")
    try:
        with beside.open("a"):
            return beside
    except OSError:
        return app.settings.var / beside.name


def _columns(pairs: tuple[str, ...]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for pair in pairs:
        name, equals, column = (part.strip() for part in pair.partition("="))
        if not equals or not column:
            raise WrongUsage(f'--map "{pair}" must look like field=column, such as --map text=body')
        if name not in FIELDS:
            raise WrongUsage(
                f'--map: there is no field "{name}"; fields: {", ".join(FIELDS)}{did_you_mean(name, FIELDS)}'
            )
        columns[name] = column
    return columns


def _needed(source: str | None) -> dict[str, str]:
    needed = {name: f"name its column with --map {name}=COLUMN" for name in ("text", "posted_at")}
    return needed if source else {**needed, "source": "say where it comes from with --source NAME"}
