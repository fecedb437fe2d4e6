"""The JSON API's deliveries: notices on their way to channels, and dead letters to be replayed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from engagebot.domain.outbox import DeliveryState
from engagebot.domain.records import DeliveryRecord
from engagebot.pipeline import dead_letters
from engagebot.store.telling import deliveries
from engagebot.web.api import shapes
from engagebot.web.api.asking import ApiRoute, Cursor, Limit
from engagebot.web.api.shapes import Listing
from engagebot.web.entry.auth import Reader, Replayer
from engagebot.web.site import Site, act

router = APIRouter(prefix="/api/v1/deliveries", tags=["deliveries"], route_class=ApiRoute)
OfState = Annotated[DeliveryState | None, Query(description="Only deliveries in this state.")]
OfChannel = Annotated[str | None, Query(max_length=300, description="Only deliveries to this channel.")]


class DeliveryJson(BaseModel):
    """One notice on its way to one channel; `notice_id` is the id that the receiver sees at every attempt."""

    id: int
    notice_id: str
    channel: str
    kind: str
    state: DeliveryState
    title: str
    case_id: int | None
    created_at: datetime
    due_at: datetime
    attempts: int
    delivered_at: datetime | None
    last_error: str | None


class KnownJson(BaseModel):
    """How many notices that reached nobody were not known of before."""

    known: int


@router.get("")
def list_deliveries(
    app: Site, _: Reader, state: OfState = None, channel: OfChannel = None, limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[DeliveryJson]:  # fmt: skip
    with app.store.read() as tx:
        found = deliveries.page(tx, state=state, channel=channel, limit=limit, cursor=cursor)
    return shapes.listing(found, delivery_json)


@router.post("/ack")
def acknowledge(app: Site, me: Replayer) -> KnownJson:
    with app.store.write() as tx:
        return KnownJson(known=dead_letters.acknowledge(tx, act(app, me)))


@router.post("/{delivery_id}/replay")
def replay(app: Site, me: Replayer, delivery_id: int) -> DeliveryJson:
    with app.store.write() as tx:
        return delivery_json(dead_letters.replay(tx, delivery_id, act(app, me)))


def delivery_json(delivery: DeliveryRecord) -> DeliveryJson:
    """A delivery as programs read it."""
    return DeliveryJson(
        id=delivery.id,
        notice_id=delivery.notice_id,
        channel=delivery.channel,
        kind=delivery.kind,
        state=delivery.state,
        title=delivery.payload["title"],
        case_id=delivery.case_id,
        created_at=delivery.created_at,
        due_at=delivery.due_at,
        attempts=delivery.attempts,
        delivered_at=delivery.delivered_at,
        last_error=delivery.last_error,
    )
