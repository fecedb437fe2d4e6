"""Tickets of cases in other systems: one row each, whose status that system keeps up to date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from engagebot.domain.casework.tickets import CaseTicket, NewTicket, TicketNews, holds_words, without_words
from engagebot.domain.records import DeliveryRecord, MentionRecord
from engagebot.domain.telling.detours import TICKET
from engagebot.errors import IllegalMove, NotFound
from engagebot.store.among import among
from engagebot.store.casework import cases
from engagebot.store.casework.cases import CaseMove
from engagebot.store.engine import Tx, upsert
from engagebot.store.tables import case_mentions, case_tickets
from engagebot.store.telling import deliveries

MOST: Final = 20
"""So many tickets a case has at most; more would be a mistake of some program."""
_COLUMNS: Final = (
    "id", "case_id", "system", "key", "url", "status", "closed_at", "linked_by", "linked_at", "changed_at",
)  # fmt: skip


def link(tx: Tx, case_id: int, new: NewTicket, *, by: str, at: datetime) -> tuple[CaseTicket, bool]:
    """Link a ticket to a case, and whether that is new; what is linked already gets what it lacked.

    Raises:
        NotFound: there is no such case.
        IllegalMove: another case has it, or this one has too many.
    """
    case = cases.get(tx, case_id, lock=True)
    known = of_case(tx, case_id)
    same = next((each for each in known if each.name == new.name), None)
    if same is not None:
        lacked = {
            name: given
            for name, given in (("url", new.url), ("status", new.status))
            if given is not None and getattr(same, name) is None
        }
        return _put(tx, same, lacked), False
    if len(known) >= MOST:
        raise IllegalMove(f"case {case_id} has {MOST} tickets, and more would help nobody; unlink one first")
    values = {
        "case_id": case_id, "system": new.system, "key": new.key, "url": new.url, "status": new.status,
        "linked_by": by, "linked_at": at, "changed_at": at,
    }  # fmt: skip
    statement = upsert(tx, case_tickets).values(**values)
    statement = statement.on_conflict_do_nothing(index_elements=["system", "key"])
    if tx.execute(statement.returning(case_tickets.c.id)).scalar_one_or_none() is None:
        other = get(tx, new.system, new.key)
        raise IllegalMove(f"case {other.case_id} has {new.name} already; unlink it there first")
    cases.change(tx, case, CaseMove(at=at, actor=by, action="ticket_linked", detail={"ticket": new.name}))
    return get(tx, new.system, new.key), True


def unlink(tx: Tx, ticket: CaseTicket, *, by: str, at: datetime) -> None:
    """Undo a link; that it was there stays in the case's history."""
    case = cases.get(tx, ticket.case_id, lock=True)
    tx.execute(sa.delete(case_tickets).where(case_tickets.c.id == ticket.id))
    move = CaseMove(at=at, actor=by, action="ticket_unlinked", detail={"ticket": ticket.name})
    cases.change(tx, case, move)


def mirror(
    tx: Tx, ticket: CaseTicket, news: TicketNews, *, by: str, at: datetime, told: str | None = None
) -> CaseTicket:
    """Note what another system says of a ticket; what is nothing new leaves no trace.

    `told` is the status as the history, which nobody can change, may keep it.
    """
    closed_at = ticket.closed_at
    if news.is_closed is not None and news.is_closed is not ticket.is_closed:
        closed_at = at if news.is_closed else None
    status = ticket.status if news.status is None else news.status
    if (status, closed_at) == (ticket.status, ticket.closed_at):
        return ticket
    action = "ticket_changed"
    if closed_at != ticket.closed_at:
        action = "ticket_closed" if closed_at else "ticket_opened"
    detail = {"ticket": ticket.name} | ({"status": told} if told else {})
    case = cases.get(tx, ticket.case_id, lock=True)
    cases.change(tx, case, CaseMove(at=at, actor=by, action=action, detail=detail))
    _put(tx, ticket, {"status": status, "closed_at": closed_at, "changed_at": at})
    return get(tx, ticket.system, ticket.key)


def get(tx: Tx, system: str, key: str) -> CaseTicket:
    """One ticket.

    Raises:
        NotFound: no case has it.
    """
    query = sa.select(case_tickets).where(case_tickets.c.system == system, case_tickets.c.key == key)
    row = tx.execute(query).mappings().first()
    if row is None:
        raise NotFound(f"no case has the ticket {system} {key}")
    return _record(row)


def of_case(tx: Tx, case_id: int) -> list[CaseTicket]:
    """The tickets of a case, in the order in which they were linked."""
    return list(of_cases(tx, [case_id]).get(case_id, ()))


def of_cases(tx: Tx, case_ids: Iterable[int]) -> dict[int, tuple[CaseTicket, ...]]:
    """The tickets of each of these cases that has any."""
    query = sa.select(case_tickets).where(among(tx, case_tickets.c.case_id, case_ids))
    found: dict[int, tuple[CaseTicket, ...]] = {}
    for row in tx.execute(query.order_by(case_tickets.c.linked_at, case_tickets.c.id)).mappings():
        found[row["case_id"]] = (*found.get(row["case_id"], ()), _record(row))
    return found


def wanted(tx: Tx, case_id: int) -> dict[str, DeliveryRecord]:
    """The requests for tickets of a case, by system, whether or not one came of them."""
    return {each.payload["data"]["system"]: each for each in deliveries.of_case(tx, case_id, kinds=(TICKET,))}


def move(tx: Tx, case_id: int, *, to: int) -> None:
    """Hand the tickets of a case to another one."""
    tx.execute(sa.update(case_tickets).where(case_tickets.c.case_id == case_id).values(case_id=to))


def unquote(tx: Tx, gone: Iterable[MentionRecord]) -> None:
    """Take the words and names of these mentions out of what is kept of their cases' tickets.

    System, key and times stay. An address that repeats them goes as a whole: a part of it leads nowhere.
    """
    by_id = {record.id: record.mention for record in gone}
    query = (
        sa.select(case_mentions.c.mention_id, *(case_tickets.c[name] for name in _COLUMNS))
        .join_from(case_tickets, case_mentions, case_mentions.c.case_id == case_tickets.c.case_id)
        .where(case_mentions.c.mention_id.in_(list(by_id)))
    )
    left: dict[int, CaseTicket] = {}
    for row in tx.execute(query).mappings().all():
        ticket, said = left.get(row["id"]) or _record(row), by_id[row["mention_id"]]
        status = ticket.status and without_words(ticket.status, said.words, said.author)
        is_telling = ticket.url is not None and holds_words(ticket.url, said.words, said.author)
        left[ticket.id] = replace(ticket, status=status, url=None if is_telling else ticket.url)
    for ticket in left.values():
        _put(tx, ticket, {"status": ticket.status, "url": ticket.url})


def _put(tx: Tx, ticket: CaseTicket, values: Mapping[str, Any]) -> CaseTicket:
    if values:
        tx.execute(sa.update(case_tickets).where(case_tickets.c.id == ticket.id).values(**values))
    return replace(ticket, **values)


def _record(row: Mapping[Any, Any]) -> CaseTicket:
    return CaseTicket(**{name: row[name] for name in _COLUMNS})
