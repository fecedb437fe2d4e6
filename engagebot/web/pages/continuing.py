"""Handing a case over to another channel: the link is made, shown once, and can be taken back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from engagebot.domain.casework.continuing import NewContinuation
from engagebot.pipeline import casework
from engagebot.web.case_reading import channel_of
from engagebot.web.desk.handover import refuse_sensitive
from engagebot.web.entry.auth import CaseWorker
from engagebot.web.pages.case_page import CaseRoute, Line, carried_out, case_page
from engagebot.web.site import Site, act

router = APIRouter(prefix="/cases/{case_id}/links", include_in_schema=False, route_class=CaseRoute)


@router.post("")
def hand_over(
    request: Request, app: Site, me: CaseWorker, case_id: int, channel: Line = "",
    note: Annotated[str, Form(max_length=2000)] = "", is_sure: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    refuse_sensitive(app, note)
    with app.store.write() as tx:
        new = NewContinuation(channel_of(channel), note, is_sure=bool(is_sure))
        zone = app.settings.timezone
        link, secret = casework.hand_over(tx, case_id, act(app, me), new, zone=zone)
    # The secret is in no address and in no log of ours: it is on this page alone.
    made = (link, f"{app.settings.base_url}/h/{secret}")
    return case_page(request, app, me, case_id, made=made)


@router.post("/{link_id}/revoke")
def revoke(app: Site, me: CaseWorker, case_id: int, link_id: int) -> Response:
    return carried_out(
        app, case_id, "link_revoked",
        lambda tx: casework.take_back(tx, case_id, link_id, act(app, me)),
    )  # fmt: skip
