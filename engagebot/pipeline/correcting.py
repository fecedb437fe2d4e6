"""Correcting: a person's word on how a mention feels and what it wants, in place of the machine's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from engagebot.domain.desk.urgency import urgency_of
from engagebot.domain.heard.correction import Correction
from engagebot.domain.heard.verdicts import OUTSPOKEN, Labels, Origin, labels_of_correction
from engagebot.domain.judgement import Intent, Sentiment, as_said
from engagebot.domain.records import MentionRecord
from engagebot.domain.roles import Act
from engagebot.errors import WrongUsage
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions, reopening, verdicts
from engagebot.store.replying import drafts
from engagebot.store.turns import take_turn
from engagebot.yamlfile import did_you_mean

SAMPLED = 200
"""So much of a day's audit sample is offered at most; a word on one of these is an answer to the sample."""
_E = TypeVar("_E", bound=StrEnum)


def correct(
    tx: Tx, mention_id: int, act: Act, *, sentiment: str | None = None, intents: Sequence[str] | None = None
) -> MentionRecord:
    """Correct a mention's sentiment, its intents, or both; the audit keeps what the machine had said.

    What it says of the author's feeling is kept as a verdict, to learn from; agreeing with the machine is one
    too. A mention that is still open waits to be decided again, by this word; saying the same twice changes
    nothing.

    Raises:
        NotFound: there is no such mention.
        WrongUsage: nothing was given, a word that is none of ours, or the mention is not judged yet.
    """
    # Nobody may decide it, or decide on what it started, between what is read here and what is written.
    take_turn(tx)
    record = mentions.get(tx, mention_id)
    before = record.judgement
    if before is None:
        raise WrongUsage("this mention has not been read yet; correct it once it is decided")
    if sentiment is None and intents is None:
        raise WrongUsage("give a sentiment, intents, or both")
    level = None if sentiment is None else _named(Sentiment, sentiment)
    wanted = None if intents is None else tuple(dict.fromkeys(_named(Intent, name) for name in intents))
    if record.correction is not None and record.correction.says(level, wanted):
        return record
    said = labels_of_correction((before.sentiment, before.intents), sentiment=level, intents=wanted)
    word = Correction(sentiment=level, intents=wanted, is_unhappy=said.is_unhappy)
    after = word.over(before)
    _note(tx, mention_id, said, act)
    drafts.set_urgency(tx, mention_id, urgency_of(record.mention, after))
    mentions.correct(tx, mention_id, after, word.on_top_of(record.correction))
    reopening.reopen(tx, [mention_id], act.at)
    audit.add(
        tx,
        at=act.at,
        actor=act.by.name,
        action="mention.corrected",
        subject=f"mention:{mention_id}",
        detail={"before": as_said(before), "after": as_said(after)},
    )
    return mentions.get(tx, mention_id)


def _note(tx: Tx, mention_id: int, said: Labels, act: Act) -> None:
    earlier = {verdict.origin for verdict in verdicts.of(tx, mention_id)} & OUTSPOKEN
    if earlier:
        # A second thought replaces the first, and an answer to the sample stays one.
        origin = Origin.AUDIT_SAMPLE if Origin.AUDIT_SAMPLE in earlier else Origin.CORRECTION
    else:
        today = act.at.date()
        days = (today, today - timedelta(days=1))
        is_sampled = verdicts.is_sampled(tx, mention_id, days, within=SAMPLED)
        origin = Origin.AUDIT_SAMPLE if is_sampled else Origin.CORRECTION
    verdicts.add(tx, mention_id, said, origin, by=act.by.name, at=act.at)


def _named(words: type[_E], name: str) -> _E:
    try:
        return words(name)
    except ValueError:
        allowed = ", ".join(words)
        near = did_you_mean(name, tuple(words))
        raise WrongUsage(f"{name[:40]!r} is not one of {allowed}{near}") from None
