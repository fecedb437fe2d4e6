"""What listening keeps: reads paid for, windows heard and missed, mutes, copies and the deletion check."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_tables()
    with op.batch_alter_table("mentions") as mentions:
        mentions.add_column(sa.Column("fingerprint", sa.BigInteger()))
        mentions.add_column(sa.Column("copy_of", ID))
        mentions.add_column(sa.Column("checked_at", sa.BigInteger()))
        mentions.add_column(sa.Column("redacted_at", sa.BigInteger()))
        mentions.create_foreign_key("fk_mentions_copy_of", "mentions", ["copy_of"], ["id"])
    # The platform showed each mention when it was heard.
    op.execute("UPDATE mentions SET checked_at = fetched_at")
    op.create_index("ix_mentions_fingerprint", "mentions", ["fingerprint", "posted_at"])
    op.create_index("ix_mentions_source_checked_at", "mentions", ["source", "checked_at"])
    op.add_column("customers", sa.Column("opted_out_at", sa.BigInteger()))


def _create_tables() -> None:
    op.create_table(
        "reads",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "connector", "watch", "unit", name="pk_reads"),
    )
    op.create_table(
        "coverage",
        sa.Column("id", ID, nullable=False),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.Column("healed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_coverage"),
    )
    op.create_index("ix_coverage_watch_until_at", "coverage", ["watch", "until_at"])
    op.create_table(
        "mutes",
        sa.Column("id", ID, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("muted_by", sa.Text(), nullable=False),
        sa.Column("muted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mutes"),
        sa.UniqueConstraint("source", "kind", "key", name="uq_mutes_source_kind_key"),
    )
