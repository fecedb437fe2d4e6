"""How a text feels: the values every scorer answers with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class Sentiment(StrEnum):
    """Five levels and `unknown`, the answer for a language that is not scored."""

    VERY_NEGATIVE = "very_negative"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"
    VERY_POSITIVE = "very_positive"
    UNKNOWN = "unknown"


class Intent(StrEnum):
    """What the author wants; a text may have several."""

    COMPLAINT = "complaint"
    QUESTION = "question"
    PRAISE = "praise"
    BUG = "bug"
    BILLING = "billing"
    DELIVERY = "delivery"
    CHURN = "churn"
    LAST_PLEA = "last_plea"
    RECOMMENDATION = "recommendation"
    SPAM = "spam"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Borders:
    """Where the levels begin, on a scale from -1 (surely unhappy) to 1 (surely praise).

    The scale is praise less unhappiness. The inner borders give the most right levels on labelled posts to
    brands and on Reddit comments together (docs/judgement.md); the outer ones split sure from likely.
    """

    very_negative: float = -0.85
    negative: float = -0.3
    positive: float = 0.4
    very_positive: float = 0.85

    def level(self, feeling: float) -> Sentiment:
        """Name the level of a figure; each border belongs to the stronger side."""
        if feeling <= self.very_negative:
            return Sentiment.VERY_NEGATIVE
        if feeling <= self.negative:
            return Sentiment.NEGATIVE
        if feeling < self.positive:
            return Sentiment.NEUTRAL
        if feeling < self.very_positive:
            return Sentiment.POSITIVE
        return Sentiment.VERY_POSITIVE


VADER_BORDERS = Borders(very_negative=-0.6, negative=-0.05, positive=0.05, very_positive=0.6)
"""The levels of VADER's compound score alone: the inner ones are those of its paper (ICWSM 2014)."""


class Cue(NamedTuple):
    """Words that pushed the score: `start` and `end` index the stored text, weight is signed.

    A push without a place in the text (it ends by asking, it shouts) has `start` = `end` = 0.
    """

    name: str
    text: str
    start: int
    end: int
    weight: float


class Judgement(NamedTuple):
    """A scorer's answer.

    `compound` is VADER's figure, -1 to 1. `unhappiness` and `praise` are probabilities, 0 to 1, `None` where
    they are not modelled or the language is not scored. `friendliness`, 0 to 1, is how surely a friendly word
    is in place. `reason` is what somebody is unhappy about, named only when sure. The flags are `None` where
    nobody looked. `rivals` are those that are named.
    """

    compound: float
    sentiment: Sentiment
    version: str
    unhappiness: float | None = None
    praise: float | None = None
    friendliness: float | None = None
    intents: tuple[Intent, ...] = ()
    language: str | None = None
    cues: tuple[Cue, ...] = ()
    reason: str | None = None
    is_tender: bool | None = None
    asks_for_human: bool | None = None
    is_other_meaning: bool | None = None
    has_problem_words: bool | None = None
    feels_cheated: bool | None = None
    rivals: tuple[str, ...] | None = None

    @property
    def may_leave(self) -> bool:
        """Whether they say that they go: in so many words, or by a last plea that names a rival."""
        return Intent.CHURN in self.intents or (Intent.LAST_PLEA in self.intents and bool(self.rivals))


def as_said(judgement: Judgement) -> dict[str, Any]:
    """What the audit keeps of a judgement."""
    return {
        "sentiment": judgement.sentiment.value,
        "intents": [intent.value for intent in judgement.intents],
        "scorer": judgement.version,
    }
