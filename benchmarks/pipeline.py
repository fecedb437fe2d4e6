"""Mentions per second through the whole pipeline on one core, beside bare VADER over the same texts.

    python -m benchmarks.pipeline            made-up posts
    DATA=posts.jsonl python -m benchmarks.pipeline
    python -m benchmarks.pipeline --vader    with the compound score alone, without the judgement above it

Reads rows, stores them in a SQLite file, scores and decides them with this checkout's own rules, and prints
the time of each step in the process's own CPU seconds, so that other programs do not count. Beside it stands
what SQLite alone takes for the same writing statements in the same transactions: no pipeline that keeps the
same rows can be faster than that and the scoring together.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from benchmarks.texts import service_posts
from engagebot.bootstrap import App, open_app
from engagebot.domain.judgement import Judgement
from engagebot.pipeline import intake
from engagebot.pipeline.triage import TriageContext, triage
from engagebot.ports import Scorer
from engagebot.scoring import VaderScorer
from engagebot.store.heard import decisions

ROOT = Path(__file__).resolve().parent.parent
BATCH = 500


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline")
    parser.add_argument("--posts", type=int, default=10_000, help="how many made-up posts (default 10,000)")
    parser.add_argument("--rounds", type=int, default=3, help="measure so often, print the median")
    parser.add_argument("--as-new", action="store_true", help="start drafts, cases and notices too")
    parser.add_argument(
        "--vader", action="store_true", help="score with VADER alone: most rules ask for more"
    )
    options = parser.parse_args(arguments)
    rows = _rows(options.posts)
    run = _Run(is_history=not options.as_new, scorer=VaderScorer() if options.vader else None)
    rounds = [_round(rows, run) for _ in range(options.rounds)]
    _report(rows, rounds)
    seconds = _write_bare(rows, run)
    print(f"bare SQLite, same statements: {seconds / len(rows) * 1e6:.1f} µs each")


def _rows(count: int) -> list[dict[str, Any]]:
    if not (data := os.environ.get("DATA")):
        print(f"{count} made-up posts")
        return list(service_posts(count))
    content = Path(data).read_bytes()
    print(f"{Path(data).name}, sha256 {hashlib.sha256(content).hexdigest()}")
    return [json.loads(line) for line in content.splitlines() if line.strip()]


@dataclass(frozen=True)
class _Run:
    """How the pipeline is walked; without a scorer, the site's own scores."""

    is_history: bool
    scorer: Scorer | None


def _round(rows: list[dict[str, Any]], run: _Run) -> dict[str, Any]:
    texts = [row["text"] for row in rows]
    analyzer = SentimentIntensityAnalyzer()
    begin = time.process_time()
    for text in texts:
        analyzer.polarity_scores(text)
    vader_s = time.process_time() - begin
    with tempfile.TemporaryDirectory(prefix="engagebot-bench-") as folder:
        app = open_site(Path(folder))
        try:
            app.rules.refresh()
            return {"vader": vader_s, **_walk(app, rows, run)}
        finally:
            app.close()


class _Timed:
    """A scorer that counts the CPU seconds it takes."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self.seconds = 0.0

    @property
    def version(self) -> str:
        return self._scorer.version

    def judge(self, text: str, *, lang: str | None = None) -> Judgement:
        begin = time.process_time()
        judgement = self._scorer.judge(text, lang=lang)
        self.seconds += time.process_time() - begin
        return judgement

    def judge_all(self, texts: Sequence[tuple[str, str | None]]) -> list[Judgement]:
        begin = time.process_time()
        judgements = self._scorer.judge_all(texts)
        self.seconds += time.process_time() - begin
        return judgements


def _write_bare(rows: list[dict[str, Any]], run: _Run) -> float:
    """CPU seconds for the writing statements of one run, given to SQLite's driver alone."""
    written: list[tuple[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="engagebot-bench-") as folder:
        app = open_site(Path(folder))
        app.rules.refresh()
        writer = app.store.writer
        sa.event.listen(writer, "before_cursor_execute", lambda *seen: written.append((seen[2], seen[3])))
        sa.event.listen(writer, "commit", lambda _: written.append(("COMMIT", ())))
        _walk(app, rows, run)
        app.close()
    with tempfile.TemporaryDirectory(prefix="engagebot-bench-") as folder:
        app = open_site(Path(folder))
        connection: Any = app.store.writer.raw_connection().driver_connection
        begin = time.process_time()
        for statement, values in written:
            if isinstance(values, list):
                connection.executemany(statement, values)
            elif not statement.startswith("SELECT"):
                connection.execute(statement, values)
        seconds = time.process_time() - begin
        app.close()
    return seconds


def open_site(folder: Path) -> App:
    for name in ("config", "rules"):
        shutil.copytree(ROOT / name, folder / name)
    return open_app(folder, {})


def _walk(app: App, rows: list[dict[str, Any]], run: _Run) -> dict[str, Any]:
    now = app.clock.now()
    context = intake.RowContext(source="x", now=now, handles=app.settings.brand.handles)
    times = [time.process_time()]
    mentions = [intake.read_row(row, context) for row in rows]
    times.append(time.process_time())
    for batch in _batches(mentions):
        with app.store.write() as tx:
            intake.accept(tx, batch, at=now, is_history=run.is_history, manners=app.settings.manners)
    times.append(time.process_time())
    scorer = _Timed(run.scorer or app.scorer)
    triaging = TriageContext(store=app.store, clock=app.clock, scorer=scorer, settings=app.settings)
    while triage(triaging, app.rules.book).decided:
        pass
    times.append(time.process_time())
    with app.store.read() as tx:
        outcomes = decisions.outcomes(tx)
    steps = dict(
        zip(("read", "store", "decide"), (after - before for before, after in pairwise(times)), strict=True)
    )
    return {**steps, "judge": scorer.seconds, "all": times[-1] - times[0], "outcomes": outcomes}


def _batches(items: list[Any]) -> Iterator[list[Any]]:
    source = iter(items)
    while batch := list(islice(source, BATCH)):
        yield batch


def _report(rows: list[dict[str, Any]], rounds: list[dict[str, Any]]) -> None:
    count = len(rows)
    print(f"{'step':<24}{'mentions/s':>12}{'µs each':>10}   (median of {len(rounds)} rounds, CPU time)")
    names = {
        "vader": "bare polarity_scores",
        "read": "read rows",
        "store": "store",
        "decide": "score and decide",
        "judge": "  of which scoring",
        "all": "whole pipeline",
    }
    for key, name in names.items():
        seconds = statistics.median(one[key] for one in rounds)
        print(f"{name:<24}{count / seconds:>12,.0f}{seconds / count * 1e6:>10.1f}")
    ratio = statistics.median(one["vader"] / one["all"] for one in rounds)
    print(f"whole pipeline / bare polarity_scores: {ratio:.3f}")
    outcomes = rounds[-1]["outcomes"]
    print(
        "outcomes: "
        + ", ".join(f"{name} {outcomes[name]} ({outcomes[name] / count:.1%})" for name in sorted(outcomes))
    )
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
