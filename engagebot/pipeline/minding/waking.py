"""Waking: a case that rests comes back when its time is over, or when its customer says something."""

from __future__ import annotations

from engagebot.domain.casework.clocks import Told
from engagebot.domain.casework.contacts import Channel
from engagebot.domain.outbox import led_by
from engagebot.domain.records import Event
from engagebot.domain.replying.snoozing import TIME_IS_OVER, WROTE_AGAIN
from engagebot.pipeline.minding.looking import Look
from engagebot.store.casework import clocks


def wake(look: Look) -> None:
    """Bring a case back where there is a reason; whoever looked after it before does so again."""
    case = look.case
    to = led_by("woke", case.state, is_looked_after=case.acknowledged_at is not None)
    if to is None:
        return
    because = None
    if _has_spoken(look):
        because = WROTE_AGAIN
    elif case.snoozed_until is not None and case.snoozed_until <= look.now:
        because = TIME_IS_OVER
    if because is not None:
        look.change("woke", to=to, values={"snoozed_until": None}, detail={"because": because})


def _has_spoken(look: Look) -> bool:
    """Whether they have said something since the case was put to rest, here or elsewhere."""
    for event in reversed(look.events):
        if "to" in event.detail:
            break
        if event.action == "case.contact_logged" and _is_theirs(event):
            return True
    for happening in reversed(clocks.happenings(look.tx, look.case, look.events)):
        if happening.told is Told.STATE:
            return False
        if happening.told is Told.CONTACT:
            return True
    return False


def _is_theirs(event: Event) -> bool:
    return not event.detail.get("by_us") and event.detail.get("channel") != Channel.POST
