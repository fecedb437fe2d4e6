"""What a site's decisions and its dialect add: learn from N random posts of one brand, score its others.

    DATA=posts.jsonl python -m benchmarks.judgement.draws [--decisions 200] [--draws 20]

The file is one `{"text": …, "label": …, "brand": …}` a line; without `brand` all posts are one brand's.
Prints the AUC of unhappy with the shipped weights alone, after learning from decisions, and with the dialect
too, and how many draws were worse than the shipped weights. The dialect hears half of the other posts without
their labels, and the other half is asked about; then the halves change places.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from benchmarks.judgement.fit import ROOT
from engagebot.bootstrap.judging import shipped_weights
from engagebot.domain.heard.metrics import auc
from engagebot.scoring.dialect import Heard
from engagebot.scoring.fitting import Example, fit_site
from engagebot.scoring.lexicon import load_lexicon
from engagebot.scoring.proving import scored_by
from engagebot.scoring.scorer import LayeredScorer, Layers


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judgement.draws")
    parser.add_argument("--decisions", type=int, default=200)
    parser.add_argument("--draws", type=int, default=20)
    asked = parser.parse_args(arguments)
    path = Path(os.environ["DATA"])
    content = path.read_bytes()
    print(f"{path.name}, sha256 {hashlib.sha256(content).hexdigest()[:16]}")
    lexicon = load_lexicon(ROOT / "config" / "lexicons")
    scorer = LayeredScorer(Layers(lexicon=lexicon, weights=shipped_weights()))
    brands: defaultdict[str, list[Example]] = defaultdict(list)
    for line in content.decode("utf-8").split("\n"):
        if line.strip():
            row = json.loads(line)
            is_unhappy, is_praise = row["label"] == "negative", row["label"] == "positive"
            example = scorer.example(row["text"], is_unhappy=is_unhappy, is_praise=is_praise)
            brands[row.get("brand") or "all"].append(example)
    print(f"{asked.draws} draws of {asked.decisions} decisions; AUC of unhappy on all other posts\n")
    print(
        f"{'brand':16} {'posts':>6} {'shipped':>8} {'taught':>8} {'dialect':>8} {'least gain':>11} "
        f"{'draws worse':>12}"
    )
    for brand, examples in sorted(brands.items()):
        _draw(brand, examples, asked.decisions, asked.draws)


def _draw(brand: str, examples: Sequence[Example], decisions: int, draws: int) -> None:
    before, taught, after = [], [], []
    for seed in range(draws):
        order = random.Random(seed).sample(range(len(examples)), len(examples))
        lessons = [examples[at] for at in order[:decisions]]
        halves = [[examples[at] for at in order[decisions + side :: 2]] for side in (0, 1)]
        rest = [*halves[0], *halves[1]]
        unhappy = [bool(example.is_unhappy) for example in rest]
        alone = fit_site(lessons, made_from={})
        before.append(auc(unhappy, [example.base[0] for example in rest]) or 0.0)
        taught.append(auc(unhappy, [scored_by(alone, example)[0] for example in rest]) or 0.0)
        odds: list[float] = []
        for asked, other in (halves, reversed(halves)):
            model = fit_site(lessons, made_from={}, dialect=_heard(other).dialect())
            odds += [scored_by(model, example)[0] for example in asked]
        after.append(auc(unhappy, odds) or 0.0)
    gains = [new - old for old, new in zip(before, after, strict=True)]
    worse = sum(gain < 0 for gain in gains)
    found = f"{fmean(before):8.4f} {fmean(taught):8.4f} {fmean(after):8.4f} {min(gains):+11.4f} {worse:12}"
    print(f"{brand:16} {len(examples):6,} {found}", flush=True)


def _heard(examples: Sequence[Example]) -> Heard:
    heard = Heard()
    for person, example in enumerate(examples):
        heard.add(example, person)
    return heard


if __name__ == "__main__":
    main()
