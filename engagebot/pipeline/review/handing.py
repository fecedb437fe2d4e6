"""Handing: give a draft to somebody, put it off, or give its person to a team."""

from __future__ import annotations

from datetime import datetime

from engagebot.domain.casework.problems import problem_of
from engagebot.domain.heard.verdicts import UNHAPPY, Origin
from engagebot.domain.outbox import CASE_OPEN, DRAFT_OPEN, DraftState
from engagebot.domain.records import CaseRecord, DraftRecord
from engagebot.domain.replying.snoozing import UNTIL_THEY_ANSWER, check_until
from engagebot.domain.roles import Act
from engagebot.errors import IllegalMove, WrongUsage
from engagebot.pipeline.review.matter import matter_of
from engagebot.pipeline.review.moving import DECIDABLE, move, only_in, say
from engagebot.pipeline.review.telling import circumstances, in_own_words, was_friendly
from engagebot.pipeline.review.terms import Handover
from engagebot.store.casework import cases, escalations, right_cases
from engagebot.store.casework.escalations import Escalation
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions
from engagebot.store.replying import drafts
from engagebot.store.turns import take_turn


def assign(tx: Tx, draft_id: int, act: Act, *, to: str | None) -> DraftRecord:
    """Give a draft to a person, or to nobody.

    Raises:
        IllegalMove: it has ended.
    """
    draft = drafts.get(tx, draft_id, lock=True)
    only_in(DRAFT_OPEN, draft, "given to anybody")
    return move(tx, draft, act, draft.state, "assigned", values={"assignee": to}, detail={"assignee": to})


def snooze(tx: Tx, draft_id: int, act: Act, *, until: datetime | None) -> DraftRecord:
    """Hide a draft from the queue until then, or with `None` until they answer.

    It comes back earlier when its person or its thread says something new.

    Raises:
        WrongUsage: that moment has passed, or is too far off.
    """
    if until is not None:
        check_until(until, act.at)
    draft = drafts.get(tx, draft_id, lock=True)
    only_in(DECIDABLE, draft, "snoozed")
    return move(
        tx, draft, act, draft.state, "snoozed",
        values={"snoozed_until": until or UNTIL_THEY_ANSWER, "woke_because": None},
        detail={"until": until.isoformat() if until else "they answer"},
    )  # fmt: skip


def escalate(tx: Tx, draft_id: int, act: Act, *, to: Handover) -> CaseRecord:
    """Give the person behind a draft to a team instead of answering; the draft is withdrawn.

    Raises:
        IllegalMove: the reply has left already.
    """
    take_turn(tx)
    draft = drafts.get(tx, draft_id, lock=True)
    matter = matter_of(tx, draft)
    heard = matter.mention
    if was_friendly(matter):
        say(tx, draft, UNHAPPY, Origin.ESCALATED_BY_HAND, act)
    note = in_own_words(matter, to.note)
    reason = f"handed to {to.team}"
    withdraw(tx, draft_id, act, reason=reason)
    known = right_cases.of(tx, heard)
    escalation = Escalation(
        heard=heard,
        severity=to.severity,
        team=to.team,
        why=f"{act.by.name} handed it over from the review queue" + (f": {note}" if note else ""),
        actor=act.by.name,
        at=act.at,
        sentiment=heard.judgement.sentiment.value if heard.judgement else "unknown",
        due_at=to.due_at(heard.mention.posted_at),
        problem=problem_of(heard.judgement),
    )
    return escalations.escalate(tx, escalation, to.told, known)


def join(tx: Tx, draft_id: int, act: Act, *, case_id: int | None = None) -> CaseRecord:
    """Put a draft's mention into an open case, whose team answers it too; the draft is withdrawn.

    Without `case_id` it is the open case of the same customer about the same problem.

    Raises:
        WrongUsage: no case is named, and the customer has none that fits.
        NotFound: there is no such case.
        IllegalMove: the case is closed, or the reply has left already.
    """
    take_turn(tx)
    draft = drafts.get(tx, draft_id, lock=True)
    if case_id is None:
        known = right_cases.of(tx, mentions.get(tx, draft.mention_id))
        if known is None:
            raise WrongUsage(
                "this person has no open case about that; name the case that the post belongs to"
            )
        case_id = known.id
    case = cases.get(tx, case_id, lock=True)
    if case.state not in CASE_OPEN:
        raise IllegalMove(f"case {case.id} is {case.state}: reopen it first")
    withdraw(tx, draft_id, act, reason=f"joined to case {case.id}")
    cases.join(tx, case.id, draft.mention_id, act.at, actor=act.by.name)
    return cases.get(tx, case.id)


def withdraw(tx: Tx, draft_id: int, act: Act, *, reason: str) -> DraftRecord:
    """Take a draft out because something else now answers the person (a case, a deletion, an opt-out)."""
    draft = drafts.get(tx, draft_id, lock=True)
    # `sending` may become `withdrawn` by the platform's word alone: a person cannot call it back.
    waiting = DECIDABLE | {DraftState.APPROVED, DraftState.BY_HAND, DraftState.NEEDS_PERSON}
    only_in(waiting, draft, "withdrawn")
    values = {"last_error": reason, **drafts.UNAPPROVED}
    detail = circumstances(tx, matter_of(tx, draft), act) | {"reason": reason}
    return move(tx, draft, act, DraftState.WITHDRAWN, "withdrawn", values=values, detail=detail)
