"""Cases: what is known of a problem, its clocks and contacts, who takes it over; and people's records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXTS = ("problem", "titled_by", "desired_outcome", "cause", "remedy", "was_reached")
PEOPLE = ("acknowledged_by", "handed_to", "handed_by")
TIMES = ("acknowledged_at", "handed_at", "looked_fixed_at", "spoken_at", "ladder_due_at", "mind_at")


def upgrade() -> None:
    _cases()
    _contacts()
    _remedies()
    _clocks()
    _messages()
    _people()


def _cases() -> None:
    # A customer may have two problems at once; each is a case.
    op.drop_index("uq_cases_open_per_customer", "cases")
    for name in (*TEXTS, *PEOPLE):
        op.add_column("cases", sa.Column(name, sa.Text()))
    for name in TIMES:
        op.add_column("cases", sa.Column(name, sa.BigInteger()))
    op.add_column("cases", sa.Column("ladder_step", sa.Integer()))
    op.create_index("ix_cases_ladder_due_at", "cases", ["ladder_due_at"])
    op.create_index("ix_cases_handed_at", "cases", ["handed_at"])
    op.create_index("ix_cases_mind_at", "cases", ["mind_at"])
    # Cases that are open get their clocks as soon as the program runs.
    op.execute("UPDATE cases SET mind_at = updated_at WHERE state NOT IN ('resolved', 'closed')")


def _contacts() -> None:
    op.create_table(
        "case_contacts",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("is_inbound", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.Integer()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_contacts_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_contacts"),
    )
    op.create_index("ix_case_contacts_case_id_at", "case_contacts", ["case_id", "at"])


def _remedies() -> None:
    op.create_table(
        "case_remedies",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text()),
        sa.Column("cause", sa.Text()),
        sa.Column("was_reached", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("failed_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_remedies_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_remedies"),
    )
    op.create_index("ix_case_remedies_case_id", "case_remedies", ["case_id"])
    op.create_index("ix_case_remedies_problem_at", "case_remedies", ["problem", "at"])


def _clocks() -> None:
    op.create_table(
        "case_clocks",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("span_s", sa.Integer(), nullable=False),
        sa.Column("is_business_time", sa.Boolean(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("paused_at", sa.BigInteger()),
        sa.Column("left_s", sa.Integer()),
        sa.Column("told", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tell_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_clocks_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_clocks"),
    )
    op.create_index("ix_case_clocks_case_id_kind", "case_clocks", ["case_id", "kind"])
    op.create_index("ix_case_clocks_tell_at", "case_clocks", ["tell_at"])


def _messages() -> None:
    op.create_index("ix_deliveries_channel_kind_id", "deliveries", ["channel", "kind", "id"])
    op.create_table(
        "case_messages",
        sa.Column("case_id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text()),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_messages_case_id"),
        sa.PrimaryKeyConstraint("case_id", "channel", name="pk_case_messages"),
    )
    op.create_table(
        "chat_people",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=False),
        sa.Column("user_id", ID),
        sa.Column("waiting", sa.Text()),
        sa.Column("code_hash", sa.Text()),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_chat_people_user_id"),
        sa.PrimaryKeyConstraint("channel", "native_id", name="pk_chat_people"),
    )


def _people() -> None:
    op.add_column("customers", sa.Column("mark", sa.Text()))
    op.add_column("customers", sa.Column("forgotten_at", sa.BigInteger()))
    for name in ("is_vip", "mark"):
        is_marked = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_customers_{name}", "customers", [name], sqlite_where=is_marked, postgresql_where=is_marked
        )
    op.create_table(
        "customer_notes",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text()),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.Text()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_customer_notes_customer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_customer_notes"),
    )
    op.create_index("ix_customer_notes_customer_id_id", "customer_notes", ["customer_id", "id"])
    op.create_table(
        "customer_tags",
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("tagged_by", sa.Text(), nullable=False),
        sa.Column("tagged_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_customer_tags_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", "tag", name="pk_customer_tags"),
    )
    op.create_index("ix_customer_tags_tag", "customer_tags", ["tag"])
    _links()


def _links() -> None:
    op.create_table(
        "customer_links",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("other_id", ID, nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("linked_by", sa.Text(), nullable=False),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.Text()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_customer_links_customer_id"),
        sa.ForeignKeyConstraint(["other_id"], ["customers.id"], name="fk_customer_links_other_id"),
        sa.PrimaryKeyConstraint("id", name="pk_customer_links"),
    )
    op.create_index("ix_customer_links_customer_id", "customer_links", ["customer_id"])
    op.create_index("ix_customer_links_other_id", "customer_links", ["other_id"])
