"""Who may get a friendly word: praise without unhappiness, less a little for each reason to doubt it."""

from __future__ import annotations

import math
from typing import Final

from engagebot.scoring.features import Reading
from engagebot.scoring.kinds import CLEAR, UNHAPPY_KINDS
from engagebot.scoring.model import probability
from engagebot.scoring.tokens import BRAND, HANDLE, RIVAL

DOUBT: Final = 1.5
"""What a reason to doubt costs in log-odds: measured with `engagebot eval`, not fitted."""
SUREST: Final = 6.0
"""Log-odds from which praise is as sure as it can be: beyond, a doubt must still count."""
LONG: Final = 22
"""Tokens from which a text is long for mere thanks."""
_ADDRESSES: Final = frozenset({HANDLE, BRAND, RIVAL})
_DENIALS: Final = frozenset(
    {"not", "dont", "no", "never", "cant", "wont", "didnt", "doesnt", "isnt", "wasnt", "arent", "nor"}
)
_NOT_YET: Final = frozenset({"when", "until", "if", "will", "ill", "gonna"})
"""Words of what is not so yet: thanks look back."""
_COMPARED: Final = frozenset(
    {"better", "worse", "more", "less", "easier", "faster", "quicker", "sooner", "cheaper", "nicer", "safer"}
)
_QUOTES: Final = ('"', "“", "”")
_DOUBTFUL: Final = {"but": "but", "wish": "wish", "request": "request", "human": "request"}


def friendliness(reading: Reading, unhappiness: float, praise: float) -> float:
    """From 0 to 1, how surely a friendly word is in place."""
    cheer = praise * (1 - unhappiness)
    if any(cue.kind == "other_meaning" for cue in reading.cues):
        return 0.0
    if not 0 < cheer < 1:
        return cheer
    return probability(min(math.log(cheer / (1 - cheer)), SUREST) - DOUBT * doubts(reading))


def doubts(reading: Reading) -> int:
    """Count the reasons to doubt cheerful words: each is harmless by itself, together they seldom are."""
    forms = reading.tokens.forms
    found = {
        _DOUBTFUL.get(cue.kind, "problem")
        for cue in reading.cues
        if cue.kind in _DOUBTFUL or (cue.kind in UNHAPPY_KINDS and cue.weight >= CLEAR)
    }
    present = set(forms)
    return (
        len(found)
        + ("?" in present)
        + ("..." in present)
        + (len(forms) > LONG)
        + (reading.masked < 0)
        + (not present.isdisjoint(_DENIALS))
        + (not present.isdisjoint(_NOT_YET))
        + (not present.isdisjoint(_COMPARED))
        + any(mark in reading.tokens.text for mark in _QUOTES)
        + (sum(form in _ADDRESSES for form in forms) > 1)
    )
