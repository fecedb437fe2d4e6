"""Tickets as forms of a case's page: link one, take one off, ask for one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.domain.tickets import read_ticket
from engagebot.errors import IllegalMove, WrongUsage
from engagebot.pipeline.casework import ticketing
from engagebot.web.entry.auth import CaseWorker
from engagebot.web.pages.cases import Trouble, carried_out, case_page
from engagebot.web.problems import status_of
from engagebot.web.rendering import with_query
from engagebot.web.site import Site, act

router = APIRouter(prefix="/cases/{case_id}/tickets", include_in_schema=False)
Line = Annotated[str, Form(max_length=200)]
Address = Annotated[str, Form(max_length=4000)]


@router.post("")
def link(
    request: Request, app: Site, me: CaseWorker, case_id: int, system: Line = "", key: Line = "",
    url: Address = "",
) -> Response:  # fmt: skip
    written = {"system": system, "key": key, "url": url}
    try:
        with app.store.write() as tx:
            ticketing.link(tx, case_id, act(app, me), read_ticket(system=system, key=key, url=url))
    except (IllegalMove, WrongUsage) as error:
        trouble = Trouble(status_of(error), str(error), ticket=written)
        return case_page(request, app, me, case_id, trouble)
    return RedirectResponse(with_query(f"/cases/{case_id}", done="ticket_linked"), status_code=303)


@router.post("/off")
def unlink(
    request: Request, app: Site, me: CaseWorker, case_id: int, system: Line = "", key: Line = ""
) -> Response:
    return carried_out(
        request, app, me, case_id, "ticket_unlinked",
        lambda tx: ticketing.unlink(tx, case_id, act(app, me), system=system, key=key),
    )  # fmt: skip


@router.post("/wanted")
def want(request: Request, app: Site, me: CaseWorker, case_id: int, system: Line = "") -> Response:
    return carried_out(
        request, app, me, case_id, "ticket_wanted",
        lambda tx: ticketing.want(tx, case_id, act(app, me), system, settings=app.settings),
    )  # fmt: skip
