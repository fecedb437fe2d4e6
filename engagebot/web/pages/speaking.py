"""What people decide on a customer's page about writing to them."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from engagebot.bootstrap import App
from engagebot.domain.roles import Act, Person
from engagebot.pipeline import silencing
from engagebot.pipeline.silencing import Whom
from engagebot.store import customers
from engagebot.store.engine import Tx
from engagebot.web.entry.auth import Muter
from engagebot.web.rendering import with_query
from engagebot.web.site import Site, act

router = APIRouter(prefix="/customers/{customer_id}", include_in_schema=False)


@router.post("/opt-out")
def opt_out(app: Site, me: Muter, customer_id: int) -> Response:
    return _do(app, me, customer_id, "opted_out", silencing.opt_out)


@router.post("/opt-in")
def opt_in(app: Site, me: Muter, customer_id: int) -> Response:
    return _do(app, me, customer_id, "opted_in", silencing.opt_in)


@router.post("/mute")
def mute(app: Site, me: Muter, customer_id: int) -> Response:
    return _do(
        app, me, customer_id, "muted", lambda tx, _, deed: silencing.mute(tx, _whom(tx, customer_id), deed)
    )


@router.post("/unmute")
def unmute(app: Site, me: Muter, customer_id: int) -> Response:
    return _do(
        app,
        me,
        customer_id,
        "unmuted",
        lambda tx, _, deed: silencing.unmute(tx, _whom(tx, customer_id), deed),
    )


def _do(
    app: App, me: Person, customer_id: int, done: str, deed: Callable[[Tx, int, Act], object]
) -> Response:
    with app.store.write() as tx:
        deed(tx, customer_id, act(app, me))
    return RedirectResponse(with_query(f"/customers/{customer_id}", done=done), status_code=303)


def _whom(tx: Tx, customer_id: int) -> Whom:
    customer = customers.get(tx, customer_id)
    return Whom.of(customer.source, author=customer.handle)
