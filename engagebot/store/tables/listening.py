"""The rows about listening: watches, connectors, what was read, what was not heard, who is not."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from engagebot.store.tables.metadata import Id, metadata
from engagebot.store.types import Json, UtcTime, Words

watches = Table(
    "watches",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("connector", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Column("cursor", Text),
    Column("next_poll_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("last_poll_at", UtcTime),
    Column("last_success_at", UtcTime),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("last_error", Words),
    Column("error_kind", Text),
    Column("note", Words),
    Column("is_stopped", Boolean, nullable=False, server_default=text("false")),
    Column("owner", Text),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("lease_until", UtcTime, nullable=False, server_default="0"),
)

connectors = Table(
    "connectors",
    metadata,
    Column("name", Text, primary_key=True),
    Column("paused_until", UtcTime),
    Column("problem", Words),
    Column("problem_kind", Text),
)

reads = Table(
    "reads",
    metadata,
    Column("day", Text, primary_key=True),
    Column("connector", Text, primary_key=True),
    Column("watch", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("count", Integer, nullable=False),
)

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
