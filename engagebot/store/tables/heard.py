"""The rows of what was heard: mentions, decisions on them, what people's decisions say, site models."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from engagebot.store.tables.metadata import Id, metadata
from engagebot.store.types import Json, UtcTime, Words

mentions = Table(
    "mentions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", Text, nullable=False),
    Column("native_id", Words, nullable=False),
    Column("watch", Text),
    Column("customer_id", Id, ForeignKey("customers.id")),
    Column("kind", Text, nullable=False),
    Column("text", Words, nullable=False),
    Column("title", Words),
    Column("lang", Words),
    Column("url", Words),
    Column("author", Json),
    Column("parent_native_id", Words),
    Column("conversation_id", Words),
    Column("community", Words),
    Column("addressed_to_us", Boolean),
    Column("engagement", Json),
    Column("platform", Json),
    Column("posted_at", UtcTime, nullable=False),
    Column("fetched_at", UtcTime, nullable=False),
    Column("is_history", Boolean, nullable=False),
    Column("reply_route", Text, nullable=False),
    Column("reply_reason", Words, nullable=False),
    Column("state", Text, nullable=False),
    Column("compound", Float),
    Column("sentiment", Text),
    Column("unhappiness", Float),
    Column("intents", Json),
    Column("language", Text),
    Column("cues", Json),
    Column("scorer", Text),
    Column("praise", Float),
    Column("reason", Text),
    Column("flags", Json),
    Column("outcome", Text),
    Column("tags", Json),
    Column("fingerprint", BigInteger),
    Column("copy_of", Id, ForeignKey("mentions.id")),
    Column("checked_at", UtcTime),
    Column("redacted_at", UtcTime),
    Column("corrected", Json),
    UniqueConstraint("source", "native_id"),
    Index("ix_mentions_fingerprint", "fingerprint", "posted_at"),
    Index("ix_mentions_source_checked_at", "source", "checked_at"),
    Index("ix_mentions_posted_at_id", "posted_at", "id"),
    Index("ix_mentions_customer_id_posted_at", "customer_id", "posted_at"),
    Index("ix_mentions_conversation", "source", "conversation_id", "posted_at"),
    # Only what still waits is indexed by state, so the index stays small however long the history grows.
    Index(
        "ix_mentions_waiting",
        "id",
        sqlite_where=text("state = 'new'"),
        postgresql_where=text("state = 'new'"),
    ),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mention_id", Id, ForeignKey("mentions.id"), nullable=False),
    Column("is_unhappy", Boolean),
    Column("is_praise", Boolean),
    Column("source", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", Words, nullable=False),
    Index("ix_verdicts_mention_id_source_id", "mention_id", "source", "id"),
)

site_models = Table(
    "site_models",
    metadata,
    Column("id", Id, primary_key=True),
    Column("version", Text, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("weights", Text),
    Column("figures", Json, nullable=False),
    Column("made_by", Words, nullable=False),
    Column("note", Words),
    # One model judges at a time, kept by the database itself.
    Index(
        "uq_site_models_adopted",
        "state",
        unique=True,
        sqlite_where=text("state = 'adopted'"),
        postgresql_where=text("state = 'adopted'"),
    ),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mention_id", Id, ForeignKey("mentions.id"), nullable=False),
    Column("rule_set", Text, nullable=False),
    Column("decided_at", UtcTime, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("matched", Json, nullable=False),
    Column("shadow", Json),
    Column("failed", Json),
    Column("planned", Json, nullable=False),
    Column("facts", Json, nullable=False),
    Column("notes", Json),
    Index("ix_decisions_mention_id_id", "mention_id", "id"),
)
