"""What came of the day: posts, gaps and reads, compared with what the platforms know."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.soak.day import START, WATCHES, Plan, Post
from benchmarks.soak.stage import Stage
from engagebot.domain.listening.costs import units_of
from engagebot.domain.listening.coverage import Entry, Span
from engagebot.store.engine import Store
from engagebot.store.listening import costs, coverage, watches
from tests.crash import ledger

MOST_PAID = 1.05
# Our own count leaves out what comes late or is read again on another day.
MOST_APART = 0.02
ENDS = ("/search/recent", "/mentions")
# What is read twice to find latecomers may lie within a gap and be stored all the same.
OVERLAPS = {"x": timedelta(seconds=90), "reddit": timedelta(seconds=660)}


@dataclass
class Verdict:
    """The figures in order, and every promise that was broken, in words."""

    figures: dict[str, object] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    lost: int = 0

    def promise(self, kept: bool, words: str) -> None:
        if not kept:
            self.broken.append(words)

    def __str__(self) -> str:
        width = max(map(len, self.figures))
        lines = [f"{name:<{width}}  {_shown(value)}" for name, value in self.figures.items()]
        said = [f"BROKEN: {words}" for words in self.broken] or ["every promise was kept"]
        return "\n".join(lines + said)


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def judge(here: Stage, plan: Plan, *, seconds: float) -> Verdict:
    """Compare database and platforms, all of it by id."""
    verdict = Verdict()
    book = ledger.read(here.database_url)
    store = Store(here.database_url, clock=here.clock, uses_database_time=False)
    try:
        with store.read() as tx:
            period = Span(START - timedelta(days=2), here.clock.now())
            gaps = [
                entry for name in WATCHES for entry in coverage.entries(tx, name, period) if entry.is_missing
            ]
            counted = costs.counted(tx, since=period.from_at.date())
            stopped = [row.name for row in watches.all_of(tx, WATCHES) if row.is_stopped or row.last_error]
    finally:
        store.close()
    logs = {name: _log(here.folder / f"{name}.jsonl") for name in here.platforms}
    _about_day(verdict, here, plan, logs, seconds)
    wanted = {post: (post.platform, native) for post, native in here.native.items() if post.watches}
    _about_posts(verdict, book, wanted, written=len(here.native))
    _about_gaps(verdict, gaps, wanted, book.stored)
    _about_reads(verdict, logs["x"], units_of(row for row in counted if row.connector == "x"), book)
    unexpected = (here.folder / "said.txt").read_text(errors="replace").count("Traceback")
    verdict.figures["exceptions nobody expected"] = unexpected
    verdict.promise(unexpected == 0, f"{unexpected} tracebacks in {here.folder / 'said.txt'}")
    verdict.promise(not stopped, f"watches that do not work at the end: {stopped}")
    return verdict


def _log(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _about_day(
    verdict: Verdict, here: Stage, plan: Plan, logs: Mapping[str, list[dict[str, Any]]], seconds: float
) -> None:
    faults = Counter(entry["fault"] for log in logs.values() for entry in log if entry["fault"])
    verdict.figures |= {
        "hours, accelerated": plan.hours,
        "seconds it took": round(seconds),
        "rounds": here.worker.rounds,
        "kill -9 in the middle of a round": here.worker.kills,
        "requests": sum(map(len, logs.values())),
        "requests that met a fault": sum(faults.values()),
        "kinds of faults met": len(faults),
        "peak memory of the polling process, MiB": here.worker.peak_kib // 1024,
    }


def _about_posts(
    verdict: Verdict, book: ledger.Ledger, wanted: Mapping[Post, tuple[str, str]], *, written: int
) -> None:
    produced = set(wanted.values())
    doubled = len(book.mentions) - len(book.stored)
    undecided = sum(row["decisions"] != 1 for row in book.mentions)
    miscounted = sum(row["contacts"] != row["heard"] for row in book.contacts)
    verdict.figures |= {
        "posts on both platforms": written,
        "posts that the watches have to bring": len(produced),
        "posts stored": len(book.stored & produced),
        "stored twice": doubled,
        "decided other than once": undecided,
        "customers with miscounted contacts": miscounted,
    }
    verdict.promise(doubled == 0, f"{doubled} posts are stored twice")
    verdict.promise(undecided == 0, f"{undecided} posts are not decided exactly once")
    verdict.promise(miscounted == 0, f"{miscounted} customers' contacts are miscounted")
    verdict.promise(not book.stored - produced, f"{len(book.stored - produced)} stored posts nobody wrote")
    verdict.promise(not book.damage, f"the database is damaged: {book.damage[:3]}")


def _about_gaps(
    verdict: Verdict, gaps: list[Entry], wanted: Mapping[Post, tuple[str, str]], stored: set[tuple[str, str]]
) -> None:
    missing = {post for post, ref in wanted.items() if ref not in stored}
    explained: set[Post] = set()
    idle, within = [], 0
    for gap in gaps:
        inside = [post for post in wanted if gap.watch in post.watches and _covers(gap.span, post)]
        lost = missing.intersection(inside)
        explained |= lost
        if not lost:
            idle.append(gap)
        overlap = OVERLAPS[gap.watch.partition("-")[0]]
        edges = [post for post in inside if post not in lost and len(post.watches) == 1]
        within += sum(gap.span.from_at + overlap <= post.at <= gap.span.until_at - overlap for post in edges)
    unexplained = missing - explained
    verdict.lost = len(unexplained)
    verdict.figures |= {
        "gaps on record": len(gaps),
        "posts missing": len(missing),
        "  of these within a gap on record": len(explained),
        "  of these lost without a word": len(unexplained),
        "gaps claimed where nothing is missing": len(idle),
        "stored posts deep inside a gap": within,
    }
    by_watch = Counter("+".join(post.watches) for post in unexplained)
    first = min(unexplained, key=lambda post: post.at, default=None)
    verdict.promise(not unexplained, f"lost without a word: {dict(by_watch)}, the first {first}")
    verdict.promise(not idle, f"gaps where nothing is missing: {[_words(gap) for gap in idle[:3]]}")
    verdict.promise(within == 0, f"{within} posts are called missing and are stored")


def _covers(span: Span, post: Post) -> bool:
    return span.from_at <= post.at <= span.until_at


def _words(gap: Entry) -> str:
    return f"{gap.watch} {gap.span.from_at:%H:%M:%S} to {gap.span.until_at:%H:%M:%S}: {gap.reason}"


def _about_reads(
    verdict: Verdict, log: Iterable[dict[str, Any]], ours: Mapping[str, int], book: ledger.Ledger
) -> None:
    log = list(log)
    posts, users = _billed(log)
    by_watch = sum(len(_billed(each for each in log if each["path"].endswith(end))[0]) for end in ENDS)
    paid, unique = len(posts), sum(source == "x" for source, _ in book.stored)
    ratio = paid / unique
    ours_posts = ours.get("posts", 0) + ours.get("owned_posts", 0)
    verdict.figures |= {
        "X: mentions stored": unique,
        "X: posts paid for by its log, once a UTC day": paid,
        "X: paid reads per mention": f"{ratio:.4f}",
        "X: the same for each watch by itself": by_watch,
        "X: posts by our own count": ours_posts,
        "X: own count per mention": f"{ours_posts / unique:.4f}",
        "X: authors paid for by its log, once a UTC day": len(users),
        "X: authors by our own count": ours.get("users", 0),
    }
    verdict.promise(ratio <= MOST_PAID, f"{ratio:.4f} paid reads per mention")
    is_near = abs(ours_posts - by_watch) <= MOST_APART * by_watch
    verdict.promise(
        is_near, f"our own count is {ours_posts} posts where X returned {by_watch} to our watches"
    )
    verdict.promise(ours.get("users", 0) >= len(users), "our own count of authors is too low")


def _billed(log: Iterable[dict[str, Any]]) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Each post and each profile X returned, once a UTC day; an answer that was cut off counts too."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for entry in log:
        if entry["status"] in (0, 200):
            for kind, ids in entry["returned"].items():
                found[kind].update((entry["at"][:10], each) for each in ids)
    return found["posts"], found["users"]
