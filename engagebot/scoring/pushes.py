"""Why a text got its figure: everything that pushed, each with its place and its share in log-odds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from engagebot.domain.judgement import Cue
from engagebot.scoring.features import Reading, sums_of
from engagebot.scoring.model import LEAST_PUSH, Pair, Weighed, Weights
from engagebot.scoring.site import SiteModel

MOST_CUES: Final = 16
"""Cues of the lexicon that are shown; a text that holds more repeats itself."""
MOST_OTHERS: Final = 6
"""Single words and forms that are shown beside the cues, the strongest."""
_Span = tuple[int, int]


class Scored(NamedTuple):
    """Both log-odds before and after what the site has taught, and what they were made from."""

    features: Mapping[str, float]
    words: Weighed
    base: Pair
    taught: Pair | None = None
    taught_words: Weighed | None = None

    @property
    def final(self) -> Pair:
        """The log-odds that count."""
        return self.taught or self.base


def cues_shown(reading: Reading, scored: Scored, weights: Weights, site: SiteModel | None) -> tuple[Cue, ...]:
    """What pushed towards unhappy (above 0) or away from it, the strongest first.

    The push of a word that lies within a cue is the cue's.
    """
    scale = site.scale[0] if site else 1.0
    pushes, covered = _of_cues(reading, weights, scale)
    words: dict[_Span, float] = {}
    _add_words(scored.words, scale, pushes, covered, words)
    if scored.taught_words:
        _add_words(scored.taught_words, 1.0, pushes, covered, words)
    tokens = reading.tokens
    names = {(cue.first, cue.last): f"{cue.kind}: {cue.name}" for cue in reversed(reading.cues)}
    strongest = sorted(pushes.items(), key=_strength)[:MOST_CUES]
    found = [(push, names[span], span) for span, push in strongest]
    others: list[tuple[float, str, _Span | None]] = [(push, "word", span) for span, push in words.items()]
    others += _of_form(scored.features, weights, scale)
    others.sort(key=lambda each: -abs(each[0]))
    shown = sorted([*found, *others[:MOST_OTHERS]], key=lambda each: -abs(each[0]))
    return tuple(
        Cue(name, tokens.piece(*span), tokens.start(span[0]), tokens.end(span[1]), round(push, 2))
        if span
        else Cue("form", name, 0, 0, round(push, 2))
        for push, name, span in shown
    )


def _strength(item: tuple[_Span, float]) -> float:
    return -abs(item[1])


def _of_cues(reading: Reading, weights: Weights, scale: float) -> tuple[dict[_Span, float], dict[int, _Span]]:
    """The push of each cue, and the cue that covers each token."""
    pushes: dict[_Span, float] = {}
    covered: dict[int, _Span] = {}
    if not reading.cues:
        return pushes, covered
    sums = sums_of(reading.cues)
    totals: dict[str, float] = {}
    for cue in reading.cues:
        totals[cue.kind] = totals.get(cue.kind, 0.0) + (abs(cue.weight) or 1.0)
    for cue in reading.cues:
        span = (cue.first, cue.last)
        for at in range(cue.first, cue.last + 1):
            covered[at] = span
        # Beyond the cap the cues of one kind share what counts.
        share = abs(sums[cue.kind]) / totals[cue.kind]
        push = weights.pair(f"cue {cue.kind}")[0] * cue.signed * share * scale
        pushes[span] = pushes.get(span, 0.0) + push
    return pushes, covered


def _add_words(
    weighed: Weighed,
    scale: float,
    pushes: dict[_Span, float],
    covered: Mapping[int, _Span],
    words: dict[_Span, float],
) -> None:
    for push, first, last in weighed.strong:
        span = covered.get(first)
        if span and last <= span[1]:
            pushes[span] += push * scale
        else:
            words[first, last] = words.get((first, last), 0.0) + push * scale


def _of_form(
    features: Mapping[str, float], weights: Weights, scale: float
) -> list[tuple[float, str, _Span | None]]:
    found: list[tuple[float, str, _Span | None]] = []
    for name, value in features.items():
        if name[:4] != "cue ":
            push = weights.pair(name)[0] * value * scale
            if abs(push) >= LEAST_PUSH:
                found.append((push, name, None))
    return found
