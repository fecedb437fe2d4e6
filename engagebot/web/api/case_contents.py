"""The JSON API's side of what is in a case: contacts elsewhere, words, which mentions, what happened when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from engagebot.domain.casework.contacts import Channel
from engagebot.pipeline import casework, review
from engagebot.store import audit
from engagebot.store.casework import timeline
from engagebot.store.heard import mentions
from engagebot.store.persons.contacts import NewContact
from engagebot.web.api import shapes
from engagebot.web.api.asking import ApiRoute, Cursor, JsonBody, Limit, Moment
from engagebot.web.api.case_shapes import CaseDetailJson, case_detail_json
from engagebot.web.api.shapes import CaseJson, DraftJson
from engagebot.web.case_reading import channel_of, cursor_of, entry_row, place_of, read_case
from engagebot.web.desk.handover import refuse_sensitive, utc
from engagebot.web.entry.auth import CaseWorker, NoteTaker, Reader
from engagebot.web.site import Site, act

router = APIRouter(
    prefix="/api/v1/cases/{case_id}",
    tags=["cases"],
    responses={409: {"description": "Not now."}},
    route_class=ApiRoute,
)
OnChannel = Annotated[
    str | None,
    Query(max_length=100, description="A platform, a channel elsewhere, `note`, `deed` or `news`."),
]


class ContactElsewhere(JsonBody):
    """A call, a chat, a visit; `minutes` are the customer's. `by_us` is true where we went to them."""

    channel: str = Field(description=f"One of {', '.join(Channel)}.")
    minutes: int | None = None
    text: str = Field(default="", max_length=10_000)
    at: Moment | None = Field(default=None, description="When it was; now by default.")
    by_us: bool = False
    answered: bool | None = Field(
        default=None,
        description="Whether one of us spoke with them, which is a reply of ours; by default yes by phone, "
        "in a chat or a shop, and wherever we went to them.",
    )


class OwnWords(JsonBody):
    text: str = Field(max_length=1000)


class PublicAnswer(JsonBody):
    """What should be answered in public; it waits for review like any draft."""

    text: str = Field(max_length=10_000)


class OneMention(JsonBody):
    mention_id: int


class EntryJson(BaseModel):
    """One thing that happened; `actor` is human, rule or system."""

    at: datetime
    kind: str
    channel: str
    actor: str
    by: str
    theirs: bool
    action: str | None
    minutes: int | None
    text: str
    detail: dict[str, Any]
    mention_id: int | None
    draft_id: int | None


class TimelineJson(BaseModel):
    """Oldest first; `earlier` asks for what happened before that, and is null at the beginning."""

    entries: Sequence[EntryJson]
    earlier: str | None


@router.post("/contacts")
def log_contact(app: Site, me: NoteTaker, case_id: int, body: ContactElsewhere) -> CaseDetailJson:
    refuse_sensitive(app, body.text)
    deed = act(app, me)
    new = NewContact(
        channel=channel_of(body.channel), at=utc(body.at) if body.at else deed.at, text=body.text,
        minutes=body.minutes, is_inbound=not body.by_us, is_answered=body.answered,
    )  # fmt: skip
    with app.store.write() as tx:
        again = casework.log(tx, case_id, deed, new)
    app.decide_again(again)
    return _shown(app, case_id)


@router.post("/title")
def title(app: Site, me: CaseWorker, case_id: int, body: OwnWords) -> CaseJson:
    with app.store.write() as tx:
        return shapes.case_json(casework.quote(tx, case_id, act(app, me), text=body.text))


@router.post("/wanted")
def wanted(app: Site, me: CaseWorker, case_id: int, body: OwnWords) -> CaseJson:
    refuse_sensitive(app, body.text)
    with app.store.write() as tx:
        return shapes.case_json(casework.want(tx, case_id, act(app, me), text=body.text))


@router.post("/suggest")
def suggest(app: Site, me: CaseWorker, case_id: int, body: PublicAnswer) -> DraftJson:
    with app.store.write() as tx:
        draft = review.suggest(tx, case_id, act(app, me), text=body.text, manners=app.settings.manners)
    return shapes.draft_json(draft)


@router.post("/part")
def part(app: Site, me: CaseWorker, case_id: int, body: OneMention) -> CaseJson:
    with app.store.write() as tx:
        due_at = app.settings.first_reply_due(mentions.get(tx, body.mention_id).mention.posted_at)
        done = casework.part(tx, case_id, body.mention_id, act(app, me), due_at=due_at)
    return shapes.case_json(done)


@router.post("/join")
def join(app: Site, me: CaseWorker, case_id: int, body: OneMention) -> CaseJson:
    with app.store.write() as tx:
        return shapes.case_json(casework.bring(tx, case_id, body.mention_id, act(app, me)))


@router.get("/timeline")
def show_timeline(
    app: Site, _: Reader, case_id: int, channel: OnChannel = None, limit: Limit = 200, cursor: Cursor = None
) -> TimelineJson:
    before = place_of(cursor)
    with app.store.read() as tx:
        read_case(tx, case_id, app.clock.now())
        found = timeline.read(tx, case_id, most=limit, before=before, channel=channel)
    rows = [EntryJson.model_validate(entry_row(entry)) for entry in found.entries]
    return TimelineJson(entries=rows, earlier=cursor_of(found.earlier))


def _shown(app: Site, case_id: int) -> CaseDetailJson:
    with app.store.read() as tx:
        return case_detail_json(read_case(tx, case_id, app.clock.now()), audit.of(tx, f"case:{case_id}"))
