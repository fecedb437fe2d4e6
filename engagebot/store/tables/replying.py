"""The rows of replies: drafts, the breakers of sending, seeded checks."""

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
    text,
)

from engagebot.store.tables.metadata import Id, metadata
from engagebot.store.types import Json, UtcTime, Words

_LIVE_DRAFT = (
    # A holding reply that arrived asks for the answer itself, so that may follow it.
    "(purpose IS NULL OR state NOT IN ('sent','posted_by_hand')) AND "
    "state IN ('proposed','approved','sending','sent','unknown','needs_person','held','by_hand',"
    "'posted_by_hand')"
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mention_id", Id, ForeignKey("mentions.id"), nullable=False),
    Column("customer_id", Id, ForeignKey("customers.id")),
    Column("rule_id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("conversation_id", Words),
    Column("is_proactive", Boolean, nullable=False),
    Column("text", Words, nullable=False),
    Column("missing", Json),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("held_from", Text),
    Column("reply_route", Text, nullable=False),
    Column("reply_reason", Words, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("approved_by", Words),
    Column("approved_at", UtcTime),
    Column("approved_hash", Text),
    Column("approved_for", Text),
    Column("due_at", UtcTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("attempt_started_at", UtcTime),
    Column("attempt_ended_at", UtcTime),
    Column("settle_tries", Integer, nullable=False, server_default="0"),
    Column("native_id", Words),
    Column("url", Words),
    Column("posted_at", UtcTime),
    Column("last_error", Words),
    Column("assignee", Words),
    Column("snoozed_until", UtcTime),
    Column("owner", Text),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    # What the queue is sorted and parted by; it follows the mention, so that no list has to read mentions.
    Column("said_at", UtcTime),
    Column("answer_by", UtcTime),
    Column("lane", Text),
    Column("rank", Integer),
    Column("unhappiness", Float),
    Column("reach", BigInteger),
    Column("first_reader", Words),
    Column("woke_because", Words),
    Column("purpose", Text),
    Column("follow_up_at", UtcTime),
    # One live reply per mention, kept by the database itself: no race in our code can break it.
    Index(
        "uq_drafts_live_reply",
        "mention_id",
        unique=True,
        sqlite_where=text(_LIVE_DRAFT),
        postgresql_where=text(_LIVE_DRAFT),
    ),
    Index("ix_drafts_state_due_at", "state", "due_at"),
    # All that the queue is parted, sorted and mostly searched by: a list reads no rows but its own page's.
    Index(
        "ix_drafts_queue",
        *("state", "lane", "snoozed_until", "rank", "answer_by", "said_at", "id", "assignee", "mention_id"),
    ),
    Index("ix_drafts_state_said_at_id", "state", "said_at", "id"),
    Index("ix_drafts_mention_id", "mention_id"),
    Index("ix_drafts_source_attempt_started_at", "source", "attempt_started_at"),
    # By hand means no attempt of ours; caps count these as well.
    Index(
        "ix_drafts_posted_by_hand",
        *("source", "posted_at"),
        sqlite_where=text("state = 'posted_by_hand'"),
        postgresql_where=text("state = 'posted_by_hand'"),
    ),
    Index("ix_drafts_rule_id_created_at", "rule_id", "created_at"),
    Index("ix_drafts_customer_id_created_at", "customer_id", "created_at"),
)

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

# A platform that failed several times in a row: from `opened_at` on nothing is sent there, until one reply
# may try again at `probe_at`.
breakers = Table(
    "breakers",
    metadata,
    Column("source", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("opened_at", UtcTime),
    Column("probe_at", UtcTime),
    Column("reason", Words),
)
