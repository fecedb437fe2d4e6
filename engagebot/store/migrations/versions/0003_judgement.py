"""What judging keeps: more of each judgement, people's verdicts, and the models learned from them."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNHAPPY = ("negative", "very_negative")
HAPPY = ("positive", "very_positive")


def upgrade() -> None:
    op.add_column("mentions", sa.Column("praise", sa.Float()))
    op.add_column("mentions", sa.Column("reason", sa.Text()))
    op.add_column("mentions", sa.Column("flags", sa.Text()))
    op.create_table(
        "verdicts",
        sa.Column("id", ID, nullable=False),
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("is_unhappy", sa.Boolean()),
        sa.Column("is_praise", sa.Boolean()),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name="fk_verdicts_mention_id"),
        sa.PrimaryKeyConstraint("id", name="pk_verdicts"),
    )
    op.create_index("ix_verdicts_mention_id_source_id", "verdicts", ["mention_id", "source", "id"])
    op.create_table(
        "site_models",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("weights", sa.Text()),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_site_models"),
    )
    is_adopted = sa.text("state = 'adopted'")
    op.create_index(
        "uq_site_models_adopted",
        "site_models",
        ["state"],
        unique=True,
        sqlite_where=is_adopted,
        postgresql_where=is_adopted,
    )
    _remember_corrections()


def _remember_corrections() -> None:
    """Corrections made so far stand in the audit alone; they are people's verdicts like later ones."""
    tx = op.get_bind()
    rows = tx.execute(
        sa.text("SELECT subject, at, actor, detail FROM audit WHERE action = 'mention.corrected' ORDER BY id")
    ).all()
    for subject, at, actor, detail in rows:
        sentiment = json.loads(detail or "{}").get("after", {}).get("sentiment")
        if sentiment in (None, "unknown"):
            continue
        tx.execute(
            sa.text(
                "INSERT INTO verdicts (mention_id, is_unhappy, is_praise, source, at, by)"
                " VALUES (:mention_id, :is_unhappy, :is_praise, 'correction', :at, :by)"
            ),
            {
                "mention_id": int(subject.partition(":")[2]),
                "is_unhappy": sentiment in UNHAPPY,
                "is_praise": sentiment in HAPPY,
                "at": at,
                "by": actor,
            },
        )
