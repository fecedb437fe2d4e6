"""Measure our scorer beside the vaderSentiment package, in one process and over the same texts.

    python -m benchmarks.scoring [--full]

`DATA=path` takes the texts from a JSON Lines or CSV file with a field `text`; without it they are made up.
"""

from __future__ import annotations

import argparse
import csv
import gc
import hashlib
import json
import os
import platform
import random
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from io import StringIO
from pathlib import Path

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from benchmarks.texts import service_posts
from engagebot.scoring import VaderScorer

_TAKES = 5
_MADE_UP_POSTS = 10_000
_POST_CHARS = 40_000
Score = Callable[[str], float]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scoring", description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="also give the package 10,000 emoji (30 s)")
    full = parser.parse_args().full
    package, scorer = SentimentIntensityAnalyzer(), VaderScorer()

    def theirs(text: str) -> float:
        return float(package.polarity_scores(text)["compound"])

    def ours(text: str) -> float:
        return scorer.judge(text).compound

    print(f"Python {platform.python_version()}, vaderSentiment {version('vaderSentiment')}, one thread")
    texts = _texts()
    _compare_rates(texts, theirs, ours)
    _compare_long_texts(texts, theirs, ours, full=full)


def _texts() -> list[str]:
    if not (data := os.environ.get("DATA")):
        print(f"texts: {_MADE_UP_POSTS:,} made-up service posts (seed 1)")
        return [post["text"] for post in service_posts(_MADE_UP_POSTS, seed=1)]
    content = Path(data).read_bytes()
    text = content.decode("utf-8-sig")
    # Not splitlines(): a post may hold characters that count as line ends there.
    rows: Iterable[dict[str, str]] = (
        csv.DictReader(StringIO(text, newline=""))
        if data.endswith(".csv")
        else (json.loads(line) for line in text.split("\n") if line.strip())
    )
    texts = [row["text"] for row in rows]
    print(f"texts: {len(texts):,} of {Path(data).name}, sha256 {hashlib.sha256(content).hexdigest()}")
    return texts


def _compare_rates(texts: list[str], theirs: Score, ours: Score) -> None:
    """Take turns, so that a busy machine slows both; the fastest take of each counts."""
    takes = [(_seconds(theirs, texts), _seconds(ours, texts)) for _ in range(_TAKES)]
    their_rate, our_rate = (len(texts) / min(seconds) for seconds in zip(*takes, strict=True))
    different = sum(theirs(text) != ours(text) for text in texts)
    print(f"package    {their_rate:>9,.0f} texts/s")
    print(f"engagebot  {our_rate:>9,.0f} texts/s  = {our_rate / their_rate:.1f} x the package")
    print(f"different compounds: {different} of {len(texts):,}")


def _compare_long_texts(texts: list[str], theirs: Score, ours: Score, *, full: bool) -> None:
    print(f"\n{'one text':<34}{'package':>12}{'engagebot':>12}")
    face = "\N{GRINNING FACE}"
    longest = max(SentimentIntensityAnalyzer().emojis.items(), key=_words_of_emoji)[0]
    shuffled = random.Random(1).sample(texts, k=len(texts))
    post = " ".join(shuffled)
    post = (post * (_POST_CHARS // len(post) + 1))[:_POST_CHARS]
    for name, text, with_package in (
        ("1,000 emoji", face * 1_000, True),
        ("3,000 emoji", face * 3_000, True),
        ("10,000 emoji", face * 10_000, full),
        ("40,000 characters of posts", post, True),
        ("50,000 emoji of many words", longest * 50_000, False),
        ("1,000,000 characters, cut", "good bad " * 111_111, False),
    ):
        their_cost = f"{_seconds(theirs, [text]) * 1_000:,.1f} ms" if with_package else "not run"
        our_cost = min(_seconds(ours, [text]) for _ in range(_TAKES)) * 1_000
        print(f"{name:<34}{their_cost:>12}{our_cost:>9,.1f} ms")


def _words_of_emoji(entry: tuple[str, str]) -> int:
    emoji, description = entry
    return len(description.split()) if len(emoji) == 1 else 0


def _seconds(score: Score, texts: list[str]) -> float:
    gc.collect()
    started = time.perf_counter()
    for text in texts:
        score(text)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
