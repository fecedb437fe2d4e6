"""Casework: what people do with cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engagebot.domain.outbox import CASE_OPEN, CaseState
from engagebot.domain.records import CaseRecord
from engagebot.domain.removal import unquoted
from engagebot.domain.roles import Act
from engagebot.errors import IllegalMove, WrongUsage
from engagebot.store import audit, cases, mentions, unreached
from engagebot.store.cases import CaseMove
from engagebot.store.engine import Tx
from engagebot.store.turns import take_turn


def acknowledge(tx: Tx, case_id: int, act: Act) -> CaseRecord:
    """Say that somebody looks after it; it goes to whoever says so when nobody had it."""
    case = cases.get(tx, case_id, lock=True)
    values = {} if case.assignee else {"assignee": act.by.name}
    return _move(tx, case, act, "acknowledged", to=CaseState.ACKNOWLEDGED, values=values)


def assign(tx: Tx, case_id: int, act: Act, *, to: str | None = None, team: str | None = None) -> CaseRecord:
    """Give a case to a person or another team.

    Raises:
        WrongUsage: neither was named.
        IllegalMove: the case has ended.
    """
    if to is None and team is None:
        raise WrongUsage("name a person or a team to assign the case to")
    case = cases.get(tx, case_id, lock=True)
    _refuse_ended(case)
    values: dict[str, Any] = {"assignee": to} if to is not None else {}
    if team is not None:
        values["team"] = team
    return _move(tx, case, act, "assigned", values=values, detail=dict(values))


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


def resolve(tx: Tx, case_id: int, act: Act, *, outcome: str | None = None) -> CaseRecord:
    """End a case, with how it ended in a word or two."""
    case = cases.get(tx, case_id, lock=True)
    values = {"resolved_at": act.at, "outcome": outcome or None}
    return _move(tx, case, act, "resolved", to=CaseState.RESOLVED, values=values, detail={"outcome": outcome})


def reopen(tx: Tx, case_id: int, act: Act) -> CaseRecord:
    """Open an ended case again.

    Raises:
        IllegalMove: it has not ended, or its customer has another open case by now.
    """
    take_turn(tx)
    case = cases.get(tx, case_id, lock=True)
    if case.customer_id is not None and case.state not in CASE_OPEN:
        other = cases.open_of(tx, [case.customer_id]).get(case.customer_id)
        if other is not None:
            raise IllegalMove(f"the customer's case {other.id} is open; work on that one")
    return _move(
        tx, case, act, "reopened", to=CaseState.REOPENED, values={"resolved_at": None, "outcome": None}
    )


def snooze(tx: Tx, case_id: int, act: Act, *, until: datetime) -> CaseRecord:
    """Let a case rest until then.

    Raises:
        WrongUsage: that moment has passed.
    """
    if until <= act.at:
        raise WrongUsage("snooze until a moment that is still to come")
    case = cases.get(tx, case_id, lock=True)
    return _move(
        tx,
        case,
        act,
        "snoozed",
        to=CaseState.SNOOZED,
        values={"snoozed_until": until},
        detail={"until": until.isoformat()},
    )


def _refuse_ended(case: CaseRecord) -> None:
    if case.state not in CASE_OPEN:
        raise IllegalMove(f"case {case.id} is {case.state}; reopen it first")


def _move(
    tx: Tx,
    case: CaseRecord,
    act: Act,
    action: str,
    *,
    to: CaseState | None = None,
    values: Mapping[str, Any] | None = None,
    **more: dict[str, Any],
) -> CaseRecord:
    if to is case.state:
        raise IllegalMove(f"case {case.id} is {case.state} already")
    changed = dict(values or {})
    if to is not None and to is not CaseState.SNOOZED:
        changed["snoozed_until"] = None
    # Whoever works on a case has seen it, however little its notices reached.
    unreached.known(tx, by=act.by.name, at=act.at, case_id=case.id)
    move = CaseMove(at=act.at, actor=act.by.name, action=action, to=to, values=changed, **more)
    return cases.change(tx, case, move)
