"""Tickets of a case in other systems, and readings of reactions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


LIVE = (
    "(purpose IS NULL OR state NOT IN ('sent','posted_by_hand')) AND "
    "state IN ('proposed','approved','sending','sent','unknown','needs_person','held','by_hand',"
    "'posted_by_hand')"
)


def upgrade() -> None:
    _tickets()
    _news_of_cases()
    _readings()
    _tenures()
    _holding()
    _continuations()


def _tickets() -> None:
    op.create_table(
        "case_tickets",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("status", sa.Text()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("linked_by", sa.Text(), nullable=False),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_tickets_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_tickets"),
    )
    op.create_index("uq_case_tickets_system_key", "case_tickets", ["system", "key"], unique=True)
    op.create_index("ix_case_tickets_case_id", "case_tickets", ["case_id"])


def _holding() -> None:
    op.add_column("cases", sa.Column("waits_since", sa.BigInteger()))
    op.add_column("cases", sa.Column("stayed", sa.Text()))
    op.add_column("drafts", sa.Column("purpose", sa.Text()))
    op.add_column("drafts", sa.Column("follow_up_at", sa.BigInteger()))
    # What a holding reply leaves open is answered by a reply of its own.
    op.drop_index("uq_drafts_live_reply", "drafts")
    op.create_index(
        "uq_drafts_live_reply",
        "drafts",
        ["mention_id"],
        unique=True,
        sqlite_where=sa.text(LIVE),
        postgresql_where=sa.text(LIVE),
    )


def _news_of_cases() -> None:
    # Every page of a case reads them, and a busy site keeps hundreds of thousands.
    op.create_index("ix_deliveries_case_id", "deliveries", ["case_id"])


def _tenures() -> None:
    op.create_table(
        "customer_tenures",
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_customer_tenures_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", name="pk_customer_tenures"),
    )


def _readings() -> None:
    op.create_table(
        "mention_readings",
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("latest", sa.Text()),
        sa.Column("latest_at", sa.BigInteger(), nullable=False),
        sa.Column("earlier_at", sa.BigInteger()),
        sa.Column("growth", sa.Float()),
        sa.Column("asked", sa.Float()),
        sa.Column("news_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name="fk_mention_readings_mention_id"),
        sa.PrimaryKeyConstraint("mention_id", name="pk_mention_readings"),
    )
    op.create_index("ix_mention_readings_news_at", "mention_readings", ["news_at"])


def _continuations() -> None:
    op.create_table(
        "case_continuations",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger()),
        sa.Column("revoked_by", sa.Text()),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_continuations_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_continuations"),
    )
    op.create_index("uq_case_continuations_secret_hash", "case_continuations", ["secret_hash"], unique=True)
    op.create_index("ix_case_continuations_case_id", "case_continuations", ["case_id"])
