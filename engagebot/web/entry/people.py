"""Accounts in the hands of those who keep them: inviting, roles, closing, links for passwords, tokens.

Only an owner touches an owner's account, and one owner who can sign in always remains.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from engagebot.domain.records import UserRecord
from engagebot.domain.roles import Act, Role
from engagebot.errors import IllegalMove, LinkEnded, NotAllowed, NotFound, WrongUsage
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.entry import accounts, keyring
from engagebot.store.entry.accounts import KeyKind, NewUser

LINK_LASTS = timedelta(hours=72)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
# In the audit these would speak with a voice that is not theirs.
_TAKEN = frozenset({"engagebot", "rule", "demo", "system"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A link by which a person chooses a password, once; the secret cannot be shown again."""

    user: UserRecord
    secret: str
    until: datetime

    def link(self, base_url: str) -> str:
        """The address to hand to the person."""
        return f"{base_url.rstrip('/')}/invite/{self.secret}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token just made; the secret cannot be shown again."""

    user: UserRecord
    secret: str


def check_name(name: str) -> None:
    """Refuse names that would be hard to read in the audit.

    Raises:
        WrongUsage: it is not a name.
    """
    if not _NAME.fullmatch(name):
        raise WrongUsage(f'"{name[:70]}" is not a name; use letters, digits and . _ @ -, at most 64')
    if name.casefold() in _TAKEN:
        raise WrongUsage(f'"{name}" would read as engagebot itself in the audit; choose another name')


def invite(tx: Tx, act: Act, *, name: str, role: Role) -> Invitation:
    """Make an account whose person chooses the password by a link.

    Raises:
        WrongUsage: the name cannot be taken.
        NotAllowed: only an owner makes owners.
    """
    check_name(name)
    _check_rank(act, role)
    user = accounts.add(tx, NewUser(name=name, role=role), act.at)
    _tell(tx, act, "user.added", user, {"role": role.value, "by": "a link for the password"})
    return _link(tx, act, user)


def reset(tx: Tx, act: Act, user_id: int) -> Invitation:
    """End a password and every session at once, and answer a link by which a new one is chosen.

    Raises:
        NotFound, NotAllowed, WrongUsage, IllegalMove: see `close`; a program has no password.
    """
    user = _changeable(tx, act, user_id)
    if user.is_service:
        raise WrongUsage(f"{user.name} is a program's account and has no password; make it a new token")
    _keep_an_owner(tx, user)
    return make_link(tx, act, user.name)


def make_link(tx: Tx, act: Act, name: str) -> Invitation:
    """Do the same without asking who may: for whoever holds the machine itself.

    Raises:
        NotFound: there is no such account.
    """
    user = accounts.change(tx, name, {"password_hash": None, "is_disabled": False})
    _tell(tx, act, "user.reset", user, {"by": "a link for the password"})
    return _link(tx, act, user)


def give_role(tx: Tx, act: Act, user_id: int, role: Role) -> UserRecord:
    """Change what an account may do, from its next request on.

    Raises:
        NotFound, NotAllowed, WrongUsage, IllegalMove: see `close`.
    """
    user = _changeable(tx, act, user_id)
    _check_rank(act, role)
    if role is user.role:
        return user
    if role is not Role.OWNER:
        _keep_an_owner(tx, user)
    _tell(tx, act, "user.role_changed", user, {"role": role.value, "before": user.role.value})
    return accounts.change(tx, user.name, {"role": role.value})


def close(tx: Tx, act: Act, user_id: int) -> UserRecord:
    """Close an account: sessions end, tokens and links stop working.

    Raises:
        NotFound: there is no such account.
        NotAllowed: only an owner changes an owner's account.
        WrongUsage: it is the account of whoever asks.
        IllegalMove: no owner who can sign in would be left.
    """
    user = _changeable(tx, act, user_id)
    _keep_an_owner(tx, user)
    keyring.end_all(tx, user, KeyKind.INVITE)
    _tell(tx, act, "user.disabled", user)
    return accounts.change(tx, user.name, {"is_disabled": True})


def reopen(tx: Tx, act: Act, user_id: int) -> UserRecord:
    """Open a closed account again.

    Raises:
        NotFound, NotAllowed, WrongUsage: see `close`.
    """
    user = _changeable(tx, act, user_id)
    _tell(tx, act, "user.enabled", user)
    return accounts.change(tx, user.name, {"is_disabled": False})


