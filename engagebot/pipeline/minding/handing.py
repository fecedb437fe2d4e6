"""A case that changes hands: told to whom it is given, and back with its owner when nobody accepts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from engagebot.domain.outbox import CASE_OPEN
from engagebot.domain.telling import timed_notices
from engagebot.pipeline.minding.looking import Look

NOT_HANDED = {"handed_to": None, "handed_by": None, "handed_at": None}

_GIVEN: Final = frozenset({"case.assigned", "case.handed_over", "case.declined"})
_NEWS_FOR: Final = timedelta(hours=1)
"""Who was not told by then has been told otherwise, as by the case's own notices."""


def tell_of_hands(look: Look) -> None:
    """Tell of a case that was given away without an offer, and of an offer that was declined."""
    steps = [each for each in look.events if each.action in _GIVEN]
    if not steps or look.case.state not in CASE_OPEN or look.now - steps[-1].at > _NEWS_FOR:
        return
    step = steps[-1]
    if step.action == "case.declined":
        asked = steps[-2].actor if len(steps) > 1 else None
        look.tell(timed_notices.declined(look.case, by=step.actor, offered_by=asked, at=step.at))
    elif step.action == "case.assigned":
        to, team = step.detail.get("assignee"), step.detail.get("team")
        former = step.detail.get("from_person")
        # Who takes a case for themselves knows of it; who had it does not.
        if former and to == step.actor:
            look.tell(timed_notices.taken_over(look.case, former=former, at=step.at))
        elif team or to != step.actor:
            whom = to if to != step.actor else None
            look.tell(timed_notices.given(by=step.actor, to=whom, team=team, at=step.at))


def mind_offer(look: Look) -> datetime | None:
    """Tell of an offer, or end one that nobody accepted; answer when it ends."""
    case = look.case
    if case.handed_at is None or case.state not in CASE_OPEN:
        return None
    returns_at = case.handed_at + look.settings.attention.handover_returns_after
    if look.now < returns_at:
        notice = timed_notices.offered(case, returns_at=returns_at, now=look.now, zone=look.settings.timezone)
        look.tell(notice)
        return returns_at
    look.tell(timed_notices.offer_returned(case, now=look.now))
    detail = {"from_person": case.handed_to, "assignee": case.assignee}
    look.change("handover_returned", values=NOT_HANDED, detail=detail)
    return None
