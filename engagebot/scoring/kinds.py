"""The kinds of cues: the closed set that lexicon files choose from, and what each kind stands for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from engagebot.domain.judgement import Intent


class Side(Enum):
    """Where a kind pushes: towards unhappy, towards happy, or nowhere by itself."""

    UNHAPPY = 1
    HAPPY = -1
    NEITHER = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of cue; `intent` and `reason` are what it speaks for."""

    name: str
    side: Side
    meaning: str
    intent: Intent | None = None
    reason: str | None = None


def _unhappy(name: str, meaning: str, *, intent: Intent | None = None, reason: bool = False) -> Kind:
    return Kind(name=name, side=Side.UNHAPPY, meaning=meaning, intent=intent, reason=name if reason else None)


def _happy(name: str, meaning: str, *, intent: Intent | None = None) -> Kind:
    return Kind(name=name, side=Side.HAPPY, meaning=meaning, intent=intent)


def _neither(name: str, meaning: str, *, intent: Intent | None = None) -> Kind:
    return Kind(name=name, side=Side.NEITHER, meaning=meaning, intent=intent)


# fmt: off
KINDS: Final[dict[str, Kind]] = {kind.name: kind for kind in (
    _unhappy("late", "something comes or came too late", reason=True),
    _unhappy("cancelled", "something was called off", reason=True),
    _unhappy("lost", "something did not arrive or is gone", reason=True),
    _unhappy("damaged", "something arrived broken, dirty or wrong", reason=True),
    _unhappy("waiting", "kept waiting, on hold, in a queue", reason=True),
    _unhappy("no_answer", "asked and was not answered", reason=True),
    _unhappy("staff", "somebody was rude, careless or no help", reason=True),
    _unhappy("billing", "trouble with money: charges, fees, refunds", intent=Intent.BILLING, reason=True),
    _unhappy("booking", "a booking, an account or a form does not work", reason=True),
    _unhappy("product", "a thing or a program is defective", intent=Intent.BUG, reason=True),
    _unhappy("outage", "a service is down", intent=Intent.BUG, reason=True),
    _unhappy("problem", "something is wrong, whatever it is"),
    _unhappy("repeat", "not the first time"),
    _unhappy("let_down", "disappointed, sad, fed up"),
    _unhappy("anger", "furious, abusive, swearing at us"),
    _unhappy("cheated", "feels lied to or robbed"),
    _unhappy("churn", "leaves us or is about to", intent=Intent.CHURN),
    _unhappy("last_plea", "a last warning before steps are taken", intent=Intent.LAST_PLEA),
    _unhappy("sarcasm", "cheerful words that mean the contrary"),
    _unhappy("feeling_bad", "an unhappy feeling that need not be about us"),
    _happy("praise", "finds us or something good", intent=Intent.PRAISE),
    _happy("thanks", "says thank you"),
    _happy("joy", "a happy feeling that need not be about us"),
    _happy("relief", "a trouble is over"),
    _happy("recommendation", "tells others to come to us", intent=Intent.RECOMMENDATION),
    _neither("question", "asks for something to be known", intent=Intent.QUESTION),
    _neither("request", "asks for something to be done"),
    _neither("advice", "asks others what to buy", intent=Intent.RECOMMENDATION),
    _neither("wish", "says how things should be"),
    _neither("but", "takes something back"),
    _neither("undertone", "calm or cheerful words that may hide a complaint"),
    _neither("news", "passes on a headline, an offer or a contest"),
    _neither("small_talk", "greets, jokes, answers a question of ours"),
    _neither("polite", "courtesy; not counted as joy in VADER's figure"),
    _neither("not", "turns the feeling of the next words round"),
    _neither("money", "speaks of bills, fees, refunds or a sum", intent=Intent.BILLING),
    _neither("price", "speaks of what things cost, without a bill"),
    _neither("delivery", "speaks of a delivery", intent=Intent.DELIVERY),
    _neither("device", "speaks of a program or a device failing", intent=Intent.BUG),
    _neither("tender", "illness, death, harm, a child in danger, discrimination"),
    _neither("threat", "threatens people"),
    _neither("human", "wants to speak with a person"),
    _neither("spam", "sells or lures", intent=Intent.SPAM),
    _neither("other_meaning", "our name in another meaning"),
    _neither("ours", "our people, places, goods or services beside our name"),
)}
# fmt: on
REASONS: Final = tuple(kind.reason for kind in KINDS.values() if kind.reason)
"""All that an author can be found unhappy about."""
NEGATED_PRAISE: Final = "negated_praise"
"""The kind of a happy cue behind a "not"; no file names it."""
UNHAPPY_KINDS: Final = frozenset(kind.name for kind in KINDS.values() if kind.side is Side.UNHAPPY) | {
    NEGATED_PRAISE
}
"""Kinds whose words speak of a problem."""
QUIET: Final = frozenset({"undertone", "ours"})
"""Kinds that decide on friendly words alone, so that they are looked for only where one may be in place."""
CLEAR: Final = 0.3
"""The weight from which such a word is more than a hint."""
