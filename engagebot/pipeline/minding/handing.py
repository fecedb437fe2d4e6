"""An offer of a case: told to whom it is made, and back with its owner when nobody accepts."""

from __future__ import annotations

from datetime import datetime

from engagebot.domain import timed_notices
from engagebot.domain.outbox import CASE_OPEN
from engagebot.pipeline.minding.looking import Look

NOT_HANDED = {"handed_to": None, "handed_by": None, "handed_at": None}


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
