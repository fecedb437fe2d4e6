"""How many people were helped since a moment: the figures of a day that has been worked through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from engagebot.domain.judgement import Sentiment
from engagebot.domain.outbox import DraftState
from engagebot.store.engine import Tx
from engagebot.store.tables import drafts, mentions

_ANSWERED = (DraftState.SENT.value, DraftState.POSTED_BY_HAND.value)
_UNHAPPY = (Sentiment.NEGATIVE.value, Sentiment.VERY_NEGATIVE.value)
_HAPPY = (Sentiment.POSITIVE.value, Sentiment.VERY_POSITIVE.value)


@dataclass(frozen=True, slots=True)
class Helped:
    """People answered, those of them who sounded unhappy before and happy after, and the longest wait."""

    answered: int
    happier: int
    longest_wait: timedelta | None


def since(tx: Tx, moment: datetime) -> Helped:
    """Look at the replies that were approved since `moment` and have arrived."""
    is_it = (drafts.c.state.in_(_ANSWERED), drafts.c.due_at >= moment)
    rows = tx.execute(
        sa.select(drafts.c.mention_id, drafts.c.customer_id, drafts.c.said_at, drafts.c.posted_at).where(
            *is_it
        )
    ).all()
    people = {row.customer_id or -row.mention_id for row in rows}
    waits = [row.posted_at - row.said_at for row in rows if row.posted_at and row.said_at]
    return Helped(len(people), _happier(tx, moment), max(waits, default=None))


def _happier(tx: Tx, moment: datetime) -> int:
    before, after = mentions.alias("before"), mentions.alias("after")
    query = (
        sa.select(sa.func.count(sa.distinct(drafts.c.customer_id)))
        .join_from(drafts, before, before.c.id == drafts.c.mention_id)
        .join(
            after,
            sa.and_(after.c.customer_id == drafts.c.customer_id, after.c.posted_at > drafts.c.posted_at),
        )
        .where(
            drafts.c.state.in_(_ANSWERED),
            drafts.c.due_at >= moment,
            before.c.sentiment.in_(_UNHAPPY),
            after.c.sentiment.in_(_HAPPY),
        )
    )
    found: int = tx.execute(query).scalar_one()
    return found
