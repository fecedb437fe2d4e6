"""Who may get a friendly word: praise without unhappiness, less a little for each reason to doubt it."""

from __future__ import annotations

from typing import Final

from engagebot.scoring.features import Reading
from engagebot.scoring.kinds import KINDS, NEGATED_PRAISE, Side
from engagebot.scoring.tokens import BRAND, HANDLE, RIVAL

DOUBT: Final = 0.1
"""What each reason to doubt costs; measured with `engagebot eval` (docs/judgement.md), not fitted."""
LONG: Final = 22
"""Tokens from which a text is long for mere thanks."""
_CLEAR: Final = 0.3
_ADDRESSES: Final = frozenset({HANDLE, BRAND, RIVAL})
_DENIALS: Final = frozenset(
    {"not", "dont", "no", "never", "cant", "wont", "didnt", "doesnt", "isnt", "wasnt", "arent", "nor"}
)
_UNHAPPY: Final = frozenset(kind.name for kind in KINDS.values() if kind.side is Side.UNHAPPY) | {
    NEGATED_PRAISE
}
_DOUBTFUL: Final = {"but": "but", "wish": "wish", "request": "request", "human": "request"}


def friendliness(reading: Reading, unhappiness: float, praise: float) -> float:
    """From 0 to 1, how surely a friendly word is in place."""
    return max(0.0, praise * (1 - unhappiness) - DOUBT * doubts(reading))


def doubts(reading: Reading) -> int:
    """Count the reasons to doubt cheerful words: each is harmless by itself, together they seldom are."""
    forms = reading.tokens.forms
    found = {
        _DOUBTFUL.get(cue.kind, "problem")
        for cue in reading.cues
        if cue.kind in _DOUBTFUL or (cue.kind in _UNHAPPY and cue.weight >= _CLEAR)
    }
    present = set(forms)
    return (
        len(found)
        + ("?" in present)
        + ("..." in present)
        + (len(forms) > LONG)
        + (reading.masked < 0)
        + (not present.isdisjoint(_DENIALS))
        + (sum(form in _ADDRESSES for form in forms) > 1)
    )
