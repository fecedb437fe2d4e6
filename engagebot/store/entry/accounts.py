"""Accounts and their keys: sessions, API tokens and links for new passwords, each kept only as a hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from engagebot.domain.records import UserRecord
from engagebot.domain.roles import Role
from engagebot.errors import NotFound, WrongUsage
from engagebot.store.engine import Tx
from engagebot.store.tables import keys, users
from engagebot.store.texts import storable


class KeyKind(StrEnum):
    """What a key opens."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 (the name of a kind, not a token)
    SETUP = "setup"
    INVITE = "invite"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """An account about to be made."""

    name: str
    role: Role
    password_hash: str | None = None
    is_service: bool = False


def add(tx: Tx, new: NewUser, at: datetime) -> UserRecord:
    """Make an account.

    Raises:
        WrongUsage: the name is taken, in whatever letters; two that differ only in them read as one.
    """
    values = {
        "name": new.name,
        "role": new.role.value,
        "password_hash": new.password_hash,
        "is_service": new.is_service,
        "created_at": at,
    }
    is_it = sa.func.lower(users.c.name) == storable(new.name).lower()
    taken = tx.execute(sa.select(users.c.name).where(is_it)).scalars().first()
    if taken is not None:
        raise WrongUsage(f"there is already an account named {taken!r}; choose another name")
    try:
        row = tx.execute(sa.insert(users).values(**values).returning(users)).mappings().one()
    except IntegrityError as error:
        raise WrongUsage(f"there is already an account named {new.name!r}; choose another name") from error
    return _record(row)


def by_name(tx: Tx, name: str) -> UserRecord | None:
    """The account with this name, or `None`."""
    row = tx.execute(sa.select(users).where(users.c.name == name)).mappings().first()
    return None if row is None else _record(row)


def get(tx: Tx, user_id: int) -> UserRecord:
    """The account with this id.

    Raises:
        NotFound: there is none.
    """
    row = tx.execute(sa.select(users).where(users.c.id == user_id)).mappings().first()
    if row is None:
        raise NotFound(f"there is no account {user_id}")
    return _record(row)


def all_of(tx: Tx) -> list[UserRecord]:
    """Every account, oldest first."""
    return [_record(row) for row in tx.execute(sa.select(users).order_by(users.c.id)).mappings()]


_NAMES = (
    sa.select(users.c.name)
    .where(users.c.is_service.is_(False), users.c.is_disabled.is_(False))
    .order_by(users.c.id)
)


def names_of_people(tx: Tx) -> list[str]:
    """The people who work here, the one who came first first."""
    return list(tx.execute(_NAMES).scalars())


def has_people(tx: Tx) -> bool:
    """Whether any account that a person signs in with exists."""
    return tx.execute(sa.select(users.c.id).where(users.c.is_service.is_(False)).limit(1)).first() is not None


def lock_owners(tx: Tx) -> list[UserRecord]:
    """Every account of an owner; nobody else changes them until the transaction ends."""
    query = sa.select(users).where(users.c.role == Role.OWNER.value).order_by(users.c.id).with_for_update()
    return [_record(row) for row in tx.execute(query).mappings()]


def change(tx: Tx, name: str, values: Mapping[str, Any]) -> UserRecord:
    """Change `role`, `password_hash` or `is_disabled`; every open session of the account ends.

    Raises:
        NotFound: there is no such account.
    """
    row = (
        tx.execute(sa.update(users).where(users.c.name == name).values(**values).returning(users))
        .mappings()
        .first()
    )
    if row is None:
        raise NotFound(f"there is no account named {name!r}")
    tx.execute(sa.delete(keys).where(keys.c.user_id == row["id"], keys.c.kind == KeyKind.SESSION.value))
    return _record(row)


