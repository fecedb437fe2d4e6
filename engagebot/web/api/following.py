"""The JSON API's side of follow-ups."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from engagebot.pipeline import casework
from engagebot.web.api import shapes
from engagebot.web.api.asking import ApiRoute, JsonBody
from engagebot.web.api.shapes import CaseJson
from engagebot.web.desk.handover import refuse_sensitive
from engagebot.web.entry.auth import CaseWorker
from engagebot.web.site import Site, act

router = APIRouter(
    prefix="/api/v1/cases/{case_id}",
    tags=["cases"],
    responses={409: {"description": "Not now."}},
    route_class=ApiRoute,
)


class Reason(JsonBody):
    """Why nobody has to answer any more although the customer was told so."""

    reason: str = Field(max_length=1000)


@router.post("/follow-up/close")
def close_follow_up(app: Site, me: CaseWorker, case_id: int, body: Reason) -> CaseJson:
    refuse_sensitive(app, body.reason)
    with app.store.write() as tx:
        done = casework.close_follow_up(tx, case_id, act(app, me), reason=body.reason)
    return shapes.case_json(done)
