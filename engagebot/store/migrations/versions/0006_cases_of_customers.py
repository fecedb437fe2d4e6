"""The cases of a customer are found without looking at all cases."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_cases_customer_id", "cases", ["customer_id"])
