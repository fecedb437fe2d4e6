"""The keys that are out: which sessions and tokens exist, when each was last used, and their end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from engagebot.domain.records import UserRecord
from engagebot.domain.roles import Role
from engagebot.errors import NotFound
from engagebot.store.engine import Tx, count_changed
from engagebot.store.entry.accounts import KeyKind, Opening, hash_of
from engagebot.store.tables import audit, keys, users

NOTED_EVERY = timedelta(minutes=5)
"""How coarsely the last use of a key is known: one write in this time, not one for each page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKey:
    """A key somebody holds; `last_used_at` is coarse, and begins with the making of the key."""

    id: int
    owner: str
    role: Role
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    is_this: bool = False
    is_disabled: bool = False


def sessions_of(tx: Tx, name: str, now: datetime, *, this: str | None = None) -> list[HeldKey]:
    """The open sessions of one person, the last used first; `this` is the secret of the one that asks."""
    is_open = sa.or_(keys.c.expires_at.is_(None), keys.c.expires_at > now)
    found = _held(tx, sa.and_(users.c.name == name, keys.c.kind == KeyKind.SESSION.value, is_open), this=this)
    return sorted(found, key=lambda key: key.last_used_at or key.created_at, reverse=True)


def tokens(tx: Tx) -> list[HeldKey]:
    """Every token there is, the oldest first."""
    return _held(tx, keys.c.kind == KeyKind.TOKEN.value)


def _held(tx: Tx, which: sa.ColumnElement[bool], *, this: str | None = None) -> list[HeldKey]:
    own = hash_of(this) if this is not None else None
    query = (
        sa.select(keys, users.c.name, users.c.role, users.c.is_disabled)
        .join(users, users.c.id == keys.c.user_id)
        .where(which)
        .order_by(keys.c.id)
    )
    return [
        HeldKey(
            id=row["id"],
            owner=row["name"],
            role=Role(row["role"]),
            created_at=row["created_at"],
            last_used_at=row["last_used_at"],
            expires_at=row["expires_at"],
            is_this=row["secret_hash"] == own,
            is_disabled=row["is_disabled"],
        )
        for row in tx.execute(query).mappings()
    ]


def is_unnoted(opened: Opening, now: datetime) -> bool:
    """Whether the use of a key at this moment is worth a write."""
    return opened.noted_at <= now - NOTED_EVERY


def note_use(tx: Tx, kind: KeyKind, secret: str, now: datetime) -> None:
    """Write down that a key was used, unless somebody just did."""
    is_unnoted = sa.and_(
        keys.c.kind == kind.value,
        keys.c.secret_hash == hash_of(secret),
        sa.func.coalesce(keys.c.last_used_at, keys.c.created_at) <= now - NOTED_EVERY,
    )
    tx.execute(sa.update(keys).where(is_unnoted).values(last_used_at=now))


def end_others(tx: Tx, name: str, secret: str) -> int:
    """End every session of a person but the one with this secret; answer how many there were."""
    statement = sa.delete(keys).where(
        keys.c.kind == KeyKind.SESSION.value,
        keys.c.user_id == sa.select(users.c.id).where(users.c.name == name).scalar_subquery(),
        keys.c.secret_hash != hash_of(secret),
    )
    return count_changed(tx.execute(statement))


def end_all(tx: Tx, user: UserRecord, kind: KeyKind) -> None:
    """End every key of this kind that an account holds."""
    tx.execute(sa.delete(keys).where(keys.c.user_id == user.id, keys.c.kind == kind.value))


def revoke_token(tx: Tx, token_id: int) -> str:
    """End one token; answer whose it was.

    Raises:
        NotFound: there is none with this id.
    """
    is_it = sa.and_(keys.c.id == token_id, keys.c.kind == KeyKind.TOKEN.value)
    owner = tx.execute(sa.select(users.c.name).join(keys, keys.c.user_id == users.c.id).where(is_it)).scalar()
    if owner is None:
        raise NotFound(f"there is no token {token_id}; it may have been revoked already")
    tx.execute(sa.delete(keys).where(is_it))
    return str(owner)


def last_seen(tx: Tx) -> Mapping[str, datetime]:
    """When each account was last at work: its last key's use or its last deed, whichever is later."""
    used = sa.func.max(sa.func.coalesce(keys.c.last_used_at, keys.c.created_at)).label("at")
    is_theirs = keys.c.kind.in_([KeyKind.SESSION.value, KeyKind.TOKEN.value])
    # A token that was only made has not been at work.
    is_used = sa.or_(keys.c.kind == KeyKind.SESSION.value, keys.c.last_used_at.is_not(None))
    by_key = (
        sa.select(users.c.name, used)
        .join(keys, keys.c.user_id == users.c.id)
        .where(is_theirs, is_used)
        .group_by(users.c.name)
    )
    deed = sa.select(sa.func.max(audit.c.at)).where(audit.c.actor == users.c.name).scalar_subquery()
    by_deed = sa.select(users.c.name, deed.label("at"))
    seen: dict[str, datetime] = {}
    for name, at in [*tx.execute(by_key), *tx.execute(by_deed)]:
        if at is not None:
            seen[name] = max(at, seen.get(name, at))
    return seen


def invited(tx: Tx, now: datetime) -> Mapping[int, datetime]:
    """The accounts whose link for a password still opens, and until when."""
    query = sa.select(keys.c.user_id, sa.func.max(keys.c.expires_at)).where(
        keys.c.kind == KeyKind.INVITE.value, keys.c.user_id.is_not(None), keys.c.expires_at > now
    )
    rows = tx.execute(query.group_by(keys.c.user_id))
    return {row[0]: row[1] for row in rows}
