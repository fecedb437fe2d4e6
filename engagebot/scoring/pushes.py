"""Why a text got its figure: everything that pushed, each with its place and its share in log-odds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engagebot.domain.judgement import Cue
from engagebot.scoring.features import MOST_PUSH, Reading, sums_of
from engagebot.scoring.model import Pair, Weights
from engagebot.scoring.site import SiteModel

MOST_SHOWN: Final = 12
LEAST_PUSH: Final = 0.1
"""Weaker pushes of single words are left out; cues of the lexicon are shown however weak."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Both log-odds before and after what the site has taught, and what they were made from."""

    features: Mapping[str, float]
    words: Mapping[str, tuple[float, int, int]]
    base: Pair
    taught: Pair | None

    @property
    def final(self) -> Pair:
        return self.taught or self.base


def cues_shown(reading: Reading, scored: Scored, weights: Weights, site: SiteModel | None) -> tuple[Cue, ...]:
    """What pushed towards unhappy (above 0) or away from it, the strongest first.

    The push of a word that lies within a cue is the cue's. A push without a place (the text ends by
    asking, it shouts) has `start` = `end` = 0.
    """
    scale = site.scale[0] if site else 1.0
    pushes: defaultdict[tuple[int, int], float] = defaultdict(float)
    names: dict[tuple[int, int], str] = {}
    covered: dict[int, tuple[int, int]] = {}
    sums = sums_of(reading.cues)
    for cue in reading.cues:
        span = (cue.first, cue.last)
        names.setdefault(span, f"{cue.kind}: {cue.name}")
        covered.update(dict.fromkeys(range(cue.first, cue.last + 1), span))
        if cue.weight and sums[cue.kind]:
            # Beyond the cap, cues of one kind share what counts.
            share = min(1.0, MOST_PUSH / (sum(abs(c.weight) for c in reading.cues if c.kind == cue.kind)))
            signed = -1 if names[span].startswith("not ") else 1
            pushes[span] += weights.pair(f"cue {cue.kind}")[0] * abs(cue.weight) * share * signed * scale
    for word, (amount, first, last) in scored.words.items():
        push = amount * (_word(weights.words, word) * scale + (_word(site.words, word) if site else 0.0))
        if push:
            span = covered.get(first, (first, last))
            pushes[span if span[0] <= first and last <= span[1] else (first, last)] += push
    return _sorted(reading, scored, weights, pushes, names, scale)


def _word(words: Mapping[str, Pair], word: str) -> float:
    return words[word][0] if word in words else 0.0


def _sorted(
    reading: Reading,
    scored: Scored,
    weights: Weights,
    pushes: Mapping[tuple[int, int], float],
    names: Mapping[tuple[int, int], str],
    scale: float,
) -> tuple[Cue, ...]:
    tokens = reading.tokens
    found = [
        Cue(
            name=names.get(span, "word"),
            text=tokens.piece(*span),
            start=tokens.starts[span[0]],
            end=tokens.ends[span[1]],
            weight=round(push, 2),
        )
        for span, push in pushes.items()
        if span in names or abs(push) >= LEAST_PUSH
    ]
    found += [
        Cue(
            name="cue without push",
            text=tokens.piece(*span),
            start=tokens.starts[span[0]],
            end=tokens.ends[span[1]],
            weight=0.0,
        )
        for span in names
        if span not in pushes
    ]
    for name, value in scored.features.items():
        push = weights.pair(name)[0] * value * scale
        if not name.startswith("cue ") and abs(push) >= LEAST_PUSH:
            found.append(Cue(name="form", text=name, start=0, end=0, weight=round(push, 2)))
    found.sort(key=lambda cue: -abs(cue.weight))
    return tuple(found[:MOST_SHOWN])