def issue(
    tx: Tx, kind: KeyKind, *, user_id: int | None, at: datetime, expires_at: datetime | None = None
) -> str:
    """Make a key and answer its secret, which is not stored and cannot be shown again."""
    secret = secrets.token_urlsafe(32)
    tx.execute(
        sa.insert(keys).values(
            user_id=user_id,
            kind=kind.value,
            secret_hash=hash_of(secret),
            created_at=at,
            expires_at=expires_at,
        )
    )
    return secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An account that a key has just opened; `noted_at` is when the key's use was last written down."""

    user: UserRecord
    noted_at: datetime
    expires_at: datetime | None

    def ends_before(self, moment: datetime) -> bool:
        """Whether the key ends before `moment` unless it is prolonged."""
        return self.expires_at is not None and self.expires_at < moment


# Asked with each request, so it is put together once.
_OPENED = (
    sa.select(
        users,
        sa.func.coalesce(keys.c.last_used_at, keys.c.created_at).label("noted_at"),
        keys.c.expires_at,
    )
    .join(keys, keys.c.user_id == users.c.id)
    .where(
        keys.c.kind == sa.bindparam("of_kind"),
        keys.c.secret_hash == sa.bindparam("hash"),
        users.c.is_disabled.is_(False),
        sa.or_(keys.c.expires_at.is_(None), keys.c.expires_at > sa.bindparam("now")),
    )
)


def opening(tx: Tx, kind: KeyKind, secret: str, now: datetime) -> Opening | None:
    """What a session or token opens; `None` when it is unknown, expired, or its account is disabled."""
    asked = {"of_kind": kind.value, "hash": hash_of(secret), "now": now}
    row = tx.execute(_OPENED, asked).mappings().first()
    if row is None:
        return None
    return Opening(user=_record(row), noted_at=row["noted_at"], expires_at=row["expires_at"])


def opened_by(tx: Tx, kind: KeyKind, secret: str, now: datetime) -> UserRecord | None:
    """The account that a session or token belongs to; `None` when it is unknown, expired or disabled."""
    found = opening(tx, kind, secret, now)
    return found.user if found is not None else None


def prolong_session(tx: Tx, secret: str, *, until: datetime, longest: timedelta) -> None:
    """Let a session in use go on until `until`, but never longer than `longest` after its sign-in."""
    is_session = sa.and_(keys.c.kind == KeyKind.SESSION.value, keys.c.secret_hash == hash_of(secret))
    began_at: datetime | None = tx.execute(sa.select(keys.c.created_at).where(is_session)).scalar()
    if began_at is not None:
        tx.execute(sa.update(keys).where(is_session).values(expires_at=min(until, began_at + longest)))


def is_valid(tx: Tx, kind: KeyKind, secret: str, now: datetime) -> bool:
    """Whether a key without an account (the first account's link) still opens."""
    query = sa.select(keys.c.id).where(
        keys.c.kind == kind.value,
        keys.c.secret_hash == hash_of(secret),
        sa.or_(keys.c.expires_at.is_(None), keys.c.expires_at > now),
    )
    return tx.execute(query).first() is not None


def use_up(tx: Tx, kind: KeyKind, secret: str, now: datetime) -> bool:
    """Spend a key that opens once; false when it opens nothing, or somebody else spends it at this moment."""
    statement = sa.delete(keys).where(
        keys.c.kind == kind.value,
        keys.c.secret_hash == hash_of(secret),
        sa.or_(keys.c.expires_at.is_(None), keys.c.expires_at > now),
    )
    return tx.execute(statement.returning(keys.c.id)).first() is not None


def revoke(tx: Tx, kind: KeyKind, secret: str | None = None) -> None:
    """End one key, or all keys of a kind."""
    statement = sa.delete(keys).where(keys.c.kind == kind.value)
    if secret is not None:
        statement = statement.where(keys.c.secret_hash == hash_of(secret))
    tx.execute(statement)


def hash_of(secret: str) -> str:
    """What is kept of a key."""
    # Keys are 256 random bits, so one fast hash is enough; slow hashing is for what people choose.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _record(row: Mapping[Any, Any]) -> UserRecord:
    return UserRecord(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        created_at=row["created_at"],
        is_service=row["is_service"],
        is_disabled=row["is_disabled"],
        password_hash=row["password_hash"],
    )
