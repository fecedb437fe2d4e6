"""The JSON API's word on whom engagebot does not speak to: mutes and opt-outs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel

from engagebot.domain.replying.routes import Mute, MuteKind
from engagebot.errors import WrongUsage
from engagebot.pipeline import silencing
from engagebot.pipeline.silencing import Whom
from engagebot.store.listening import mutes
from engagebot.web.api import shapes
from engagebot.web.api.asking import ApiRoute, Cursor, JsonBody, Limit
from engagebot.web.api.shapes import CustomerJson, Listing
from engagebot.web.entry.auth import Muter, Reader
from engagebot.web.site import Site, act

router = APIRouter(prefix="/api/v1", route_class=ApiRoute)


class MuteBody(JsonBody):
    """An author or a community of a source."""

    source: str
    author: str | None = None
    community: str | None = None


class MuteJson(BaseModel):
    id: int
    source: str
    author: str | None
    community: str | None
    muted_by: str
    muted_at: datetime


class MutedJson(BaseModel):
    """Whether it is muted now, and whether this request made it so."""

    source: str
    author: str | None
    community: str | None
    muted: bool
    changed: bool


@router.get("/mutes", tags=["mutes"])
def list_mutes(app: Site, _: Reader, limit: Limit = 50, cursor: Cursor = None) -> Listing[MuteJson]:
    with app.store.read() as tx:
        found = mutes.page(tx, limit=limit, cursor=cursor)
    return shapes.listing(found, _mute_json)


@router.post("/mutes", tags=["mutes"])
def mute(app: Site, me: Muter, body: MuteBody) -> MutedJson:
    whom = Whom.of(body.source, author=body.author, community=body.community)
    with app.store.write() as tx:
        return _muted_json(whom, is_muted=True, changed=silencing.mute(tx, whom, act(app, me)))


@router.delete("/mutes", tags=["mutes"])
def unmute(
    app: Site,
    me: Muter,
    body: Annotated[MuteBody | None, Body()] = None,
    source: Annotated[str | None, Query(description="Where a body cannot be sent.")] = None,
    author: str | None = None,
    community: str | None = None,
) -> MutedJson:
    if body is not None and (source or author or community):
        raise WrongUsage("say whom in the body or in the address, not in both")
    whom = (
        Whom.of(body.source, author=body.author, community=body.community)
        if body is not None
        else Whom.of(source or "", author=author, community=community)
    )
    with app.store.write() as tx:
        return _muted_json(whom, is_muted=False, changed=silencing.unmute(tx, whom, act(app, me)))


@router.post("/customers/{customer_id}/opt-out", tags=["customers"])
def opt_out(app: Site, me: Muter, customer_id: int) -> CustomerJson:
    with app.store.write() as tx:
        return CustomerJson.model_validate(silencing.opt_out(tx, customer_id, act(app, me)))


@router.delete("/customers/{customer_id}/opt-out", tags=["customers"])
def opt_in(app: Site, me: Muter, customer_id: int) -> CustomerJson:
    with app.store.write() as tx:
        return CustomerJson.model_validate(silencing.opt_in(tx, customer_id, act(app, me)))


def _mute_json(mute: Mute) -> MuteJson:
    is_author = mute.kind is MuteKind.AUTHOR
    return MuteJson(
        id=mute.id,
        source=mute.source,
        author=mute.key if is_author else None,
        community=None if is_author else mute.key,
        muted_by=mute.muted_by,
        muted_at=mute.muted_at,
    )


def _muted_json(whom: Whom, *, is_muted: bool, changed: bool) -> MutedJson:
    is_author = whom.kind is MuteKind.AUTHOR
    return MutedJson(
        source=whom.source,
        author=whom.key if is_author else None,
        community=None if is_author else whom.key,
        muted=is_muted,
        changed=changed,
    )
