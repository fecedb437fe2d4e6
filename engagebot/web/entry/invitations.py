"""Choosing a password by the link that somebody who keeps the accounts handed over."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.bootstrap import App
from engagebot.domain.records import UserRecord
from engagebot.errors import LinkEnded, WrongUsage
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind
from engagebot.web.entry import passwords, people
from engagebot.web.entry.auth import give_cookie, start_session
from engagebot.web.entry.entrance import Password, known_words
from engagebot.web.rendering import plain_page
from engagebot.web.site import Site

router = APIRouter(include_in_schema=False)


@router.get("/invite/{secret}")
def show_invitation(request: Request, app: Site, secret: str) -> Response:
    return _form(request, invited(app, secret))


@router.post("/invite/{secret}")
def accept_invitation(request: Request, app: Site, secret: str, password: Password) -> Response:
    user = invited(app, secret)
    try:
        hashed = passwords.hash_password(password, known=known_words(app, user.name))
    except WrongUsage as error:
        return _form(request, user, problem=str(error))
    with app.store.write() as tx:
        joined = people.choose_password(tx, secret, hashed, app.clock.now())
        session = start_session(request, tx, joined)
    response = RedirectResponse("/", status_code=303)
    give_cookie(response, app, session)
    return response


def invited(app: App, secret: str) -> UserRecord:
    """Whose password a link is for.

    Raises:
        LinkEnded: it opens nothing any more.
    """
    with app.store.read() as tx:
        user = accounts.opened_by(tx, KeyKind.INVITE, secret, app.clock.now())
    if user is None:
        raise LinkEnded("it has been used or is too old. Ask whoever sent it for a new one")
    return user


def _form(request: Request, user: UserRecord, *, problem: str | None = None) -> Response:
    values = {"user": user, "problem": problem, "min_chars": passwords.MIN_CHARS}
    return plain_page(request, "invite.html", status=422 if problem else 200, **values)
