"""Buttons in Slack, in HTTP mode: a request is signed, acknowledged at once, and carried out after that."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Request
from fastapi.responses import Response

from engagebot.bootstrap import chatting
from engagebot.web.site import Site

router = APIRouter(include_in_schema=False)


async def _body(request: Request) -> bytes:
    # The signature is over the bytes as they came.
    return await request.body()


@router.post("/hooks/slack")
def take_press(
    request: Request, app: Site, body: Annotated[bytes, Depends(_body)], after: BackgroundTasks
) -> Response:
    posts = chatting.signed_posts(app)
    told = posts.interaction(body, request.headers) if posts else None
    if told is None:
        return Response(status_code=401)
    after.add_task(chatting.carry_out, app, told)
    return Response(status_code=200)
