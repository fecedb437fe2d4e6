"""The review desk: where each draft stands in the queue, other wordings, words half written, who looks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COLUMNS = (
    ("said_at", sa.BigInteger()),
    ("answer_by", sa.BigInteger()),
    ("lane", sa.Text()),
    ("rank", sa.Integer()),
    ("unhappiness", sa.Float()),
    ("reach", sa.BigInteger()),
    ("first_reader", sa.Text()),
    ("woke_because", sa.Text()),
)
_QUEUE = (
    ["state", "lane", "snoozed_until", "rank", "answer_by", "said_at", "id", "assignee", "mention_id"]
)  # fmt: skip
# What `domain.desk.urgency` says, as far as the row tells it; asked again with the next word on the mention.
_FILL = """
UPDATE drafts SET
  said_at = (SELECT m.posted_at FROM mentions m WHERE m.id = drafts.mention_id),
  unhappiness = (SELECT m.unhappiness FROM mentions m WHERE m.id = drafts.mention_id),
  rank = (SELECT CASE
      WHEN m.sentiment = 'very_negative' THEN 0
      WHEN m.sentiment = 'negative' THEN 1
      WHEN m.sentiment IS NULL OR m.sentiment = 'unknown' THEN 2
      WHEN m.intents LIKE '%question%' OR m.intents LIKE '%complaint%' THEN 2
      WHEN m.sentiment IN ('positive', 'very_positive') THEN 3
      ELSE 4 END
    FROM mentions m WHERE m.id = drafts.mention_id)
"""
_LANES = """
UPDATE drafts SET lane = CASE WHEN rank < 2 THEN 'unhappy' WHEN rank = 2 THEN 'to_answer'
  WHEN rank = 3 THEN 'appreciation' ELSE 'small_talk' END
"""


def upgrade() -> None:
    for name, kind in _COLUMNS:
        op.add_column("drafts", sa.Column(name, kind))
    op.execute(_FILL)
    op.execute(_LANES)
    op.create_index("ix_drafts_queue", "drafts", _QUEUE)
    op.create_index("ix_drafts_state_said_at_id", "drafts", ["state", "said_at", "id"])
    op.create_index("ix_drafts_mention_id", "drafts", ["mention_id"])
    op.create_index("ix_customers_handle", "customers", ["handle"])
    op.create_index("ix_customers_last_seen_at_id", "customers", ["last_seen_at", "id"])
    op.create_index("ix_cases_opened_at_id", "cases", ["opened_at", "id"])
    op.drop_index("ix_mentions_conversation", "mentions")
    op.create_index("ix_mentions_conversation", "mentions", ["source", "conversation_id", "posted_at"])
    _written()
    _people()
    op.create_index("ix_audit_at", "audit", ["at", "id"])
    op.create_index("ix_audit_actor_at", "audit", ["actor", "at", "id"])


def _written() -> None:
    op.create_table(
        "variants",
        sa.Column("draft_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("missing", sa.Text()),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name="fk_variants_draft_id"),
        sa.PrimaryKeyConstraint("draft_id", "number", name="pk_variants"),
    )
    op.create_table(
        "writings",
        sa.Column("draft_id", ID, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name="fk_writings_draft_id"),
        sa.PrimaryKeyConstraint("draft_id", "person", name="pk_writings"),
    )


def _people() -> None:
    op.create_table(
        "presence",
        sa.Column("draft_id", ID, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("typed_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name="fk_presence_draft_id"),
        sa.PrimaryKeyConstraint("draft_id", "person", name="pk_presence"),
    )
    op.create_index("ix_presence_seen_at", "presence", ["seen_at"])
    op.create_table(
        "claims",
        sa.Column("draft_id", ID, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name="fk_claims_draft_id"),
        sa.PrimaryKeyConstraint("draft_id", name="pk_claims"),
    )
    op.create_table(
        "preferences",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_preferences"),
    )
    op.create_table(
        "views",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_views"),
    )
    op.create_index("ix_views_owner", "views", ["owner"])
