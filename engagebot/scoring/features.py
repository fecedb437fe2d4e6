"""What the weights are multiplied with: named numbers read off a text, its cues and its VADER figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from engagebot.scoring.cues import Found
from engagebot.scoring.kinds import KINDS, NEGATED_PRAISE
from engagebot.scoring.tokens import BRAND, HANDLE, LOUD, MONEY, NUMBER, RIVAL, URL, Tokens

MOST_PUSH: Final = 4.0
"""Of one kind no more than this counts, so that a word said forty times does not outweigh all others."""
CUE_FEATURES: Final = {kind: f"cue {kind}" for kind in (*KINDS, NEGATED_PRAISE)}
"""The features that are sums of cues, by kind."""
_OWN: Final = frozenset({BRAND, RIVAL})
_DOUBTS: Final = (
    ("cue wish", "cheerful words beside a wish"),
    ("cue but", "cheerful words and a but"),
    ("cue request", "cheerful words beside a request"),
    ("cue question", "cheerful words beside a question"),
)
_FEW_WORDS: Final = 4
_MARKS: Final = (
    ("...", "trails off"),
    (MONEY, "names a sum"),
    (NUMBER, "has a number"),
    (RIVAL, "names a rival"),
    (URL, "has a link"),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text that was read: its tokens, its cues, and VADER's figure with and without names and courtesy."""

    tokens: Tokens
    cues: Sequence[Found]
    compound: float
    masked: float


def features_of(reading: Reading) -> dict[str, float]:
    """All features of a text but its single words; a name that is missing is 0.

    The pushes of each kind are added up, to `MOST_PUSH` either way; kinds that push nowhere count how often
    they are there.
    """
    found: dict[str, float] = {}
    bad, good = _add_cues(found, reading.cues)
    masked = reading.masked
    cheer = min(good, MOST_PUSH) + masked if masked > 0 else min(good, MOST_PUSH)
    if cheer:
        for sign, name in _DOUBTS:
            if sign in found:
                found[name] = cheer
    if bad and good:
        found["cheerful words beside a problem"] = min(bad, good, MOST_PUSH)
    if masked > 0:
        found["VADER positive"] = masked
        if bad:
            found["VADER positive beside a problem"] = masked * min(bad, 2.0)
    elif masked < 0:
        found["VADER negative"] = -masked
    if reading.tokens.forms:
        found["length"] = math.log1p(len(reading.tokens.forms)) / 4
    if reading.tokens.marks:
        _add_marks(found, reading.tokens, bad)
    return found


def _add_cues(found: dict[str, float], cues: Sequence[Found]) -> tuple[float, float]:
    """The sums of each kind, capped, and all that pushes to unhappy and to happy."""
    bad = good = 0.0
    for cue in cues:
        if cue.weight > 0:
            bad += cue.weight
        else:
            good -= cue.weight
        name = CUE_FEATURES[cue.kind]
        found[name] = found.get(name, 0.0) + cue.signed
    if bad > MOST_PUSH or good > MOST_PUSH or len(cues) > MOST_PUSH:
        for name, value in found.items():
            found[name] = max(-MOST_PUSH, min(value, MOST_PUSH))
    return bad, good


def _add_marks(found: dict[str, float], tokens: Tokens, bad: float) -> None:
    """How the text is built: addresses, numbers, questions, shouts."""
    marks = tokens.marks
    # Wherever it stands: whether a post begins with the name says more of its platform than of its mood.
    if addresses := marks.count(HANDLE) + marks.count(BRAND):
        found["names an account"] = 1.0
        if bad:
            found["tells an account of a problem"] = min(bad, MOST_PUSH)
        if addresses > 1:
            found["names two accounts"] = 1.0
    # In one order always: sums of floats depend on it.
    for mark, name in _MARKS:
        if mark in marks:
            found[name] = 1.0
    if "?" in marks:
        _add_question(found, tokens.forms, bad)
    if "!" in marks:
        found["exclaims"] = min(marks.count("!"), 3) / 3
    if LOUD in marks:
        found["capitals"] = min(marks.count(LOUD), 4) / 4


def _add_question(found: dict[str, float], forms: Sequence[str], bad: float) -> None:
    found["asks"] = 1.0
    if not bad:
        found["asks without a problem"] = 1.0
    last = forms[-2] if forms[-1] in (URL, HANDLE, BRAND) and len(forms) > 1 else forms[-1]
    if last == "?":
        found["ends by asking"] = 1.0
        if bad:
            found["ends by asking about a problem"] = min(bad, MOST_PUSH)


def share_of(tokens: Tokens) -> float:
    """How much each word of a text counts: the less the longer it is, so that no long story outweighs all."""
    return 1 / math.sqrt(max(len(tokens.forms), _FEW_WORDS))


def words_weighed(tokens: Tokens) -> list[str]:
    """The forms as weights know them: they were fitted on posts in which ours is a name like any other."""
    forms = tokens.forms
    if BRAND in tokens.marks or RIVAL in tokens.marks:
        return [HANDLE if form in _OWN else form for form in forms]
    return forms


def words_of(tokens: Tokens) -> set[str]:
    """Single words and pairs of neighbours, each once."""
    forms = words_weighed(tokens)
    return {*forms, *(f"{one} {other}" for one, other in pairwise(forms))}
