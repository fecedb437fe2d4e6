"""Everything a rule may ask about a mention, gathered before it is asked: plain values, no look-ups."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from engagebot.domain.judgement import Intent, Judgement, Sentiment
from engagebot.domain.mention import Mention


class CustomerFacts(NamedTuple):
    """What we know of the person.

    `contact_ages_days` counts back from this mention, newest first, this contact (0.0) included; the other
    fields are `None` where nothing is recorded.
    """

    contact_ages_days: tuple[float, ...] = (0.0,)
    has_open_case: bool | None = None
    last_outcome: str | None = None
    is_vip: bool | None = None
    is_opted_out: bool | None = None

    def contacts_in(self, days: int) -> int:
        """Count this person's mentions of the last `days` days, this one included."""
        return bisect_right(self.contact_ages_days, days)


class Facts(NamedTuple):
    """One mention and its circumstances; `None` and empty mean not known, and no rule takes them for zero.

    `now` is the moment of the decision in the team's zone. `business_open` is whether the team works then.
    `extra` holds what only the judgement knows, by condition name: reason, tender_topic, asks_for_human,
    mentions_rival (the names, none where none is named), other_meaning. For the interlock alone it says
    problem_words, feels_cheated and thread_unhappy, where they are so.
    """

    text: str
    source: str
    now: datetime
    posted_at: datetime
    watch: str | None = None
    community: str | None = None
    kind: str | None = None
    addressed_to_us: bool | None = None
    author_handle: str | None = None
    author_followers: int | None = None
    author_created_at: datetime | None = None
    author_is_verified: bool | None = None
    likes: int | None = None
    replies: int | None = None
    score: int | None = None
    sentiment: Sentiment | None = None
    compound: float | None = None
    unhappiness: float | None = None
    intents: tuple[str, ...] | None = None
    language: str | None = None
    customer: CustomerFacts = CustomerFacts()
    business_open: bool | None = None
    extra: Mapping[str, Any] = MappingProxyType({})


_STRANGER = CustomerFacts()


class Feeling(NamedTuple):
    """The facts that come from a judgement."""

    sentiment: Sentiment | None = None
    compound: float | None = None
    unhappiness: float | None = None
    intents: tuple[str, ...] | None = None
    language: str | None = None
    extra: Mapping[str, Any] = {}


VOICE: Mapping[str, Any] = {"near_duplicate_of_recent": False}
ECHO: Mapping[str, Any] = {"near_duplicate_of_recent": True}
THREAD_UNHAPPY: Mapping[str, Any] = {"thread_unhappy": True}
_NO_FEELING = Feeling()


def feeling_of(judgement: Judgement | None) -> Feeling:
    """Lay a judgement out as facts.

    What is said of another thing of our name is neither praise nor a complaint of ours: how happy its author
    is remains not known, and the intent is `other`.
    """
    if judgement is None:
        return _NO_FEELING
    known: dict[str, Any] = {}
    if judgement.reason is not None:
        known["reason"] = judgement.reason
    if judgement.is_tender is not None:
        known["tender_topic"] = judgement.is_tender
    if judgement.asks_for_human is not None:
        known["asks_for_human"] = judgement.asks_for_human
    if judgement.rivals is not None:
        known["mentions_rival"] = list(judgement.rivals)
    if judgement.is_other_meaning is not None:
        known["other_meaning"] = judgement.is_other_meaning
    if judgement.has_problem_words:
        known["problem_words"] = True
    if judgement.feels_cheated:
        known["feels_cheated"] = True
    if judgement.is_other_meaning:
        return Feeling(None, judgement.compound, None, (Intent.OTHER.value,), judgement.language, known)
    return Feeling(
        judgement.sentiment,
        judgement.compound,
        judgement.unhappiness,
        _plain(judgement.intents) or None,
        judgement.language,
        known,
    )


@cache
def _plain(intents: tuple[Intent, ...]) -> tuple[str, ...]:
    return tuple(intent.value for intent in intents)


def facts_of(
    mention: Mention,
    judgement: Judgement | None,
    *,
    now: datetime,
    watch: str | None = None,
    customer: CustomerFacts = _STRANGER,
    business_open: bool | None = None,
) -> Facts:
    """Lay a mention, its judgement and its author's history out as facts, as of a voice of its own."""
    author, engagement = mention.author, mention.engagement
    feeling = feeling_of(judgement)
    return Facts(
        text=mention.words,
        source=mention.ref.source,
        now=now,
        posted_at=mention.posted_at,
        watch=watch,
        community=mention.community,
        kind=mention.kind.value,
        addressed_to_us=mention.addressed_to_us,
        author_handle=author.handle if author else None,
        author_followers=author.followers if author else None,
        author_created_at=author.created_at if author else None,
        author_is_verified=author.is_verified if author else None,
        likes=engagement.likes,
        replies=engagement.replies,
        score=engagement.score,
        sentiment=feeling.sentiment,
        compound=feeling.compound,
        unhappiness=feeling.unhappiness,
        intents=feeling.intents,
        language=feeling.language or mention.lang,
        customer=customer,
        business_open=business_open,
        extra={**VOICE, **feeling.extra},
    )
