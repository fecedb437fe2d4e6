"""Saying once who somebody in a chat is here; what they pressed before is carried out then."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from engagebot.bootstrap import chatting
from engagebot.domain.cards import Deed
from engagebot.errors import NotFound
from engagebot.pipeline import pressing
from engagebot.store import accounts, chatters
from engagebot.web.entry.auth import Reader
from engagebot.web.rendering import plain_page
from engagebot.web.site import Site

router = APIRouter(prefix="/link", include_in_schema=False)


@router.get("/{secret}")
def show_link(request: Request, app: Site, me: Reader, secret: str) -> Response:
    with app.store.read() as tx:
        press = chatters.waiting(tx, secret, app.clock.now())
    return plain_page(request, "link.html", press=press, me=me, is_done=False, trouble=None)


@router.post("/{secret}")
def link(request: Request, app: Site, me: Reader, secret: str) -> Response:
    with app.store.read() as tx:
        user = accounts.by_name(tx, me.name)
    if user is None or user.is_service:
        raise NotFound("only a person with an account can be linked to somebody in a chat")
    context = chatting.press_context(app)
    press, trouble = pressing.link(context, secret, user)
    told = trouble or f"You are {me.name} in engagebot from now on."
    if trouble is None and press.deed is Deed.RESOLVE and press.ending is None:
        told = f"{told} {pressing.say_later(context, press)}"
    chatting.answer(app, press, told)
    return plain_page(request, "link.html", press=press, me=me, is_done=True, trouble=trouble)
