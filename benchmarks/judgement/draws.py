"""What a site's decisions add: learn from N random posts of one brand, score that brand's others, many times.

    DATA=posts.jsonl python -m benchmarks.judgement.draws [--decisions 200] [--draws 20]

The file is one `{"text": …, "label": …, "brand": …}` a line; without `brand` all posts are one brand's.
Prints the AUC of unhappy with the shipped weights alone and after learning, and how many draws were worse.
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
from engagebot.scoring.fitting import Example, fit_site
from engagebot.scoring.lexicon import load_lexicon
from engagebot.scoring.model import Weighed
from engagebot.scoring.scorer import LayeredScorer, Layers
from engagebot.scoring.site import SiteModel


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
    print(f"{'brand':16} {'posts':>6} {'shipped':>8} {'taught':>8} {'least gain':>11} {'draws worse':>12}")
    for brand, examples in sorted(brands.items()):
        _draw(brand, examples, asked.decisions, asked.draws)


def _draw(brand: str, examples: Sequence[Example], decisions: int, draws: int) -> None:
    before, after = [], []
    for seed in range(draws):
        order = random.Random(seed).sample(range(len(examples)), len(examples))
        model = fit_site([examples[at] for at in order[:decisions]], made_from={})
        rest = [examples[at] for at in order[decisions:]]
        unhappy = [bool(example.is_unhappy) for example in rest]
        before.append(auc(unhappy, [example.base[0] for example in rest]) or 0.0)
        after.append(auc(unhappy, [_taught(model, example) for example in rest]) or 0.0)
    gains = [new - old for old, new in zip(before, after, strict=True)]
    worse = sum(gain < 0 for gain in gains)
    found = f"{fmean(before):8.4f} {fmean(after):8.4f} {min(gains):+11.4f} {worse:12}"
    print(f"{brand:16} {len(examples):6,} {found}", flush=True)


def _taught(model: SiteModel, example: Example) -> float:
    known = model.words
    words = sum(known[word][0] for word in example.words if word in known)
    weighed = Weighed(words * example.share, 0.0, [])
    return model.score(example.base, weighed, example.features)[0]


if __name__ == "__main__":
    main()
