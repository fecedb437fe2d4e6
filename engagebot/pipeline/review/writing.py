"""Writing: what people put down beside a draft."""

from __future__ import annotations

from engagebot.domain.roles import Act
from engagebot.store import audit, drafts
from engagebot.store.engine import Tx


def note(tx: Tx, draft_id: int, act: Act, *, text: str) -> None:
    """Write an internal note beside a draft; it can never be sent."""
    drafts.get(tx, draft_id)
    audit.add(
        tx,
        at=act.at,
        actor=act.by.name,
        action="draft.note",
        subject=f"draft:{draft_id}",
        detail={"text": text},
    )
