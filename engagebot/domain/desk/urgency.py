"""How a draft stands in the queue: which lane it belongs to, and how hard the person behind it presses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engagebot.domain.judgement import Intent, Judgement, Sentiment
from engagebot.domain.mention import Mention


class Lane(StrEnum):
    """The parts of the queue that wait for review, the most pressing first."""

    UNHAPPY = "unhappy"
    TO_ANSWER = "to_answer"
    APPRECIATION = "appreciation"
    SMALL_TALK = "small_talk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency:
    """Where a draft stands: lists show rank 0 first, so that praise never stands above an unhappy person.

    `reach` is how many people may read along: the author's followers or the votes of the post, the larger.
    """

    lane: Lane
    rank: int
    unhappiness: float | None = None
    reach: int | None = None


_RANKS = {
    Sentiment.VERY_NEGATIVE: (Lane.UNHAPPY, 0),
    Sentiment.NEGATIVE: (Lane.UNHAPPY, 1),
    # Nobody knows how they feel, so a person reads it before any praise.
    Sentiment.UNKNOWN: (Lane.TO_ANSWER, 2),
}
_WANTS_ANSWER = frozenset(
    {Intent.QUESTION, Intent.COMPLAINT, Intent.BUG, Intent.BILLING, Intent.DELIVERY, Intent.CHURN}
    | {Intent.LAST_PLEA}
)
_KIND = frozenset({Intent.PRAISE, Intent.RECOMMENDATION})
_HAPPY = frozenset({Sentiment.POSITIVE, Sentiment.VERY_POSITIVE})


def urgency_of(mention: Mention, judgement: Judgement | None) -> Urgency:
    """Say where a reply to this mention stands; what nobody has judged yet wants an answer."""
    lane, rank = _place(judgement)
    followers = mention.author.followers if mention.author else None
    votes = mention.engagement.score if mention.engagement.score is not None else mention.engagement.likes
    known = [figure for figure in (followers, votes) if figure is not None]
    return Urgency(
        lane=lane,
        rank=rank,
        unhappiness=judgement.unhappiness if judgement else None,
        reach=max(known) if known else None,
    )


def _place(judgement: Judgement | None) -> tuple[Lane, int]:
    if judgement is None:
        return Lane.TO_ANSWER, 2
    if (place := _RANKS.get(judgement.sentiment)) is not None:
        return place
    wants = set(judgement.intents)
    if judgement.asks_for_human or judgement.is_tender or wants & _WANTS_ANSWER:
        return Lane.TO_ANSWER, 2
    if wants & _KIND or judgement.sentiment in _HAPPY:
        return Lane.APPRECIATION, 3
    return Lane.SMALL_TALK, 4
