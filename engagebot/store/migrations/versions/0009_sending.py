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
    _seeded()


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


def _seeded() -> None:
    op.create_table(
        "seeded_checks",
        sa.Column("id", ID, nullable=False),
        sa.Column("draft_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("text", sa.Text()),
        sa.Column("covers", sa.Text(), nullable=False),
        sa.Column("planted_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("answered_by", sa.Text()),
        sa.Column("outcome", sa.Text()),
        sa.Column("standing", sa.Integer()),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name="fk_seeded_checks_draft_id"),
        sa.PrimaryKeyConstraint("id", name="pk_seeded_checks"),
        sa.UniqueConstraint("standing", name="uq_seeded_checks_standing"),
    )
    op.create_index("ix_seeded_checks_draft_id", "seeded_checks", ["draft_id"])
    op.create_index("ix_seeded_checks_answered_by_ended_at", "seeded_checks", ["answered_by", "ended_at"])
