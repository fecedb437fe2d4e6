"""Signing in and out, and making the first account by its one-time link."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.bootstrap import App
from engagebot.domain.records import UserRecord
from engagebot.domain.roles import Role
from engagebot.errors import NotFound, WrongUsage
from engagebot.store import audit
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind, NewUser
from engagebot.web.entry import passwords, people
from engagebot.web.entry.auth import address_of, end_session, give_cookie, person_of, start_session
from engagebot.web.problems import TooManyTries
from engagebot.web.rendering import plain_page
from engagebot.web.site import Site, site_of

router = APIRouter(include_in_schema=False)
WRONG = "That name and password do not belong together."
Name = Annotated[str, Form(max_length=200)]
Password = Annotated[str, Form(max_length=4096)]


@router.get("/login")
def show_login(request: Request, app: Site, after: Annotated[str, Query(alias="next")] = "/") -> Response:
    if person_of(request) is not None:
        return RedirectResponse(own_path(after), status_code=303)
    with app.store.read() as tx:
        has_people = accounts.has_people(tx)
    return plain_page(request, "login.html", after=own_path(after), problem=None, has_people=has_people)


@router.post("/login")
def log_in(
    request: Request,
    app: Site,
    name: Name,
    password: Password,
    after: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    try:
        user = check_login(request, app, name.strip(), password)
    except (WrongUsage, TooManyTries) as error:
        status = 429 if isinstance(error, TooManyTries) else 401
        values = {"after": own_path(after), "problem": str(error), "has_people": True}
        return plain_page(request, "login.html", status=status, **values)
    return let_in(request, user, own_path(after), action="account.signed_in")


@router.post("/logout")
def log_out(request: Request, app: Site) -> Response:
    response = RedirectResponse("/login", status_code=303)
    end_session(request, response, app)
    return response


@router.get("/setup/{secret}")
def show_setup(request: Request, app: Site, secret: str) -> Response:
    with app.store.read() as tx:
        if not accounts.is_valid(tx, KeyKind.SETUP, secret, app.clock.now()):
            raise NotFound(_USED)
    return plain_page(request, "setup.html", problem=None, name="", min_chars=passwords.MIN_CHARS)


@router.post("/setup/{secret}")
def set_up(request: Request, app: Site, secret: str, name: Name, password: Password) -> Response:
    try:
        session = make_owner(request, secret, name.strip(), password)
    except WrongUsage as error:
        values = {"problem": str(error), "name": name, "min_chars": passwords.MIN_CHARS}
        return plain_page(request, "setup.html", status=422, **values)
    response = RedirectResponse("/", status_code=303)
    give_cookie(response, app, session)
    return response


_USED = "this link has been used or is too old; start engagebot again for a new one, or sign in"


def check_login(request: Request, app: App, name: str, password: str) -> UserRecord:
    """The account that a name and a password open.

    Raises:
        TooManyTries: too many have failed from there.
        WrongUsage: they do not belong together; the words are the same whatever is wrong.
    """
    throttle, address, now = request.app.state.throttle, address_of(request), app.clock.now()
    throttle.check(name, address, now)
    with app.store.read() as tx:
        user = accounts.by_name(tx, name)
    is_right = passwords.is_right(password, user.password_hash if user else None)
    if user is None or not is_right or user.is_disabled or user.is_service:
        throttle.failed(name, address, now)
        request.app.state.refusals.note(app.store, name, now)
        raise WrongUsage(WRONG)
    return user


def let_in(request: Request, user: UserRecord, path: str, *, action: str) -> Response:
    """Begin a session, write down why, and go on to `path`."""
    app = site_of(request)
    with app.store.write() as tx:
        secret = start_session(request, tx, user)
        audit.add(tx, at=app.clock.now(), actor=user.name, action=action, subject=f"user:{user.name}")
    response = RedirectResponse(path, status_code=303)
    give_cookie(response, app, secret)
    return response


def make_owner(request: Request, secret: str, name: str, password: str) -> str:
    """Use up the first account's link; answer the new owner's session.

    Raises:
        NotFound: the link does not open anything any more.
        WrongUsage: the name or the password cannot be taken.
    """
    app = site_of(request)
    now = app.clock.now()
    with app.store.read() as tx:
        if not accounts.is_valid(tx, KeyKind.SETUP, secret, now):
            raise NotFound(_USED)
    people.check_name(name)
    hashed = passwords.hash_password(password, known=known_words(app, name))
    with app.store.write() as tx:
        # Spent first: of two people who open the link at once, only one gets any further.
        if not accounts.use_up(tx, KeyKind.SETUP, secret, now) or accounts.has_people(tx):
            raise NotFound(_USED)
        owner = accounts.add(tx, NewUser(name=name, role=Role.OWNER, password_hash=hashed), now)
        accounts.revoke(tx, KeyKind.SETUP)
        audit.add(tx, at=now, actor=name, action="account.first", subject=f"user:{owner.name}")
        return start_session(request, tx, owner)


def known_words(app: App, name: str) -> list[str]:
    """What anybody would try first as a password here."""
    brand = app.settings.brand
    return [name, brand.name, *brand.handles.values()]


def own_path(after: str) -> str:
    """Where to go after signing in: a page of ours, never another site."""
    is_ours = after.startswith("/") and not after.startswith(("//", "/\\")) and after.isprintable()
    return after if is_ours and not after.startswith(("/login", "/logout")) else "/"
