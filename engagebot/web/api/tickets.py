"""The JSON API's side of tickets: linked, asked for, and told of by the system that keeps them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import Field

from engagebot.domain.casework.tickets import (
    KEY_CHARS,
    STATUS_CHARS,
    SYSTEM_CHARS,
    TicketNews,
    read_ticket,
    status_of,
)
from engagebot.domain.text.addresses import LONGEST
from engagebot.pipeline.casework import ticketing
from engagebot.web.api.asking import ApiRoute, JsonBody
from engagebot.web.api.case_shapes import TicketJson, WantedTicketJson, ticket_json, wanted_json
from engagebot.web.entry.auth import CaseWorker
from engagebot.web.site import Site, act

router = APIRouter(
    prefix="/api/v1", tags=["cases"], responses={409: {"description": "Not now."}}, route_class=ApiRoute
)
# A key may hold slashes (`shop/modems#12`), so it is all that is left of the address.
System = Annotated[str, Path(max_length=SYSTEM_CHARS)]
Key = Annotated[str, Path(max_length=KEY_CHARS + 20)]


class TicketBody(JsonBody):
    """A ticket over there; `url` is where people find it, `status` what that system calls its state."""

    system: str = Field(max_length=SYSTEM_CHARS)
    key: str = Field(max_length=KEY_CHARS + 20)
    url: str | None = Field(default=None, max_length=LONGEST)
    status: str | None = Field(default=None, max_length=STATUS_CHARS * 2)


class WantedTicket(JsonBody):
    """The system that a ticket is wanted in: a webhook of the settings with `tickets: true`."""

    system: str = Field(max_length=SYSTEM_CHARS)


class TicketNewsBody(JsonBody):
    """What is new over there; what is left out stays as it is."""

    status: str | None = Field(default=None, max_length=STATUS_CHARS * 2)
    is_closed: bool | None = None


@router.post(
    "/cases/{case_id}/tickets",
    status_code=201,
    responses={200: {"model": TicketJson, "description": "It was linked already."}},
)
def link(app: Site, me: CaseWorker, case_id: int, body: TicketBody, response: Response) -> TicketJson:
    """Link a ticket; the same again answers 200, one that another case has 409."""
    new = read_ticket(system=body.system, key=body.key, url=body.url, status=body.status)
    with app.store.write() as tx:
        linked, is_new = ticketing.link(tx, case_id, act(app, me), new)
    response.status_code = 201 if is_new else 200
    return ticket_json(linked)


@router.post("/cases/{case_id}/tickets/wanted", status_code=202)
def want(app: Site, me: CaseWorker, case_id: int, body: WantedTicket) -> WantedTicketJson:
    """Ask a ticket system for a ticket, once for each case."""
    with app.store.write() as tx:
        asked = ticketing.want(tx, case_id, act(app, me), body.system, settings=app.settings)
    return wanted_json(body.system.strip().lower(), asked)


@router.delete("/cases/{case_id}/tickets/{system}/{key:path}")
def unlink(app: Site, me: CaseWorker, case_id: int, system: System, key: Key) -> TicketJson:
    """Undo a link that was wrong; answers what was undone."""
    with app.store.write() as tx:
        return ticket_json(ticketing.unlink(tx, case_id, act(app, me), system=system, key=key))


@router.put("/tickets/{system}/{key:path}")
def mirror(app: Site, me: CaseWorker, system: System, key: Key, body: TicketNewsBody) -> TicketJson:
    """Say how a ticket stands over there. One that is closed leaves its case open and asks how it ended."""
    news = TicketNews(status=status_of(body.status or ""), is_closed=body.is_closed)
    with app.store.write() as tx:
        return ticket_json(ticketing.mirror(tx, (system, key), act(app, me), news, settings=app.settings))
