"""The rows, private to the store. Times are epoch milliseconds in UTC, structured values are JSON text."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from engagebot.store.types import Json, UtcTime, Words

# SQLite gives row ids only to INTEGER primary keys; PostgreSQL needs the wide type.
Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

site = Table(
    "site",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Json),
    Column("changed_at", UtcTime, nullable=False),
)

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

customers = Table(
    "customers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", Text, nullable=False),
    Column("account_key", Words, nullable=False),
    Column("handle", Words, nullable=False),
    Column("name", Words),
    Column("url", Words),
    Column("first_seen_at", UtcTime, nullable=False),
    Column("last_seen_at", UtcTime, nullable=False),
    Column("contacts", Integer, nullable=False, server_default="0"),
    Column("is_vip", Boolean),
    Column("is_opted_out", Boolean),
    Column("opted_out_at", UtcTime),
    Column("mark", Text),
    Column("forgotten_at", UtcTime),
    UniqueConstraint("source", "account_key"),
    Index("ix_customers_handle", "handle"),
    Index("ix_customers_last_seen_at_id", "last_seen_at", "id"),
    # Few are marked, and lists of them must not look through everybody.
    *(
        Index(
            f"ix_customers_{name}",
            name,
            sqlite_where=text(f"{name} IS NOT NULL"),
            postgresql_where=text(f"{name} IS NOT NULL"),
        )
        for name in ("is_vip", "mark")
    ),
)

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

cases = Table(
    "cases",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", Id, ForeignKey("customers.id")),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("assignee", Words),
    Column("title", Words, nullable=False),
    Column("why", Words, nullable=False),
    Column("rule_id", Text),
    Column("opened_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("first_symptom_at", UtcTime, nullable=False),
    Column("first_reply_due_at", UtcTime),
    Column("first_reply_at", UtcTime),
    Column("snoozed_until", UtcTime),
    Column("resolved_at", UtcTime),
    Column("outcome", Words),
    # What it is about, as an intent; nothing where the customer's words do not say.
    Column("problem", Text),
    Column("titled_by", Words),
    Column("desired_outcome", Words),
    Column("cause", Text),
    Column("remedy", Words),
    Column("was_reached", Text),
    Column("stayed", Text),
    Column("acknowledged_at", UtcTime),
    Column("acknowledged_by", Words),
    Column("handed_to", Words),
    Column("handed_by", Words),
    Column("handed_at", UtcTime),
    Column("looked_fixed_at", UtcTime),
    Column("spoken_at", UtcTime),
    Column("waits_since", UtcTime),
    Column("ladder_step", Integer),
    Column("ladder_due_at", UtcTime),
    # When time does something to it next; whatever is done to it sets this to that moment.
    Column("mind_at", UtcTime),
    Index("ix_cases_mind_at", "mind_at"),
    Index("ix_cases_ladder_due_at", "ladder_due_at"),
    Index("ix_cases_handed_at", "handed_at"),
    Index("ix_cases_state_id", "state", "id"),
    Index("ix_cases_opened_at_id", "opened_at", "id"),
    Index("ix_cases_customer_id", "customer_id"),
)

case_mentions = Table(
    "case_mentions",
    metadata,
    Column("case_id", Id, ForeignKey("cases.id"), primary_key=True),
    Column("mention_id", Id, ForeignKey("mentions.id"), primary_key=True),
    Index("ix_case_mentions_mention_id", "mention_id"),
)

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
