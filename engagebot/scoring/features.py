"""What the weights are multiplied with: named numbers read off a text, its cues and its VADER figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from engagebot.scoring.cues import Found
from engagebot.scoring.kinds import KINDS, NEGATED_PRAISE
from engagebot.scoring.tokens import BRAND, HANDLE, MONEY, NUMBER, RIVAL, URL, Tokens

MOST_PUSH: Final = 4.0
"""Of one kind no more than this counts, so that a word said forty times does not outweigh all others."""
CUE_FEATURES: Final = {kind: f"cue {kind}" for kind in (*KINDS, NEGATED_PRAISE)}
"""The features that are sums of cues, by kind."""
_OWN: Final = frozenset({BRAND, RIVAL})
_ADDRESSES: Final = frozenset({HANDLE, BRAND})
_DOUBTS: Final = (
    ("wish", "cheerful words beside a wish"),
    ("but", "cheerful words and a but"),
    ("request", "cheerful words beside a request"),
    ("question", "cheerful words beside a question"),
)
_SHORTEST_SHOUT: Final = 3
_FEW_WORDS: Final = 4
_MARKS: Final = {
    URL: "has a link",
    NUMBER: "has a number",
    MONEY: "names a sum",
    RIVAL: "names a rival",
    "...": "trails off",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A text that was read: its tokens, its cues, and VADER's figure with and without names and courtesy."""

    tokens: Tokens
    cues: Sequence[Found]
    compound: float
    masked: float


def sums_of(cues: Sequence[Found]) -> dict[str, float]:
    """The push of each kind, capped; kinds that push nowhere count how often they are there."""
    sums: dict[str, float] = {}
    for cue in cues:
        sums[cue.kind] = sums.get(cue.kind, 0.0) + cue.signed
    for kind, value in sums.items():
        if value > MOST_PUSH:
            sums[kind] = MOST_PUSH
        elif value < -MOST_PUSH:
            sums[kind] = -MOST_PUSH
    return sums


def features_of(reading: Reading) -> dict[str, float]:
    """All features of a text but its single words; a name that is missing is 0."""
    cues = reading.cues
    found: dict[str, float] = {}
    sums = sums_of(cues)
    for kind, value in sums.items():
        found[CUE_FEATURES[kind]] = value
    bad = sum(cue.weight for cue in cues if cue.weight > 0)
    good = -sum(cue.weight for cue in cues if cue.weight < 0)
    if bad and good:
        found["cheerful words beside a problem"] = min(bad, good, MOST_PUSH)
    if reading.masked > 0:
        found["VADER positive"] = reading.masked
        if bad:
            found["VADER positive beside a problem"] = reading.masked * min(bad, 2.0)
    elif reading.masked < 0:
        found["VADER negative"] = -reading.masked
    cheer = min(good, MOST_PUSH) + max(reading.masked, 0.0)
    if cheer:
        _add_doubts(found, sums, cheer)
    _add_shape(found, reading.tokens, bad)
    return found


def _add_doubts(found: dict[str, float], sums: Mapping[str, float], cheer: float) -> None:
    """What makes cheerful words doubtful: a wish, a "but", a request."""
    for kind, name in _DOUBTS:
        if kind in sums:
            found[name] = cheer


def _add_shape(found: dict[str, float], tokens: Tokens, bad: float) -> None:
    """How the text is built: length, addresses, numbers, marks, capitals."""
    forms = tokens.forms
    if not forms:
        return
    found["length"] = math.log1p(len(forms)) / 4
    # Wherever it stands: whether a post begins with the name says more of its platform than of its mood.
    if not _ADDRESSES.isdisjoint(forms):
        found["names an account"] = 1.0
        if bad:
            found["tells an account of a problem"] = min(bad, MOST_PUSH)
    if sum(form in _ADDRESSES for form in forms) > 1:
        found["names two accounts"] = 1.0
    # In one order always: sums of floats depend on it.
    for form in sorted(_MARKS.keys() & forms):
        found[_MARKS[form]] = 1.0
    if "?" in forms:
        _add_question(found, forms, bad)
    _add_loudness(found, tokens)


def _add_loudness(found: dict[str, float], tokens: Tokens) -> None:
    if shouts := tokens.forms.count("!"):
        found["exclaims"] = min(shouts, 3) / 3
    if not tokens.text.islower() and (loud := _loud_words(tokens)):
        found["capitals"] = min(loud, 4) / 4


def _add_question(found: dict[str, float], forms: Sequence[str], bad: float) -> None:
    found["asks"] = 1.0
    if not bad:
        found["asks without a problem"] = 1.0
    last = forms[-2] if forms[-1] in (URL, HANDLE, BRAND) and len(forms) > 1 else forms[-1]
    if last == "?":
        found["ends by asking"] = 1.0
        if bad:
            found["ends by asking about a problem"] = min(bad, MOST_PUSH)


def _loud_words(tokens: Tokens) -> int:
    return sum(
        1 for piece in tokens.pieces if len(piece) >= _SHORTEST_SHOUT and piece.isupper() and piece.isalpha()
    )


def share_of(tokens: Tokens) -> float:
    """How much each word of a text counts: the less the longer it is, so that no long story outweighs all."""
    return 1 / math.sqrt(max(len(tokens.forms), _FEW_WORDS))


def words_weighed(tokens: Tokens) -> list[str]:
    """The forms as weights know them: they were fitted on posts in which ours is a name like any other."""
    forms = tokens.forms
    if BRAND in forms or RIVAL in forms:
        return [HANDLE if form in _OWN else form for form in forms]
    return forms


def words_of(tokens: Tokens) -> set[str]:
    """Single words and pairs of neighbours, each once."""
    forms = words_weighed(tokens)
    return {*forms, *(f"{one} {other}" for one, other in pairwise(forms))}
