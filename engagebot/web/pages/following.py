"""The form that closes a follow-up with a reason."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from engagebot.pipeline import casework
from engagebot.web.desk.handover import refuse_sensitive
from engagebot.web.entry.auth import CaseWorker
from engagebot.web.pages.case_page import CaseRoute, carried_out
from engagebot.web.site import Site, act

router = APIRouter(prefix="/cases/{case_id}", include_in_schema=False, route_class=CaseRoute)


@router.post("/follow-up/close")
def close_follow_up(
    app: Site,
    me: CaseWorker,
    case_id: int,
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    refuse_sensitive(app, reason)
    return carried_out(
        app, case_id, "followed_up",
        lambda tx: casework.close_follow_up(tx, case_id, act(app, me), reason=reason),
    )  # fmt: skip
