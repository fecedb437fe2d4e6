"""Handing over: a case that somebody has is offered, and stays theirs until the other person accepts it."""

from __future__ import annotations

from typing import Any

from engagebot.domain.outbox import CaseState, led_by
from engagebot.domain.records import CaseRecord
from engagebot.domain.roles import Act
from engagebot.errors import IllegalMove, WrongUsage
from engagebot.pipeline.casework.moving import NOT_HANDED, move, refuse_ended
from engagebot.store.casework import cases
from engagebot.store.engine import Tx
from engagebot.store.entry import accounts


def assign(tx: Tx, case_id: int, act: Act, *, to: str | None = None, team: str | None = None) -> CaseRecord:
    """Give a case to a person or another team.

    Who takes a case for themselves has it, and so has whoever gets one that nobody had. One that sleeps wakes
    for those who take it. To give somebody's case to another person is an offer: its owner stays responsible
    until that person accepts.

    Raises:
        WrongUsage: neither was named.
        IllegalMove: the case has ended.
    """
    if to is None and team is None:
        raise WrongUsage("name a person or a team to assign the case to")
    case = cases.get(tx, case_id, lock=True)
    refuse_ended(case)
    values: dict[str, Any] = {}
    detail: dict[str, Any] = {}
    action = "assigned"
    state = None
    if team is not None:
        values["team"] = detail["team"] = team
    if to is not None and _is_offer(tx, case, act, to):
        values |= {"handed_to": to, "handed_by": act.by.name, "handed_at": act.at}
        detail["to_person"], action = to, "handed_over"
    elif to is not None:
        values |= {"assignee": to, **NOT_HANDED}
        detail["assignee"] = to
        if to == act.by.name:
            state = _taken(case, act, values, detail)
    return move(tx, case, act, action, to=state, values=values, detail=detail)


def _taken(case: CaseRecord, act: Act, values: dict[str, Any], detail: dict[str, Any]) -> CaseState | None:
    """Note from whom somebody takes a case; one that sleeps wakes, and they look after it."""
    if case.assignee and case.assignee != act.by.name:
        detail["from_person"] = case.assignee
    to = led_by("taken", case.state, is_looked_after=True)
    if to is not None:
        values |= {"acknowledged_at": act.at, "acknowledged_by": act.by.name}
    return to


def accept(tx: Tx, case_id: int, act: Act) -> CaseRecord:
    """Take over a case that is offered; who does so also looks after it.

    Raises:
        IllegalMove: it is not offered, or to somebody else.
    """
    case = _offered(tx, case_id)
    if case.handed_to != act.by.name:
        raise IllegalMove(f"case {case.id} is offered to {case.handed_to}, not to {act.by.name}")
    values: dict[str, Any] = {"assignee": act.by.name, **NOT_HANDED}
    to = led_by("accepted", case.state, is_looked_after=True)
    if to is not None or case.acknowledged_at is None:
        values |= {"acknowledged_at": act.at, "acknowledged_by": act.by.name}
    return move(tx, case, act, "accepted", to=to, values=values, detail={"from_person": case.assignee})


def decline(tx: Tx, case_id: int, act: Act) -> CaseRecord:
    """Refuse a case that is offered, or take one's offer back; its owner keeps it.

    Raises:
        IllegalMove: it is not offered, or others are to say.
    """
    case = _offered(tx, case_id)
    if act.by.name not in {case.handed_to, case.handed_by, case.assignee}:
        raise IllegalMove(
            f"case {case.id} is offered to {case.handed_to} by {case.handed_by}; they are to say"
        )
    action = "declined" if act.by.name == case.handed_to else "taken_back"
    return move(tx, case, act, action, values=dict(NOT_HANDED), detail={"assignee": case.assignee})


def _is_offer(tx: Tx, case: CaseRecord, act: Act, to: str) -> bool:
    if not case.assignee or to in {act.by.name, case.assignee}:
        return False
    # A team neither owns a case nor can it accept one: to name a team gives the case to all of it at once.
    return to in accounts.names_of_people(tx) and accounts.by_name(tx, case.assignee) is not None


def _offered(tx: Tx, case_id: int) -> CaseRecord:
    case = cases.get(tx, case_id, lock=True)
    refuse_ended(case)
    if case.handed_to is None:
        raise IllegalMove(f"case {case.id} is not offered to anybody")
    return case
