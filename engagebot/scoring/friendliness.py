"""Who may get a friendly word: praise without unhappiness, less a little for each reason to doubt it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from engagebot.scoring.features import Reading, share_of
from engagebot.scoring.kinds import CLEAR, KINDS, UNHAPPY_KINDS, Side
from engagebot.scoring.model import probability
from engagebot.scoring.pushes import Scored
from engagebot.scoring.tokens import BRAND, HANDLE, RIVAL, Tokens

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
_DOUBTFUL: Final = {
    "but": "but",
    "wish": "wish",
    "request": "request",
    "human": "request",
}


GLOOM: Final = 0.5
"""What the gloomiest word takes away, for each unit of its weight."""
GLOOMIEST: Final = 2.0
"""The weight from which a word is as gloomy as it can be: no single word may outweigh all others."""
TIED: Final = 4
"""How far from our bare name a friendly word may stand, up to the next punctuation, and still be about us."""
TYING: Final = -0.2
"""The weight from which a friendly word ties praise to the name beside it."""
_MENTION: Final = ("@", "\uff20")
_YOU: Final = frozenset({"you", "u"})
_TO_US: Final = frozenset({"your", "youre", "youve", "ur", "yours", "yall", "guys"})
_BESIDE_YOU: Final = frozenset({"thank", "thanks", "love", "bless"})
_BEFORE_US: Final = frozenset(
    {"at", "from", "to", "by", "with", "for", "my", "our", "this", "these", "another", "new"}
)
_AFTER_US: Final = frozenset(
    {"is", "are", "was", "has", "have", "had", "does", "did", "do", "never", "always", "just", "again", "and"}
) | frozenset(
    {
        "makes",
        "made",
        "gets",
        "got",
        "sent",
        "gave",
        "sorted",
        "fixed",
        "replied",
        "answered",
        "helped",
        "rocks",
    }
)
_OWNING: Final = ("'s", "\u2019s")
_HAPPY: Final = frozenset(kind.name for kind in KINDS.values() if kind.side is Side.HAPPY)


class Friendliness(NamedTuple):
    """How surely a friendly word is in place, from 0 to 1.

    `is_doubted` where anything speaks against it but that the post asks.
    """

    value: float
    is_doubted: bool


def friendliness(reading: Reading, unhappiness: float, praise: float, *, gloom: float = 0.0) -> Friendliness:
    """Praise without unhappiness, less what each doubt costs and what `gloom_of` says."""
    cheer = praise * (1 - unhappiness)
    count = doubts(reading)
    is_doubted = count > ("?" in reading.tokens.marks) + _asks_for_advice(reading)
    if any(cue.kind == "other_meaning" for cue in reading.cues):
        return Friendliness(0.0, is_doubted)
    if not 0 < cheer < 1:
        return Friendliness(cheer, is_doubted)
    if BRAND in reading.tokens.marks and not is_about_us(reading):
        return Friendliness(0.0, is_doubted)
    odds = min(math.log(cheer / (1 - cheer)), SUREST)
    return Friendliness(probability(odds - DOUBT * count - gloom), is_doubted)


def _asks_for_advice(reading: Reading) -> bool:
    """Whether a wish is part of a question, as in "which size should I take?", and hides nothing."""
    kinds = [cue.kind for cue in reading.cues]
    return "wish" in kinds and "question" in kinds and "?" in reading.tokens.marks


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


def gloom_of(reading: Reading, scored: Scored) -> float:
    """What the word that most speaks of complaints takes from cheerful ones, in log-odds.

    Cheer adds up, so many friendly words outweigh a single "told" or "empty". But who is only happy seldom
    uses any such word, and who is not needs no more than one.
    """
    strong = scored.words.strong
    if scored.taught_words is not None:
        strong = _together([*strong, *scored.taught_words.strong])
    gloomiest = 0.0
    for push, first, last in strong:
        if push > gloomiest and first == last and not _is_in_happy_cue(reading, first):
            gloomiest = push
    return GLOOM * min(gloomiest / share_of(reading.tokens), GLOOMIEST) if gloomiest else 0.0


def _together(strong: Sequence[tuple[float, int, int]]) -> list[tuple[float, int, int]]:
    """One push for each word, whoever taught it."""
    pushes: dict[tuple[int, int], float] = {}
    for push, first, last in strong:
        pushes[first, last] = pushes.get((first, last), 0.0) + push
    return [(push, first, last) for (first, last), push in pushes.items()]


def _is_in_happy_cue(reading: Reading, at: int) -> bool:
    return any(cue.first <= at <= cue.last and cue.kind in _HAPPY for cue in reading.cues)


def is_about_us(reading: Reading) -> bool:
    """Whether anything ties friendly words to our name; a post that writes it with an @ speaks to us.

    A bare name may be a word, a street or somebody's dog. Then a "you" must stand there, something that is
    ours, a sentence whose subject or source we are, or a friendly word close by.
    """
    tokens = reading.tokens
    forms, pieces = tokens.forms, tokens.pieces
    names = [at for at, form in enumerate(forms) if form == BRAND]
    if not names or any(pieces[at][:1] in _MENTION for at in names):
        return True
    if any(cue.kind == "ours" for cue in reading.cues) or _speaks_to_us(forms):
        return True
    return any(_is_named_as_one(tokens, at) or _is_praised(reading, at) for at in names)


def _speaks_to_us(forms: Sequence[str]) -> bool:
    if not _TO_US.isdisjoint(forms):
        return True
    # "thank you" may be for anybody.
    return any(form in _YOU and forms[at - 1] not in _BESIDE_YOU for at, form in enumerate(forms) if at) or (
        bool(forms) and forms[0] in _YOU
    )


def _is_named_as_one(tokens: Tokens, at: int) -> bool:
    """Whether the sentence takes the name for somebody who does, owns or gives something."""
    forms = tokens.forms
    if tokens.pieces[at].lower().endswith(_OWNING) or (at and forms[at - 1] in _BEFORE_US):
        return True
    return at + 1 < len(forms) and forms[at + 1] in _AFTER_US


def _is_praised(reading: Reading, at: int) -> bool:
    tokens = reading.tokens
    for cue in reading.cues:
        if cue.kind not in _HAPPY or cue.weight > TYING:
            continue
        if cue.first <= at <= cue.last:
            return True
        first, last = (at, cue.first) if cue.first > at else (cue.last, at)
        if last - first <= TIED and not any(map(tokens.is_parted, range(first + 1, last + 1))):
            return True
    return False
