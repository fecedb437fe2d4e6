"""A person's own page: how they like to work, their figures, their password and their sessions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.bootstrap import App
from engagebot.domain.desk.preferences import LONGEST_UNDO, SIGN_OFF_CHARS, Density, Preferences, Theme
from engagebot.domain.desk.working import WorkFigures, work_figures
from engagebot.domain.replying.seeded import CheckFigures
from engagebot.domain.roles import Person, Right
from engagebot.errors import WrongUsage
from engagebot.store import audit
from engagebot.store.desk import preferences, working
from engagebot.store.desk.working import TeamFigures
from engagebot.store.engine import Tx
from engagebot.store.entry import accounts, keyring
from engagebot.store.replying import seeded
from engagebot.web.desk.keys import KEYS, check_keys
from engagebot.web.entry import passwords
from engagebot.web.entry.auth import Reader, cookie_name, give_cookie, start_session
from engagebot.web.entry.entrance import Password, check_login, known_words
from engagebot.web.rendering import page
from engagebot.web.site import Site

router = APIRouter(prefix="/me", include_in_schema=False)
UNDO_SECONDS = (0, 5, 10, 20, 30, 60, 120, 300, 600, 1200)
CONFIRM = "confirm"
FEWEST_IN_TEAM = 3
"""Fewer people than this make no team total: it would tell what one of them did."""
WEEK = timedelta(days=7)
Text = Annotated[str, Form(max_length=200)]
Texts = Annotated[list[str], Form(max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFigures:
    """The figures of a person's page; `team` only for those who answer for the team."""

    today: WorkFigures
    week: WorkFigures
    team: TeamFigures | None
    checks: CheckFigures
    team_checks: CheckFigures | None


@router.get("")
def show_me(request: Request, app: Site, me: Reader) -> Response:
    return _page(request, app, me)


@router.post("")
def save_preferences(
    request: Request,
    app: Site,
    me: Reader,
    undo: Text = "",
    sign_off: Text = "",
    theme: Annotated[Theme, Form()] = Theme.SYSTEM,
    density: Annotated[Density, Form()] = Density.COMFORTABLE,
    breaks: Annotated[bool, Form()] = False,
) -> Response:
    try:
        chosen = {**_undo(undo), "sign_off": _sign_off(sign_off)}
    except WrongUsage as error:
        return _page(request, app, me, problem=str(error))
    _keep(app, me, theme=theme, density=density, breaks=breaks, **chosen)
    return _done("preferences_saved")


@router.post("/keys")
def save_keys(
    request: Request,
    app: Site,
    me: Reader,
    action: Texts | None = None,
    key: Texts | None = None,
    letters: Annotated[bool, Form()] = False,
    usual: Annotated[bool, Form()] = False,
) -> Response:
    wanted = {} if usual else dict(zip(action or [], key or [], strict=False))
    try:
        chosen = check_keys({name: each for name, each in wanted.items() if each})
    except WrongUsage as error:
        return _page(request, app, me, key_problem=str(error), typed=wanted)
    _keep(app, me, keys=chosen, has_letter_keys=letters)
    return _done("preferences_saved")


@router.post("/password")
def change_password(request: Request, app: Site, me: Reader, old: Password, new: Password) -> Response:
    _refuse_without_password(app, me)
    try:
        hashed = renewed(request, app, me, old=old, new=new)
    except WrongUsage as error:
        return _page(request, app, me, password_problem=str(error))
    with app.store.write() as tx:
        user = accounts.change(tx, me.name, {"password_hash": hashed})
        session = start_session(request, tx, user)
        _note(tx, app, me, "account.password_changed")
    response = _done("password_changed")
    give_cookie(response, app, session)
    return response


@router.post("/sessions/end")
def end_other_sessions(request: Request, app: Site, me: Reader) -> Response:
    secret = request.cookies.get(cookie_name(app), "")
    with app.store.write() as tx:
        if keyring.end_others(tx, me.name, secret):
            _note(tx, app, me, "account.signed_out_elsewhere")
    return _done("signed_out_elsewhere")


