"""How long a backup takes, how large it is, and how long the writer of a site at work waits meanwhile.

    python -m benchmarks.backup                  SQLite, and PostgreSQL where its programs are installed
    python -m benchmarks.backup --mentions 10000

A site of made-up posts is decided as history; then one thread commits small transactions, first alone, then
beside backups. Its longest waits are what people at the desk could feel.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path

from benchmarks.texts import service_posts
from engagebot.bootstrap import App, open_app
from engagebot.pipeline import intake
from engagebot.pipeline.triage import TriageContext, triage
from engagebot.store import backup, site
from tests.postgres import PostgresServer, find_binaries

ROOT = Path(__file__).resolve().parent.parent
BATCH = 500


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backup")
    parser.add_argument("--mentions", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3, help="make so many backups, print the median")
    options = parser.parse_args(arguments)
    _measure("SQLite", {}, options.mentions, options.rounds)
    if find_binaries() is None:
        print("PostgreSQL is not installed, so it is left out")
        return
    with PostgresServer() as server, server.database() as url:
        _measure("PostgreSQL", {"ENGAGEBOT_DATABASE_URL": url}, options.mentions, options.rounds)


def _measure(name: str, environ: Mapping[str, str], mentions: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="engagebot-bench-") as folder:
        for part in ("config", "rules"):
            shutil.copytree(ROOT / part, Path(folder) / part)
        app = open_app(Path(folder), environ)
        try:
            _fill(app, mentions)
            alone = _waits_while(app, lambda: time.sleep(5))
            print(f"{name}, {mentions:,} mentions")
            print(f"  writer alone            {_words(alone)}")
            _rounds(app, Path(folder) / "site.backup", rounds)
        finally:
            app.close()


def _fill(app: App, count: int) -> None:
    now = app.clock.now()
    context = intake.RowContext(source="x", now=now, handles=app.settings.brand.handles)
    app.rules.refresh()
    posts = service_posts(count)
    while rows := list(islice(posts, BATCH)):
        read = [intake.read_row(row, context) for row in rows]
        with app.store.write() as tx:
            intake.accept(tx, read, at=now, is_history=True, manners=app.settings.manners)
    triaging = TriageContext(store=app.store, clock=app.clock, scorer=app.scorer, settings=app.settings)
    while triage(triaging, app.rules.book).decided:
        pass


def _rounds(app: App, file: Path, rounds: int) -> None:
    took: list[float] = []
    waits: list[float] = []

    def back_up() -> None:
        began = time.perf_counter()
        backup.make(app.store, file, by="benchmark", may_replace=True)
        took.append(time.perf_counter() - began)

    for _ in range(rounds):
        waits += _waits_while(app, back_up)
    print(f"  writer beside backups   {_words(waits)}")
    print(f"  backup                  {statistics.median(took):.2f} s, {file.stat().st_size / 1e6:.1f} MB")
    app.close()
    began = time.perf_counter()
    found = backup.examine(app.store, file)
    looked = time.perf_counter() - began
    backup.restore(app.store, found, by="benchmark", keep_in=file.parent)
    restored = time.perf_counter() - began
    print(f"  restore                 {restored:.2f} s, of which looking through {looked:.2f} s")


def _waits_while(app: App, deed: Callable[[], None]) -> list[float]:
    """How long each small commit of a writer took while something else was done."""
    waits: list[float] = []
    is_over = threading.Event()

    def write() -> None:
        while not is_over.is_set():
            began = time.perf_counter()
            with app.store.write() as tx:
                site.put(tx, "benchmark", len(waits), app.clock.now())
            waits.append(time.perf_counter() - began)
            is_over.wait(0.002)  # a person's and a poll's commits come with pauses as well

    writer = threading.Thread(target=write)
    writer.start()
    deed()
    is_over.set()
    writer.join()
    return waits


def _words(waits: Sequence[float]) -> str:
    ordered = sorted(waits)
    p99 = ordered[int(len(ordered) * 0.99)]
    return (
        f"{len(ordered):,} commits: median {statistics.median(ordered) * 1e3:.1f} ms, "
        f"p99 {p99 * 1e3:.1f} ms, longest {ordered[-1] * 1e3:.0f} ms"
    )


if __name__ == "__main__":
    main()
