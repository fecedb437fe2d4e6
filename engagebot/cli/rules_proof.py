"""`engagebot rules backtest` and `rules diff`: what rules would have done, before they are let loose."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from engagebot.bootstrap import App
from engagebot.cli.command import command
from engagebot.cli.export import target
from engagebot.cli.labelled import read_labelled
from engagebot.cli.opening import shown_site
from engagebot.cli.progress import counted
from engagebot.cli.proof_text import backtest_text, diff_text
from engagebot.cli.terminal import Terminal, clean
from engagebot.domain.heard.evaluation import Label
from engagebot.domain.rules import Rulebook
from engagebot.domain.ruling.replay import VADER, Past, Routing, Said, routing_of, vader_routing
from engagebot.domain.text.spreadsheet import cell
from engagebot.errors import NotFound, WrongUsage
from engagebot.pipeline import replay
from engagebot.rulebook import Known, load_rulebook, load_sources
from engagebot.store.heard import replaying
from engagebot.store.ruling import rule_sets
from engagebot.yamlfile import did_you_mean

LIVE, DISK = "live", "disk"
_MOST_DAYS = 3650
_SHORTEST = 4
# More digits may be the beginning of a hash; with a v in front they never are.
_VERSION = re.compile(r"(?:v(?=[0-9]{1,9}$)|(?=[0-9]{1,3}$))([0-9]+)")
_BACKTEST_COLUMNS = (
    "id", "source", "posted_at", "decided_at", "author", "text", "outcome", "path", "matched", "taken_first",
    "shadow", "failed",
)  # fmt: skip
_DIFF_COLUMNS = ("id", "source", "posted_at", "author", "text", "old", "new")
_days = click.option(
    "--days", type=click.IntRange(1, _MOST_DAYS), default=replay.DAYS, show_default=True, metavar="N",
    help="The newest N days, counted back from the newest stored mention.",
)  # fmt: skip
_csv = click.option(
    "--csv", "sheet", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write the mentions to a CSV file too.",
)  # fmt: skip


@command("backtest")
@_days
@click.option("--rule", "only", metavar="ID", help="One rule, with examples and near misses.")
@_csv
def backtest(terminal: Terminal, days: int, only: str | None, sheet: Path | None) -> None:
    """Ask the rule files on disk about stored mentions, and say what they would have done.

    Mentions are judged as they are stored, with the facts of the time when they were first decided; history
    is taken as if it had been heard when it was posted. Nothing is written.
    """
    with shown_site(terminal) as app:
        book = load_rulebook(app.settings.rules_folder, known=app.rules.known)
        if only is not None and book.rule(only) is None:
            ids = [rule.id for rule in book.rules]
            raise WrongUsage(f'there is no rule "{only}" in the files{did_you_mean(only, ids)}')
        with app.store.read() as tx, _rows(sheet, _BACKTEST_COLUMNS) as write:
            period = replay.period_of(tx, days)
            with counted(terminal, "mentions", replaying.count(tx, period)[0] if period else 0) as bar:
                seen = 0

                def each(decided: replay.Decided) -> None:
                    nonlocal seen
                    seen += 1
                    if seen % 500 == 0:
                        bar.show(seen)
                    if write is not None and (only is None or only in _touched(decided)):
                        write(_backtest_row(decided))

                result = replay.backtest(tx, book, app.settings, days=days, only=only, each=each)
    terminal.show(_plain(asdict(result)), lambda: backtest_text(result, only=only))


def _touched(decided: replay.Decided) -> tuple[str, ...]:
    return (*decided.decision.matched, *decided.taken, *decided.decision.shadow)


def _backtest_row(decided: replay.Decided) -> list[Any]:
    past, decision = decided.past, decided.decision
    facts = past.facts
    return [
        past.id, facts.source, facts.posted_at.isoformat(), past.at.isoformat(), facts.author_handle,
        facts.text, decision.outcome.value, decided.path, list(decision.matched), list(decided.taken),
        list(decision.shadow), list(decision.failed),
    ]  # fmt: skip


@command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@_days
@click.option(
    "--labels", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE",
    help="Labelled posts (text, label) that say who was unhappy, in place of what people did.",
)  # fmt: skip
@_csv
def diff(terminal: Terminal, old: str, new: str, days: int, labels: Path | None, sheet: Path | None) -> None:
    """Say which stored mentions move where between two rule sets; nothing is written.

    OLD and NEW are each a folder of rule files, a version (7 or v7) or the beginning of its hash, "live"
    (the set that runs), "disk" (the files of this site) or "vader": compound below -0.05 to people, 0.05 or
    more a friendly draft, no rules at all. Limits are left aside.

    Ends with 1 where a protected case moves: a mention whose author people treated as unhappy and that no
    person gets any more, or whose draft they rejected and that gets one again.
    """
    said = _labels(labels) if labels is not None else None
    with shown_site(terminal) as app:
        sides = _side(app, old), _side(app, new)
        with app.store.read() as tx, _rows(sheet, _DIFF_COLUMNS) as write:
            period = replay.period_of(tx, days)
            with counted(terminal, "mentions", replaying.count(tx, period)[0] if period else 0) as bar:
                seen = 0

                def each(past: Past, paths: tuple[str, str]) -> None:
                    nonlocal seen
                    seen += 1
                    if seen % 500 == 0:
                        bar.show(seen)
                    if write is not None and paths[0] != paths[1]:
                        facts = past.facts
                        at = facts.posted_at.isoformat()
                        write([past.id, facts.source, at, facts.author_handle, facts.text, *paths])

                result = replay.difference(tx, sides, app.settings, days=days, said=said, each=each)
    if result.protected_count:
        terminal.fail(1)
    terminal.show(_plain(asdict(result)), lambda: diff_text(result))


def _labels(file: Path) -> Callable[[Past], Said | None]:
    rows = read_labelled(file).rows
    said = {row.text.strip(): Said.UNHAPPY if row.label is Label.NEGATIVE else Said.FINE for row in rows}
    return lambda past: said.get(past.facts.text.strip())


def _side(app: App, name: str) -> Routing:
    if name == VADER:
        return vader_routing(*_team_and_template(app))
    if name == DISK:
        book = load_rulebook(app.settings.rules_folder, known=app.rules.known)
        return routing_of(book, f"the files on disk ({book.hash[:12]})")
    if name == LIVE:
        return _live(app)
    if (version := _VERSION.fullmatch(name)) is not None and not Path(name).is_dir():
        with app.store.read() as tx:
            found = rule_sets.get(tx, int(version[1]))
        return routing_of(_loaded(app, found.sources), f"version {found.version} ({found.hash[:12]})")
    folder = Path(name)
    if folder.is_dir():
        book = load_rulebook(folder, known=_known_to(folder, app))
        return routing_of(book, f"{clean(folder)} ({book.hash[:12]})")
    return _stored(app, name)


def _known_to(folder: Path, app: App) -> Known:
    """What rules of a folder may name: in another site its own lists and any team, else what is ours."""
    lists = folder.resolve().parent / "config" / "lists"
    is_ours = folder.resolve() == app.settings.rules_folder.resolve()
    return app.rules.known if is_ours or not lists.is_dir() else Known(lists_folder=lists)


def _team_and_template(app: App) -> tuple[str, str]:
    """What plain VADER would use: the first team, and any template, since none of its words are shown."""
    return next(iter(app.settings.teams), "support"), "thanks"


def _live(app: App) -> Routing:
    with app.store.read() as tx:
        found = next(iter(replaying.newest_rule_sets(tx, 1)), None)
    if found is None:
        raise NotFound("no rule set has gone live on this site yet; compare with a folder, disk or vader")
    return routing_of(_loaded(app, found.sources), f"the live set ({found.hash[:12]})")


def _stored(app: App, prefix: str) -> Routing:
    ways = 'write a folder, "live", "disk", "vader", a version such as v7 or the first letters of a hash'
    is_hash = len(prefix) >= _SHORTEST and all(char in "0123456789abcdef" for char in prefix.lower())
    if not is_hash:
        near = did_you_mean(prefix, (LIVE, DISK, VADER))
        raise WrongUsage(f'"{clean(prefix)}" is no folder and no hash of a rule set{near}; {ways}')
    with app.store.read() as tx:
        found = replaying.rule_sets_like(tx, prefix.lower())
        known = replaying.newest_rule_sets(tx)
    if len(found) > 1:
        names = ", ".join(each.hash[:12] for each in found)
        raise WrongUsage(f'several stored rule sets begin with "{prefix}": {names}; write more of the hash')
    if not found:
        newest = ", ".join(each.hash[:12] for each in known) or "none yet"
        raise NotFound(f'no stored rule set begins with "{prefix}"; the newest: {newest}; {ways}')
    name = f"set {found[0].hash[:12]} of {found[0].live_at:%Y-%m-%d}"
    return routing_of(_loaded(app, found[0].sources), name)


def _loaded(app: App, sources: Mapping[str, str]) -> Rulebook:
    return load_sources(sources, known=app.rules.known)


@contextmanager
def _rows(sheet: Path | None, columns: tuple[str, ...]) -> Iterator[Callable[[list[Any]], None] | None]:
    if sheet is None:
        yield None
        return
    with target(sheet) as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        yield lambda values: writer.writerow([cell(value) for value in values])


def _plain(value: Any) -> Any:
    """Dates as keys become text; everything else is for the terminal to write."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
