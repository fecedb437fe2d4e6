"""A case with all that is known of it, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel

from engagebot.domain.casework.tickets import CaseTicket
from engagebot.domain.records import DeliveryRecord, Event
from engagebot.web.api.shapes import CaseJson, EventJson, MentionJson, Shape, case_json, mention_json
from engagebot.web.case_reading import CaseView


class ContactJson(Shape):
    """What was said elsewhere; `is_inbound` is false where we went to them."""

    id: int
    channel: str
    is_inbound: bool
    at: datetime
    minutes: int | None
    text: str
    noted_by: str
    noted_at: datetime


class EffortJson(Shape):
    contacts: int
    minutes: int
    days: int
    words: str


class CaseMarkJson(Shape):
    kind: str
    words: str
    mention_id: int | None


class SuggestionJson(Shape):
    """A remedy that worked for cases like this one, and which they were."""

    remedy: str
    worked: int
    tried: int
    case_ids: list[int]
    words: str


class TicketJson(Shape):
    """The case's problem in another system; `changed_at` is when that last told something new."""

    case_id: int
    system: str
    key: str
    url: str | None
    status: str | None
    is_closed: bool
    closed_at: datetime | None
    linked_by: str
    linked_at: datetime
    changed_at: datetime


class WantedTicketJson(BaseModel):
    """A request for a ticket: `state` is that of its delivery, `problem` what went wrong last."""

    system: str
    channel: str
    id: str
    state: str
    asked_at: datetime
    told_at: datetime | None
    problem: str | None


class FollowUpJson(Shape):
    """The answer by a person that a holding reply told of; the case's team owes it."""

    began_at: datetime
    due_at: datetime | None


class CaseDetailJson(CaseJson):
    """`tickets_wanted` are the requests of which no ticket has come yet."""

    effort: EffortJson
    marks: list[CaseMarkJson]
    suggestions: list[SuggestionJson]
    elsewhere: list[ContactJson]
    tickets: list[TicketJson]
    tickets_wanted: list[WantedTicketJson]
    mentions: list[MentionJson]
    history: list[EventJson]
    follow_up: FollowUpJson | None


def case_detail_json(view: CaseView, history: Sequence[Event]) -> CaseDetailJson:
    """A case with its mentions, oldest first, and its history."""
    return CaseDetailJson(
        **case_json(view.case).model_dump(),
        effort=EffortJson.model_validate(view.effort),
        marks=[CaseMarkJson.model_validate(mark) for mark in view.marks],
        suggestions=[SuggestionJson.model_validate(each) for each in view.suggestions],
        elsewhere=[ContactJson.model_validate(each) for each in view.elsewhere],
        tickets=[ticket_json(each) for each in view.tickets],
        tickets_wanted=[wanted_json(system, each) for system, each in view.wanted.items()],
        mentions=[mention_json(record) for record in view.heard],
        history=[EventJson.model_validate(event) for event in history],
        follow_up=FollowUpJson.model_validate(view.follow_up) if view.follow_up else None,
    )


def ticket_json(ticket: CaseTicket) -> TicketJson:
    """A ticket that is linked."""
    return TicketJson.model_validate(ticket)


def wanted_json(system: str, asked: DeliveryRecord) -> WantedTicketJson:
    """A request for a ticket in a system."""
    return WantedTicketJson(
        system=system,
        channel=asked.channel,
        id=asked.notice_id,
        state=asked.state.value,
        asked_at=asked.created_at,
        told_at=asked.delivered_at,
        problem=asked.last_error,
    )
