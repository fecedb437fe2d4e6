"""Who is asking: sessions of people, tokens of programs, and the rights that each route demands."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from engagebot.bootstrap import App
from engagebot.domain.records import UserRecord
from engagebot.domain.roles import Person, Right, Role
from engagebot.errors import NotAllowed, StoreUnavailable
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.entry import accounts, keyring
from engagebot.store.entry.accounts import KeyKind
from engagebot.web.guard import SAFE_METHODS
from engagebot.web.problems import PageOfAnother, SignInNeeded, TooManyTries
from engagebot.web.site import Site, site_of

DEMO_PERSON = Person("demo", Role.OWNER)
SESSION_IDLE = timedelta(hours=8)
SESSION_LONGEST = timedelta(days=7)
PRESSED_ON_PAGE_OF = "as"
"""The parameter by which our script says whose page a button was pressed on."""

bearer = HTTPBearer(auto_error=False, description="A token made by `engagebot tokens create`.")
Token = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def person_of(request: Request, token: str | None = None) -> Person | None:
    """Whoever is asking, or `None`. A request that brings a token is judged by the token alone."""
    app = site_of(request)
    if token is not None or "authorization" in request.headers:
        return _token_owner(app, token)
    if app.is_demo:
        return DEMO_PERSON
    secret = request.cookies.get(cookie_name(app))
    return None if secret is None else _session_owner(app, secret)


@dataclass(frozen=True, slots=True)
class Demand:
    """A dependency that answers with the person asking, who must have one of `rights`."""

    rights: tuple[Right, ...]

    def __call__(self, request: Request, token: Token) -> Person:
        """Let somebody in, or not.

        Raises:
            SignInNeeded: nobody is signed in.
            PageOfAnother: something was pressed on a page of somebody else.
            NotAllowed: the role does not include any of them.
        """
        # Whoever was let in once in this request (`ApiRoute`) is not looked up again.
        person: Person | None = getattr(request.state, "person", None)
        person = person or person_of(request, token.credentials if token else None)
        if person is None:
            raise SignInNeeded("sign in, or send a valid token as `Authorization: Bearer TOKEN`")
        check_whose_page(request, person)
        if not any(person.may(right) for right in self.rights):
            wanted = " or ".join(right.value.replace("_", " ") for right in self.rights)
            raise NotAllowed(f"the role {person.role} may not {wanted}; ask a lead or the owner")
        request.state.person = person
        return person


def check_whose_page(request: Request, person: Person) -> None:
    """Refuse what was pressed on a page that somebody else had opened in the same browser.

    A window that stays open while another person signs in beside it would act in that person's name. Our
    script says with each press whose page it is; programs need not.

    Raises:
        PageOfAnother: it is not the page of `person`.
    """
    owner = request.query_params.get(PRESSED_ON_PAGE_OF, person.name)
    if request.method not in SAFE_METHODS and owner != person.name:
        raise PageOfAnother(
            f"this page is that of {owner[:100]}, but {person.name} is signed in here now; "
            "open it anew to act in your own name"
        )


def require(*rights: Right) -> Demand:
    """What a route demands of whoever asks: one of `rights`."""
    return Demand(rights)


Reader = Annotated[Person, Depends(require(Right.READ))]
Reviewer = Annotated[Person, Depends(require(Right.REVIEW))]
CaseWorker = Annotated[Person, Depends(require(Right.WORK_CASES))]
NoteTaker = Annotated[Person, Depends(require(Right.NOTE))]
Muter = Annotated[Person, Depends(require(Right.MUTE))]
Corrector = Annotated[Person, Depends(require(Right.CORRECT))]
Pusher = Annotated[Person, Depends(require(Right.PUSH_MENTIONS))]
Pauser = Annotated[Person, Depends(require(Right.PAUSE))]
# Anybody may pull the brake; letting go of it is for those who answer for what leaves or for the machine.
RESUME = (Right.REVIEW, Right.MANAGE_CONNECTORS)
Resumer = Annotated[Person, Depends(require(*RESUME))]
Publisher = Annotated[Person, Depends(require(Right.PUBLISH_RULES))]
Auditor = Annotated[Person, Depends(require(Right.READ_AUDIT))]
ConnectorKeeper = Annotated[Person, Depends(require(Right.MANAGE_CONNECTORS))]
Replayer = Annotated[Person, Depends(require(Right.REPLAY_NOTICES))]
PeopleKeeper = Annotated[Person, Depends(require(Right.MANAGE_PEOPLE))]
Forgetter = Annotated[Person, Depends(require(Right.FORGET_CUSTOMERS))]


def _token_owner(app: App, token: str | None) -> Person | None:
    if not token:
        return None
    now = app.clock.now()
    with app.store.read() as tx:
        opened = accounts.opening(tx, KeyKind.TOKEN, token, now)
    if opened is None:
        return None
    if keyring.is_unnoted(opened, now):
        _note_use(app, KeyKind.TOKEN, token, now)
    return Person(opened.user.name, opened.user.role)


def _session_owner(app: App, secret: str) -> Person | None:
    now = app.clock.now()
    with app.store.read() as tx:
        opened = accounts.opening(tx, KeyKind.SESSION, secret, now)
    if opened is None:
        return None
    if opened.ends_before(now + SESSION_IDLE * 0.75):
        with app.store.write() as tx:
            accounts.prolong_session(tx, secret, until=now + SESSION_IDLE, longest=SESSION_LONGEST)
    if keyring.is_unnoted(opened, now):
        _note_use(app, KeyKind.SESSION, secret, now)
    return Person(opened.user.name, opened.user.role)


def _note_use(app: App, kind: KeyKind, secret: str, now: datetime) -> None:
    # A database that takes no writes at this moment must not keep anybody from reading.
    with suppress(StoreUnavailable), app.store.write() as tx:
        keyring.note_use(tx, kind, secret, now)


def is_https(app: App) -> bool:
    """Whether people reach the site encrypted."""
    return app.settings.base_url.startswith("https://")


def cookie_name(app: App) -> str:
    """The session cookie's name; the prefix makes browsers refuse one that a neighbour host planted."""
    return "__Host-engagebot" if is_https(app) else "engagebot_session"


