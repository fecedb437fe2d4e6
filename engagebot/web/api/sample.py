"""The JSON API's audit sample: posts that nobody routed, for people who do not see what the machine says."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from engagebot.domain.records import MentionRecord
from engagebot.pipeline import sampling
from engagebot.web.api.asking import ApiRoute
from engagebot.web.api.shapes import AuthorJson
from engagebot.web.entry.auth import Reviewer
from engagebot.web.site import Site

router = APIRouter(prefix="/api/v1", tags=["mentions"], route_class=ApiRoute)
Wanted = Annotated[
    int | None,
    Query(ge=1, le=sampling.MOST, description="How many at most; without it, as many as are wanted today."),
]


class SampledJson(BaseModel):
    """A post to judge; what engagebot makes of it is left out on purpose."""

    id: int
    source: str
    native_id: str
    url: str | None
    kind: str
    author: AuthorJson | None
    title: str | None
    text: str
    lang: str | None
    community: str | None
    posted_at: datetime


class SampleJson(BaseModel):
    """Today's sample (UTC), whole; answer with `POST /api/v1/mentions/{id}/correct`."""

    items: list[SampledJson]
    next_cursor: str | None
    day: date
    wanted: int
    answered: int


@router.get("/audit-sample")
def show_sample(app: Site, _: Reviewer, limit: Wanted = None) -> SampleJson:
    with app.store.read() as tx:
        share = app.settings.learning.audit_share
        drawn = sampling.draw(tx, app.clock.now(), share=share, limit=limit)
    items = [_sampled(record) for record in drawn.items]
    return SampleJson(
        items=items, next_cursor=None, day=drawn.day, wanted=drawn.wanted, answered=drawn.answered
    )


def _sampled(record: MentionRecord) -> SampledJson:
    mention = record.mention
    return SampledJson(
        id=record.id,
        source=mention.ref.source,
        native_id=mention.ref.native_id,
        url=mention.url,
        kind=mention.kind.value,
        author=AuthorJson.model_validate(mention.author) if mention.author else None,
        title=mention.title,
        text=mention.text,
        lang=mention.lang,
        community=mention.community,
        posted_at=mention.posted_at,
    )
