"""Matching: a person's word on which case a mention belongs to, where the words themselves misled."""

from __future__ import annotations

from datetime import datetime

from engagebot.domain.casework.problems import problem_of
from engagebot.domain.outbox import CASE_OPEN, CaseState
from engagebot.domain.records import CaseRecord
from engagebot.domain.roles import Act
from engagebot.domain.telling.notices import title_of
from engagebot.errors import IllegalMove
from engagebot.pipeline.casework.moving import move, refuse_ended
from engagebot.store.casework import cases, tickets
from engagebot.store.casework.cases import NewCase
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions
from engagebot.store.persons import contacts
from engagebot.store.turns import take_turn


def part(tx: Tx, case_id: int, mention_id: int, act: Act, *, due_at: datetime | None = None) -> CaseRecord:
    """Make a case of its own of a mention that is about another problem; answer the new one.

    Its team, severity and person stay, since they know the customer; `due_at` is when its first reply is due.

    Raises:
        NotFound: there is no such case or mention.
        IllegalMove: the mention is not in the case, or is all that the case is about.
    """
    take_turn(tx)
    case = cases.get(tx, case_id, lock=True)
    heard = mentions.get(tx, mention_id)
    if mention_id not in case.mention_ids:
        raise IllegalMove(f"mention {mention_id} is not in case {case_id}")
    if len(case.mention_ids) == 1:
        raise IllegalMove(f"mention {mention_id} is all that case {case_id} is about")
    cases.part(tx, case_id, mention_id, act.at, actor=act.by.name)
    new = NewCase(
        customer_id=heard.customer_id,
        severity=case.severity,
        team=case.team,
        title=title_of(heard.mention),
        why=f"{act.by.name} parted it from case {case_id}",
        rule_id=None,
        first_symptom_at=heard.mention.posted_at,
        first_reply_due_at=due_at,
        assignee=case.assignee,
        problem=problem_of(heard.judgement),
    )
    return cases.get(tx, cases.open_case(tx, new, [mention_id], act.at, actor=act.by.name))


def bring(tx: Tx, case_id: int, mention_id: int, act: Act) -> CaseRecord:
    """Put a mention into this case, out of the open one that it was in; answer this case.

    A case that is left with nothing ends, and what was logged for it comes along.

    Raises:
        NotFound: there is no such case or mention.
        IllegalMove: this case has ended.
    """
    take_turn(tx)
    mentions.get(tx, mention_id)
    case = cases.get(tx, case_id, lock=True)
    refuse_ended(case)
    before = cases.of_mention(tx, mention_id)
    cases.join(tx, case_id, mention_id, act.at, actor=act.by.name)
    if before is not None and before.id != case_id and before.state in CASE_OPEN:
        cases.part(tx, before.id, mention_id, act.at, actor=act.by.name)
        left = cases.get(tx, before.id, lock=True)
        if not left.mention_ids:
            contacts.move(tx, before.id, to=case_id)
            tickets.move(tx, before.id, to=case_id)
            outcome = f"joined to case {case_id}"
            move(
                tx, left, act, "joined", to=CaseState.RESOLVED,
                values={"resolved_at": act.at, "outcome": outcome}, detail={"outcome": outcome},
            )  # fmt: skip
    return cases.get(tx, case_id)
