"""One item at a time: the next one that nobody else has open, and a word on why somebody passes one by."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from engagebot.web.desk.pages import Number, Place, queue_page
from engagebot.web.desk.where import PLAY
from engagebot.web.entry.auth import Reviewer
from engagebot.web.rendering import done_of
from engagebot.web.site import Site

router = APIRouter(prefix="/queue", include_in_schema=False)


@router.get("/play")
def play(request: Request, app: Site, me: Reviewer, where: Place, acted: Number = None) -> Response:
    here = replace(where, base=PLAY)
    return queue_page(request, app, me, here, acted=acted, done=done_of(request))
