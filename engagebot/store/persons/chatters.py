"""People in chats: which account is theirs, and what they pressed before anybody knew."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engagebot.domain.records import UserRecord
from engagebot.domain.telling.presses import Press, gathered
from engagebot.errors import LinkEnded
from engagebot.store.engine import Tx, upsert
from engagebot.store.entry import accounts
from engagebot.store.tables import chat_people, users

LINK_LASTS = timedelta(hours=1)
LINK_IS_NEW = timedelta(minutes=10)
_ENDED = "it has been used, is more than an hour old, or a newer one took its place"


def account_of(tx: Tx, chat: str, person: str) -> UserRecord | None:
    """The account of somebody in a chat; `None` where nobody said, or it was closed."""
    query = sa.select(chat_people.c.user_id).where(
        chat_people.c.channel == chat, chat_people.c.native_id == person
    )
    user_id = tx.execute(query).scalar()
    if user_id is None:
        return None
    user = accounts.get(tx, user_id)
    return None if user.is_disabled else user


def ids_of(tx: Tx, chat: str, names: Collection[str]) -> tuple[str, ...]:
    """Who the accounts of these names are in a chat, without those that were closed."""
    query = (
        sa.select(chat_people.c.native_id)
        .join(users, users.c.id == chat_people.c.user_id)
        .where(chat_people.c.channel == chat, users.c.name.in_(names), users.c.is_disabled.is_(False))
        .order_by(chat_people.c.native_id)
    )
    return tuple(tx.execute(query).scalars()) if names else ()


@dataclass(frozen=True, slots=True)
class Asked:
    """The link by which somebody in a chat says who they are, and since when it stands.

    `secret` opens it; `None` where they were given it before, as nobody here knows it any more.
    """

    secret: str | None
    since: datetime


def ask(tx: Tx, press: Press, at: datetime) -> Asked:
    """Remember a press until its person has said who they are, beside what they pressed before it.

    Only the newest link opens. While it is new no other takes its place; later its person gets another one,
    for words in private do not stay in a chat.
    """
    about = sa.and_(chat_people.c.channel == press.chat, chat_people.c.native_id == press.person)
    first = upsert(tx, chat_people).values(channel=press.chat, native_id=press.person, changed_at=at)
    # Made first, so that of two presses at once the second waits at the row for what the first one did.
    tx.execute(first.on_conflict_do_nothing())
    known = tx.execute(sa.select(chat_people).where(about).with_for_update()).mappings().one()
    keeps = known["waiting"] is not None and known["changed_at"] > at - LINK_LASTS
    presses = gathered(_presses(known["waiting"]) if keeps else [], press)
    values: dict[str, Any] = {"waiting": [each.as_json() for each in presses]}
    secret = None
    if not keeps or known["code_hash"] is None or known["changed_at"] <= at - LINK_IS_NEW:
        secret = secrets.token_urlsafe(24)
        values |= {"code_hash": accounts.hash_of(secret), "changed_at": at}
    tx.execute(sa.update(chat_people).where(about).values(**values))
    return Asked(secret, at if secret else known["changed_at"])


def take_back(tx: Tx, secret: str) -> None:
    """Let a link end that its person never got; what they pressed goes on waiting for the next one."""
    link = chat_people.c.code_hash == accounts.hash_of(secret)
    tx.execute(sa.update(chat_people).where(link).values(code_hash=None))


def waiting(tx: Tx, secret: str, now: datetime) -> list[Press]:
    """What waits behind a link, oldest first; never empty.

    Raises:
        LinkEnded: it was used, is too old, or a newer one took its place.
    """
    query = sa.select(chat_people.c.waiting).where(
        chat_people.c.code_hash == accounts.hash_of(secret), chat_people.c.changed_at > now - LINK_LASTS
    )
    found = tx.execute(query).scalar()
    if found is None:
        raise LinkEnded(_ENDED)
    return _presses(found)


def link(tx: Tx, secret: str, user: UserRecord, now: datetime) -> list[Press]:
    """Let somebody in a chat be this account from now on; answer what they pressed. The link is used up.

    Raises:
        LinkEnded: as for `waiting`.
    """
    presses = waiting(tx, secret, now)
    statement = (
        sa.update(chat_people)
        .where(chat_people.c.code_hash == accounts.hash_of(secret))
        .values(user_id=user.id, waiting=None, code_hash=None, changed_at=now)
    )
    if tx.execute(statement.returning(chat_people.c.native_id)).scalar_one_or_none() is None:
        raise LinkEnded(_ENDED)
    return presses


def is_linked(tx: Tx, user_id: int) -> bool:
    """Whether an account is somebody in a chat."""
    query = sa.select(chat_people.c.user_id).where(chat_people.c.user_id == user_id).limit(1)
    return tx.execute(query).first() is not None


def _presses(kept: Any) -> list[Press]:
    # Before several could wait, the one that did was kept by itself.
    return [Press.from_json(each) for each in (kept if isinstance(kept, list) else [kept])]
