"""The rows of people who work here: accounts, and what they sign in with."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    text,
)

from engagebot.store.tables.metadata import Id, metadata
from engagebot.store.types import UtcTime, Words

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Words, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("password_hash", Text),
    Column("is_service", Boolean, nullable=False, server_default=text("false")),
    Column("is_disabled", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", UtcTime, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, ForeignKey("users.id")),
    Column("kind", Text, nullable=False),
    Column("secret_hash", Text, nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
    Column("last_used_at", UtcTime),
    Column("expires_at", UtcTime),
    Index("ix_keys_user_id", "user_id"),
)
