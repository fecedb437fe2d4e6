"""Sending: what an approval is bound to, how much left lately, and which platforms rest after failures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("drafts", sa.Column("approved_for", sa.Text()))
    op.create_index("ix_drafts_source_attempt_started_at", "drafts", ["source", "attempt_started_at"])
    op.create_index(
        "ix_drafts_posted_by_hand",
        "drafts",
        ["source", "posted_at"],
        sqlite_where=sa.text("state = 'posted_by_hand'"),
        postgresql_where=sa.text("state = 'posted_by_hand'"),
    )
    op.create_table(
        "breakers",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.BigInteger()),
        sa.Column("probe_at", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("source", name="pk_breakers"),
    )
    _telling()


def _telling() -> None:
    op.create_table(
        "shut_channels",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("shut_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_shut_channels"),
    )
    op.create_table(
        "unreached",
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("case_id", ID),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("known_by", sa.Text()),
        sa.Column("known_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_unreached_case_id"),
        sa.PrimaryKeyConstraint("notice_id", name="pk_unreached"),
    )
