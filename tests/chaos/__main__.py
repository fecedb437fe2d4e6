"""The long run: a thousand kills on each database, then each fault put in on purpose, until it is found.

python -m tests.chaos [--kills 1000] [--seed 1] [--database sqlite|postgres|both]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engagebot.store import schema
from engagebot.store.engine import Store
from tests.chaos.broken import VARIANTS, broken_tree
from tests.chaos.stage import WallClock, platforms, staged
from tests.chaos.storm import Report, storm
from tests.postgres import PostgresServer


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    options = parser.parse_args(arguments)
    names = ("sqlite", "postgres") if options.database == "both" else (options.database,)
    is_well = True
    for name in names:
        with tempfile.TemporaryDirectory() as folder, database(name, Path(folder)) as url:
            with platforms(Path(folder)) as both, staged(Path(folder) / "stage", url, both) as stage:
                report = storm(stage, kills=options.kills, seed=options.seed)
            print(told(name, report), flush=True)
            is_well &= not report.verdict.problems
    for variant in VARIANTS:
        kills = kills_to_find(variant, options.seed)
        print(f"{variant}: {f'found after {kills} kills' if kills else 'NOT FOUND'}", flush=True)
        is_well &= kills is not None
    if not is_well:
        sys.exit(1)


def kills_to_find(variant: str, seed: int) -> int | None:
    """How many kills it took to find a fault that was put in on purpose; `None` where it was not found."""
    with tempfile.TemporaryDirectory() as name, database("sqlite", Path(name)) as url:
        folder = Path(name)
        tree = broken_tree(folder, variant)
        with platforms(folder) as both, staged(folder / "stage", url, both) as stage:
            report = storm(stage, kills=1000, seed=seed, tree=tree, until_wrong=True)
    return report.kills if report.verdict.problems else None


@contextmanager
def database(name: str, folder: Path) -> Iterator[str]:
    """A new database with all tables."""
    if name == "sqlite":
        url = f"sqlite:///{folder / 'engagebot.db'}"
        _make_tables(url)
        yield url
        return
    with PostgresServer() as server, server.database() as url:
        _make_tables(url)
        yield url


def _make_tables(url: str) -> None:
    store = Store(url, clock=WallClock())
    schema.upgrade(store)
    store.close()


def told(name: str, report: Report) -> str:
    """The report in lines."""
    found = report.verdict
    lines = [
        f"{name}: {report.kills:,} kills, {report.stops} of them after a sleep; {report.asked:,} replies "
        f"approved; {report.seconds:.0f} s",
        f"  doubled {found.doubled}, lost {found.lost}, wrong {found.wrong}",
        *(f"  {problem}" for problem in found.problems[:10]),
        *(f"  {count:5}  {step}" for step, count in report.steps.most_common()),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
