"""Clocks of a case: put together from its history, kept, and told of where a share of them has gone by."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from engagebot.domain.casework.clocks import Clock, ClockKind, Promise, Warnings, clocks_of, warnings_of
from engagebot.domain.telling.timed_notices import clock_warning
from engagebot.pipeline.minding.looking import PASSED_OVER, WARNED, Look
from engagebot.store.casework import clocks
from engagebot.store.casework.clocks import Kept
from engagebot.store.persons import customers

NOTHING_PROMISED: Final = Promise(name="holding reply", spans={})
"""Where the site promises nothing, what a holding reply told somebody holds all the same."""


def run_clocks(look: Look) -> datetime | None:
    """Bring a case's clocks up to date and tell what has gone by; answer the next moment to tell."""
    promise = promise_of(look) or NOTHING_PROMISED
    history = clocks.happenings(look.tx, look.case, look.events)
    running = clocks_of(history, promise)
    told = {(each.kind, each.began_at): each.told for each in clocks.of_case(look.tx, look.case.id)}
    kept = [_tell(look, promise, clock, told.get((clock.kind, clock.began_at), 0)) for clock in running]
    clocks.keep(look.tx, look.case.id, kept)
    first = [clock for clock in running if clock.kind is ClockKind.FIRST_REPLY]
    due_at = first[-1].due_at if first else None
    clocks.keep_times(look.tx, look.case.id, {"first_reply_due_at": due_at})
    return min((each.tell_at for each in kept if each.tell_at is not None), default=None)


def promise_of(look: Look) -> Promise | None:
    """What the site promises such a case now."""
    case = look.case
    is_vip = False
    if case.customer_id is not None:
        marks = customers.marks(look.tx, [case.customer_id]).get(case.customer_id)
        is_vip = bool(marks and marks[0])
    return look.settings.promise_for(case.severity, case.team, is_vip=is_vip)


def _tell(look: Look, promise: Promise, clock: Clock, told: int) -> Kept:
    shares = promise.shares
    stands = warnings_of(clock, shares, look.now)
    if stands.passed > told and clock.ended_at is None:
        share = shares[stands.passed - 1]
        look.tell(clock_warning(clock, share, now=look.now, zone=look.settings.timezone))
        if missed := shares[told : stands.passed - 1]:
            look.note(PASSED_OVER, {"clock": clock.kind.value, "shares": [f"{each:.0%}" for each in missed]})
        look.note(WARNED, {"clock": clock.kind.value, "share": f"{share:.0%}", "promise": clock.promise})
    return _kept(look, clock, stands, told)


def _kept(look: Look, clock: Clock, stands: Warnings, told: int) -> Kept:
    left = clock.left(look.now) if clock.paused_at is not None and clock.ended_at is None else None
    return Kept(clock=clock, told=max(told, stands.passed), tell_at=stands.next_at, left=left)
