"""How an author and the reactions to a mention lie in its row: as JSON, without what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engagebot.domain.mention import Author, Engagement

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
    }
    return {key: value for key, value in values.items() if value is not None}


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
