"""Caution: what is risky about a reply, who has to read it, and for which reason it leaves all the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engagebot.domain.outbox import CASE_OPEN, DraftState
from engagebot.domain.records import CaseRecord, DraftRecord
from engagebot.domain.replying.risks import Reply, Risk, named, risks
from engagebot.domain.roles import Act, Right
from engagebot.errors import IllegalMove, NeedsReason, NotAllowed
from engagebot.pipeline.review.matter import Matter
from engagebot.pipeline.review.moving import move
from engagebot.pipeline.review.telling import circumstances, in_own_words, is_edited, was_friendly
from engagebot.pipeline.review.terms import Terms
from engagebot.store import audit
from engagebot.store.casework import cases
from engagebot.store.desk import writings
from engagebot.store.engine import Tx
from engagebot.store.persons import customers
from engagebot.store.replying import drafts

WAITS: Final = "waits for a second reader"


def risks_of(tx: Tx, matter: Matter, wording: str, terms: Terms) -> tuple[Risk, ...]:
    """What is risky about sending these words, the gravest first; empty where the terms know no caution."""
    if terms.caution is None:
        return ()
    draft, heard = matter.draft, matter.mention
    who = heard.customer_id
    theirs = cases.of_customer(tx, who) if who is not None else ()
    reply = Reply(
        flags=tuple(terms.caution.flags(tx, matter, wording)),
        is_friendly=was_friendly(matter) and not is_edited(tx, draft, wording),
        reach=draft.reach,
    )
    return risks(
        heard.judgement,
        customers.get(tx, who) if who is not None else None,
        next((case for case in theirs if case.state in CASE_OPEN and not _is_from(tx, case, draft)), None),
        reply,
        large_reach=terms.caution.large_reach,
    )


def _is_from(tx: Tx, case: CaseRecord, draft: DraftRecord) -> bool:
    """Whether those who work on a case proposed the reply, and need not be asked before it goes."""
    steps = audit.of(tx, f"case:{case.id}")
    return any(each.action == "case.suggested" and each.detail.get("draft") == draft.id for each in steps)


def wants_second(found: Sequence[Risk], terms: Terms) -> bool:
    """Whether two people must read what has these risks."""
    return terms.caution is not None and any(risk.kind in terms.caution.second_reader for risk in found)


def refuse_unexplained(found: Sequence[Risk], terms: Terms) -> None:
    """Let nothing risky pass for which nobody wrote down why.

    Raises:
        NeedsReason: it has risks and the terms no reason.
    """
    if found and not terms.reason:
        message = f"this reply is risky ({named(found)}); write down why it is right to send it"
        raise NeedsReason(message, risks=[risk.kind.value for risk in found])


def read_first(
    tx: Tx, matter: Matter, wording: str, act: Act, *, found: Sequence[Risk], terms: Terms
) -> DraftRecord | None:
    """Keep a reply that two must read for its second reader; `None` where this is the second reading.

    Both read the same words: new ones are read anew by two.

    Raises:
        IllegalMove: the second reader is the first one.
        NotAllowed: the role of the second reader does not include it.
    """
    draft = matter.draft
    if draft.first_reader is not None and draft.first_reader == act.by.name and wording == draft.text:
        raise IllegalMove("you have read and approved this one; it waits for another person, a second reader")
    if draft.first_reader is None or wording != draft.text:
        writings.forget(tx, draft.id, act.by.name)
        return move(
            tx, draft, act, DraftState.HELD, "first_read",
            values={
                **drafts.UNAPPROVED,
                "text": wording,
                "missing": None,
                "first_reader": act.by.name,
                "last_error": f"{WAITS}: {named(found)}",
                "snoozed_until": None,
                "woke_because": None,
            },
            detail=circumstances(tx, matter, act, wording=wording) | explained(matter, found, terms),
        )  # fmt: skip
    if not act.by.may(Right.SECOND_READ):
        raise NotAllowed(f"the role {act.by.role} may not be the second reader; a lead or the owner may")
    return None


def explained(matter: Matter, found: Sequence[Risk], terms: Terms) -> dict[str, object]:
    """What the audit keeps of the risks and of the reason for taking them; nothing where there are none."""
    if not found:
        return {}
    return {"risks": [risk.kind.value for risk in found], "reason": in_own_words(matter, terms.reason)}
