"""Customers who may be about to leave us, found among those who spoke lately."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

import sqlalchemy as sa

from engagebot.domain.casework.clocks import ClockKind
from engagebot.domain.judgement import Intent, Sentiment
from engagebot.domain.persons.at_risk import LOOKED_BACK, RECENT, Broken, Talk, reasons
from engagebot.store.among import among
from engagebot.store.engine import Tx
from engagebot.store.persons import contacts
from engagebot.store.tables import case_clocks, case_mentions, cases, customers, mentions
from engagebot.store.types import encode

MOST_POSTS = 50_000
MOST_UNHAPPY = 5_000
MOST_CLOCKS = 20_000
"""So many posts are looked through, unhappy ones and promises looked at, however large the site is."""
_UNHAPPY = (Sentiment.NEGATIVE.value, Sentiment.VERY_NEGATIVE.value)
# A call of the enum itself costs ten times as much.
_SENTIMENTS = {each.value: each for each in Sentiment}


def found(tx: Tx, now: datetime) -> dict[int, tuple[str, ...]]:
    """Who may leave us, with every reason for it in words; our own people are left out."""
    broken = _broken(tx, now)
    ids = _ours_left_out(tx, _unhappy(tx, now) | broken.keys())
    talks = _talks(tx, ids, now)
    told = {who: reasons(talks[who], now, broken.get(who, ())) for who in ids}
    return {who: why for who, why in told.items() if why}


def _unhappy(tx: Tx, now: datetime) -> set[int]:
    """Whoever was unhappy lately or spoke of leaving: nothing that was said is a reason without."""
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
    return set(tx.execute(unhappy).scalars())


def _broken(tx: Tx, now: datetime) -> dict[int, list[Broken]]:
    """The promises that were broken, by customer; of whoever is gone with all their words none is told."""
    newest = sa.select(case_clocks).order_by(case_clocks.c.id.desc()).limit(MOST_CLOCKS).subquery()
    still_there = (
        sa.select(case_mentions.c.mention_id)
        .join_from(case_mentions, mentions, mentions.c.id == case_mentions.c.mention_id)
        .where(
            case_mentions.c.case_id == cases.c.id,
            mentions.c.customer_id == cases.c.customer_id,
            mentions.c.redacted_at.is_(None),
        )
    )
    query = (
        sa.select(cases.c.customer_id, newest)
        .join_from(newest, cases, cases.c.id == newest.c.case_id)
        .where(
            cases.c.customer_id.is_not(None),
            newest.c.due_at.between(now - LOOKED_BACK, now),
            sa.or_(newest.c.ended_at.is_(None), newest.c.ended_at > newest.c.due_at),
            still_there.exists(),
        )
        .order_by(newest.c.id)
    )
    found: dict[int, list[Broken]] = defaultdict(list)
    for row in tx.execute(query):
        kind, span = ClockKind(row.kind), timedelta(seconds=row.span_s)
        found[row.customer_id].append(Broken(kind, span, row.due_at, row.ended_at, row.is_business_time))
    return found


def _ours_left_out(tx: Tx, ids: set[int]) -> list[int]:
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
