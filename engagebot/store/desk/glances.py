"""A glance at drafts: just enough of each to tell whether what somebody has read of it still holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engagebot.domain.outbox import DRAFT_OPEN, DraftState
from engagebot.store.engine import Tx
from engagebot.store.tables import drafts, writings


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """A draft at a glance. `thread` is its platform and conversation, where it has one.

    `is_begun` tells whether the person who looks has typed into it and not saved.
    """

    id: int
    version: int
    is_open: bool
    customer_id: int | None
    thread: tuple[str, str] | None
    text: str
    is_begun: bool


def glance(tx: Tx, draft_ids: Sequence[int], person: str) -> dict[int, Glance]:
    """Look at these drafts for a person; unknown ids are left out."""
    typed = sa.and_(writings.c.draft_id == drafts.c.id, writings.c.person == person)
    names = ("id", "version", "state", "customer_id", "source", "conversation_id", "text")
    query = (
        sa.select(*(drafts.c[name] for name in names), writings.c.draft_id.label("typed"))
        .outerjoin_from(drafts, writings, typed)
        .where(drafts.c.id.in_(draft_ids))
    )
    return {
        row.id: Glance(
            id=row.id,
            version=row.version,
            is_open=DraftState(row.state) in DRAFT_OPEN,
            customer_id=row.customer_id,
            thread=None if row.conversation_id is None else (row.source, row.conversation_id),
            text=row.text,
            is_begun=row.typed is not None,
        )
        for row in tx.execute(query)
    }
