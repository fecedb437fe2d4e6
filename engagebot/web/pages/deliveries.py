"""The page of notices: what did not arrive and why, and sending it again."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.domain.outbox import DeliveryState
from engagebot.pipeline import dead_letters
from engagebot.store.telling import deliveries
from engagebot.web.entry.auth import Reader, Replayer
from engagebot.web.figures.reaching import channels_json
from engagebot.web.rendering import page
from engagebot.web.site import Site, act

router = APIRouter(prefix="/settings/deliveries", include_in_schema=False)
PER_PAGE = 50
SHOWN: dict[str, tuple[str, DeliveryState | None]] = {
    "dead": ("Dead letters", DeliveryState.DEAD),
    "pending": ("Waiting", DeliveryState.PENDING),
    "delivered": ("Told", DeliveryState.DELIVERED),
    "all": ("All", None),
}


@router.get("")
def list_deliveries(
    request: Request, app: Site, me: Reader, show: str = "dead", cursor: str | None = None
) -> Response:
    chosen = show if show in SHOWN else "dead"
    with app.store.read() as tx:
        found = deliveries.page(tx, state=SHOWN[chosen][1], limit=PER_PAGE, cursor=cursor)
        troubled = [each for each in channels_json(app, tx) if each.shut or each.failing or each.dead]
    return page(
        request, me, "deliveries.html", found=found, show=chosen, kinds=SHOWN, troubled=troubled,
        is_first=cursor is None,
    )  # fmt: skip


@router.post("/ack")
def acknowledge(app: Site, me: Replayer) -> Response:
    with app.store.write() as tx:
        dead_letters.acknowledge(tx, act(app, me))
    return RedirectResponse("/settings/deliveries?done=known", 303)


@router.post("/replay")
def replay_all(app: Site, me: Replayer) -> Response:
    with app.store.write() as tx:
        dead_letters.replay_all(tx, act(app, me))
    return RedirectResponse("/settings/deliveries?show=pending&done=replayed", 303)


@router.post("/{delivery_id}/replay")
def replay(app: Site, me: Replayer, delivery_id: int) -> Response:
    with app.store.write() as tx:
        dead_letters.replay(tx, delivery_id, act(app, me))
    return RedirectResponse("/settings/deliveries?done=replayed", 303)
