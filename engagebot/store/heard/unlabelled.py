"""Posts of which nobody has said how their authors feel: what a site's dialect is learned from."""

from __future__ import annotations

import sqlalchemy as sa

from engagebot.domain.judgement import Sentiment
from engagebot.domain.records import MentionRecord
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions
from engagebot.store.tables import mentions as mention_rows
from engagebot.store.tables import verdicts


def newest(tx: Tx) -> int:
    """The id of the newest mention, 0 where there is none."""
    return tx.execute(sa.select(sa.func.max(mention_rows.c.id))).scalar() or 0


def some(tx: Tx, *, after: int, until: int, limit: int) -> list[MentionRecord]:
    """The next of them by id: scored, in English, no copies, with their words and without a verdict."""
    is_judged = sa.select(verdicts.c.id).where(verdicts.c.mention_id == mention_rows.c.id).exists()
    query = sa.select(mention_rows).where(
        mention_rows.c.id > after,
        mention_rows.c.id <= until,
        mention_rows.c.redacted_at.is_(None),
        mention_rows.c.copy_of.is_(None),
        mention_rows.c.sentiment != Sentiment.UNKNOWN.value,
        sa.or_(mention_rows.c.language.is_(None), mention_rows.c.language == "en"),
        ~is_judged,
    )
    return [mentions.record(row) for row in tx.execute(query.order_by(mention_rows.c.id).limit(limit))]


def kept(tx: Tx, *, after: int, until: int) -> int:
    """How many mentions of this range of ids still have their words: fewer as soon as one is forgotten."""
    query = sa.select(sa.func.count()).where(
        mention_rows.c.id > after, mention_rows.c.id <= until, mention_rows.c.redacted_at.is_(None)
    )
    count: int = tx.execute(query).scalar_one()
    return count
