"""The page behind a mail's "I look after it": to open it changes nothing, its button does."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.domain import look_after
from engagebot.errors import LinkEnded
from engagebot.pipeline import casework
from engagebot.store import cases
from engagebot.web.entry.auth import CaseWorker, person_of
from engagebot.web.rendering import plain_page, with_query
from engagebot.web.site import Site, act

router = APIRouter(prefix="/look-after", include_in_schema=False)


@router.get("/{secret}")
def show(request: Request, app: Site, secret: str) -> Response:
    with app.store.read() as tx:
        case = cases.get(tx, case_behind(app, secret))
    return plain_page(request, "look_after.html", case=case, me=person_of(request))


@router.post("/{secret}")
def take(app: Site, me: CaseWorker, secret: str) -> Response:
    case_id = case_behind(app, secret)
    with app.store.write() as tx:
        casework.acknowledge(tx, case_id, act(app, me))
    return RedirectResponse(with_query(f"/cases/{case_id}", done="acknowledged"), status_code=303)


def case_behind(app: Site, secret: str) -> int:
    """The case that a link leads to.

    Raises:
        LinkEnded: it leads nowhere any more.
    """
    key = app.settings.secret_key
    case_id = look_after.read(key.reveal(), secret, app.clock.now()) if key else None
    if case_id is None:
        raise LinkEnded("it is too old or not whole. Look for the case by its number in engagebot")
    return case_id
