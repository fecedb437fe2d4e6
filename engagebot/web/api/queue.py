"""The JSON API's review queue: drafts beside their mentions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from engagebot.domain.records import QueueItem
from engagebot.store import drafts, mentions
from engagebot.store.engine import Tx
from engagebot.web.api import reviewing, shapes
from engagebot.web.api.asking import Cursor, Limit
from engagebot.web.api.shapes import Listing, QueueItemJson
from engagebot.web.desk import lanes
from engagebot.web.entry.auth import Reader
from engagebot.web.site import Site

router = APIRouter(prefix="/api/v1", tags=["queue"])
router.include_router(reviewing.router)


@router.get("/queue")
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


@router.get("/queue/{draft_id}")
def show_item(app: Site, _: Reader, draft_id: int) -> QueueItemJson:
    with app.store.read() as tx:
        return shapes.queue_item_json(item(tx, draft_id))


def item(tx: Tx, draft_id: int) -> QueueItem:
    """A draft beside its mention.

    Raises:
        NotFound: there is none with this id.
    """
    draft = drafts.get(tx, draft_id)
    return QueueItem(draft=draft, mention=mentions.get(tx, draft.mention_id))
