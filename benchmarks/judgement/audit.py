"""How much an answer to the audit sample should count, and how often learning is adopted.

    DATA=airline-dev.jsonl python -m benchmarks.judgement.audit

The file holds `{"text": …, "label": negative|neutral|positive, "author": …}` a line. Half of it teaches, the
other half is asked. Posts count as routed where the shipped weights call them unhappy or praise; posts that
are not routed are counted five times in the loss, as they are the most on a real site.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from engagebot.domain.heard.metrics import auc
from engagebot.scoring import LayeredScorer, Layers, Names, load_lexicon
from engagebot.scoring.dialect import Heard
from engagebot.scoring.fitting import fit_site
from engagebot.scoring.model import load_weights, probability
from engagebot.scoring.proving import Lesson, keepable, prove, scored_by, with_words
from engagebot.scoring.site import NO_DIALECT, Dialect, SiteModel

ROOT = Path(__file__).resolve().parents[2]
UNROUTED_TIMES = 5
ROUTED = 400


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judgement.audit")
    parser.add_argument("--draws", type=int, default=8)
    draws = parser.parse_args(arguments).draws
    path = Path(os.environ.get("DATA", ""))
    if not path.is_file():
        raise SystemExit("DATA must name a file of labelled posts, one JSON object a line")
    print(f"{path.name}: sha256 {sha256(path.read_bytes()).hexdigest()[:16]}")
    lessons = read(path)
    random.Random(0).shuffle(lessons)
    half = len(lessons) // 2
    taught, asked = lessons[:half], lessons[half:]
    print(
        f"{len(taught)} posts to learn from, {len(asked)} to ask about; shipped AUC {rank(None, asked):.4f}"
    )
    for count in (200, 500, 1000):
        adoption(taught, asked, count, draws, hears=False)
        adoption(taught, asked, count, draws, hears=True)
    for answers in (40, 120):
        for weight in (1.0, 1.5, 2.0, 3.0, 5.0, 10.0):
            weigh(taught, asked, answers, weight, draws)


def read(path: Path) -> list[Lesson]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    brands = sorted({row["brand"] for row in rows if row.get("brand")})
    scorer = LayeredScorer(
        Layers(
            lexicon=load_lexicon(ROOT / "config" / "lexicons"),
            weights=load_weights(ROOT / "engagebot" / "scoring" / "weights.json"),
            names=Names(brands),
        )
    )
    lessons = []
    for at, row in enumerate(rows):
        label = row["label"]
        example = scorer.example(row["text"], is_unhappy=label == "negative", is_praise=label == "positive")
        lessons.append(Lesson(example=example, person=row.get("author") or at, copies=row["text"]))
    return lessons


def adoption(
    taught: Sequence[Lesson], asked: Sequence[Lesson], count: int, draws: int, *, hears: bool
) -> None:
    """Where it hears, the dialect is learned from what is left of the taught half, without its labels."""
    found, adopted = [], 0
    for seed in range(draws):
        order = random.Random(seed).sample(list(taught), len(taught))
        chosen, dialect = order[:count], NO_DIALECT
        if hears:
            heard = Heard()
            for lesson in order[count:]:
                heard.add(lesson.example, lesson.person)
            dialect = heard.dialect()
        proof = prove(chosen, question=0, leaning=dialect[0])
        adopted += proof is not None and not proof.taught.is_worse_than(proof.shipped)
        found.append(rank(fit(chosen, dialect), asked))
    print(
        f"{count} verdicts{' and a dialect' if hears else ''}: adopted {adopted} of {draws}; AUC of each "
        f"{min(found):.4f} to {max(found):.4f}, mean {sum(found) / draws:.4f}"
    )


def weigh(taught: Sequence[Lesson], asked: Sequence[Lesson], answers: int, weight: float, draws: int) -> None:
    routed = [lesson for lesson in taught if is_routed(lesson)]
    others = [lesson for lesson in taught if not is_routed(lesson)]
    unseen = [lesson for lesson in asked if not is_routed(lesson)]
    everywhere, missed, losses = [], [], []
    for seed in range(draws):
        draw = random.Random(seed)
        sampled = [
            replace(lesson, example=replace(lesson.example, weight=weight))
            for lesson in draw.sample(others, answers)
        ]
        model = fit([*draw.sample(routed, ROUTED), *sampled])
        everywhere.append(rank(model, asked))
        missed.append(rank(model, unseen))
        losses.append(loss(model, asked))
    print(
        f"{answers} answers counting {weight:g}: AUC {mean(everywhere):.4f}, of unrouted {mean(missed):.4f}, "
        f"loss {mean(losses):.4f}"
    )


def fit(lessons: Sequence[Lesson], dialect: Dialect = NO_DIALECT) -> SiteModel:
    words = keepable(lessons).union(*(leaning.words for leaning in dialect if leaning))
    examples = [with_words(lesson.example, words) for lesson in lessons]
    return fit_site(examples, made_from={}, dialect=dialect)


def is_routed(lesson: Lesson) -> bool:
    return max(lesson.example.base) > 0


def rank(model: SiteModel | None, lessons: Sequence[Lesson]) -> float:
    answers = [lesson.example.is_unhappy is True for lesson in lessons]
    return auc(answers, [odds(model, lesson) for lesson in lessons]) or 0.0


def loss(model: SiteModel | None, lessons: Sequence[Lesson]) -> float:
    total = weights = 0.0
    for lesson in lessons:
        weight = 1 if is_routed(lesson) else UNROUTED_TIMES
        each = odds(model, lesson)
        total -= weight * math.log(max(probability(each if lesson.example.is_unhappy else -each), 1e-6))
        weights += weight
    return total / weights


def odds(model: SiteModel | None, lesson: Lesson) -> float:
    return lesson.example.base[0] if model is None else scored_by(model, lesson.example)[0]


def mean(found: Sequence[float]) -> float:
    return sum(found) / len(found)


if __name__ == "__main__":
    main()
