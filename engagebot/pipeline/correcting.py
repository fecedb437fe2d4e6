"""Correcting: a person's word on how a mention feels and what it wants, in place of the machine's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeVar

from engagebot.domain.judgement import Intent, Judgement, Sentiment
from engagebot.domain.records import MentionRecord
from engagebot.domain.roles import Act
from engagebot.errors import WrongUsage
from engagebot.store import audit, mentions
from engagebot.store.engine import Tx
from engagebot.yamlfile import did_you_mean

_E = TypeVar("_E", bound=StrEnum)


def correct(
    tx: Tx, mention_id: int, act: Act, *, sentiment: str | None = None, intents: Sequence[str] | None = None
) -> MentionRecord:
    """Correct a mention's sentiment, its intents, or both; the audit keeps what the machine had said.

    Raises:
        NotFound: there is no such mention.
        WrongUsage: nothing was given, a word that is none of ours, or the mention is not judged yet.
    """
    record = mentions.get(tx, mention_id)
    before = record.judgement
    if before is None:
        raise WrongUsage("this mention has not been read yet; correct it once it is decided")
    if sentiment is None and intents is None:
        raise WrongUsage("give a sentiment, intents, or both")
    after = replace(
        before,
        sentiment=before.sentiment if sentiment is None else _named(Sentiment, sentiment),
        intents=before.intents if intents is None else tuple(_named(Intent, name) for name in intents),
    )
    mentions.correct(tx, mention_id, after)
    audit.add(
        tx,
        at=act.at,
        actor=act.by.name,
        action="mention.corrected",
        subject=f"mention:{mention_id}",
        detail={"before": _said(before), "after": _said(after)},
    )
    return mentions.get(tx, mention_id)


def _named(words: type[_E], name: str) -> _E:
    try:
        return words(name)
    except ValueError:
        allowed = ", ".join(words)
        near = did_you_mean(name, tuple(words))
        raise WrongUsage(f"{name[:40]!r} is not one of {allowed}{near}") from None


def _said(judgement: Judgement) -> dict[str, Any]:
    return {
        "sentiment": judgement.sentiment.value,
        "intents": [intent.value for intent in judgement.intents],
        "scorer": judgement.version,
    }
