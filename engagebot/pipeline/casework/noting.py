"""Noting: internal words beside a case."""

from __future__ import annotations

from engagebot.domain.heard.removal import unquoted
from engagebot.domain.roles import Act
from engagebot.errors import WrongUsage
from engagebot.store import audit
from engagebot.store.casework import cases
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions


def note(tx: Tx, case_id: int, act: Act, *, text: str) -> None:
    """Write an internal note in the case's history; it keeps no quote of what the customer wrote.

    Raises:
        WrongUsage: the note is empty.
    """
    if not text.strip():
        raise WrongUsage("the note is empty")
    for heard in mentions.get_many(tx, cases.get(tx, case_id).mention_ids).values():
        text = unquoted(text, heard.mention.words)
    audit.add(
        tx,
        at=act.at,
        actor=act.by.name,
        action="case.note",
        subject=f"case:{case_id}",
        detail={"text": text},
    )
    cases.touch(tx, case_id, act.at)
