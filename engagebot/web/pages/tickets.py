"""Tickets as forms of a case's page: link one, take one off, ask for one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from engagebot.domain.casework.tickets import read_ticket
from engagebot.pipeline.casework import ticketing
from engagebot.web.entry.auth import CaseWorker
from engagebot.web.pages.case_page import CaseRoute, Line, carried_out
from engagebot.web.rendering import with_query
from engagebot.web.site import Site, act

router = APIRouter(prefix="/cases/{case_id}/tickets", include_in_schema=False, route_class=CaseRoute)
Address = Annotated[str, Form(max_length=4000)]


@router.post("")
def link(
    app: Site, me: CaseWorker, case_id: int, system: Line = "", key: Line = "", url: Address = ""
) -> Response:  # fmt: skip
    with app.store.write() as tx:
        ticketing.link(tx, case_id, act(app, me), read_ticket(system=system, key=key, url=url))
    return RedirectResponse(with_query(f"/cases/{case_id}", done="ticket_linked"), status_code=303)


@router.post("/off")
def unlink(app: Site, me: CaseWorker, case_id: int, system: Line = "", key: Line = "") -> Response:
    return carried_out(
        app, case_id, "ticket_unlinked",
        lambda tx: ticketing.unlink(tx, case_id, act(app, me), system=system, key=key),
    )  # fmt: skip


@router.post("/wanted")
def want(app: Site, me: CaseWorker, case_id: int, system: Line = "") -> Response:
    return carried_out(
        app, case_id, "ticket_wanted",
        lambda tx: ticketing.want(tx, case_id, act(app, me), system, settings=app.settings),
    )  # fmt: skip
