"""What an author wants, is unhappy about and speaks of, read off the cues."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engagebot.domain.judgement import Intent
from engagebot.scoring.cues import Found
from engagebot.scoring.features import Reading
from engagebot.scoring.kinds import KINDS
from engagebot.scoring.tokens import Names

COMPLAINT_FROM: Final = 0.5
"""The unhappiness from which a text counts as a complaint."""
PRAISE_FROM: Final = 0.5
SURE: Final = 0.8
"""A reason is named from this weight of its cues on, and only if it outweighs every other by half."""
_CLEAR_LEAD: Final = 1.5
_ORDER: Final = tuple(Intent)


@dataclass(frozen=True, slots=True)
class Flags:
    """What must be known before anybody, or anything, answers."""

    is_tender: bool
    asks_for_human: bool
    is_other_meaning: bool
    rivals: tuple[str, ...]


def intents_of(reading: Reading, unhappiness: float, praise: float) -> tuple[Intent, ...]:
    """All intents in the order of the enumeration; `other` where there is none."""
    found = {kind.intent for cue in reading.cues if cue.weight >= 0 and (kind := KINDS.get(cue.kind))}
    found.discard(None)
    # Both are a matter of degree, which the figures know better than single words.
    found.discard(Intent.PRAISE)
    if unhappiness >= COMPLAINT_FROM:
        found.add(Intent.COMPLAINT)
    elif praise >= PRAISE_FROM:
        found.add(Intent.PRAISE)
    if any(cue.kind == "recommendation" for cue in reading.cues) and unhappiness < COMPLAINT_FROM:
        found.add(Intent.RECOMMENDATION)
    if "?" in reading.tokens.forms:
        found.add(Intent.QUESTION)
    return tuple(intent for intent in _ORDER if intent in found) or (Intent.OTHER,)


def reason_of(reading: Reading, unhappiness: float) -> str | None:
    """What an unhappy author is unhappy about, when one reason stands out."""
    if unhappiness < COMPLAINT_FROM:
        return None
    sums = _reasons(reading.cues)
    if not sums:
        return None
    (first, weight), *others = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    is_sure = weight >= SURE and (not others or weight >= _CLEAR_LEAD * others[0][1])
    return first if is_sure else None


def _reasons(cues: Sequence[Found]) -> dict[str, float]:
    sums: defaultdict[str, float] = defaultdict(float)
    for cue in cues:
        kind = KINDS.get(cue.kind)
        if kind and kind.reason and cue.weight > 0:
            sums[kind.reason] += cue.weight
    return sums


def flags_of(reading: Reading, names: Names) -> Flags:
    """What cues and names say; rivals are named as the settings write them."""
    kinds = {cue.kind for cue in reading.cues}
    tokens = reading.tokens
    named = names.rivals_in(tokens)
    return Flags(
        is_tender=bool(kinds & {"tender", "threat"}),
        asks_for_human="human" in kinds,
        is_other_meaning="other_meaning" in kinds,
        rivals=named,
    )
