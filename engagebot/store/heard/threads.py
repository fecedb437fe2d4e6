"""What was said around a mention: which of the posts it hangs on are unhappy ones."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from engagebot.domain.judgement import Sentiment
from engagebot.store.among import among
from engagebot.store.engine import Tx
from engagebot.store.tables import mentions

Voice = tuple[str, str, int]
"""A customer in a conversation: (source, conversation, customer)."""
UNHAPPY = (Sentiment.NEGATIVE.value, Sentiment.VERY_NEGATIVE.value)


def unhappy_posts(tx: Tx, native_ids: Collection[str]) -> set[tuple[str, str]]:
    """Which of these posts are unhappy ones: (source, native id)."""
    columns = (mentions.c.source, mentions.c.native_id)
    query = sa.select(*columns).where(among(tx, mentions.c.native_id, native_ids))
    return {(row[0], row[1]) for row in tx.execute(query.where(mentions.c.sentiment.in_(UNHAPPY)))}


def unhappy_voices(tx: Tx, conversation_ids: Collection[str]) -> dict[Voice, set[int]]:
    """Who said something unhappy in these conversations, and in which mentions."""
    columns = (mentions.c.source, mentions.c.conversation_id, mentions.c.customer_id, mentions.c.id)
    query = sa.select(*columns).where(
        among(tx, mentions.c.conversation_id, conversation_ids),
        mentions.c.customer_id.is_not(None),
        mentions.c.sentiment.in_(UNHAPPY),
    )
    found: dict[Voice, set[int]] = {}
    for source, conversation_id, customer_id, mention_id in tx.execute(query):
        found.setdefault((source, conversation_id, customer_id), set()).add(mention_id)
    return found
