"""People in chats: which account is theirs, and what they pressed before anybody knew."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engagebot.domain.presses import Press
from engagebot.domain.records import UserRecord
from engagebot.errors import NotFound
from engagebot.store import accounts
from engagebot.store.case_tables import chat_people
from engagebot.store.engine import Tx, upsert

LINK_LASTS = timedelta(hours=1)


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


def ask(tx: Tx, press: Press, at: datetime) -> str:
    """Remember a press until its person has said who they are; answer the secret of the link for that.

    Of several presses the last one waits, and only the newest link opens.
    """
    secret = secrets.token_urlsafe(24)
    waiting: dict[str, Any] = {
        "waiting": press.as_json(), "code_hash": accounts.hash_of(secret), "changed_at": at,
    }  # fmt: skip
    statement = upsert(tx, chat_people).values(
        channel=press.chat, native_id=press.person, user_id=None, **waiting
    )
    tx.execute(statement.on_conflict_do_update(index_elements=["channel", "native_id"], set_=waiting))
    return secret


def waiting(tx: Tx, secret: str, now: datetime) -> Press:
    """What waits behind a link.

    Raises:
        NotFound: it was used, is too old, or a newer one took its place.
    """
    query = sa.select(chat_people.c.waiting).where(
        chat_people.c.code_hash == accounts.hash_of(secret), chat_people.c.changed_at > now - LINK_LASTS
    )
    found = tx.execute(query).scalar()
    if found is None:
        raise NotFound("this link has been used or is too old; press the button again to get a new one")
    return Press.from_json(found)


def link(tx: Tx, secret: str, user: UserRecord, now: datetime) -> Press:
    """Let somebody in a chat be this account from now on; answer what they pressed. The link is used up.

    Raises:
        NotFound: as for `waiting`.
    """
    press = waiting(tx, secret, now)
    statement = (
        sa.update(chat_people)
        .where(chat_people.c.code_hash == accounts.hash_of(secret))
        .values(user_id=user.id, waiting=None, code_hash=None, changed_at=now)
    )
    if tx.execute(statement.returning(chat_people.c.native_id)).scalar_one_or_none() is None:
        raise NotFound("this link has just been used")
    return press
