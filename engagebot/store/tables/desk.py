"""The rows of the review desk: words half written, who looks, what people prefer."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
)

from engagebot.store.tables.metadata import Id, metadata
from engagebot.store.types import Json, UtcTime, Words

# Other wordings of the same reply, beside the one in the draft itself, which is number 1.
variants = Table(
    "variants",
    metadata,
    Column("draft_id", Id, ForeignKey("drafts.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("text", Words, nullable=False),
    Column("missing", Json),
)

# What somebody is writing and has neither saved nor approved; it is nobody else's business.
writings = Table(
    "writings",
    metadata,
    Column("draft_id", Id, ForeignKey("drafts.id"), primary_key=True),
    Column("person", Words, primary_key=True),
    Column("text", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
)

presence = Table(
    "presence",
    metadata,
    Column("draft_id", Id, ForeignKey("drafts.id"), primary_key=True),
    Column("person", Words, primary_key=True),
    Column("seen_at", UtcTime, nullable=False),
    Column("typed_at", UtcTime),
    Index("ix_presence_seen_at", "seen_at"),
)

claims = Table(
    "claims",
    metadata,
    Column("draft_id", Id, ForeignKey("drafts.id"), primary_key=True),
    Column("person", Words, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
)

preferences = Table(
    "preferences",
    metadata,
    Column("person", Words, primary_key=True),
    Column("values", Json, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

# A view without an owner is the team's.
views = Table(
    "views",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner", Words),
    Column("name", Words, nullable=False),
    Column("query", Words, nullable=False),
    Column("made_by", Words, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Index("ix_views_owner", "owner"),
)
