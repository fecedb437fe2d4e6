"""The rows of cases: what they are about, contacts elsewhere, clocks, messages, tickets, links."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    false,
)

from engagebot.store.tables.metadata import Id, metadata
from engagebot.store.types import Json, UtcTime, Words

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

# What was said on the phone, in a chat or in a shop; the customer's minutes count as their effort.
case_contacts = Table(
    "case_contacts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, ForeignKey("cases.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("is_inbound", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("minutes", Integer),
    Column("text", Words, nullable=False),
    Column("noted_by", Words, nullable=False),
    Column("noted_at", UtcTime, nullable=False),
    Column("is_answered", Boolean, nullable=False, server_default=false()),
    Index("ix_case_contacts_case_id_at", "case_id", "at"),
)

# What was tried for a case, one row each time that it was resolved; what did not last has `failed_at`.
case_remedies = Table(
    "case_remedies",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, ForeignKey("cases.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("remedy", Words, nullable=False),
    Column("problem", Text),
    Column("cause", Text),
    Column("was_reached", Text),
    Column("at", UtcTime, nullable=False),
    Column("failed_at", UtcTime),
    Index("ix_case_remedies_case_id", "case_id"),
    Index("ix_case_remedies_problem_at", "problem", "at"),
)

# A promise that runs. One that is paused has no due time but the working time that was left.
case_clocks = Table(
    "case_clocks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, ForeignKey("cases.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("span_s", Integer, nullable=False),
    Column("is_business_time", Boolean, nullable=False),
    Column("began_at", UtcTime, nullable=False),
    Column("due_at", UtcTime),
    Column("paused_at", UtcTime),
    Column("left_s", Integer),
    Column("told", Integer, nullable=False, server_default="0"),
    Column("tell_at", UtcTime),
    Column("ended_at", UtcTime),
    Index("ix_case_clocks_case_id_kind", "case_id", "kind"),
    Index("ix_case_clocks_tell_at", "tell_at"),
)

# The message that stands for a case in a channel, by the channel's own reference to it.
case_messages = Table(
    "case_messages",
    metadata,
    Column("case_id", Id, ForeignKey("cases.id"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("reference", Json, nullable=False),
    Column("shown", Text),
    Column("changed_at", UtcTime, nullable=False),
)

# Who somebody in a chat is here; `waiting` is what they pressed before anybody knew.
chat_people = Table(
    "chat_people",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("native_id", Text, primary_key=True),
    Column("user_id", Id, ForeignKey("users.id")),
    Column("waiting", Json),
    Column("code_hash", Text),
    Column("changed_at", UtcTime, nullable=False),
)

# The same problem in another system, whose status is mirrored here.
case_tickets = Table(
    "case_tickets",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, ForeignKey("cases.id"), nullable=False),
    Column("system", Text, nullable=False),
    Column("key", Words, nullable=False),
    Column("url", Words),
    Column("status", Words),
    Column("closed_at", UtcTime),
    Column("linked_by", Words, nullable=False),
    Column("linked_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Index("uq_case_tickets_system_key", "system", "key", unique=True),
    Index("ix_case_tickets_case_id", "case_id"),
)

# A link by which whoever speaks with the customer elsewhere reads the case, and writes down one contact.
case_continuations = Table(
    "case_continuations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, ForeignKey("cases.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("note", Words, nullable=False),
    Column("made_by", Words, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
    Column("revoked_by", Words),
    Column("revoked_at", UtcTime),
    Index("uq_case_continuations_secret_hash", "secret_hash", unique=True),
    Index("ix_case_continuations_case_id", "case_id"),
)
