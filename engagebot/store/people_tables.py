"""The rows of a customer's record, private to the store: what was noted, which accounts are theirs."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from engagebot.store.tables import Id, metadata
from engagebot.store.types import UtcTime, Words

# A note, a channel that somebody likes or wants no more of. What ended stays, so that it can be told later.
customer_notes = Table(
    "customer_notes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", Id, ForeignKey("customers.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Words, nullable=False),
    Column("basis", Words),
    Column("noted_by", Words, nullable=False),
    Column("noted_at", UtcTime, nullable=False),
    Column("ended_by", Words),
    Column("ended_at", UtcTime),
    Index("ix_customer_notes_customer_id_id", "customer_id", "id"),
)

customer_tags = Table(
    "customer_tags",
    metadata,
    Column("customer_id", Id, ForeignKey("customers.id"), primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("tagged_by", Words, nullable=False),
    Column("tagged_at", UtcTime, nullable=False),
    Index("ix_customer_tags_tag", "tag"),
)

# Since when somebody is a customer: 2019, 2019-04 or 2019-04-01.
customer_tenures = Table(
    "customer_tenures",
    metadata,
    Column("customer_id", Id, ForeignKey("customers.id"), primary_key=True),
    Column("since", Text, nullable=False),
    Column("noted_by", Words, nullable=False),
    Column("noted_at", UtcTime, nullable=False),
)

# Two accounts of one person, and how we know. Nothing is moved, so that a link can be undone.
customer_links = Table(
    "customer_links",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", Id, ForeignKey("customers.id"), nullable=False),
    Column("other_id", Id, ForeignKey("customers.id"), nullable=False),
    Column("basis", Text, nullable=False),
    Column("reason", Words, nullable=False),
    Column("linked_by", Words, nullable=False),
    Column("linked_at", UtcTime, nullable=False),
    Column("ended_by", Words),
    Column("ended_at", UtcTime),
    Index("ix_customer_links_customer_id", "customer_id"),
    Index("ix_customer_links_other_id", "other_id"),
)
