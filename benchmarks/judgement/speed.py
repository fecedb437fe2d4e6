"""Posts per second of each layer of judgement beside the package's own `polarity_scores`, in one run.

    DATA=posts.jsonl python -m benchmarks.judgement.speed
    DATA=posts.jsonl PURE_PYTHON=1 python -m benchmarks.judgement.speed

The second leaves the compiled modules aside. Times are the process's own CPU seconds, the best of five rounds
over the same texts, with everything in front of a layer already done. A layer by itself finds its tables in
the processor's cache, so the layers add up to less than the whole.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from benchmarks.judgement.fit import ROOT
from engagebot.bootstrap.judging import shipped_weights
from engagebot.scoring import IS_COMPILED
from engagebot.scoring.cues import find_cues
from engagebot.scoring.features import features_of, share_of
from engagebot.scoring.language import Languages
from engagebot.scoring.lexicon import load_lexicon
from engagebot.scoring.pushes import cues_shown
from engagebot.scoring.scorer import LayeredScorer, Layers
from engagebot.scoring.tokens import tokenise
from engagebot.scoring.vader import Vader

ROUNDS = 5
MOST_POSTS = 4_000


def main() -> None:
    texts = _texts()
    lexicon, weights = load_lexicon(ROOT / "config" / "lexicons"), shipped_weights()
    scorer = LayeredScorer(Layers(lexicon=lexicon, weights=weights))
    package, vader, languages = SentimentIntensityAnalyzer(), Vader(), Languages()
    tokens = [tokenise(text) for text in texts]
    readings = [scorer.read(text) for text in texts]
    scored = [scorer.score(reading) for reading in readings]
    gc.collect()
    gc.freeze()
    theirs = _seconds(package.polarity_scores, texts)
    rows: list[tuple[str, float]] = [
        ("polarity_scores of the package", theirs),
        ("VADER, our linear path", _seconds(vader.compound, texts)),
        ("tokens", _seconds(tokenise, texts)),
        ("language", _seconds(lambda each: languages.detect(each.text, each.forms, hint=None), tokens)),
        ("cues", _seconds(lambda each: find_cues(each, lexicon), tokens)),
        ("features", _seconds(features_of, readings)),
        ("words", _seconds(lambda each: weights.words.weigh(each.forms, share_of(each)), tokens)),
        (
            "explanation",
            _seconds(
                lambda pair: cues_shown(pair[0], pair[1], weights, None),
                list(zip(readings, scored, strict=True)),
            ),
        ),
        ("whole judgement", _seconds(scorer.judge, texts)),
    ]
    print(f"judgement as {'compiled code' if IS_COMPILED else 'plain Python'}")
    print(f"\n{'layer':32} {'µs a post':>10} {'posts/s':>9} {'of the package':>15}")
    for name, seconds in rows:
        rate = len(texts) / seconds
        print(f"{name:32} {seconds / len(texts) * 1e6:10.1f} {rate:9,.0f} {theirs / seconds:15.2f}")
    for name, text in (("10,000 emoji", "\N{POUTING FACE}" * 10_000), ("40,000 characters", _long(texts))):
        print(f"{name}: {_seconds(scorer.judge, [text]) * 1000:.1f} ms")


def _texts() -> list[str]:
    path = Path(os.environ["DATA"])
    content = path.read_bytes()
    found = [json.loads(line)["text"] for line in content.decode("utf-8").split("\n") if line.strip()]
    print(f"{path.name}, sha256 {hashlib.sha256(content).hexdigest()[:16]}: the first {MOST_POSTS:,} texts")
    return found[:MOST_POSTS]


def _long(texts: Sequence[str]) -> str:
    return " ".join(texts)[:40_000]


def _seconds(work: Callable[[Any], object], items: Sequence[Any]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for item in items:
            work(item)
        best = min(best, time.process_time() - began)
    return best


if __name__ == "__main__":
    main()
