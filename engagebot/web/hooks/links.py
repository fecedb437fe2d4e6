"""Saying once who somebody in a chat is here; what they pressed before is carried out then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from engagebot.bootstrap import App, chatting
from engagebot.domain.records import UserRecord
from engagebot.domain.telling.cards import DEED_WORDS
from engagebot.errors import LinkEnded, NotFound
from engagebot.pipeline import pressing
from engagebot.store.entry import accounts
from engagebot.store.persons import chatters
from engagebot.web.entry.auth import Reader
from engagebot.web.rendering import plain_page
from engagebot.web.site import Site

router = APIRouter(prefix="/link", include_in_schema=False)


_ONCE_MORE = (
    "Press the button in Slack once more: where engagebot knows you there, it is done at once, "
    "else you get a new link"
)
_KNOWN = "In Slack you are linked to your account already, so the buttons there work for you"


@router.get("/{secret}")
def show_link(request: Request, app: Site, me: Reader, secret: str) -> Response:
    user = _person(app, me.name)
    with _ends_in_words(app, user), app.store.read() as tx:
        presses = chatters.waiting(tx, secret, app.clock.now())
    return plain_page(request, "link.html", presses=presses, me=me, outcomes=None, deeds=DEED_WORDS)


@router.post("/{secret}")
def link(
    request: Request, app: Site, me: Reader, secret: str,
    undone: Annotated[str, Form(max_length=20)] = "",
) -> Response:  # fmt: skip
    user = _person(app, me.name)
    if user is None:
        raise NotFound("only a person with an account can be linked to somebody in a chat")
    with _ends_in_words(app, user):
        outcomes = pressing.link(chatting.press_context(app), secret, user, leaves_undone=bool(undone))
    presses = [each.press for each in outcomes]
    told = [f"{each.words} {app.settings.base_url}{each.path}" for each in outcomes]
    words = "\n".join([f"You are {me.name} in engagebot from now on.", *told])
    chatting.answer(app, presses[-1], words)
    return plain_page(request, "link.html", presses=presses, me=me, outcomes=outcomes, deeds=DEED_WORDS)


def _person(app: App, name: str) -> UserRecord | None:
    with app.store.read() as tx:
        user = accounts.by_name(tx, name)
    return None if user is None or user.is_service else user


@contextmanager
def _ends_in_words(app: App, user: UserRecord | None) -> Iterator[None]:
    """Say of a link that opens nothing what to do; nobody learns of it whether it ever opened anything."""
    try:
        yield
    except LinkEnded as error:
        with app.store.read() as tx:
            is_known = user is not None and chatters.is_linked(tx, user.id)
        raise LinkEnded(f"{error}. {_KNOWN if is_known else _ONCE_MORE}") from None
