"""The JSON API's review queue: drafts beside their mentions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from engagebot.domain.desk import searching
from engagebot.store.desk import queue
from engagebot.store.desk.queue_order import Sort
from engagebot.web.api import shapes
from engagebot.web.api.asking import ApiRoute, Asked, Cursor, Limit
from engagebot.web.api.shapes import Listing, QueueItemJson
from engagebot.web.desk import lanes
from engagebot.web.entry.auth import Reader
from engagebot.web.site import Site

router = APIRouter(prefix="/api/v1", tags=["queue"], route_class=ApiRoute)


@router.get("/queue")
def list_queue(
    app: Site,
    me: Reader,
    lane: Annotated[lanes.Name, Query(description="Which part of the queue.")] = lanes.Name.REVIEW,
    asked: Asked = "",
    sort: Annotated[Sort | None, Query(description="The order; each lane has its own.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[QueueItemJson]:
    only = lanes.only(lane, app.clock.now(), search=searching.read(asked), me=me.name)
    with app.store.read() as tx:
        found = queue.page(tx, only, lanes.sort_of(lane, sort), limit=limit, cursor=cursor)
    return shapes.listing(found, shapes.queue_item_json)


@router.get("/queue/{draft_id}")
def show_item(app: Site, _: Reader, draft_id: int) -> QueueItemJson:
    with app.store.read() as tx:
        return shapes.queue_item_json(queue.item(tx, draft_id))
