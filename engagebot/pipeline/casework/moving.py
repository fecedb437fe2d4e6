"""Moving: from one state of a case to another; which moves there are is `outbox.CASE_MOVES`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from engagebot.domain.casework.remedies import Ending, lacks_ending
from engagebot.domain.outbox import CASE_OPEN, CaseState
from engagebot.domain.records import CaseRecord
from engagebot.domain.replying.snoozing import check_until
from engagebot.domain.roles import Act
from engagebot.domain.telling.cards import severity_words
from engagebot.errors import IllegalMove, WrongUsage
from engagebot.store.casework import cases, messages, remedies
from engagebot.store.casework.cases import CaseMove
from engagebot.store.engine import Tx
from engagebot.store.telling import unreached
from engagebot.store.turns import take_turn

NOT_HANDED: Final[Mapping[str, None]] = {"handed_to": None, "handed_by": None, "handed_at": None}
_NOT_ACKNOWLEDGED: Final[Mapping[str, None]] = {"acknowledged_at": None, "acknowledged_by": None}
_ENDED: Final = ("resolved_at", "outcome", "remedy", "was_reached", "stayed")


def acknowledge(tx: Tx, case_id: int, act: Act) -> CaseRecord:
    """Say that somebody looks after it; it goes to whoever says so when nobody had it.

    Whoever a case is offered to takes it over with this word.

    Raises:
        IllegalMove: somebody has said so already, or the case has ended.
    """
    case = cases.get(tx, case_id, lock=True)
    if case.state is CaseState.ACKNOWLEDGED and case.handed_to != act.by.name:
        by, at = case.acknowledged_by, case.acknowledged_at
        said = f", by {by} at {at:%Y-%m-%d %H:%M} UTC" if by and at else ""
        raise IllegalMove(f"case {case.id} is acknowledged already{said}")
    values: dict[str, Any] = {"acknowledged_at": act.at, "acknowledged_by": act.by.name}
    if not case.assignee or case.handed_to == act.by.name:
        values |= {"assignee": act.by.name, **NOT_HANDED}
    to = None if case.state is CaseState.ACKNOWLEDGED else CaseState.ACKNOWLEDGED
    return move(tx, case, act, "acknowledged", to=to, values=values)


def unacknowledge(tx: Tx, case_id: int, act: Act) -> CaseRecord:
    """Take that word back: nobody looks after the case, and the team is called again.

    Raises:
        IllegalMove: nobody had said so.
    """
    case = cases.get(tx, case_id, lock=True)
    if case.state is not CaseState.ACKNOWLEDGED:
        raise IllegalMove(f"case {case.id} is {case.state}: nobody's word on it can be taken back")
    values: dict[str, Any] = {"assignee": None, **NOT_HANDED, **_NOT_ACKNOWLEDGED}
    return move(tx, case, act, "unacknowledged", to=CaseState.NEW, values=values)


def wait(tx: Tx, case_id: int, act: Act) -> CaseRecord:
    """Let a case wait for its customer; what they say next brings it back."""
    return move(tx, cases.get(tx, case_id, lock=True), act, "waits", to=CaseState.WAITING)


def snooze(tx: Tx, case_id: int, act: Act, *, until: datetime) -> CaseRecord:
    """Let a case rest until then, or until its customer says something; one that rests, until another time.

    Raises:
        WrongUsage: that moment has passed, or is too far off.
        IllegalMove: it rests until then already, or has ended.
    """
    check_until(until, act.at)
    case = cases.get(tx, case_id, lock=True)
    values, detail = {"snoozed_until": until}, {"until": until.isoformat()}
    before = case.snoozed_until
    if case.state is not CaseState.SNOOZED or before == until:
        return move(tx, case, act, "snoozed", to=CaseState.SNOOZED, values=values, detail=detail)
    # Put to rest anew, so its history says so: what was said or begun before brings it back no more.
    detail["to"] = CaseState.SNOOZED.value
    if before is not None:
        detail["before"] = before.isoformat()
    return move(tx, case, act, "snoozed", values=values, detail=detail)


def resolve(
    tx: Tx, case_id: int, act: Act, *, outcome: str | None = None, ending: Ending | None = None
) -> CaseRecord:
    """End a case, with how it ended in a word or two, or with all that `ending` says of it.

    What fixed it is remembered for cases like it.
    """
    case = cases.get(tx, case_id, lock=True)
    end = ending or Ending(outcome=outcome)
    said = _said(end, case)
    detail = {"outcome": said["outcome"]} | {name: value for name, value in said.items() if value}
    values = {"resolved_at": act.at, **said, **NOT_HANDED}
    # Before the move: what is put below a message brings the message up to date as well.
    _tell_below(tx, case, act, end)
    done = move(tx, case, act, "resolved", to=CaseState.RESOLVED, values=values, detail=detail)
    remedies.add(tx, done, act.at)
    return done


def say_ending(tx: Tx, case_id: int, act: Act, *, ending: Ending) -> CaseRecord:
    """Say how a case ended that was resolved without a word about it.

    Raises:
        NotFound: there is no such case.
        WrongUsage: nothing is said.
        IllegalMove: it is not resolved, or somebody has said so already.
    """
    case = cases.get(tx, case_id, lock=True)
    if not ending.says_something:
        raise WrongUsage("say at least one thing: how it ended, what fixed it, or whose doing it was")
    if case.state in CASE_OPEN:
        raise IllegalMove(f"case {case.id} is {case.state}; how it ended is said when it is resolved")
    if not lacks_ending(case):
        raise IllegalMove(f"how case {case.id} ended has been said already")
    said = _said(ending, case)
    _tell_below(tx, case, act, ending)
    detail = {name: value for name, value in said.items() if value}
    done = move(tx, case, act, "ending_said", values=said, detail=detail)
    remedies.add(tx, done, act.at)
    return done


def _said(end: Ending, case: CaseRecord) -> dict[str, str | None]:
    return {
        "outcome": end.outcome or None,
        "remedy": end.remedy or None,
        "cause": end.cause.value if end.cause else case.cause,
        "was_reached": end.was_reached.value if end.was_reached else None,
        "stayed": end.stayed.value if end.stayed else None,
    }


def _tell_below(tx: Tx, case: CaseRecord, act: Act, end: Ending) -> None:
    """Put what was picked below the messages of a case; an outcome alone stands in the message itself."""
    if end.has_picks:
        title = f"{severity_words(case.severity)} case {case.id}: resolved by {act.by.name}"
        masked = end.words(is_masked=True)
        messages.say_below(tx, case.id, act.at, title=title, text=end.words(), masked=masked)


def close(tx: Tx, case_id: int, act: Act) -> CaseRecord:
    """Put a resolved case away for good; only reopening brings it back."""
    return move(tx, cases.get(tx, case_id, lock=True), act, "closed", to=CaseState.CLOSED)


def reopen(tx: Tx, case_id: int, act: Act) -> CaseRecord:
    """Open an ended case again.

    Raises:
        IllegalMove: it has not ended.
    """
    take_turn(tx)
    case = cases.get(tx, case_id, lock=True)
    values = {**dict.fromkeys(_ENDED), **_NOT_ACKNOWLEDGED}
    remedies.fail(tx, case_id, act.at)
    return move(tx, case, act, "reopened", to=CaseState.REOPENED, values=values)


def refuse_ended(case: CaseRecord) -> None:
    """Let only open cases pass.

    Raises:
        IllegalMove: it has ended.
    """
    if case.state not in CASE_OPEN:
        raise IllegalMove(f"case {case.id} is {case.state}; reopen it first")


def move(
    tx: Tx,
    case: CaseRecord,
    act: Act,
    action: str,
    *,
    to: CaseState | None = None,
    values: Mapping[str, Any] | None = None,
    **more: dict[str, Any],
) -> CaseRecord:
    """Move a case, or change it in place, and write down who did.

    Raises:
        IllegalMove: it is there already, or cannot go there.
    """
    if to is case.state:
        raise IllegalMove(f"case {case.id} is {case.state} already")
    changed = dict(values or {})
    if to is not None and to is not CaseState.SNOOZED:
        changed["snoozed_until"] = None
    # Whoever works on a case has seen it, however little its notices reached.
    unreached.known(tx, by=act.by.name, at=act.at, case_id=case.id)
    done = CaseMove(at=act.at, actor=act.by.name, action=action, to=to, values=changed, **more)
    return cases.change(tx, case, done)
