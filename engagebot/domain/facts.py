"""Everything a rule may ask about a mention, gathered before it is asked: plain values, no look-ups."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engagebot.domain.judgement import Judgement, Sentiment
from engagebot.domain.mention import Mention


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFacts:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One mention and its circumstances; `None` and empty mean not known, and no rule takes them for zero.

    `now` is the moment of the decision in the team's zone. `business_open` is whether the team works then.
    `extra` holds facts of later judgement layers by their condition name (reason, tender_topic …).
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
    extra: Mapping[str, Any] = field(default_factory=dict)


VOICE: Mapping[str, Any] = {"near_duplicate_of_recent": False}
ECHO: Mapping[str, Any] = {"near_duplicate_of_recent": True}


def facts_of(
    mention: Mention,
    judgement: Judgement | None,
    *,
    now: datetime,
    watch: str | None = None,
    customer: CustomerFacts = CustomerFacts(),
    business_open: bool | None = None,
) -> Facts:
    """Lay a mention, its judgement and its author's history out as facts, as of a voice of its own."""
    author, engagement = mention.author, mention.engagement
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
        sentiment=judgement.sentiment if judgement else None,
        compound=judgement.compound if judgement else None,
        unhappiness=judgement.unhappiness if judgement else None,
        intents=tuple(intent.value for intent in judgement.intents) or None if judgement else None,
        language=(judgement.language if judgement else None) or mention.lang,
        customer=customer,
        business_open=business_open,
        extra=VOICE,
    )
