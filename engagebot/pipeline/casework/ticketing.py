"""Ticketing: a case's problem in another system, linked, asked for, and told of as it goes on over there."""

from __future__ import annotations

from engagebot.domain.casework.tickets import (
    CaseTicket,
    NewTicket,
    TicketNews,
    key_of,
    system_of,
    without_words,
)
from engagebot.domain.outbox import CASE_OPEN, DeliveryState
from engagebot.domain.records import CaseRecord, DeliveryRecord
from engagebot.domain.roles import Act
from engagebot.domain.telling import ticket_notices
from engagebot.domain.telling.detours import CASE, TICKET
from engagebot.errors import IllegalMove, NotFound, WrongUsage
from engagebot.pipeline.casework.moving import move, refuse_ended
from engagebot.settings import Settings
from engagebot.store.casework import cases, tickets
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions
from engagebot.store.telling import deliveries, storms
from engagebot.store.telling.deliveries import NewDelivery


def link(tx: Tx, case_id: int, act: Act, new: NewTicket) -> tuple[CaseTicket, bool]:
    """Link a ticket to a case, and whether that is new; the same again changes nothing.

    Raises:
        NotFound: there is no such case.
        IllegalMove: another case has it, or this one has too many.
    """
    # Programs link by themselves what they filed, so this is no word of anybody that the case was seen.
    return tickets.link(tx, case_id, new, by=act.by.name, at=act.at)


def unlink(tx: Tx, case_id: int, act: Act, *, system: str, key: str) -> CaseTicket:
    """Undo a link that was wrong; that it was there stays in the case's history.

    Raises:
        NotFound: the case has no such ticket.
    """
    found = tickets.get(tx, system_of(system), key_of(key))
    if found.case_id != case_id:
        raise NotFound(f"case {case_id} has no ticket {found.name}")
    tickets.unlink(tx, found, by=act.by.name, at=act.at)
    return found


def want(tx: Tx, case_id: int, act: Act, system: str, *, settings: Settings) -> DeliveryRecord:
    """Ask a ticket system for a ticket, once for each case; a request that was given up is sent again.

    Raises:
        NotFound: there is no such case.
        WrongUsage: the settings name no such ticket system.
        IllegalMove: the case has ended, or has a ticket there.
    """
    name = system_of(system)
    channel = _channel(name, settings)
    case = cases.get(tx, case_id, lock=True)
    refuse_ended(case)
    linked = next((each for each in tickets.of_case(tx, case_id) if each.system == name), None)
    if linked is not None:
        raise IllegalMove(f"case {case_id} has {linked.name} already")
    asked = tickets.wanted(tx, case_id).get(name)
    if asked is not None and asked.state is not DeliveryState.DEAD:
        return asked
    if asked is not None:
        deliveries.replay(tx, asked.id, act.at)
    else:
        url = f"{settings.base_url}/cases/{case_id}"
        new = NewDelivery(
            notice_id=ticket_notices.wanted_id(case_id, name),
            channel=channel,
            kind=TICKET,
            payload=ticket_notices.wanted(case, name, url, by=act.by.name),
            case_id=case_id,
        )
        deliveries.add(tx, new, act.at)
    move(tx, case, act, "ticket_wanted", detail={"system": name})
    return tickets.wanted(tx, case_id)[name]


def mirror(tx: Tx, ticket: tuple[str, str], act: Act, news: TicketNews, *, settings: Settings) -> CaseTicket:
    """Note what another system says of a ticket, which is its `(system, key)`.

    One that is closed there leaves its case open: whoever has it, and the team, are asked once how it ended.

    Raises:
        NotFound: no case has the ticket.
    """
    system, key = system_of(ticket[0]), key_of(ticket[1])
    case = cases.get(tx, tickets.get(tx, system, key).case_id, lock=True)
    # Somebody may have told the same while we waited for the case.
    known = tickets.get(tx, system, key)
    told = _told(tx, case, news.status) if news.status not in {None, known.status} else None
    now = tickets.mirror(tx, known, news, by=act.by.name, at=act.at, told=told)
    if now.is_closed and not known.is_closed and case.state in CASE_OPEN:
        _tell_closed(tx, case, now, act, settings)
    return now


def _channel(system: str, settings: Settings) -> str:
    channel = settings.ticket_systems.get(system)
    if channel is None:
        there = ", ".join(settings.ticket_systems) or "none yet"
        raise WrongUsage(
            f"{system!r} is no ticket system of the settings (there: {there}); "
            "a webhook becomes one by `tickets: true`"
        )
    return channel


def _told(tx: Tx, case: CaseRecord, status: str | None) -> str | None:
    """A status for the history, which stays for ever and so must not hold what may have to be forgotten."""
    told = status or ""
    for heard in mentions.get_many(tx, case.mention_ids).values():
        told = without_words(told, heard.mention.words, heard.mention.author)
    return told or None


def _tell_closed(tx: Tx, case: CaseRecord, ticket: CaseTicket, act: Act, settings: Settings) -> None:
    team = settings.teams.get(case.team)
    notice = ticket_notices.closed_there(case, ticket, act.at)
    payload = notice.payload(case, f"{settings.base_url}/cases/{case.id}", said=None)
    for channel in team.notify if team else ():
        new = NewDelivery(
            notice_id=f"case-{case.id}-{notice.name}",
            channel=channel,
            kind=CASE,
            payload=payload,
            case_id=case.id,
        )
        storms.tell(tx, new, act.at, zone=settings.timezone, base_url=settings.base_url)
