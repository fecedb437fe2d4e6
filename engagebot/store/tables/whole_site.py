"""The rows of the whole site: facts about it, and the audit."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Index,
    Table,
    Text,
)

from engagebot.store.tables.metadata import Id, metadata
from engagebot.store.types import Json, UtcTime, Words

site = Table(
    "site",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Json),
    Column("changed_at", UtcTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", Words, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Json),
    Index("ix_audit_subject_id", "subject", "id"),
    Index("ix_audit_at", "at", "id"),
    Index("ix_audit_actor_at", "actor", "at", "id"),
)