def make_token(tx: Tx, act: Act, *, role: Role, name: str | None) -> NewToken:
    """Make a token of a program's account, which is made where it does not exist.

    Raises:
        WrongUsage: the name is a person's, closed, of another role, or no name.
        NotAllowed: only an owner makes tokens that may do everything.
    """
    _check_rank(act, role)
    user = _program(tx, name, role, act.at)
    secret = accounts.issue(tx, KeyKind.TOKEN, user_id=user.id, at=act.at)
    _tell(tx, act, "token.created", user, {"role": role.value})
    return NewToken(user=user, secret=secret)


def revoke_token(tx: Tx, act: Act, token_id: int) -> str:
    """End a token; answer whose it was.

    Raises:
        NotFound: there is none with this id.
        NotAllowed: it is an owner's, and whoever asks is none.
    """
    owner = accounts.by_name(tx, keyring.revoke_token(tx, token_id))
    if owner is None:
        raise NotFound(f"there is no token {token_id}")
    _check_rank(act, owner.role)
    _tell(tx, act, "token.revoked", owner, {"token": token_id})
    return owner.name


def choose_password(tx: Tx, secret: str, password_hash: str, at: datetime) -> UserRecord:
    """Use up an invitation.

    Raises:
        LinkEnded: it opens nothing, or somebody else used it at this moment.
    """
    user = accounts.opened_by(tx, KeyKind.INVITE, secret, at)
    if user is None or not accounts.use_up(tx, KeyKind.INVITE, secret, at):
        raise LinkEnded("it has been used or is too old. Ask whoever sent it for a new one")
    keyring.end_all(tx, user, KeyKind.INVITE)
    changed = accounts.change(tx, user.name, {"password_hash": password_hash})
    audit.add(tx, at=at, actor=user.name, action="account.joined", subject=f"user:{user.name}")
    return changed


def _link(tx: Tx, act: Act, user: UserRecord) -> Invitation:
    keyring.end_all(tx, user, KeyKind.INVITE)
    until = act.at + LINK_LASTS
    secret = accounts.issue(tx, KeyKind.INVITE, user_id=user.id, at=act.at, expires_at=until)
    return Invitation(user=user, secret=secret, until=until)


def _changeable(tx: Tx, act: Act, user_id: int) -> UserRecord:
    user = accounts.get(tx, user_id)
    if user.name == act.by.name:
        raise WrongUsage("this is your own account; somebody else must change it")
    _check_rank(act, user.role)
    return user


def _check_rank(act: Act, role: Role) -> None:
    if role is Role.OWNER and act.by.role is not Role.OWNER:
        raise NotAllowed(f"the role {act.by.role} may not touch an owner's account; ask an owner")


def _keep_an_owner(tx: Tx, without: UserRecord) -> None:
    # Locked, so that two owners who close one another cannot both succeed.
    left = [
        owner
        for owner in accounts.lock_owners(tx)
        if owner.id != without.id and owner.password_hash and not (owner.is_disabled or owner.is_service)
    ]
    if without.role is Role.OWNER and not without.is_service and not left:
        raise IllegalMove(f"without {without.name} no owner could sign in; make somebody else an owner first")


def _program(tx: Tx, name: str | None, role: Role, at: datetime) -> UserRecord:
    if not name:
        taken = {user.name for user in accounts.all_of(tx)}
        name = next(free for number in count(1) if (free := f"{role}-program-{number}") not in taken)
    check_name(name)
    found = accounts.by_name(tx, name)
    if found is None:
        return accounts.add(tx, NewUser(name=name, role=role, is_service=True), at)
    if not found.is_service:
        raise WrongUsage(f"{name} is a person's account; a token belongs to a program: choose another name")
    if found.is_disabled or found.role is not role:
        what = "is closed" if found.is_disabled else f"has the role {found.role}, not {role}"
        raise WrongUsage(f"the account {name} {what}; choose another name")
    return found


def _tell(tx: Tx, act: Act, action: str, user: UserRecord, detail: Mapping[str, Any] | None = None) -> None:
    audit.add(tx, at=act.at, actor=act.by.name, action=action, subject=f"user:{user.name}", detail=detail)