def start_session(request: Request, tx: Tx, user: UserRecord) -> str:
    """Make a new session and answer its secret; the one that the browser came with ends."""
    app = site_of(request)
    now = app.clock.now()
    if (before := request.cookies.get(cookie_name(app))) is not None:
        accounts.revoke(tx, KeyKind.SESSION, before)
    return accounts.issue(tx, KeyKind.SESSION, user_id=user.id, at=now, expires_at=now + SESSION_IDLE)


def give_cookie(response: Response, app: App, secret: str) -> None:
    """Let the browser carry a session."""
    response.set_cookie(
        cookie_name(app), secret, httponly=True, samesite="lax", secure=is_https(app), path="/",
        max_age=int(SESSION_LONGEST.total_seconds()),
    )  # fmt: skip


def end_session(request: Request, response: Response, app: App) -> None:
    """Forget a session here and in the browser."""
    secret, now = request.cookies.get(cookie_name(app)), app.clock.now()
    if secret is not None:
        with app.store.write() as tx:
            user = accounts.opened_by(tx, KeyKind.SESSION, secret, now)
            accounts.revoke(tx, KeyKind.SESSION, secret)
            if user is not None:
                audit.add(
                    tx, at=now, actor=user.name, action="account.signed_out", subject=f"user:{user.name}"
                )
    response.delete_cookie(cookie_name(app), path="/", secure=is_https(app), httponly=True, samesite="lax")


class Throttle:
    """Failed sign-ins per name and address, and per address alone, in memory.

    A stranger can slow down only the address they come from, never lock a name for everybody.
    """

    WINDOW = timedelta(minutes=15)
    PER_NAME = 8
    PER_ADDRESS = 40
    _ROOM = 10_000

    def __init__(self) -> None:
        self._failures: dict[tuple[str, str], list[datetime]] = {}
        self._lock = threading.Lock()

    def check(self, name: str, address: str, now: datetime) -> None:
        """Let a try through, or refuse it.

        Raises:
            TooManyTries: too many have failed.
        """
        with self._lock:
            for key, most in self._keys(name, address):
                recent = [at for at in self._failures.get(key, ()) if at > now - self.WINDOW]
                if len(recent) >= most:
                    minutes = max(1, round((recent[0] + self.WINDOW - now).total_seconds() / 60))
                    raise TooManyTries(f"too many tries; wait {minutes} minutes, then try again")

    def failed(self, name: str, address: str, now: datetime) -> None:
        """Remember a failure."""
        with self._lock:
            if len(self._failures) > self._ROOM:
                old = now - self.WINDOW
                self._failures = {key: ats for key, ats in self._failures.items() if ats[-1] > old}
            for key, most in self._keys(name, address):
                self._failures[key] = [*self._failures.get(key, ()), now][-most:]

    def _keys(self, name: str, address: str) -> tuple[tuple[tuple[str, str], int], ...]:
        where = network_of(address)
        return (((name.casefold(), where), self.PER_NAME), (("", where), self.PER_ADDRESS))


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one IPv6 customer usually has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{parsed.exploded[:19]}::/64"
    return str(parsed)


def address_of(request: Request) -> str:
    """Where a request comes from, as the server in front of us says (trusted proxies are its business)."""
    return request.client.host if request.client else "unknown"


def may_see(site: Site, request: Request) -> bool:
    """Whether a request for figures comes from this machine itself or from somebody who may read."""
    is_local = address_of(request) in {"127.0.0.1", "::1"} and "x-forwarded-for" not in request.headers
    if is_local or site.is_demo:
        return True
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    person = person_of(request, token if scheme.lower() == "bearer" else None)
    return person is not None and person.may(Right.READ)
