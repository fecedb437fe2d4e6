"""How an author and the reactions to a mention lie in its row: as JSON, without what is not known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.mention import Author, Engagement
from engagebot.store.among import among
from engagebot.store.engine import Tx
from engagebot.store.tables import mentions
from engagebot.store.texts import storable

NO_ENGAGEMENT = Engagement()


def author_json(author: Author | None) -> dict[str, Any] | None:
    """Lay an author out for a row."""
    if author is None:
        return None
    values = {
        "handle": author.handle,
        "native_id": author.native_id,
        "name": author.name,
        "url": author.url,
        "followers": author.followers,
        "created_at": author.created_at.isoformat() if author.created_at else None,
        "is_verified": author.is_verified,
        "avatar_url": author.avatar_url,
    }
    return {
        key: storable(value) if isinstance(value, str) else value
        for key, value in values.items()
        if value is not None
    }


def engagement_json(engagement: Engagement) -> dict[str, int] | None:
    """Lay counted reactions out for a row."""
    values = {"likes": engagement.likes, "replies": engagement.replies, "score": engagement.score}
    return {key: value for key, value in values.items() if value is not None} or None


def read_author(values: Mapping[str, Any] | None) -> Author | None:
    """Read back what `author_json` laid out."""
    if values is None:
        return None
    created_at = values.get("created_at")
    if created_at is None:
        return Author(**values)
    return Author(**{**values, "created_at": datetime.fromisoformat(created_at).astimezone(UTC)})


def with_author(tx: Tx, mention_ids: Collection[int]) -> set[int]:
    """Those of the mentions whose author is still known here."""
    query = sa.select(mentions.c.id, mentions.c.author).where(
        among(tx, mentions.c.id, mention_ids), mentions.c.redacted_at.is_(None)
    )
    return {mention_id for mention_id, author in tx.execute(query) if author is not None}
