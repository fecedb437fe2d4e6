"""Rules at work: what changed with each set, what matched by the hour, what raised, what paused itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("rule_sets", sa.Column("marks", sa.Text()))
    op.add_column("rule_sets", sa.Column("changes", sa.Text()))
    op.create_table(
        "rule_counts",
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("live", sa.Integer(), nullable=False),
        sa.Column("shadow", sa.Integer(), nullable=False),
        sa.Column("fresh", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "rule_id", name="pk_rule_counts"),
    )
    op.create_table(
        "rule_faults",
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("rule_set", sa.Text(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("lifted_at", sa.BigInteger()),
        sa.Column("lifted_by", sa.Text()),
        sa.PrimaryKeyConstraint("rule_id", "mark", name="pk_rule_faults"),
    )
    op.create_table(
        "rule_pauses",
        sa.Column("id", ID, nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("paused_at", sa.BigInteger(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=False),
        sa.Column("resumed_at", sa.BigInteger()),
        sa.Column("resumed_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_rule_pauses"),
    )
    is_open = sa.text("resumed_at IS NULL")
    op.create_index(
        "uq_rule_pauses_open",
        "rule_pauses",
        ["rule_id", "mark"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
