"""The page behind a link by which a case goes on elsewhere: opening changes nothing, its form does, once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from engagebot.bootstrap import App
from engagebot.domain.casework.continuing import Continuation
from engagebot.domain.casework.timeline import Entry, Kind
from engagebot.domain.roles import Act, Person, Role
from engagebot.domain.telling.cards import HIDDEN
from engagebot.errors import NotFound, WrongUsage
from engagebot.pipeline import casework
from engagebot.store.casework import cases, continuations, timeline
from engagebot.store.persons.contacts import NewContact
from engagebot.web import case_words
from engagebot.web.case_reading import answered_of, minutes_of
from engagebot.web.desk.handover import refuse_sensitive
from engagebot.web.entry.auth import address_of
from engagebot.web.problems import status_of
from engagebot.web.rendering import plain_page
from engagebot.web.site import Site

router = APIRouter(prefix="/h", include_in_schema=False)
SHOWN = 200
_SPOKEN = frozenset({Kind.SAID, Kind.CONTACT, Kind.REPLY})
_BLANK = {"minutes": "", "text": "", "by_us": "", "answered": ""}


@router.get("/{secret}")
def show(request: Request, app: Site, secret: str) -> Response:
    return _page(request, app, _opened(request, app, secret))


@router.post("/{secret}")
def come_back(
    request: Request, app: Site, secret: str, minutes: Annotated[str, Form(max_length=20)] = "",
    text: Annotated[str, Form(max_length=10_000)] = "", by_us: Annotated[str, Form(max_length=20)] = "",
    answered: Annotated[str, Form(max_length=20)] = "",
) -> Response:  # fmt: skip
    link, now = _opened(request, app, secret), app.clock.now()
    written = {"minutes": minutes, "text": text, "by_us": by_us, "answered": answered}
    try:
        refuse_sensitive(app, text)
        new = _contact(link, written, now)
        with app.store.write() as tx:
            _, again = casework.come_back(tx, secret, Act(Person("link", Role.LIGHT), now), new=new)
    except WrongUsage as error:
        return _page(request, app, link, problem=str(error), written=written, status=status_of(error))
    app.decide_again(again)
    return _unseen(plain_page(request, "continued.html", case_id=link.case_id))


def _contact(link: Continuation, written: Mapping[str, str], now: datetime) -> NewContact:
    return NewContact(
        channel=link.channel, at=now, text=written["text"], minutes=minutes_of(written["minutes"]),
        is_inbound=not written["by_us"], is_answered=answered_of(written["answered"]),
    )  # fmt: skip


def _opened(request: Request, app: App, secret: str) -> Continuation:
    throttle, address, now = request.app.state.throttle, address_of(request), app.clock.now()
    throttle.check("/h", address, now)
    try:
        with app.store.read() as tx:
            return continuations.opened_by(tx, secret, now)
    except NotFound:
        throttle.failed("/h", address, now)
        raise


def _page(
    request: Request,
    app: App,
    link: Continuation,
    *,
    problem: str = "",
    written: Mapping[str, str] = _BLANK,
    status: int = 200,
) -> Response:
    with app.store.read() as tx:
        case = cases.get(tx, link.case_id)
        entries = timeline.read(tx, link.case_id, most=SHOWN).entries
    is_masked = app.settings.masks_notices
    spoken: list[Entry] = [] if is_masked else [each for each in entries if each.kind in _SPOKEN]
    shown = plain_page(
        request, "continue.html", status=status, case=case, link=link, spoken=spoken, is_masked=is_masked,
        hidden=HIDDEN, case_words=case_words, problem=problem, written=written,
    )  # fmt: skip
    return _unseen(shown)


def _unseen(response: Response) -> Response:
    response.headers["x-robots-tag"] = "noindex, nofollow, noarchive"
    return response
