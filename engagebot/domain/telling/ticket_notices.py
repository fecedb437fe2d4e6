"""What ticket systems and people are told about tickets: wanted, closed over there, ended here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engagebot.domain.casework.tickets import CaseTicket
from engagebot.domain.mention import Mention
from engagebot.domain.records import CaseRecord
from engagebot.domain.telling.notices import QUOTE_CHARS, SCHEMA
from engagebot.domain.telling.timed_notices import TimedNotice

WANTED, CLOSED, RESOLVED, REOPENED = (
    "case.ticket_wanted",
    "case.ticket_closed",
    "case.resolved",
    "case.reopened",
)


def wanted_id(case_id: int, system: str) -> str:
    """The id of the one request for a ticket of a case in a system, the same at every try."""
    return f"case-{case_id}-ticket-{system}"


def wanted(case: CaseRecord, system: str, url: str, *, by: str) -> dict[str, Any]:
    """A request for a ticket as it waits in line. It holds no word of the customer: `filed` adds those."""
    return {
        "title": f"Case {case.id}: a ticket is wanted in {system}",
        "text": f"{by} asks for a ticket.",
        "url": url,
        "data": {
            "schema": SCHEMA,
            "type": WANTED,
            "system": system,
            "asked_by": by,
            "case": _case(case),
        },
    }


def filed(
    payload: Mapping[str, Any], case: CaseRecord, said: Mention | None, *, notice_id: str, is_masked: bool
) -> dict[str, Any]:
    """The data of a request as it leaves, with what it takes to file a ticket.

    What was `said` last is read at this moment, so that no word leaves that its author has taken back.
    """
    url = payload.get("url")
    data = {
        **payload.get("data", {}),
        "id": notice_id,
        "url": url,
        "title": f"Case {case.id}" if is_masked else case.title,
        "case": {**_case(case), "problem": case.problem, "why": None if is_masked else case.why},
        "mention": None,
    }
    if said is not None and not is_masked:
        data["mention"] = {
            "source": said.ref.source,
            "url": said.url,
            "author": said.author.handle if said.author else None,
            "text": said.words[:QUOTE_CHARS],
            "posted_at": said.posted_at.isoformat(),
        }
    return data


def closed_there(case: CaseRecord, ticket: CaseTicket, at: datetime) -> TimedNotice:
    """A ticket was closed over there, and its case is still open here."""
    return TimedNotice(
        name=f"ticket-{ticket.id}-closed-{_stamp(at)}",
        type=CLOSED,
        head=f"{ticket.name} was closed over there",
        lines=(
            "How did it end? The case stays open here: resolve it with what came of it, or have the "
            "ticket opened again.",
        ),
        people=tuple(name for name in (case.assignee,) if name),
        data={"ticket": _ticket(ticket)},
    )


def resolved(
    case: CaseRecord, tickets: tuple[CaseTicket, ...], at: datetime, *, is_masked: bool
) -> TimedNotice:
    """A case with tickets was resolved here."""
    # What people typed may name the customer.
    said = {"outcome": case.outcome, "remedy": case.remedy} if not is_masked else {}
    return TimedNotice(
        name=f"resolved-{_stamp(at)}",
        type=RESOLVED,
        head="resolved",
        lines=("It was resolved in engagebot.",),
        data={
            "tickets": [_ticket(each) for each in tickets],
            "ending": {"outcome": None, "remedy": None, "cause": case.cause, "reached": case.was_reached}
            | said,
        },
    )


def reopened(case: CaseRecord, tickets: tuple[CaseTicket, ...], at: datetime) -> TimedNotice:
    """A case with tickets is open again."""
    return TimedNotice(
        name=f"reopened-{_stamp(at)}",
        type=REOPENED,
        head="open again",
        lines=("It was opened again in engagebot.",),
        data={"tickets": [_ticket(each) for each in tickets]},
    )


def _case(case: CaseRecord) -> dict[str, Any]:
    return {
        "id": case.id,
        "state": case.state.value,
        "severity": case.severity.value,
        "team": case.team,
        "assignee": case.assignee,
        "contacts": case.contacts,
    }


def _ticket(ticket: CaseTicket) -> dict[str, Any]:
    return {"system": ticket.system, "key": ticket.key, "url": ticket.url}


def _stamp(at: datetime) -> str:
    return f"{int(at.timestamp() * 1000)}"
