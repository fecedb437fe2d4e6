"""All that judgement says of the made-up posts and of odd texts, a line each: `python -m tests.judged`.

Run as compiled code and as plain Python, it must write the same lines.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.judgement.rows import made_up
from engagebot.bootstrap.judging import shipped_weights
from engagebot.scoring import IS_COMPILED, LayeredScorer, Layers, Names, VaderScorer, load_lexicon
from engagebot.scoring.features import words_of
from engagebot.scoring.model import Words
from engagebot.scoring.site import SiteModel
from tests.sampling import of_all
from tests.unit.scoring.odd_texts import odd_texts

ROOT = Path(__file__).parents[1]
HINTS = (None, "en", "de", "und", "pt-BR")
NAMES = Names(("acme", "@acme", "Acme Air", "21 Acme"), ("@rival_demo", "Rival & Sons"))
FOREIGN = ROOT / "tests" / "judgement" / "foreign.tsv"


def texts() -> Iterator[str]:
    for source in made_up():
        # The files have many of each kind, and both ways take their time.
        yield from (row.text for row in source.rows[:: of_all(1, 4)])
    yield from (line.split("\t")[1] for line in FOREIGN.read_text("utf-8").splitlines())
    yield from odd_texts(of_all(1_500, 1_000), seed=11)
    for text in odd_texts(40, seed=12):
        yield f"@acme {text} Acme Air, not 21 acme but rival & sons {text}"
    for text in odd_texts(4, seed=13):
        yield f"{text} late again, thanks " * 400
    yield "it was late, but great! " * 4_000


def taught() -> SiteModel:
    words = {"late": (0.4, -0.2), "the bus": (0.7, 0.1), "thanks": (-0.3, 0.9), "acme": (0.25, 0.0)}
    return SiteModel(
        shift=(0.125, -0.25),
        features={"cue late": (0.5, -0.1), "asks": (0.3, 0.0), "VADER negative": (0.2, -0.1)},
        words=Words(words),
    )


def lines() -> Iterator[str]:
    lexicon, weights = load_lexicon(ROOT / "config" / "lexicons"), shipped_weights()
    plain = LayeredScorer(Layers(lexicon=lexicon, weights=weights))
    site = LayeredScorer(Layers(lexicon=lexicon, weights=weights, names=NAMES, site=taught()))
    vader = VaderScorer()
    for at, text in enumerate(texts()):
        yield repr((text[:200], plain.judge(text, lang=HINTS[at % len(HINTS)]), vader.judge(text).compound))
        reading = site.read(text)
        tokens = reading.tokens
        scored = site.score(reading)
        yield repr((site.judge(text), reading.cues, reading.compound, reading.masked, scored))
        yield repr((tokens.forms, tokens.starts, tokens.ends, sorted(tokens.marks), sorted(words_of(tokens))))


def main() -> None:
    target = Path(sys.argv[1])
    with target.open("w", encoding="utf-8") as file:
        file.write(f"{'compiled' if IS_COMPILED else 'pure'}\n")
        # Lone halves of surrogate pairs are among the texts; ascii() writes them too.
        file.writelines(f"{line!a}\n" for line in lines())


if __name__ == "__main__":
    main()
