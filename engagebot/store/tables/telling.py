"""The rows of telling people: news on its way, channels that have ended, news that reached nobody."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from engagebot.store.tables.metadata import Id, metadata
from engagebot.store.types import Json, UtcTime, Words

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("notice_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("case_id", Id, ForeignKey("cases.id")),
    Column("mention_id", Id, ForeignKey("mentions.id")),
    Column("state", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("attempt_started_at", UtcTime),
    Column("delivered_at", UtcTime),
    Column("last_error", Words),
    Column("owner", Text),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("notice_id", "channel"),
    Index("ix_deliveries_state_due_at", "state", "due_at"),
    Index("ix_deliveries_channel_kind_id", "channel", "kind", "id"),
    Index("ix_deliveries_case_id", "case_id"),
)

# A channel whose receiver said that it is gone. `mark` tells the setting it had then from a later one.
shut_channels = Table(
    "shut_channels",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("shut_at", UtcTime, nullable=False),
    Column("reason", Words, nullable=False),
    Column("mark", Text, nullable=False),
)

# Few rows, so that every page can ask: a notice is here while each of its ways has failed.
unreached = Table(
    "unreached",
    metadata,
    Column("notice_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("case_id", Id, ForeignKey("cases.id")),
    Column("since", UtcTime, nullable=False),
    Column("channel", Text, nullable=False),
    Column("reason", Words, nullable=False),
    Column("known_by", Words),
    Column("known_at", UtcTime),
)
