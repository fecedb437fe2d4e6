"""Whether somebody of ours answered where a contact elsewhere was made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "case_contacts", sa.Column("is_answered", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    # What had been logged before says nothing of it: our own calls were words of ours, and so is what is said
    # by somebody who picks up.
    op.execute(
        "UPDATE case_contacts SET is_answered = true "
        "WHERE is_inbound = false OR channel IN ('phone', 'chat', 'shop')"
    )
