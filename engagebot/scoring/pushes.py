"""Why a text got its figure: everything that pushed, each with its place and its share in log-odds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from engagebot.domain.judgement import Cue
from engagebot.scoring.cues import Found
from engagebot.scoring.features import CUE_FEATURES, MOST_PUSH, Reading
from engagebot.scoring.model import LEAST_PUSH, Pair, Weighed, Weights
from engagebot.scoring.rounding import to_two
from engagebot.scoring.site import SiteModel
from engagebot.scoring.tokens import BRAND, HANDLE, RIVAL, Tokens

MOST_CUES: Final = 12
"""Cues of the lexicon that are shown; a text that holds more repeats itself."""
MOST_OTHERS: Final = 4
"""Single words and forms that are shown beside the cues, the strongest."""
BACKGROUND: Final = frozenset({"length", "names an account"})
"""What nearly every post has: with the bias it is where a post begins, and it tells nobody anything."""
_NAMES: Final = frozenset({HANDLE, BRAND, RIVAL})
_Span = tuple[int, int]
# In the order in which they are shown: by strength, which is below 0.
_Push = tuple[float, float, str, _Span]
_NOWHERE: Final[_Span] = (-1, -1)
# As a named tuple makes itself, without a call of Python code: that takes twice as long.
_cue: Final = tuple.__new__


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
    pushes, names, covered = _of_cues(reading.cues, scored.features, weights, site)
    words = _of_words(scored, pushes, covered)
    forms = reading.tokens.forms
    cues: list[_Push] = [(-abs(push), push, names[span], span) for span, push in pushes.items()]
    others: list[_Push] = [
        (-abs(push), push, "word", span)
        for span, push in words.items()
        if span[0] < span[1] or forms[span[0]] not in _NAMES
    ]
    others += [
        (-abs(push), push, name, _NOWHERE) for name, push in _of_forms(scored, site) if name not in BACKGROUND
    ]
    if len(others) > MOST_OTHERS:
        others.sort()
        del others[MOST_OTHERS:]
    if len(cues) > MOST_CUES:
        cues.sort()
        del cues[MOST_CUES:]
    cues += others
    cues.sort()
    return _placed(reading.tokens, cues)


def _placed(tokens: Tokens, pushes: Sequence[_Push]) -> tuple[Cue, ...]:
    text, starts, ends = tokens.text, tokens.starts, tokens.ends
    found: list[Cue] = []
    for _, push, name, (first, last) in pushes:
        if last < 0:
            found.append(_cue(Cue, ("form", name, 0, 0, to_two(push))))
        else:
            start, end = starts[first], ends[last]
            found.append(_cue(Cue, (name, text[start:end], start, end, to_two(push))))
    return tuple(found)


def _of_forms(scored: Scored, site: SiteModel | None) -> Iterable[tuple[str, float]]:
    """The push of each feature that is no sum of cues."""
    if site is None:
        return [(name, push) for push, name in scored.pushes]
    found = {name: push for push, name in scored.pushes}
    for name, value in scored.features.items():
        if name in site.features and not name.startswith("cue "):
            push = value * site.features[name][0]
            if name in found or abs(push) >= LEAST_PUSH:
                found[name] = found.get(name, 0.0) + push
    return found.items()


def _of_cues(
    cues: Sequence[Found], features: Mapping[str, float], weights: Weights, site: SiteModel | None
) -> tuple[dict[_Span, float], dict[_Span, str], dict[int, _Span]]:
    """The push of each cue and what it is called, and the cue that covers each token."""
    pushes: dict[_Span, float] = {}
    names: dict[_Span, str] = {}
    covered: dict[int, _Span] = {}
    shares: dict[str, float] = {}
    for cue in cues:
        kind, first, last = cue.kind, cue.first, cue.last
        if kind not in shares:
            shares[kind] = _share(kind, cues, features, weights, site)
        span = first, last
        if span in pushes:
            pushes[span] += cue.signed * shares[kind]
        else:
            pushes[span] = cue.signed * shares[kind]
            names[span] = f"{kind}: {cue.name}"
        for at in range(first, last + 1):
            covered[at] = span
    return pushes, names, covered


def _share(
    kind: str, cues: Sequence[Found], features: Mapping[str, float], weights: Weights, site: SiteModel | None
) -> float:
    """What one unit of a kind pushes; beyond the cap its cues share what counts."""
    feature = CUE_FEATURES[kind]
    # Quiet cues are no features: they are found when the odds stand already.
    if feature not in features:
        return 0.0
    push = weights.pair(feature)[0]
    if site is not None:
        push = push * site.keep[0] + site.features.get(feature, (0.0, 0.0))[0]
    if -MOST_PUSH < features[feature] < MOST_PUSH:
        return push
    return push * MOST_PUSH / abs(math.fsum(cue.signed for cue in cues if cue.kind == kind))


def _of_words(scored: Scored, pushes: dict[_Span, float], covered: Mapping[int, _Span]) -> dict[_Span, float]:
    """The pushes of words and pairs outside of cues; those within are added to the cue's."""
    words: dict[_Span, float] = {}
    strong = scored.words.strong
    if scored.taught_words:
        strong = strong + scored.taught_words.strong
    for push, first, last in strong:
        if first in covered and last <= covered[first][1]:
            pushes[covered[first]] += push
        elif (span := (first, last)) in words:
            words[span] += push
        else:
            words[span] = push
    return words
