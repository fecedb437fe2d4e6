"""How much English is kept, how much that is foreign is caught, and what it costs.

    DATA=folder python -m benchmarks.judgement.language

The folder holds `airline-dev.jsonl`, `reddit-dev.jsonl` and `vader-tweets.jsonl`, one `{"text": …}` a line,
nearly all English. The foreign posts were made up for the tests and lie with them.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

from engagebot.scoring.detectors import Detectors, Vote
from engagebot.scoring.language import Languages
from engagebot.scoring.tokens import BRAND, tokenise

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = ROOT / "tests" / "judgement" / "foreign.tsv"
TRAPS = ROOT / "tests" / "judgement" / "traps" / "open.yaml"
ENGLISH_SETS = ("airline-dev.jsonl", "reddit-dev.jsonl", "vader-tweets.jsonl")
# What X often says of short English posts, and what is most written beside English.
WRONG_HINTS = ("en", "es", "fr", "de", "in", "tl", "et", "ht", "und", "qme")
ROUNDS = 5
ENGLISH = frozenset({None, "en"})


@dataclass(frozen=True, slots=True)
class Post:
    """A text, its tokens, and its language where it is known."""

    text: str
    forms: list[str]
    code: str

    @classmethod
    def of(cls, text: str, code: str) -> Post:
        return cls(text, [BRAND if form == "acme" else form for form in tokenise(text).forms], code)


class Counting(Detectors):
    """The real detectors, counting how often each is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()

    def fast(self, line: str) -> Vote:
        self.asked["fast"] += 1
        return super().fast(line)

    def second(self, line: str) -> Vote:
        self.asked["second"] += 1
        return super().second(line)


class FastAlone(Detectors):
    """fastText's word counts twice."""

    def second(self, line: str) -> Vote:
        return self.fast(line)


class SecondAlone(Detectors):
    """py3langid's word counts twice."""

    def fast(self, line: str) -> Vote:
        return self.second(line)


def main() -> None:
    folder = Path(os.environ.get("DATA", ""))
    missing = [name for name in ENGLISH_SETS if not (folder / name).is_file()]
    if missing or not os.environ.get("DATA"):
        raise SystemExit(f"DATA must name a folder with {', '.join(ENGLISH_SETS)}")
    english = {name: _lines(folder / name) for name in ENGLISH_SETS}
    foreign = [Post.of(text, code) for code, text in (row.split("\t") for row in _read(FOREIGN))]
    traps = [Post.of(text, code) for text, code in _traps()]
    detectors = Counting()
    languages = Languages(detectors)
    _count(languages, foreign)  # loads both detectors
    print("\nEnglish kept (no hint); share of posts for which each detector was asked; cost without tokens")
    for name, posts in english.items():
        detectors.asked.clear()
        kept = 1 - _count(languages, posts) / len(posts)
        fast, second = (detectors.asked[each] / len(posts) for each in ("fast", "second"))
        cost = _mean_cost(languages, posts)
        print(f"  {name}: kept {kept:.2%}, asked {fast:.1%} and {second:.1%}, {cost:.1f} µs a post")
    _print_hinted(languages, [post for posts in english.values() for post in posts])
    _print_caught(languages, foreign, traps)
    _print_voices(english.values(), foreign)
    _print_bounds(languages)


def _print_hinted(languages: Languages, posts: list[Post]) -> None:
    print("\nEnglish kept of all sets, had the platform claimed one language for every post")
    kept = {
        hint: 1 - _count(languages, posts, hint=partial(_claim, hint)) / len(posts) for hint in WRONG_HINTS
    }
    print("  " + ", ".join(f"{hint} {share:.2%}" for hint, share in kept.items()))


def _print_caught(languages: Languages, foreign: list[Post], traps: list[Post]) -> None:
    print("\nforeign caught; and with the platform's right hint; and given the right code without one")
    for name, posts in (("made-up posts", foreign), ("open traps", traps)):
        caught, hinted = _count(languages, posts), _count(languages, posts, hint=lambda post: post.code)
        right = sum(_detect(languages, post) == post.code for post in posts)
        shares = "; ".join(f"{number / len(posts):.1%}" for number in (caught, hinted, right))
        print(f"  {name} ({len(posts)}): {shares}")
    all_of = Counter(post.code for post in foreign)
    missed = Counter(post.code for post in foreign if _detect(languages, post) in ENGLISH)
    print("  " + ", ".join(f"{code} {all_of[code] - missed[code]}/{all_of[code]}" for code in all_of))
    false = _count(languages, foreign, hint=lambda _: "en")
    print(f"  made-up posts with the wrong hint en: {false / len(foreign):.1%}")


def _print_voices(english: Iterable[list[Post]], foreign: list[Post]) -> None:
    """What each detector adds; the other steps are the same."""
    posts = [post for each in english for post in each]
    print("\nvoices: English lost of all sets; foreign caught")
    for name, detectors in (
        ("both", Detectors()),
        ("fastText alone", FastAlone()),
        ("py3langid alone", SecondAlone()),
    ):
        languages = Languages(detectors)
        lost, caught = _count(languages, posts), _count(languages, foreign)
        print(f"  {name}: {lost} ({lost / len(posts):.2%}); {caught} ({caught / len(foreign):.1%})")


def _print_bounds(languages: Languages) -> None:
    print("\nlongest of five rounds, without tokens")
    for name, text in (
        (
            "50,000 English characters",
            ("thanks for nothing, I have been waiting for hours. " * 1_000)[:50_000],
        ),
        ("50,000 German characters", ("wann kommt denn endlich mein Paket an? " * 1_300)[:50_000]),
        ("50,000 Japanese characters", ("注文した商品がまだ届きません。" * 4_000)[:50_000]),
        ("50,000 letters without a blank", "x" * 50_000),
        ("50,000 signs <", "<" * 50_000),
        ("10,000 emoji", "😭" * 10_000),
        ("10,000 emoji between letters", "😭a" * 10_000),
    ):
        post = Post.of(text, "")
        worst = max(_seconds(partial(_detect, languages, post)) for _ in range(ROUNDS))
        print(f"  {name}: {worst * 1e3:.2f} ms")


def _count(
    languages: Languages, posts: Iterable[Post], hint: Callable[[Post], str | None] = lambda _: None
) -> int:
    """How many posts are taken for foreign."""
    return sum(languages.detect(post.text, post.forms, hint=hint(post)) not in ENGLISH for post in posts)


def _claim(hint: str, _: Post) -> str:
    return hint


def _detect(languages: Languages, post: Post) -> str | None:
    return languages.detect(post.text, post.forms, hint=None)


def _mean_cost(languages: Languages, posts: list[Post]) -> float:
    """Microseconds a post, of the best round: others may use the machine too."""
    return min(_seconds(lambda: _count(languages, posts)) for _ in range(ROUNDS)) / len(posts) * 1e6


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _read(path: Path) -> list[str]:
    content = path.read_bytes()
    rows = [line for line in content.decode("utf-8").split("\n") if line]
    print(f"{path.name}: {len(rows):,} lines, sha256 {hashlib.sha256(content).hexdigest()[:16]}")
    return rows


def _lines(path: Path) -> list[Post]:
    return [Post.of(json.loads(row)["text"], "en") for row in _read(path)]


def _traps() -> list[tuple[str, str]]:
    told = yaml.safe_load("\n".join(_read(TRAPS)))
    return [
        (each["text"], each["expect"]["language"])
        for each in told
        if each["kind"] == "other_language" and "language" in each.get("expect", {})
    ]


if __name__ == "__main__":
    main()
