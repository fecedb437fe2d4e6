"""Reminding: acknowledged is not solved, and who hears nothing from us does not know that we work."""

from __future__ import annotations

from datetime import datetime

from engagebot.domain.casework.clocks import Told
from engagebot.domain.outbox import CASE_OPEN, CASE_RESTING, CaseState
from engagebot.domain.telling import timed_notices
from engagebot.pipeline.minding.looking import OURS, PROMPTED, REMINDED, Look
from engagebot.store.casework import clocks

_ANEW = {"assignee": None, "acknowledged_at": None, "acknowledged_by": None}


def mind_acknowledged(look: Look) -> datetime | None:
    """Remind whoever looks after an idle case, or call the team again; answer when next."""
    attention = look.settings.attention
    if look.case.state is not CaseState.ACKNOWLEDGED:
        return None
    since = _last_step(look)
    moments: list[datetime] = []
    if attention.unack_after is not None:
        if look.now >= since + attention.unack_after:
            look.tell(timed_notices.called_again(look.case, since=since, now=look.now))
            detail = {"because": "nothing happened", "assignee": look.case.assignee}
            look.change("unacknowledged", to=CaseState.NEW, values=_ANEW, detail=detail)
            return None
        moments.append(since + attention.unack_after)
    if attention.remind_every is not None:
        number = (look.now - since) // attention.remind_every
        if number > _reminders(look, since):
            look.tell(timed_notices.reminder(look.case, number=number, since=since, now=look.now))
            look.note(REMINDED, {"since": since.isoformat(), "number": number})
        moments.append(since + (number + 1) * attention.remind_every)
    return min(moments, default=None)


def mind_silence(look: Look) -> datetime | None:
    """Bring up, once, that a customer has had no word of ours for long; answer when."""
    after = look.settings.attention.silent_after
    if after is None or look.case.state not in CASE_OPEN or look.case.state in CASE_RESTING:
        return None
    since = _last_word(look)
    if look.now < since + after:
        return since + after
    if not any(
        event.action == PROMPTED and event.detail.get("since") == since.isoformat() for event in look.events
    ):
        look.tell(timed_notices.silence(look.case, since=since, now=look.now))
        look.note(PROMPTED, {"since": since.isoformat()})
    return None


def _last_step(look: Look) -> datetime:
    return max(event.at for event in look.events if event.action not in OURS)


def _reminders(look: Look, since: datetime) -> int:
    told = [
        event.detail.get("number", 0)
        for event in look.events
        if event.action == REMINDED and event.detail.get("since") == since.isoformat()
    ]
    return max(told, default=0)


def _last_word(look: Look) -> datetime:
    """When they last heard from us, or when we began to look; a case that rested begins anew."""
    woke = [event.at for event in look.events if event.action == "case.woke"]
    told = clocks.happenings(look.tx, look.case, look.events)
    words = [each.at for each in told if each.told is Told.REPLY]
    return max([*words, *woke], default=look.case.opened_at)
