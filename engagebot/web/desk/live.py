"""Colleagues at the desk: the stream of what happens, who is here, and taking over from one another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter, Form, Header, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from engagebot.bootstrap import App
from engagebot.domain.roles import Right
from engagebot.store.desk import presence
from engagebot.store.engine import Tx
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind
from engagebot.web.desk.pages import Onward, forth
from engagebot.web.desk.streams import Full, Guest, Listener, Streams
from engagebot.web.entry.auth import Reader, Reviewer, cookie_name
from engagebot.web.site import Site

router = APIRouter(include_in_schema=False)
STREAM = "text/event-stream"
Line = Annotated[int | None, Query(ge=0, le=2**62)]


@router.get("/live")
def live(
    request: Request, app: Site, me: Reader, after: Line = None, last_event_id: Annotated[str, Header()] = ""
) -> Response:
    guest = Guest(
        name=me.name,
        may_stay=_permit(request, app),
        # What the browser itself has heard since is newer than the address it began with.
        after=int(last_event_id) if _is_line(last_event_id) else after,
        is_staying=STREAM in request.headers.get("accept", ""),
        is_one_of_many=app.is_demo,
    )
    streams = cast("Streams", request.app.state.streams)
    try:
        return _Stream(streams, streams.join(guest))
    except Full as full:
        raise HTTPException(429, str(full)) from full


@router.post("/queue/{draft_id}/here")
def here(app: Site, me: Reader, draft_id: int, is_typing: Annotated[bool, Form()] = False) -> JSONResponse:
    now = app.clock.now()
    writes = is_typing and me.may(Right.REVIEW)
    with app.store.read() as tx:
        claim = presence.claim_of(tx, draft_id, now)
        is_known = presence.is_known(tx, draft_id, me.name, now, is_typing=writes)
    if not is_known:
        with app.store.write() as tx:
            claim = presence.here(tx, draft_id, me.name, now, is_typing=writes)
    return JSONResponse({"holder": claim.person if claim else None})


@router.post("/queue/{draft_id}/gone")
def gone(app: Site, me: Reader, draft_id: int) -> Response:
    with app.store.write() as tx:
        presence.gone(tx, draft_id, me.name)
    return Response(status_code=204)


@router.post("/queue/{draft_id}/take-over")
def take_over(request: Request, app: Site, me: Reviewer, draft_id: int, go: Onward) -> Response:
    with app.store.write() as tx:
        presence.take_over(tx, draft_id, me.name, app.clock.now())
    return forth(request, app, me, go.at(draft_id), done="taken_over", acted=draft_id)


class _Stream(StreamingResponse):
    """Frames as they come; whichever way the answer ends, the listener is forgotten."""

    def __init__(self, streams: Streams, listener: Listener) -> None:
        # Proxies that collect an answer before they pass it on are asked not to.
        super().__init__(listener.frames(), media_type=STREAM, headers={"X-Accel-Buffering": "no"})
        self._streams = streams
        self._listener = listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.leave(self._listener)


def _permit(request: Request, app: App) -> Callable[[Tx, datetime], bool]:
    """How to find out later whether a request's key still opens; asking does not prolong a session."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        return lambda tx, now: accounts.opened_by(tx, KeyKind.TOKEN, token, now) is not None
    if app.is_demo:
        return lambda _tx, _now: True
    secret = request.cookies.get(cookie_name(app), "")
    return lambda tx, now: accounts.opened_by(tx, KeyKind.SESSION, secret, now) is not None


def _is_line(number: str) -> bool:
    return number.isascii() and number.isdigit() and len(number) < 19
