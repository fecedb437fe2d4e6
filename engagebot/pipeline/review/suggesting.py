"""Suggesting: who knows the answer hands the words to those who speak in public."""

from __future__ import annotations

from engagebot.domain.outbox import CASE_OPEN
from engagebot.domain.records import DraftRecord
from engagebot.domain.replying.routes import NO_MANNERS, Manners
from engagebot.domain.roles import Act
from engagebot.errors import IllegalMove, WrongUsage
from engagebot.pipeline.review.handing import assign
from engagebot.pipeline.review.writing import begin
from engagebot.store import audit
from engagebot.store.casework import cases
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions


def suggest(tx: Tx, case_id: int, act: Act, *, text: str, manners: Manners = NO_MANNERS) -> DraftRecord:
    """Put words in the review queue as the answer to what the customer said last, under their author's name.

    Raises:
        WrongUsage: there are no words.
        IllegalMove: the case has ended, nobody said anything in public, there is a reply already, or none is
            allowed there.
    """
    if not text.strip():
        raise WrongUsage("write what should be answered in public")
    case = cases.get(tx, case_id, lock=True)
    if case.state not in CASE_OPEN:
        raise IllegalMove(f"case {case.id} is {case.state}; reopen it first")
    said = [
        heard
        for heard in mentions.get_many(tx, case.mention_ids).values()
        if heard.customer_id == case.customer_id and heard.redacted_at is None
    ]
    if not said:
        raise IllegalMove("there is no post of this customer to answer in public")
    latest = max(said, key=lambda heard: (heard.mention.posted_at, heard.id))
    draft = begin(tx, latest.id, act, text=text, answer_by=case.first_reply_due_at, manners=manners)
    # Whoever reviews takes it; its author waits, and may not be one who sends.
    draft = assign(tx, draft.id, act, to=None)
    audit.add(
        tx,
        at=act.at,
        actor=act.by.name,
        action="case.suggested",
        subject=f"case:{case.id}",
        detail={"draft": draft.id, "mention": latest.id},
    )
    cases.touch(tx, case.id, act.at)
    return draft
