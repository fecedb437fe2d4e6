"""The rows of customers: accounts, what was noted of them, which belong together."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from engagebot.store.tables.metadata import Id, metadata
from engagebot.store.types import UtcTime, Words

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
