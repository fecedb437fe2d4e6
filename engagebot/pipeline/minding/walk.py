"""The walk along the cases that are due, each in a transaction of its own."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from engagebot.domain.outbox import CASE_OPEN
from engagebot.pipeline.minding import climbing, handing, holding, mirroring, reminding, timing, waking
from engagebot.pipeline.minding.looking import Look
from engagebot.ports import Clock
from engagebot.settings import Settings
from engagebot.store.casework import clocks
from engagebot.store.engine import Store

log = logging.getLogger(__name__)

AT_ONCE = 500
SOONEST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MindContext:
    """What it takes to mind cases."""

    store: Store
    clock: Clock
    settings: Settings


def mind_cases(context: MindContext) -> int:
    """Do what time has brought to cases; answer how many were looked at.

    A case that raises stays due and is told at the end, so that it holds up no other.
    """
    with context.store.read() as tx:
        waiting = clocks.due(tx, context.clock.now(), limit=AT_ONCE)
    failed: Exception | None = None
    for case_id in waiting:
        try:
            _mind(context, case_id)
        except Exception as error:  # whatever broke, the others' promises run on
            log.exception("case %d could not be minded", case_id)
            failed = error
    if failed is not None:
        raise failed
    return len(waiting)


def mind_at_once(context: MindContext, case_id: int) -> None:
    """Mind a case that somebody has just moved, so that its clocks show it; else a tick does it."""
    try:
        _mind(context, case_id)
    except Exception:  # what a person did stands, whatever time makes of it
        log.exception("case %d could not be minded at once", case_id)


def _mind(context: MindContext, case_id: int) -> None:
    now = context.clock.now()
    with context.store.write() as tx:
        if not clocks.is_due(tx, case_id, now):
            return
        look = Look.at(tx, context.settings, now, case_id)
        if not look.events:
            # Nothing tells how it came about, so nothing can be counted from there.
            clocks.keep_times(tx, case_id, {"mind_at": None})
            return
        waking.wake(look)
        mirroring.tell_systems(look)
        handing.tell_of_hands(look)
        moments = [
            handing.mind_offer(look),
            reminding.mind_silence(look),
            reminding.mind_acknowledged(look),
            climbing.climb(look),
            timing.run_clocks(look),
            holding.hold(look),
            look.case.snoozed_until if look.case.state in CASE_OPEN else None,
        ]
        clocks.keep_times(tx, case_id, {"mind_at": _soonest(moments, now)})


def _soonest(moments: list[datetime | None], now: datetime) -> datetime | None:
    # A moment that has passed was looked after just now; to come back at once would be to never rest.
    return min((max(moment, now + SOONEST) for moment in moments if moment is not None), default=None)
