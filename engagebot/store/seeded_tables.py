"""The rows of seeded checks, private to the store."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from engagebot.store.tables import Id, metadata
from engagebot.store.types import UtcTime, Words

# A bad text that is shown in place of a draft's own. It stands here and not in the draft, so that nothing
# that sends, counts, learns or exports can come upon it.
seeded_checks = Table(
    "seeded_checks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("draft_id", Id, ForeignKey("drafts.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("because", Words, nullable=False),
    Column("text", Words),
    Column("covers", Text, nullable=False),
    Column("planted_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("answered_by", Words),
    Column("outcome", Text),
    # 1 or nothing: the database itself keeps a second check from standing beside one that nobody answered.
    Column("standing", Integer, unique=True),
    Index("ix_seeded_checks_draft_id", "draft_id"),
    Index("ix_seeded_checks_answered_by_ended_at", "answered_by", "ended_at"),
)
