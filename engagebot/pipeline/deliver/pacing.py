"""What holds an approved reply back although its approval holds: caps, quiet hours, an open breaker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from engagebot.domain.records import DraftRecord
from engagebot.domain.replying.leaving import CapScope, Wait, cap_wait
from engagebot.errors import AuthFailed, OutOfCredit, RateLimited, Refused
from engagebot.pipeline.deliver.context import ACTOR, DeliverContext, in_words
from engagebot.store.engine import Tx
from engagebot.store.replying import breakers, pacing
from engagebot.store.replying.pacing import Place, PutOff

# These make the whole connector rest, which is another thing.
_RESTS = (RateLimited, AuthFailed, OutOfCredit)


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A wait, and what waits with it: all of the source, what is under `scope`, or what is proactive."""

    wait: Wait
    place: Place
    scope: CapScope | None = None
    is_for_proactive: bool = False


def held_back(tx: Tx, context: DeliverContext, draft: DraftRecord) -> HeldBack | None:
    """Ask what a reply has to wait for; of several things the one that takes longest."""
    place = pacing.place_of(tx, draft.id)
    return max(_waits(tx, context, place), key=lambda each: each.wait.until, default=None)


def _waits(tx: Tx, context: DeliverContext, place: Place) -> Iterator[HeldBack]:
    now, leaving = context.clock.now(), context.leaving
    breaker = breakers.of(tx, place.source)
    if (until := breaker.rests_until(now)) is not None:
        then = "; then one reply tries" if breaker.is_open else ""
        yield HeldBack(Wait(until, f"{breaker.why}{then}"), place)
    if place.is_proactive and (quiet := leaving.quiet_wait(now)) is not None:
        yield HeldBack(quiet, place, is_for_proactive=True)
    for scope, rates in leaving.caps.items():
        for rate in rates:
            attempts = pacing.attempts(tx, scope, place, rate=rate, now=now)
            if (full := cap_wait(scope, rate, attempts, now)) is not None:
                yield HeldBack(full, place, scope)


def put_off(tx: Tx, context: DeliverContext, held: HeldBack) -> str:
    """Move the reply, and what waits with it, to when it may leave; answer what stands beside it meanwhile.

    An approval that ends before that is asked about when it ends.
    """
    now, leaving = context.clock.now(), context.leaving
    words = held.wait.words(now, leaving.zone)

    def until(approved_at: datetime | None) -> datetime:
        return held.wait.until if approved_at is None else min(held.wait.until, leaving.ends_at(approved_at))

    wait = PutOff(until=until, words=words, at=now, actor=ACTOR)
    if held.is_for_proactive:
        pacing.put_off_proactive(tx, held.place, wait)
    else:
        pacing.put_off(tx, held.place, wait, under=held.scope)
    return words


def note_outcome(tx: Tx, context: DeliverContext, draft: DraftRecord, error: Exception | None = None) -> None:
    """Tell the breaker what came of asking the platform; `None` says that it answered."""
    now = context.clock.now()
    if error is None or isinstance(error, Refused):
        breakers.note_answer(tx, draft.source, actor=ACTOR, at=now)
    elif not isinstance(error, _RESTS):
        breaker = breakers.note_failure(tx, draft.source, in_words(error), actor=ACTOR, at=now)
        if breaker.probe_at is not None:
            # The next to try is another one: what fails by its own fault must not keep the breaker open.
            pacing.stand_back(tx, draft.id, breaker.probe_at + timedelta(seconds=1))
