"""Corrections: a person's word on how a mention feels and what it wants."""

from __future__ import annotations

from dataclasses import dataclass

from engagebot.domain.facts import Facts
from engagebot.domain.judgement import Intent, Judgement, Sentiment

_DOUBTED = frozenset({"problem_words", "feels_cheated"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What people said of one mention, in place of the machine; `None` where they said nothing.

    `is_unhappy` is what their verdict says: a level answers it, and so does an intent that was added.
    """

    sentiment: Sentiment | None = None
    intents: tuple[Intent, ...] | None = None
    is_unhappy: bool | None = None

    def on_top_of(self, earlier: Correction | None) -> Correction:
        """Both together; what this one says replaces what the earlier one said."""
        if earlier is None:
            return self
        return Correction(
            sentiment=earlier.sentiment if self.sentiment is None else self.sentiment,
            intents=earlier.intents if self.intents is None else self.intents,
            is_unhappy=earlier.is_unhappy if self.is_unhappy is None else self.is_unhappy,
        )

    def says(self, sentiment: Sentiment | None, intents: tuple[Intent, ...] | None) -> bool:
        """Whether this was said already; the order of intents means nothing."""
        is_level = sentiment in (None, self.sentiment)
        is_wanted = intents is None or (self.intents is not None and set(intents) == set(self.intents))
        return is_level and is_wanted

    def over(self, judgement: Judgement) -> Judgement:
        """The machine's judgement with the person's level and intents; its figures and cues stay its own."""
        return judgement._replace(
            sentiment=judgement.sentiment if self.sentiment is None else self.sentiment,
            intents=judgement.intents if self.intents is None else self.intents,
        )

    def among(self, facts: Facts) -> Facts:
        """The facts that rules see: a person's word leaves no doubt, so unhappiness is 1 or 0."""
        unhappiness = facts.unhappiness if self.is_unhappy is None else float(self.is_unhappy)
        intents = facts.intents
        if self.intents is not None:
            intents = tuple(intent.value for intent in self.intents) or None
        sentiment = facts.sentiment if self.sentiment is None else self.sentiment
        extra = facts.extra
        if self.is_unhappy is False:
            extra = {name: value for name, value in extra.items() if name not in _DOUBTED}
        return facts._replace(sentiment=sentiment, intents=intents, unhappiness=unhappiness, extra=extra)
