"""The rows about listening, private to the store: what was not heard, and whom nobody listens to."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, UniqueConstraint

from engagebot.store.tables import Id, metadata
from engagebot.store.types import UtcTime, Words

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
