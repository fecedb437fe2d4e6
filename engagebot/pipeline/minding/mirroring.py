"""Mirroring: ticket systems hear when a case that has a ticket there ends here, or is opened again."""

from __future__ import annotations

from datetime import datetime

from engagebot.domain.casework.tickets import CaseTicket
from engagebot.domain.outbox import CASE_OPEN, CaseState
from engagebot.domain.telling import ticket_notices
from engagebot.domain.telling.detours import TICKET_STATE
from engagebot.domain.telling.timed_notices import TimedNotice
from engagebot.pipeline.minding.looking import Look
from engagebot.store.casework import tickets
from engagebot.store.telling import deliveries
from engagebot.store.telling.deliveries import NewDelivery


def tell_systems(look: Look) -> None:
    """Put the newest end or reopening of a case in line for each system that has a ticket of it, once."""
    if not look.settings.ticket_systems:
        return
    linked = tickets.of_case(look.tx, look.case.id)
    for system, channel in look.settings.ticket_systems.items():
        theirs = tuple(each for each in linked if each.system == system)
        notice = _notice(look, theirs) if theirs else None
        if notice is None:
            continue
        new = NewDelivery(
            notice_id=f"case-{look.case.id}-{notice.name}",
            channel=channel,
            kind=TICKET_STATE,
            payload=notice.payload(look.case, f"{look.settings.base_url}/cases/{look.case.id}", said=None),
            case_id=look.case.id,
        )
        deliveries.add(look.tx, new, look.now)


def _notice(look: Look, theirs: tuple[CaseTicket, ...]) -> TimedNotice | None:
    resolved_at, reopened_at = _last(look, CaseState.RESOLVED), _last(look, CaseState.REOPENED)
    if look.case.state not in CASE_OPEN and resolved_at is not None:
        is_masked = look.settings.masks_notices
        return ticket_notices.resolved(look.case, theirs, resolved_at, is_masked=is_masked)
    # A ticket that is younger than the reopening never heard that the case had ended.
    if reopened_at is not None and min(each.linked_at for each in theirs) < reopened_at:
        return ticket_notices.reopened(look.case, theirs, reopened_at)
    return None


def _last(look: Look, state: CaseState) -> datetime | None:
    moments = [event.at for event in look.events if event.detail.get("to") == state.value]
    return moments[-1] if moments else None
