"""The interlock: what stands above all rules before anybody gets a friendly word from a template."""

from __future__ import annotations

from typing import Final

from engagebot.domain.facts import Facts
from engagebot.domain.judgement import Intent, Sentiment

INTERLOCK: Final = "interlock"
"""Stands where a rule's id stands, for what the interlock itself does; no rule may be called so."""
MOST_UNHAPPINESS: Final = 0.3
"""More than this disagrees with a friendly word, whatever a rule allows."""
_GLOOMY: Final = frozenset({Sentiment.NEGATIVE, Sentiment.VERY_NEGATIVE, Sentiment.UNKNOWN, None})
_DISAGREEING: Final = frozenset(
    intent.value for intent in (Intent.COMPLAINT, Intent.BUG, Intent.CHURN, Intent.LAST_PLEA, Intent.SPAM)
)
_DELICATE: Final = {
    "tender_topic": "a tender topic or a threat",
    "asks_for_human": "a wish to speak with a person",
    "feels_cheated": "feels cheated",
}
_CLOUDS: Final = {
    "problem_words": "problem words",
    "thread_unhappy": "the thread",
    "incident": "an incident",
}


def needs_person(facts: Facts) -> tuple[str, ...]:
    """Why a person must answer this mention, in words; empty where nothing says so.

    What speaks of another thing of our name needs nobody of ours.
    """
    extra = facts.extra
    if extra.get("other_meaning"):
        return ()
    found = [words for name, words in _DELICATE.items() if extra.get(name)]
    if facts.intents and Intent.LAST_PLEA.value in facts.intents:
        found.append("a last plea")
    return tuple(found)


def disagreeing(facts: Facts) -> tuple[str, ...]:
    """The signals that speak against a friendly word; it is born only where there is none.

    A feeling that is not known disagrees; other facts that are not known, such as the unhappiness where it is
    not modelled, do not.
    """
    found: list[str] = []
    if facts.sentiment in _GLOOMY:
        found.append("sentiment")
    if facts.unhappiness is not None and facts.unhappiness > MOST_UNHAPPINESS:
        found.append("unhappiness")
    if facts.intents and not _DISAGREEING.isdisjoint(facts.intents):
        found.append("intent")
    if facts.customer.has_open_case:
        found.append("an open case")
    found += [words for name, words in _CLOUDS.items() if facts.extra.get(name)]
    return tuple(found)
