"""Judgements and corrections as they lie in a mention's row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from engagebot.domain.correction import Correction
from engagebot.domain.judgement import Cue, Intent, Judgement, Sentiment

JUDGED: Final = (
    "compound", "sentiment", "unhappiness", "intents", "language", "cues", "scorer", "praise", "reason",
    "flags",
)  # fmt: skip
"""The columns of a judgement, in the table's order."""
_CUE: Final = ("name", "text", "start", "end", "weight")
_FLAGS: Final = {
    "tender": "is_tender",
    "human": "asks_for_human",
    "other_meaning": "is_other_meaning",
    "friendly": "friendliness",
}


def judgement_values(judgement: Judgement) -> dict[str, Any]:
    """A judgement's columns."""
    return {
        "compound": judgement.compound,
        "sentiment": judgement.sentiment.value,
        "unhappiness": judgement.unhappiness,
        "intents": [intent.value for intent in judgement.intents] or None,
        "language": judgement.language,
        "cues": [[cue.name, cue.text, cue.start, cue.end, cue.weight] for cue in judgement.cues] or None,
        "scorer": judgement.version,
        "praise": judgement.praise,
        "reason": judgement.reason,
        "flags": _flags(judgement),
    }


def _flags(judgement: Judgement) -> dict[str, Any] | None:
    """What was looked at; `None` where nothing was."""
    found: dict[str, Any] = {
        name: value for name, field in _FLAGS.items() if (value := getattr(judgement, field)) is not None
    }
    if judgement.rivals is not None:
        found["rivals"] = list(judgement.rivals)
    return found or None


def read_judgement(values: Sequence[Any]) -> Judgement | None:
    """Read back what `judgement_values` made, given in the order of `JUDGED`; `None` before the first one."""
    compound, sentiment, unhappiness, intents, language, cues, scorer, praise, reason, flags = values
    if sentiment is None:
        return None
    known: Mapping[str, Any] = flags or {}
    rivals = known.get("rivals")
    return Judgement(
        compound=compound,
        sentiment=Sentiment(sentiment),
        version=scorer or "",
        unhappiness=unhappiness,
        praise=praise,
        intents=tuple(Intent(intent) for intent in intents or ()),
        language=language,
        cues=tuple(Cue(**dict(zip(_CUE, cue, strict=True))) for cue in cues or ()),
        reason=reason,
        is_tender=known.get("tender"),
        asks_for_human=known.get("human"),
        is_other_meaning=known.get("other_meaning"),
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
