"""Judgements and corrections as they lie in a mention's row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from engagebot.domain.heard.correction import Correction
from engagebot.domain.judgement import Cue, Intent, Judgement, Sentiment

# A call of the enum itself costs ten times as much.
_SENTIMENTS: Final = {sentiment.value: sentiment for sentiment in Sentiment}
_INTENTS: Final = {intent.value: intent for intent in Intent}
JUDGED: Final = (
    "compound", "sentiment", "unhappiness", "intents", "language", "cues", "scorer", "praise", "reason",
    "flags",
)  # fmt: skip
"""The columns of a judgement, in the table's order."""


def judgement_values(judgement: Judgement) -> dict[str, Any]:
    """A judgement's columns."""
    return {
        "compound": judgement.compound,
        "sentiment": judgement.sentiment.value,
        "unhappiness": judgement.unhappiness,
        "intents": _plain(judgement.intents) or None,
        "language": judgement.language,
        "cues": [list(cue) for cue in judgement.cues] or None,
        "scorer": judgement.version,
        "praise": judgement.praise,
        "reason": judgement.reason,
        "flags": _flags(judgement),
    }


@cache
def _plain(intents: tuple[Intent, ...]) -> tuple[str, ...]:
    return tuple(intent.value for intent in intents)


def _flags(judgement: Judgement) -> dict[str, Any] | None:
    """What was looked at; `None` where nothing was."""
    found: dict[str, Any] = {}
    if judgement.is_tender is not None:
        found["tender"] = judgement.is_tender
    if judgement.asks_for_human is not None:
        found["human"] = judgement.asks_for_human
    if judgement.is_other_meaning is not None:
        found["other_meaning"] = judgement.is_other_meaning
    # Most posts have none, and a row is written for each.
    if judgement.has_problem_words:
        found["problem"] = True
    if judgement.feels_cheated:
        found["cheated"] = True
    if judgement.friendliness is not None:
        found["friendly"] = judgement.friendliness
    if judgement.rivals is not None:
        found["rivals"] = judgement.rivals
    return found or None


def read_judgement(values: Sequence[Any]) -> Judgement | None:
    """Read back what `judgement_values` made, given in the order of `JUDGED`; `None` before the first one."""
    if values[1] is None:
        return None
    compound, sentiment, unhappiness, intents, language, cues, scorer, praise, reason, flags = values
    known: Mapping[str, Any] = flags or {}
    rivals = known.get("rivals")
    return Judgement(
        compound=compound,
        sentiment=_SENTIMENTS[sentiment],
        version=scorer or "",
        unhappiness=unhappiness,
        praise=praise,
        intents=tuple([_INTENTS[intent] for intent in intents]) if intents else (),
        language=language,
        cues=tuple([Cue(*cue) for cue in cues]) if cues else (),
        reason=reason,
        is_tender=known.get("tender"),
        asks_for_human=known.get("human"),
        is_other_meaning=known.get("other_meaning"),
        has_problem_words=known.get("problem", False if "tender" in known else None),
        feels_cheated=known.get("cheated", False if "tender" in known else None),
        friendliness=known.get("friendly"),
        rivals=None if rivals is None else tuple(rivals),
    )


def correction_json(word: Correction) -> dict[str, Any]:
    """A correction as plain JSON; what was not said is left out."""
    said: dict[str, Any] = {
        "sentiment": word.sentiment.value if word.sentiment is not None else None,
        "intents": [intent.value for intent in word.intents] if word.intents is not None else None,
        "unhappy": word.is_unhappy,
    }
    return {name: value for name, value in said.items() if value is not None}


def read_correction(said: Mapping[str, Any] | None) -> Correction | None:
    """Read back what `correction_json` made."""
    if said is None:
        return None
    sentiment, intents = said.get("sentiment"), said.get("intents")
    return Correction(
        sentiment=None if sentiment is None else Sentiment(sentiment),
        intents=None if intents is None else tuple(Intent(intent) for intent in intents),
        is_unhappy=said.get("unhappy"),
    )
