"""What whoever opens a case has to know at once: marks, in words, each from something the customer said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from engagebot.domain.casework.asked_before import asked_before, asked_words
from engagebot.domain.judgement import Intent, Judgement
from engagebot.domain.records import CaseRecord, MentionRecord
from engagebot.domain.ruling.growth import Growth

FAST_PER_HOUR: Final = 30
LEAST_REACTIONS: Final = 20
MANY_ECHOES: Final = 5
_SHORTEST: Final = timedelta(minutes=15)


class MarkKind(StrEnum):
    """What a mark warns of, the gravest first."""

    TENDER_TOPIC = "tender_topic"
    LAST_PLEA = "last_plea"
    LOOKED_FIXED = "looked_fixed"
    MAY_LEAVE = "may_leave"
    FEELS_CHEATED = "feels_cheated"
    ASKED_BEFORE = "asked_before"
    ASKS_FOR_HUMAN = "asks_for_human"
    SPREADS = "spreads"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMark:
    """One warning; `mention_id` is what was said last that shows it, where it is a mention."""

    kind: MarkKind
    words: str
    mention_id: int | None = None


def marks_of(
    case: CaseRecord, heard: Sequence[MentionRecord], growth: Mapping[int, Growth] | None = None
) -> tuple[CaseMark, ...]:
    """The marks of a case, by what its own customer said, the gravest first.

    What other people said again counts for how far it spreads, and for nothing else. `growth` is known by
    mention of what was read twice.
    """
    theirs = [record for record in heard if record.copy_of is None or record.customer_id == case.customer_id]
    found: dict[MarkKind, CaseMark] = {}
    for record in sorted(theirs, key=lambda each: each.mention.posted_at):
        if record.judgement is not None and record.redacted_at is None:
            found |= {mark.kind: mark for mark in _shown(record.judgement, record.id, found)}
        if record.redacted_at is None and (times := asked_before(record.mention.words)) is not None:
            words = asked_words(times)
            found[MarkKind.ASKED_BEFORE] = CaseMark(
                kind=MarkKind.ASKED_BEFORE, words=words, mention_id=record.id
            )
    if case.looked_fixed_at is not None:
        found[MarkKind.LOOKED_FIXED] = CaseMark(kind=MarkKind.LOOKED_FIXED, words="looked fixed, was not")
    if (spread := _spread(case, heard, growth or {})) is not None:
        found[MarkKind.SPREADS] = spread
    return tuple(found[kind] for kind in MarkKind if kind in found)


def _shown(judgement: Judgement, mention_id: int, found: dict[MarkKind, CaseMark]) -> Iterator[CaseMark]:
    if judgement.is_tender:
        yield CaseMark(kind=MarkKind.TENDER_TOPIC, words="tender topic: people only", mention_id=mention_id)
    if Intent.LAST_PLEA in judgement.intents:
        yield CaseMark(kind=MarkKind.LAST_PLEA, words="a last plea", mention_id=mention_id)
    if judgement.may_leave:
        known = found.get(MarkKind.MAY_LEAVE)
        rivals = " or ".join(judgement.rivals or ())
        words = f"may leave for {rivals}" if rivals else known.words if known else "may leave"
        yield CaseMark(kind=MarkKind.MAY_LEAVE, words=words, mention_id=mention_id)
    if judgement.feels_cheated:
        yield CaseMark(kind=MarkKind.FEELS_CHEATED, words="feels cheated", mention_id=mention_id)
    if judgement.asks_for_human:
        yield CaseMark(kind=MarkKind.ASKS_FOR_HUMAN, words="asks for a person", mention_id=mention_id)


def _spread(
    case: CaseRecord, heard: Iterable[MentionRecord], growth: Mapping[int, Growth]
) -> CaseMark | None:
    rates = [(*_rate(record, growth.get(record.id)), record.id) for record in heard]
    rate, since, fastest = max(rates, default=(0.0, "", 0))
    if rate >= FAST_PER_HOUR:
        words = f"spreads fast: {rate:,.0f} reactions an hour {since}"
        return CaseMark(kind=MarkKind.SPREADS, words=words, mention_id=fastest)
    if case.echoes >= MANY_ECHOES:
        return CaseMark(kind=MarkKind.SPREADS, words=f"spreads: {case.echoes} people say it again")
    return None


def _rate(record: MentionRecord, growth: Growth | None) -> tuple[float, str]:
    """How many reactions a post has an hour: between its last two readings, else since it was posted."""
    engagement = record.mention.engagement
    reactions = sum(count for count in (engagement.likes, engagement.replies, engagement.score) if count)
    if reactions < LEAST_REACTIONS:
        return 0.0, ""
    if growth is not None:
        return growth.per_hour, "between its last two readings"
    age = max((record.checked_at or record.fetched_at) - record.mention.posted_at, _SHORTEST)
    return reactions / (age / timedelta(hours=1)), "since it was posted"
