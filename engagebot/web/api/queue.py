"""The JSON API's review queue: drafts beside their mentions, and what people do with them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field, Strict

from engagebot.domain.records import QueueItem
from engagebot.pipeline import review
from engagebot.store import drafts, mentions
from engagebot.store.engine import Tx
from engagebot.web.api import shapes
from engagebot.web.api.asking import Cursor, JsonBody, Limit
from engagebot.web.api.shapes import CaseJson, DraftJson, Listing, QueueItemJson
from engagebot.web.desk import lanes
from engagebot.web.desk.handover import handover, utc
from engagebot.web.entry.auth import Reader, Reviewer
from engagebot.web.site import Site, act

router = APIRouter(prefix="/api/v1/queue", tags=["queue"], responses={409: {"description": "It changed."}})
# JSON has no time of its own, so a strict body still reads one from text.
Moment = Annotated[AwareDatetime, Strict(False)]


class Approval(JsonBody):
    """The version that was read, and the text that leaves; without a text the draft's own leaves."""

    version: int
    text: str | None = None


class Rejection(JsonBody):
    """Why, in any words or as a short code; `not_happy` and `sarcasm` also say that the author is unhappy."""

    reason: str = Field(
        description="Your own words, or not_happy, sarcasm, not_about_us, tone, facts, should_not_answer, "
        "already_handled or other; a code may be followed by a colon and words."
    )
    version: int | None = None


class Edit(JsonBody):
    text: str
    version: int


class PostedByHand(JsonBody):
    url: str | None = None


class Assignment(JsonBody):
    """A person's name, or null for nobody."""

    to: str | None


class Snooze(JsonBody):
    until: Moment


class Handover(JsonBody):
    team: str
    severity: str = Field(default="medium", description="low, medium, high or urgent")
    note: str | None = None


@router.get("")
def list_queue(
    app: Site,
    _: Reader,
    lane: Annotated[lanes.Name, Query(description="Which part of the queue.")] = lanes.Name.REVIEW,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[QueueItemJson]:
    with app.store.read() as tx:
        found = lanes.read(tx, lane, app.clock.now(), limit=limit, cursor=cursor)
    return shapes.listing(found, shapes.queue_item_json)


@router.get("/{draft_id}")
def show_item(app: Site, _: Reader, draft_id: int) -> QueueItemJson:
    with app.store.read() as tx:
        return shapes.queue_item_json(item(tx, draft_id))


@router.post("/{draft_id}/approve")
def approve(app: Site, me: Reviewer, draft_id: int, body: Approval) -> DraftJson:
    with app.store.write() as tx:
        terms = app.terms_of(tx, me.name)
        done = review.approve(tx, draft_id, act(app, me), version=body.version, text=body.text, terms=terms)
    return shapes.draft_json(done)


@router.post("/{draft_id}/reject")
def reject(app: Site, me: Reviewer, draft_id: int, body: Rejection) -> DraftJson:
    with app.store.write() as tx:
        done = review.reject(tx, draft_id, act(app, me), reason=body.reason, version=body.version)
    return shapes.draft_json(done)


@router.post("/{draft_id}/edit")
def edit(app: Site, me: Reviewer, draft_id: int, body: Edit) -> DraftJson:
    with app.store.write() as tx:
        done = review.edit(tx, draft_id, act(app, me), text=body.text, version=body.version)
    return shapes.draft_json(done)


@router.post("/{draft_id}/undo")
def undo(app: Site, me: Reviewer, draft_id: int) -> DraftJson:
    with app.store.write() as tx:
        return shapes.draft_json(review.undo(tx, draft_id, act(app, me)).draft)


@router.post("/{draft_id}/posted")
def posted(app: Site, me: Reviewer, draft_id: int, body: PostedByHand | None = None) -> DraftJson:
    with app.store.write() as tx:
        done = review.posted(tx, draft_id, act(app, me), url=body.url if body else None)
    return shapes.draft_json(done)


@router.post("/{draft_id}/assign")
def assign(app: Site, me: Reviewer, draft_id: int, body: Assignment) -> DraftJson:
    with app.store.write() as tx:
        return shapes.draft_json(review.assign(tx, draft_id, act(app, me), to=body.to))


@router.post("/{draft_id}/snooze")
def snooze(app: Site, me: Reviewer, draft_id: int, body: Snooze) -> DraftJson:
    with app.store.write() as tx:
        return shapes.draft_json(review.snooze(tx, draft_id, act(app, me), until=utc(body.until)))


@router.post("/{draft_id}/escalate")
def escalate(app: Site, me: Reviewer, draft_id: int, body: Handover) -> CaseJson:
    to = handover(app, team=body.team, severity=body.severity, note=body.note)
    with app.store.write() as tx:
        return shapes.case_json(review.escalate(tx, draft_id, act(app, me), to=to))


def item(tx: Tx, draft_id: int) -> QueueItem:
    """A draft beside its mention.

    Raises:
        NotFound: there is none with this id.
    """
    draft = drafts.get(tx, draft_id)
    return QueueItem(draft=draft, mention=mentions.get(tx, draft.mention_id))
