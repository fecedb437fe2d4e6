"""Climbing: while nobody says that they look after a case, its ladder tells more people."""

from __future__ import annotations

from datetime import datetime, timedelta

from engagebot.domain.casework import ladders
from engagebot.domain.casework.ladders import Ladder, Rung
from engagebot.domain.outbox import CASE_UNANSWERED, DeliveryState
from engagebot.domain.records import Event
from engagebot.domain.telling.timed_notices import ladder_call
from engagebot.pipeline.minding.looking import CALLED, Look
from engagebot.settings import Settings
from engagebot.store.casework import cases, clocks
from engagebot.store.engine import Tx
from engagebot.store.telling import deliveries

ON_TIME = timedelta(minutes=1)
"""Who is called so late, the program having been off, begins to wait for an answer only then."""
LOOKS_FOR = timedelta(minutes=5)
"""So long after a call it is asked whether it has failed; later the next one is not far."""
LOOK_EVERY = timedelta(seconds=5)
_UNANSWERED = frozenset(state.value for state in CASE_UNANSWERED)


def climb(look: Look) -> datetime | None:
    """Take the rung that is due, one at a time; answer when to look again."""
    ladder = look.settings.ladder_of(look.case.team)
    if ladder is None or look.case.state not in CASE_UNANSWERED:
        clocks.keep_times(look.tx, look.case.id, {"ladder_step": None, "ladder_due_at": None})
        return None
    began_at, calls = climbed(look.events)
    rung = _next(look, ladder, began_at, calls)
    if rung is not None and (rung.at <= look.now or _has_failed(look, calls)):
        _call(look, ladder, rung, began_at)
        began_at, calls = climbed(look.events)
        rung = _next(look, ladder, began_at, calls)
    values = {"ladder_step": len(calls), "ladder_due_at": rung.at if rung else None}
    clocks.keep_times(look.tx, look.case.id, values)
    if rung is None:
        return None
    return min(rung.at, look.now + LOOK_EVERY) if _may_fail(look, calls) else rung.at


def if_nobody_answers(tx: Tx, settings: Settings, case_id: int, *, now: datetime) -> list[str]:
    """What a case's ladder does while nobody says that they look after it, a line for each time.

    Empty where its team has no ladder, or somebody looks after it.
    """
    case = cases.get(tx, case_id)
    ladder = settings.ladder_of(case.team)
    events = clocks.history(tx, case_id)
    if ladder is None or case.state not in CASE_UNANSWERED or not events:
        return []
    began_at, calls = climbed(events)
    since = datetime.fromisoformat(calls[-1].detail["counts_from"]) if calls else began_at
    return ladders.preview(
        ladder, since=since, severity=case.severity, zone=settings.timezone, taken=len(calls), now=now
    )


def climbed(events: list[Event]) -> tuple[datetime, list[Event]]:
    """Since when nobody looks after a case, and the calls since then.

    A case that another team gets begins anew, on that team's ladder.
    """
    began_at, calls = events[0].at, list[Event]()
    for event in events:
        is_given = event.action in {"case.assigned", "case.handed_over"} and "team" in event.detail
        if event.action == "case.opened" or event.detail.get("to") in _UNANSWERED or is_given:
            began_at, calls = event.at, []
        elif event.action == CALLED:
            calls.append(event)
    return began_at, calls


def _next(look: Look, ladder: Ladder, began_at: datetime, calls: list[Event]) -> Rung | None:
    since = datetime.fromisoformat(calls[-1].detail["counts_from"]) if calls else began_at
    return ladders.next_rung(ladder, taken=len(calls), since=since, severity=look.case.severity)


def _call(look: Look, ladder: Ladder, rung: Rung, began_at: datetime) -> None:
    counts_from = rung.at if abs(look.now - rung.at) < ON_TIME else look.now
    following = ladders.preview(
        ladder,
        since=counts_from,
        severity=look.case.severity,
        zone=look.settings.timezone,
        taken=rung.number,
    )
    notice = ladder_call(
        began_at=began_at, number=rung.number, ladder=rung.ladder, following=following, now=look.now
    )
    notice_id = look.tell(notice, rung.notify)
    detail = {
        "step": rung.number,
        "ladder": rung.ladder,
        "channels": list(rung.notify),
        "counts_from": counts_from.isoformat(),
        "notice": notice_id,
    }
    look.note(CALLED, detail)


def _has_failed(look: Look, calls: list[Event]) -> bool:
    """Whether the last call has reached nobody by any of its ways so far."""
    if not calls:
        return False
    # A site that went back to a backup adds a word to its notices' ids.
    mark = calls[-1].detail["notice"]
    ways = [
        each
        for each in deliveries.of_case(look.tx, look.case.id)
        if each.notice_id == mark or each.notice_id.startswith(f"{mark}-since-")
    ]
    return bool(ways) and all(
        each.state is DeliveryState.DEAD
        or (each.state is not DeliveryState.DELIVERED and each.last_error is not None)
        for each in ways
    )


def _may_fail(look: Look, calls: list[Event]) -> bool:
    return bool(calls) and look.now - calls[-1].at < LOOKS_FOR
