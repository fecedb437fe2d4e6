"""The JSON API's links by which cases go on at another channel."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from engagebot.domain.casework.continuing import NewContinuation
from engagebot.pipeline import casework
from engagebot.store.casework import cases, continuations
from engagebot.web.api.asking import ApiRoute, JsonBody
from engagebot.web.api.shapes import Shape
from engagebot.web.case_reading import channel_of
from engagebot.web.desk.handover import refuse_sensitive
from engagebot.web.entry.auth import CaseWorker, Reader
from engagebot.web.site import Site, act

router = APIRouter(
    prefix="/api/v1/cases/{case_id}/links",
    tags=["cases"],
    responses={409: {"description": "Not now."}},
    route_class=ApiRoute,
)


class LinkWanted(JsonBody):
    """`channel` is email, phone, chat, shop or direct_message; `is_sure` goes against a wish of theirs."""

    channel: str
    note: str = Field(default="", max_length=2000, description="What they should know there.")
    is_sure: bool = False


class LinkJson(Shape):
    """A link to a case for another channel; it opens until it is used, revoked or expired."""

    id: int
    case_id: int
    channel: str
    note: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_by: str | None
    revoked_at: datetime | None


class MadeLinkJson(LinkJson):
    """`url` is told this once."""

    url: str


@router.get("")
def list_links(app: Site, _: Reader, case_id: int) -> list[LinkJson]:
    with app.store.read() as tx:
        cases.get(tx, case_id)
        return [LinkJson.model_validate(each) for each in continuations.of_case(tx, case_id)]


@router.post("")
def hand_over(app: Site, me: CaseWorker, case_id: int, body: LinkWanted) -> MadeLinkJson:
    refuse_sensitive(app, body.note)
    with app.store.write() as tx:
        new = NewContinuation(channel_of(body.channel), body.note, is_sure=body.is_sure)
        link, secret = casework.hand_over(tx, case_id, act(app, me), new, zone=app.settings.timezone)
    url = f"{app.settings.base_url}/h/{secret}"
    return MadeLinkJson(**LinkJson.model_validate(link).model_dump(), url=url)


@router.delete("/{link_id}")
def revoke(app: Site, me: CaseWorker, case_id: int, link_id: int) -> LinkJson:
    with app.store.write() as tx:
        return LinkJson.model_validate(casework.take_back(tx, case_id, link_id, act(app, me)))
