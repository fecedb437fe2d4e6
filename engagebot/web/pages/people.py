"""The page of those who keep accounts: people, their roles and links, programs and their tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.bootstrap import App
from engagebot.domain.records import UserRecord
from engagebot.domain.roles import ROLE_WORDS, Act, Person, Role
from engagebot.errors import WrongUsage
from engagebot.store.engine import Tx
from engagebot.store.entry import accounts, keyring
from engagebot.web.entry import people
from engagebot.web.entry.auth import PeopleKeeper
from engagebot.web.entry.people import Invitation, NewToken
from engagebot.web.rendering import page
from engagebot.web.site import Site, act

router = APIRouter(prefix="/settings", include_in_schema=False)
T = TypeVar("T")
Name = Annotated[str, Form(max_length=200)]
ChosenRole = Annotated[Role, Form()]
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """One account as the page shows it."""

    user: UserRecord
    seen_at: datetime | None
    invited_until: datetime | None
    is_me: bool
    may_change: bool


@router.get("/people")
def show_people(request: Request, app: Site, me: PeopleKeeper) -> Response:
    return _page(request, app, me)


@router.post("/people")
def add_person(request: Request, app: Site, me: PeopleKeeper, role: ChosenRole, name: Name = "") -> Response:
    try:
        made = _do(app, me, lambda tx, now: people.invite(tx, now, name=name.strip(), role=role))
    except WrongUsage as error:
        return _page(request, app, me, problem=str(error), typed=name)
    return _page(request, app, me, invitation=made)


@router.post("/people/{user_id}/reset")
def reset_person(request: Request, app: Site, me: PeopleKeeper, user_id: RowId) -> Response:
    made = _do(app, me, lambda tx, now: people.reset(tx, now, user_id))
    return _page(request, app, me, invitation=made)


@router.post("/people/{user_id}/role")
def give_role(app: Site, me: PeopleKeeper, user_id: RowId, role: ChosenRole) -> Response:
    _do(app, me, lambda tx, now: people.give_role(tx, now, user_id, role))
    return _done("role_given")


@router.post("/people/{user_id}/disable")
def close_account(app: Site, me: PeopleKeeper, user_id: RowId) -> Response:
    _do(app, me, lambda tx, now: people.close(tx, now, user_id))
    return _done("account_closed")


@router.post("/people/{user_id}/enable")
def open_account(app: Site, me: PeopleKeeper, user_id: RowId) -> Response:
    _do(app, me, lambda tx, now: people.reopen(tx, now, user_id))
    return _done("account_opened")


@router.post("/tokens")
def make_token(request: Request, app: Site, me: PeopleKeeper, role: ChosenRole, name: Name = "") -> Response:
    try:
        made = _do(app, me, lambda tx, now: people.make_token(tx, now, role=role, name=name.strip()))
    except WrongUsage as error:
        return _page(request, app, me, token_problem=str(error), typed_program=name)
    return _page(request, app, me, token=made)


@router.post("/tokens/{token_id}/revoke")
def revoke_token(app: Site, me: PeopleKeeper, token_id: RowId) -> Response:
    _do(app, me, lambda tx, now: people.revoke_token(tx, now, token_id))
    return _done("token_revoked")


def _do(app: App, me: Person, deed: Callable[[Tx, Act], T]) -> T:
    if app.is_demo:
        raise WrongUsage("the demo has no accounts: everybody who can reach it may do everything")
    with app.store.write() as tx:
        return deed(tx, act(app, me))


def _done(code: str) -> Response:
    return RedirectResponse(f"/settings/people?done={code}", status_code=303)


def _page(
    request: Request,
    app: App,
    me: Person,
    *,
    invitation: Invitation | None = None,
    token: NewToken | None = None,
    **said: str,
) -> Response:
    with app.store.read() as tx:
        lines = _lines(tx, me, app.clock.now())
        tokens = keyring.tokens(tx)
    link = invitation.link(app.settings.base_url) if invitation else None
    texts = {"problem": "", "token_problem": "", "typed": "", "typed_program": "", **said}
    roles = [role for role in Role if me.role is Role.OWNER or role is not Role.OWNER]
    return page(
        request, me, "people.html", status=422 if texts["problem"] or texts["token_problem"] else 200,
        people=[line for line in lines if not line.user.is_service], tokens=tokens, roles=roles,
        role_words=ROLE_WORDS, invitation=invitation, link=link, token=token, **texts,
    )  # fmt: skip


def _lines(tx: Tx, me: Person, now: datetime) -> list[PersonLine]:
    seen, invited = keyring.last_seen(tx), keyring.invited(tx, now)
    return [
        PersonLine(
            user=user,
            seen_at=seen.get(user.name),
            invited_until=invited.get(user.id),
            is_me=user.name == me.name,
            may_change=user.name != me.name and (user.role is not Role.OWNER or me.role is Role.OWNER),
        )
        for user in accounts.all_of(tx)
    ]
