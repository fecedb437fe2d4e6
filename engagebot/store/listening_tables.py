"""The rows about listening, private to the store: what was not heard, who is not, what was read again."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Table, Text, UniqueConstraint

from engagebot.store.tables import Id, metadata
from engagebot.store.types import Json, UtcTime, Words

coverage = Table(
    "coverage",
    metadata,
    Column("id", Id, primary_key=True),
    Column("watch", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("from_at", UtcTime, nullable=False),
    Column("until_at", UtcTime, nullable=False),
    Column("reason", Words),
    Column("noted_at", UtcTime, nullable=False),
    Column("healed_at", UtcTime),
    Index("ix_coverage_watch_until_at", "watch", "until_at"),
)

mutes = Table(
    "mutes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Words, nullable=False),
    Column("muted_by", Words, nullable=False),
    Column("muted_at", UtcTime, nullable=False),
    UniqueConstraint("source", "kind", "key"),
)

# The reactions of a mention at the last reading, and what they grew by an hour since the one before.
# `asked` is the growth at which rules were last asked; `news_at` is set while they have to be thought of.
mention_readings = Table(
    "mention_readings",
    metadata,
    Column("mention_id", Id, ForeignKey("mentions.id"), primary_key=True),
    Column("latest", Json),
    Column("latest_at", UtcTime, nullable=False),
    Column("earlier_at", UtcTime),
    Column("growth", Float),
    Column("asked", Float),
    Column("news_at", UtcTime),
    Index("ix_mention_readings_news_at", "news_at"),
)
