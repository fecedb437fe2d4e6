"""What an author wants, is unhappy about and speaks of, read off the cues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from engagebot.domain.judgement import Cue, Intent
from engagebot.scoring.cues import Found
from engagebot.scoring.features import Reading
from engagebot.scoring.friendliness import Friendliness
from engagebot.scoring.kinds import KINDS, REASONS, Side
from engagebot.scoring.tokens import RIVAL, Names

COMPLAINT_FROM: Final = 0.5
"""The unhappiness from which a text counts as a complaint."""
PRAISE_FROM: Final = 0.3
"""The friendliness from which a text counts as praise: cheerful words beside doubts do not."""
SURE: Final = 0.8
"""A reason is named from this weight of its cues on, and only if it outweighs every other by half."""
_CLEAR_LEAD: Final = 1.5
_ORDER: Final = tuple(Intent)
_ABOUT: Final = frozenset({Intent.BILLING, Intent.DELIVERY, Intent.BUG})
_TOPICS: Final = {kind.name: kind.intent for kind in KINDS.values() if kind.intent in _ABOUT}
# Whether a text is praise is a matter of degree, which the figures know better than single words.
_INTENTS: Final = {
    kind.name: kind.intent
    for kind in KINDS.values()
    if kind.intent and kind.intent not in {*_ABOUT, Intent.PRAISE}
}
PROBLEM_FROM: Final = 0.3
"""A cue that pushes this much towards unhappy, in log-odds, is a problem word."""
_TOPIC_KINDS: Final = frozenset(
    kind.name for kind in KINDS.values() if kind.side is Side.NEITHER and kind.intent in _ABOUT
) | {"price", "ours"}
_ASKING: Final = frozenset({"question", "request"})


_REASONS: Final = frozenset(REASONS)


class Flags(NamedTuple):
    """What must be known before anybody, or anything, answers."""

    is_tender: bool
    asks_for_human: bool
    is_other_meaning: bool
    rivals: tuple[str, ...]


def intents_of(reading: Reading, unhappiness: float, friendliness: float) -> tuple[Intent, ...]:
    """All intents in the order of the enumeration; `other` where there is none."""
    asks = "?" in reading.tokens.forms
    kinds = {cue.kind for cue in reading.cues if cue.weight >= 0}
    found = {_INTENTS[kind] for kind in kinds & _INTENTS.keys()}
    # That money or a parcel is spoken of says what a problem or a request is about, not that there is one.
    if unhappiness >= COMPLAINT_FROM or asks or not kinds.isdisjoint(_ASKING):
        found.update(_TOPICS[kind] for kind in kinds & _TOPICS.keys())
    if unhappiness >= COMPLAINT_FROM:
        found.add(Intent.COMPLAINT)
    else:
        if friendliness >= PRAISE_FROM:
            found.add(Intent.PRAISE)
        if any(cue.kind == "recommendation" for cue in reading.cues):
            found.add(Intent.RECOMMENDATION)
    if asks:
        found.add(Intent.QUESTION)
    if len(found) < 2:
        return tuple(found) or (Intent.OTHER,)
    return tuple(intent for intent in _ORDER if intent in found)


def reason_of(reading: Reading, unhappiness: float) -> str | None:
    """What an unhappy author is unhappy about, when one reason stands out."""
    if unhappiness < COMPLAINT_FROM:
        return None
    sums = _reasons(reading.cues)
    if not sums:
        return None
    weight, first = max((weight, reason) for reason, weight in sums.items())
    others = max((weight for reason, weight in sums.items() if reason != first), default=0.0)
    return first if weight >= SURE and weight >= _CLEAR_LEAD * others else None


def _reasons(cues: Sequence[Found]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for cue in cues:
        if cue.kind in _REASONS and cue.weight > 0:
            sums[cue.kind] = sums.get(cue.kind, 0.0) + cue.weight
    return sums


def flags_of(reading: Reading, names: Names) -> Flags:
    """What cues and names say; rivals are named as the settings write them."""
    kinds = {cue.kind for cue in reading.cues}
    tokens = reading.tokens
    named = names.rivals_in(tokens) if RIVAL in tokens.forms else ()
    return Flags(
        is_tender=bool(kinds & {"tender", "threat"}),
        asks_for_human="human" in kinds,
        is_other_meaning="other_meaning" in kinds,
        rivals=named,
    )


def problems_of(cues: Sequence[Cue]) -> set[str]:
    """The kinds of cues that pushed clearly towards unhappy; that a parcel is spoken of is no problem."""
    # Only cues of the lexicon are named by their kind.
    kinds = {cue.name.partition(": ")[0] for cue in cues if cue.weight >= PROBLEM_FROM and ": " in cue.name}
    return kinds - _TOPIC_KINDS


def has_catch(reading: Reading, friendly: Friendliness) -> bool:
    """Whether calm or cheerful words may hide something that no canned word answers.

    That is so with an undertone, and where words that are no praise give a reason to doubt: a greeting beside
    a wish is more than a greeting. That somebody asks is no such reason.
    """
    if friendly.is_doubted and friendly.value < PRAISE_FROM:
        return True
    return "undertone" in [cue.kind for cue in reading.cues]
