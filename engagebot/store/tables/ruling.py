"""The rows about rules: sets, what matched, what raised, what paused itself."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from engagebot.store.tables.metadata import Id, metadata
from engagebot.store.types import Json, UtcTime, Words

rule_sets = Table(
    "rule_sets",
    metadata,
    Column("id", Id, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("sources", Json, nullable=False),
    Column("author", Words, nullable=False),
    Column("note", Words, nullable=False),
    Column("live_at", UtcTime, nullable=False),
    Column("marks", Json),
    Column("changes", Json),
    Column("rates", Json),
    Index("ix_rule_sets_hash", "hash"),
)

# The hour comes first: what is asked most is everything since some hour.
rule_counts = Table(
    "rule_counts",
    metadata,
    Column("hour", UtcTime, primary_key=True),
    Column("rule_id", Text, primary_key=True),
    Column("live", Integer, nullable=False),
    Column("shadow", Integer, nullable=False),
    Column("fresh", Integer, nullable=False),
)

rule_faults = Table(
    "rule_faults",
    metadata,
    Column("rule_id", Text, primary_key=True),
    Column("mark", Text, primary_key=True),
    Column("rule_set", Text, nullable=False),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("count", Integer, nullable=False),
    Column("error", Words, nullable=False),
    Column("mention_id", Id, nullable=False),
    Column("lifted_at", UtcTime),
    Column("lifted_by", Words),
)

rule_pauses = Table(
    "rule_pauses",
    metadata,
    Column("id", Id, primary_key=True),
    Column("rule_id", Text, nullable=False),
    Column("mark", Text, nullable=False),
    Column("paused_at", UtcTime, nullable=False),
    Column("matched", Integer, nullable=False),
    Column("allowed", Integer, nullable=False),
    Column("resumed_at", UtcTime),
    Column("resumed_by", Words),
    # A rule is paused once, however many workers see it run away.
    Index(
        "uq_rule_pauses_open",
        "rule_id",
        "mark",
        unique=True,
        sqlite_where=text("resumed_at IS NULL"),
        postgresql_where=text("resumed_at IS NULL"),
    ),
)
