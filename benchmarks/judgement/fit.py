"""Fit the shipped weights anew and write them into the package.

    DATA=folder python -m benchmarks.judgement.fit

The folder holds `reddit-dev.jsonl` (GoEmotions, Apache-2.0) and `vader-tweets.jsonl` (the ground truth
that comes with VADER, MIT), one `{"text": …, "label": negative|neutral|positive}` a line. The made-up posts
lie beside this file. Rows that are nearly equal are fitted once. The same files give the same weights.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.judgement.rows import Row, Source, labelled, made_up
from engagebot.domain.heard.copies import bands, fingerprint, is_near
from engagebot.scoring.features import features_of, share_of, words_of
from engagebot.scoring.fitting import Example, fit_weights
from engagebot.scoring.lexicon import load_lexicon
from engagebot.scoring.model import Weights
from engagebot.scoring.scorer import LayeredScorer, Layers

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "engagebot" / "scoring" / "weights.json"
WEIGHTS_OF = {"plain.tsv": 3.0, ".tsv": 1.5, "reddit-dev.jsonl": 2.0}
"""How much a row counts, by how its file's name ends, the first that fits; others count 1.

Posts to brands are what engagebot reads, and of general talk Reddit's is what it reads too. Plain remarks
count twice as much as other posts: elsewhere most statements to an account are complaints. These factors
were chosen by `benchmarks.judgement.validate` and on airline posts that are not fitted on.
"""
OPEN_SETS = (
    ("reddit-dev.jsonl", "GoEmotions (Google Research), Apache-2.0"),
    ("vader-tweets.jsonl", "ground truth of VADER (Hutto and Gilbert, ICWSM 2014), MIT"),
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judgement.fit")
    parser.add_argument(
        "--out", type=Path, default=WEIGHTS, help="where to write (default: into the package)"
    )
    out = parser.parse_args(arguments).out
    began = time.monotonic()
    sources = gather()
    for source in sources:
        print(f"{source.name}: {len(source.rows):,} rows, sha256 {source.checksum[:16]}, {source.licence}")
    rows = without_copies([row for source in sources for row in source.rows])
    weights = fit(rows, {"sources": [source.as_json() for source in sources], "read_as": read_as(reader())})
    out.write_text(weights.dump() + "\n", encoding="utf-8")
    size = out.stat().st_size / 1024
    print(f"fitted on {len(rows):,} rows without near-copies")
    print(f"{len(weights.features)} features, {len(weights.words):,} words and pairs")
    print(f"wrote {out.name} ({size:.0f} KiB, version {weights.digest}) in {time.monotonic() - began:.0f} s")


def gather() -> list[Source]:
    """All sources, the made-up posts first.

    Raises:
        SystemExit: the folder with the open sets is not named or not whole.
    """
    folder = Path(os.environ.get("DATA", ""))
    missing = [name for name, _ in OPEN_SETS if not (folder / name).is_file()]
    if missing or not os.environ.get("DATA"):
        raise SystemExit(f"DATA must name a folder with {' and '.join(name for name, _ in OPEN_SETS)}")
    return [*made_up(), *(labelled(folder / name, licence) for name, licence in OPEN_SETS)]


def without_copies(rows: Sequence[Row]) -> list[Row]:
    """Keep the first of rows that say nearly the same."""
    kept: list[Row] = []
    known: dict[tuple[int, int], list[int]] = {}
    for row in rows:
        mark = fingerprint(row.text)
        if mark is not None:
            keys = list(enumerate(bands(mark)))
            if any(is_near(mark, other) for key in keys for other in known.get(key, ())):
                continue
            for key in keys:
                known.setdefault(key, []).append(mark)
        kept.append(row)
    return kept


def reader() -> LayeredScorer:
    """A scorer with this checkout's lexicons and no weights: it only reads."""
    folder = Path(os.environ.get("LEXICONS", ROOT / "config" / "lexicons"))
    return LayeredScorer(Layers(lexicon=load_lexicon(folder), weights=Weights(bias=(0.0, 0.0))))


def examples_of(rows: Sequence[Row], scorer: LayeredScorer) -> list[Example]:
    """Read rows into what a fit takes."""
    found = []
    for row in rows:
        reading = scorer.read(row.text)
        found.append(
            Example(
                features=features_of(reading),
                words=words_of(reading.tokens),
                share=share_of(reading.tokens),
                is_unhappy=row.label == "negative",
                is_praise=row.label == "positive",
                weight=next((each for end, each in WEIGHTS_OF.items() if row.source.endswith(end)), 1.0),
            )
        )
    return found


def fit(rows: Sequence[Row], made_from: Mapping[str, object]) -> Weights:
    """Fit the weights on these rows."""
    return fit_weights(examples_of(rows, reader()), made_from=made_from)


def read_as(scorer: LayeredScorer) -> str:
    """Names all that lexicons and features say of the made-up posts, the rarest digits left out.

    Where this changes, the weights that were fitted before are not those that a fit gives now.
    """
    digest = hashlib.sha256()
    for source in made_up():
        for example in examples_of(source.rows, scorer):
            features = {name: round(value, 6) for name, value in example.features.items()}
            digest.update(json.dumps([sorted(features.items()), sorted(example.words)]).encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
