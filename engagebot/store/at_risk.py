"""Customers who may be about to leave us, found among those who spoke lately."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import sqlalchemy as sa

from engagebot.domain.at_risk import LOOKED_BACK, RECENT, Talk, reasons
from engagebot.domain.judgement import Intent, Sentiment
from engagebot.store import contacts
from engagebot.store.among import among
from engagebot.store.engine import Tx
from engagebot.store.tables import customers, mentions
from engagebot.store.types import encode

MOST_POSTS = 50_000
MOST_UNHAPPY = 5_000
"""So many posts are looked through, and so many unhappy ones looked at, however large the site is."""
_UNHAPPY = (Sentiment.NEGATIVE.value, Sentiment.VERY_NEGATIVE.value)
# A call of the enum itself costs ten times as much.
_SENTIMENTS = {each.value: each for each in Sentiment}


def found(tx: Tx, now: datetime) -> dict[int, tuple[str, ...]]:
    """Who may leave us, with every reason for it in words; our own people are left out."""
    talks = _talks(tx, _candidates(tx, now), now)
    told = {who: reasons(each, now) for who, each in talks.items()}
    return {who: why for who, why in told.items() if why}


def _candidates(tx: Tx, now: datetime) -> list[int]:
    """Whoever was unhappy lately or spoke of leaving: no reason is there without."""
    columns = ("customer_id", "sentiment", "intents", "redacted_at", "posted_at", "id")
    newest = (
        sa.select(*(mentions.c[name] for name in columns))
        .where(mentions.c.posted_at >= now - LOOKED_BACK)
        .order_by(mentions.c.posted_at.desc(), mentions.c.id.desc())
        .limit(MOST_POSTS)
        .subquery()
    )
    is_leaving = sa.type_coerce(newest.c.intents, sa.Text()).like(f"%{encode(Intent.CHURN.value)}%")
    unhappy = (
        sa.select(newest.c.customer_id)
        .where(
            newest.c.customer_id.is_not(None),
            newest.c.redacted_at.is_(None),
            sa.or_(newest.c.sentiment.in_(_UNHAPPY), is_leaving),
        )
        .order_by(newest.c.posted_at.desc(), newest.c.id.desc())
        .limit(MOST_UNHAPPY)
    )
    ids = set(tx.execute(unhappy).scalars())
    query = sa.select(customers.c.id).where(
        among(tx, customers.c.id, ids), sa.func.coalesce(customers.c.mark, "") != "staff"
    )
    return sorted(tx.execute(query).scalars())


def _talks(tx: Tx, ids: list[int], now: datetime) -> dict[int, list[Talk]]:
    talks: dict[int, list[Talk]] = defaultdict(list)
    columns = (mentions.c.customer_id, mentions.c.posted_at, mentions.c.sentiment, mentions.c.intents)
    query = sa.select(*columns).where(
        among(tx, mentions.c.customer_id, ids),
        mentions.c.posted_at.between(now - LOOKED_BACK, now),
        mentions.c.redacted_at.is_(None),
    )
    for who, at, sentiment, intents in tx.execute(query):
        is_leaving = bool(intents) and Intent.CHURN.value in intents
        talks[who].append(Talk(at, _SENTIMENTS.get(sentiment), is_leaving))
    for who, times in contacts.times(tx, ids, since=now - RECENT, until=now).items():
        talks[who] += [Talk(at) for at in times]
    return talks
