"""The page behind a mail's "I look after it": to open it changes nothing, its button does."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.bootstrap import App
from engagebot.domain.casework import look_after
from engagebot.domain.casework.look_after import Signed
from engagebot.domain.outbox import CASE_OPEN
from engagebot.domain.roles import Person
from engagebot.errors import IllegalMove, LinkEnded
from engagebot.pipeline import casework
from engagebot.store.casework import cases
from engagebot.web.entry.auth import CaseWorker, person_of
from engagebot.web.rendering import plain_page, with_query
from engagebot.web.site import Site, act

router = APIRouter(prefix="/look-after", include_in_schema=False)


@router.get("/{secret}")
def show(request: Request, app: Site, secret: str) -> Response:
    link, me = behind(app, secret), person_of(request)
    if link.ends_at <= app.clock.now():
        return plain_page(
            request, "error.html", status=404, title="This link does not work any more",
            detail="it is older than a week. The case itself is still there", case_id=link.case_id,
        )  # fmt: skip
    return _page(request, app, link.case_id, me)


@router.post("/{secret}")
def take(request: Request, app: Site, me: CaseWorker, secret: str) -> Response:
    link = behind(app, secret)
    if link.ends_at <= app.clock.now():
        raise LinkEnded("it is older than a week. Look for the case by its number in engagebot")
    try:
        with app.store.write() as tx:
            casework.acknowledge(tx, link.case_id, act(app, me))
    except IllegalMove:
        # Whoever was first, and when, is what the page says of such a case.
        return _page(request, app, link.case_id, me, status=409)
    return RedirectResponse(with_query(f"/cases/{link.case_id}", done="acknowledged"), status_code=303)


def _page(request: Request, app: App, case_id: int, me: Person | None, *, status: int = 200) -> Response:
    with app.store.read() as tx:
        case = cases.get(tx, case_id)
    is_open = case.state in CASE_OPEN
    return plain_page(request, "look_after.html", status=status, case=case, me=me, is_open=is_open)


def behind(app: Site, secret: str) -> Signed:
    """What a link leads to, be it too old or not.

    Raises:
        LinkEnded: it leads nowhere.
    """
    key = app.settings.secret_key
    link = look_after.read(key.reveal(), secret) if key else None
    if link is None:
        raise LinkEnded("it is not whole. Look for the case by its number in engagebot")
    return link