def renewed(request: Request, app: App, me: Person, *, old: str, new: str) -> str:
    """The hash of a new password of somebody who knows the old one.

    Raises:
        WrongUsage: the old one is not right, or the new one cannot be taken.
        TooManyTries: too many wrong ones came from there.
    """
    try:
        check_login(request, app, me.name, old)
    except WrongUsage as error:
        raise WrongUsage("the old password is not right; nothing was changed") from error
    if new == old:
        raise WrongUsage("the new password is the old one; choose another")
    return passwords.hash_password(new, known=known_words(app, me.name))


def _refuse_without_password(app: App, me: Person) -> None:
    with app.store.read() as tx:
        user = accounts.by_name(tx, me.name)
    if user is None or user.is_service:
        raise WrongUsage("there is no password here: the demo has no accounts, and programs have tokens")


def _keep(app: App, me: Person, **chosen: Any) -> None:
    with app.store.write() as tx:
        now = preferences.read(tx, me.name)
        preferences.write(tx, me.name, replace(now, **chosen), app.clock.now())


def _undo(text: str) -> dict[str, Any]:
    if text == CONFIRM:
        return {"confirms_sending": True, "undo_after": None}
    if not text:
        return {"confirms_sending": False, "undo_after": None}
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1
    if not 0 <= seconds <= LONGEST_UNDO.total_seconds():
        longest = round(LONGEST_UNDO.total_seconds() / 60)
        raise WrongUsage(f"“{text[:40]}” is no time to undo; choose 0 seconds to {longest} minutes")
    return {"confirms_sending": False, "undo_after": timedelta(seconds=seconds)}


def _sign_off(text: str) -> str:
    text = text.strip()
    if len(text) > SIGN_OFF_CHARS or not text.isprintable():
        raise WrongUsage(f"a sign-off is one short line, such as ^AM, of at most {SIGN_OFF_CHARS} characters")
    return text


def _note(tx: Tx, app: App, me: Person, action: str) -> None:
    audit.add(tx, at=app.clock.now(), actor=me.name, action=action, subject=f"user:{me.name}")


def _done(code: str) -> Response:
    return RedirectResponse(f"/me?done={code}", status_code=303)


def _page(
    request: Request, app: App, me: Person, *, typed: dict[str, str] | None = None, **problems: str
) -> Response:
    now = app.clock.now()
    with app.store.read() as tx:
        likes = preferences.read(tx, me.name)
        sessions = keyring.sessions_of(tx, me.name, now, this=request.cookies.get(cookie_name(app)))
        figures = _figures(tx, app, me, now)
        user = accounts.by_name(tx, me.name)
    told = {"problem": "", "key_problem": "", "password_problem": "", **problems}
    return page(
        request, me, "me.html", likes=likes, undo=_chosen_undo(likes), undo_choices=_undo_choices(likes),
        site_undo=app.settings.undo_seconds, themes=list(Theme), densities=list(Density), confirm=CONFIRM,
        letter_keys=[key for key in KEYS.values() if key.is_letter], own_keys={**likes.keys, **(typed or {})},
        sessions=sessions, figures=figures, fewest=FEWEST_IN_TEAM, sign_off_chars=SIGN_OFF_CHARS,
        has_password=user is not None and not user.is_service, min_chars=passwords.MIN_CHARS,
        status=422 if any(told.values()) else 200, **told,
    )  # fmt: skip


def _figures(tx: Tx, app: App, me: Person, now: datetime) -> OwnFigures:
    zone = app.settings.timezone
    midnight = datetime.combine(now.astimezone(zone).date(), time.min, tzinfo=zone).astimezone(UTC)
    week = working.decided_by(tx, me.name, now - WEEK)
    is_lead = me.may(Right.SECOND_READ)
    return OwnFigures(
        today=work_figures([each for each in week if each.at >= midnight]),
        week=work_figures(week),
        team=working.team_since(tx, now - WEEK) if is_lead else None,
        checks=seeded.figures(tx, now - WEEK, person=me.name),
        team_checks=seeded.figures(tx, now - WEEK) if is_lead else None,
    )


def _chosen_undo(likes: Preferences) -> str:
    if likes.confirms_sending:
        return CONFIRM
    return "" if likes.undo_after is None else str(round(likes.undo_after.total_seconds()))


def _undo_choices(likes: Preferences) -> list[tuple[str, timedelta]]:
    own = {round(likes.undo_after.total_seconds())} if likes.undo_after is not None else set()
    return [(str(seconds), timedelta(seconds=seconds)) for seconds in sorted({*UNDO_SECONDS, *own})]
