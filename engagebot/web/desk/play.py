"""One item at a time: the next one that nobody else has open, and a word on why somebody passes one by."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from engagebot.bootstrap import App
from engagebot.domain import searching
from engagebot.domain.roles import Person
from engagebot.store import presence, queue
from engagebot.web.desk import lanes
from engagebot.web.desk.pages import Number, Place, queue_page
from engagebot.web.desk.where import Where
from engagebot.web.entry.auth import Reviewer
from engagebot.web.site import Site

router = APIRouter(prefix="/queue", include_in_schema=False)
PLAY = "/queue/play"
_LOOKED_AHEAD = 50


@router.get("/play")
def play(request: Request, app: Site, me: Reviewer, where: Place, acted: Number = None) -> Response:
    here = replace(where, base=PLAY)
    return queue_page(request, app, me, here if here.item else first_free(app, here, me), acted=acted)


def first_free(app: App, where: Where, me: Person) -> Where:
    """Select the first item that nobody else looks at; the first of all where every one is looked at."""
    now = app.clock.now()
    search = searching.parse(where.q).search
    with app.store.read() as tx:
        only = lanes.only(where.lane, now, search=search, me=me.name)
        ahead = queue.ids(tx, only, lanes.sort_of(where.lane, where.sort), limit=_LOOKED_AHEAD)
        taken = {draft_id for draft_id, people in presence.who(tx, now).items() if _others(people, me)}
    free = next((draft_id for draft_id in ahead if draft_id not in taken), None)
    return where.at(free or (ahead[0] if ahead else None))


def _others(people: tuple[presence.Presence, ...], me: Person) -> bool:
    return any(each.name != me.name for each in people)
