"""What people decide on a customer's page about writing to them."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from engagebot.pipeline import silencing
from engagebot.pipeline.silencing import Whom
from engagebot.store.engine import Tx
from engagebot.store.persons import customers
from engagebot.web.entry.auth import Muter
from engagebot.web.pages.customers import CustomerRoute
from engagebot.web.pages.keeping import carried_out
from engagebot.web.site import Site

router = APIRouter(prefix="/customers/{customer_id}", include_in_schema=False, route_class=CustomerRoute)


@router.post("/opt-out")
def opt_out(app: Site, me: Muter, customer_id: int) -> Response:
    return carried_out(
        app, me, customer_id, "opted_out", lambda tx, deed: silencing.opt_out(tx, customer_id, deed)
    )


@router.post("/opt-in")
def opt_in(app: Site, me: Muter, customer_id: int) -> Response:
    return carried_out(
        app, me, customer_id, "opted_in", lambda tx, deed: silencing.opt_in(tx, customer_id, deed)
    )


@router.post("/mute")
def mute(app: Site, me: Muter, customer_id: int) -> Response:
    return carried_out(
        app, me, customer_id, "muted", lambda tx, deed: silencing.mute(tx, _whom(tx, customer_id), deed)
    )


@router.post("/unmute")
def unmute(app: Site, me: Muter, customer_id: int) -> Response:
    return carried_out(
        app, me, customer_id, "unmuted", lambda tx, deed: silencing.unmute(tx, _whom(tx, customer_id), deed)
    )


def _whom(tx: Tx, customer_id: int) -> Whom:
    customer = customers.get(tx, customer_id)
    return Whom.of(customer.source, author=customer.handle)
