"""Why a text got its figure: everything that pushed, each with its place and its share in log-odds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from engagebot.domain.judgement import Cue
from engagebot.scoring.features import CUE_FEATURES, MOST_PUSH, Reading
from engagebot.scoring.model import LEAST_PUSH, Pair, Weighed, Weights
from engagebot.scoring.site import SiteModel
from engagebot.scoring.tokens import BRAND, HANDLE, RIVAL

MOST_CUES: Final = 12
"""Cues of the lexicon that are shown; a text that holds more repeats itself."""
MOST_OTHERS: Final = 4
"""Single words and forms that are shown beside the cues, the strongest."""
BACKGROUND: Final = frozenset({"length", "names an account"})
"""What nearly every post has: with the bias it is where a post begins, and it tells nobody anything."""
_NAMES: Final = frozenset({HANDLE, BRAND, RIVAL})
_Span = tuple[int, int]
_Push = tuple[float, str, _Span | None]


class Scored(NamedTuple):
    """Both log-odds before and after what the site has taught, and what they were made from."""

    features: Mapping[str, float]
    words: Weighed
    pushes: list[tuple[float, str]]
    base: Pair
    taught: Pair | None = None
    taught_words: Weighed | None = None

    @property
    def final(self) -> Pair:
        """The log-odds that count."""
        return self.taught or self.base


def cues_shown(reading: Reading, scored: Scored, weights: Weights, site: SiteModel | None) -> tuple[Cue, ...]:
    """What pushed towards unhappy (above 0) or away from it, the strongest first.

    The push of a word that lies within a cue is the cue's. `BACKGROUND` and single names are left out.
    """
    scale = site.scale[0] if site else 1.0
    pushes, covered = _of_cues(reading, weights, site)
    words: dict[_Span, float] = {}
    _add_words(scored.words, scale, pushes, covered, words)
    if scored.taught_words:
        _add_words(scored.taught_words, 1.0, pushes, covered, words)
    names = {(cue.first, cue.last): f"{cue.kind}: {cue.name}" for cue in reversed(reading.cues)}
    cues: list[_Push] = [(push, names[span], span) for span, push in pushes.items()]
    forms = reading.tokens.forms
    others: list[_Push] = [
        (push, "word", span)
        for span, push in words.items()
        if span[0] < span[1] or forms[span[0]] not in _NAMES
    ]
    others += [(push, name, None) for name, push in _of_forms(scored, site).items() if name not in BACKGROUND]
    if len(others) > MOST_OTHERS:
        others.sort(key=_strength)
        del others[MOST_OTHERS:]
    if len(cues) > MOST_CUES:
        cues.sort(key=_strength)
        del cues[MOST_CUES:]
    cues += others
    cues.sort(key=_strength)
    tokens = reading.tokens
    return tuple(
        Cue(name, tokens.piece(*span), tokens.start(span[0]), tokens.end(span[1]), round(push, 2))
        if span
        else Cue("form", name, 0, 0, round(push, 2))
        for push, name, span in cues
    )


def _strength(push: _Push) -> float:
    return -abs(push[0])


def _of_forms(scored: Scored, site: SiteModel | None) -> dict[str, float]:
    """The push of each feature that is no sum of cues."""
    if site is None:
        return {name: push for push, name in scored.pushes}
    found = {name: push * site.scale[0] for push, name in scored.pushes}
    for name, value in scored.features.items():
        if name in site.features and not name.startswith("cue "):
            push = value * site.features[name][0]
            if name in found or abs(push) >= LEAST_PUSH:
                found[name] = found.get(name, 0.0) + push
    return found


def _of_cues(
    reading: Reading, weights: Weights, site: SiteModel | None
) -> tuple[dict[_Span, float], dict[int, _Span]]:
    """The push of each cue, and the cue that covers each token."""
    pushes: dict[_Span, float] = {}
    covered: dict[int, _Span] = {}
    totals: dict[str, float] = {}
    for cue in reading.cues:
        totals[cue.kind] = totals.get(cue.kind, 0.0) + cue.signed
    shares = {kind: _share(CUE_FEATURES[kind], total, weights, site) for kind, total in totals.items()}
    for cue in reading.cues:
        span = (cue.first, cue.last)
        for at in range(cue.first, cue.last + 1):
            covered[at] = span
        pushes[span] = pushes.get(span, 0.0) + cue.signed * shares[cue.kind]
    return pushes, covered


def _share(feature: str, total: float, weights: Weights, site: SiteModel | None) -> float:
    """What one unit of a kind pushes; beyond the cap its cues share what counts."""
    push = weights.pair(feature)[0]
    if site is not None:
        push = push * site.scale[0] + site.features.get(feature, (0.0, 0.0))[0]
    return push * MOST_PUSH / abs(total) if abs(total) > MOST_PUSH else push


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
