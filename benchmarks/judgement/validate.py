"""How well the shipped recipe does on sources that it has never seen.

    DATA=folder python -m benchmarks.judgement.validate

The folder is that of `benchmarks.judgement.fit`. Each file of posts is left out once: weights are fitted
on all others and asked about it. The trades of the made-up files differ, so this is validation by trade and
brand and not by row; near-copies are removed before, so no post stands on both sides.

The last column is the AUC with a dialect and without any decision: one half of the file is heard without its
labels and the other is asked about, then the halves change places.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmarks.judgement.fit import examples_of, gather, reader, without_copies
from engagebot.domain.heard.metrics import auc, recall_at_precision
from engagebot.scoring.dialect import Heard
from engagebot.scoring.fitting import Example, fit_weights
from engagebot.scoring.model import Weights
from engagebot.scoring.site import Leaning

FOLDS = 5


def main() -> None:
    rows = without_copies([row for source in gather() for row in source.rows])
    scorer = reader()
    examples = examples_of(rows, scorer)
    plain = [-scorer.read(row.text).compound for row in rows]
    print(f"{len(rows):,} rows without near-copies; each part is asked about by weights that never saw it\n")
    figures = f"{'unhappy':>8} {'VADER':>7} {'AUC':>7} {'recall at .9':>13} {'dialect':>8}"
    print(f"{'left out':30} {'rows':>6} {figures}")
    for name in dict.fromkeys(row.source for row in rows):
        inside = [at for at, row in enumerate(rows) if row.source == name]
        _tell(name, inside, examples, plain, _asked(inside, examples))
        if name.endswith(".jsonl"):
            # General talk has no brands; beside the whole file, a fifth of its rows at a time is left out.
            random.Random(0).shuffle(inside)
            parts = [inside[fold::FOLDS] for fold in range(FOLDS)]
            odds_of = {at: odds for part in parts for at, odds in _asked(part, examples).items()}
            _tell(f"{name}, by fifths", inside, examples, plain, odds_of)


def _asked(inside: Sequence[int], examples: Sequence[Example]) -> dict[int, float]:
    """The log-odds of some examples, by weights that are fitted on all others."""
    left_out = set(inside)
    outside = [example for at, example in enumerate(examples) if at not in left_out]
    weights = fit_weights(outside, made_from={})
    return {at: odds(weights, examples[at]) for at in inside}


def _tell(
    name: str,
    inside: Sequence[int],
    examples: Sequence[Example],
    plain: Sequence[float],
    odds_of: Mapping[int, float],
) -> None:
    unhappy = [bool(examples[at].is_unhappy) for at in inside]
    scores = [odds_of[at] for at in inside]
    vader = auc(unhappy, [plain[at] for at in inside]) or 0.0
    found = auc(unhappy, scores) or 0.0
    recall = recall_at_precision(unhappy, scores, precision=0.9) or 0.0
    share = sum(unhappy) / len(unhappy)
    with_dialect = auc(unhappy, _with_dialect(inside, examples, odds_of)) or 0.0
    figures = f"{share:8.0%} {vader:7.3f} {found:7.3f} {recall:13.3f} {with_dialect:8.3f}"
    print(f"{name:30} {len(inside):6,} {figures}", flush=True)


def _with_dialect(
    inside: Sequence[int], examples: Sequence[Example], odds_of: Mapping[int, float]
) -> list[float]:
    mixed = random.Random(0).sample(inside, len(inside))
    halves = mixed[::2], mixed[1::2]
    found: dict[int, float] = {}
    for asked, other in (halves, halves[::-1]):
        heard = Heard()
        for at in other:
            heard.add(replace(examples[at], base=(odds_of[at], 0.0)), at)
        leaning = heard.dialect()[0] or Leaning(keep=1.0, shift=0.0, words={})
        for at in asked:
            example = examples[at]
            words = math.fsum(leaning.words.get(word, 0.0) for word in example.words) * example.share
            found[at] = leaning.keep * odds_of[at] + leaning.shift + words
    return [found[at] for at in inside]


def odds(weights: Weights, example: Example) -> float:
    """The log-odds of unhappy of an example that keeps its words as a set."""
    known = weights.words
    words = sum(known[word][0] for word in example.words if word in known) * example.share
    features = sum(weights.pair(name)[0] * value for name, value in example.features.items())
    return weights.bias[0] + features + words


if __name__ == "__main__":
    main()
