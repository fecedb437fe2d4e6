"""The links by which cases go on elsewhere; of each only the hash of its secret is kept."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.casework.contacts import Channel
from engagebot.domain.casework.continuing import LASTS, Continuation
from engagebot.errors import LinkEnded, NotFound
from engagebot.store.among import among
from engagebot.store.engine import Tx, count_changed
from engagebot.store.entry.accounts import hash_of
from engagebot.store.tables import case_continuations as rows

_OPENS_NOTHING = "it has been used or taken back, or is too old. Ask whoever gave it to you for another"
_OPEN = sa.and_(rows.c.used_at.is_(None), rows.c.revoked_at.is_(None))


def add(
    tx: Tx, case_id: int, channel: Channel, *, note: str, by: str, at: datetime
) -> tuple[Continuation, str]:
    """Make a link; answer it with its secret, which is not stored and cannot be shown again."""
    secret = secrets.token_urlsafe(32)
    values = {
        "case_id": case_id,
        "channel": channel.value,
        "secret_hash": hash_of(secret),
        "note": note,
        "made_by": by,
        "made_at": at,
        "expires_at": at + LASTS,
    }
    row = tx.execute(sa.insert(rows).values(**values).returning(rows)).mappings().one()
    return _record(row), secret


def opened_by(tx: Tx, secret: str, now: datetime) -> Continuation:
    """The link with this secret.

    Raises:
        LinkEnded: it opens nothing, or nothing any more.
    """
    is_it = sa.and_(rows.c.secret_hash == hash_of(secret), _OPEN, rows.c.expires_at > now)
    row = tx.execute(sa.select(rows).where(is_it)).mappings().first()
    if row is None:
        raise LinkEnded(_OPENS_NOTHING)
    return _record(row)


def use_up(tx: Tx, link: Continuation, at: datetime) -> None:
    """Let a link open nothing from now on.

    Raises:
        LinkEnded: somebody else has used it, or it was taken back a moment ago.
    """
    statement = sa.update(rows).where(rows.c.id == link.id, _OPEN).values(used_at=at)
    if not count_changed(tx.execute(statement)):
        raise LinkEnded(_OPENS_NOTHING)


def revoke(tx: Tx, case_id: int, link_id: int, *, by: str, at: datetime) -> Continuation:
    """Take a link of a case back.

    Raises:
        NotFound: there is none that still opens.
    """
    is_it = (rows.c.id == link_id, rows.c.case_id == case_id, _OPEN)
    statement = sa.update(rows).where(*is_it).values(revoked_by=by, revoked_at=at).returning(rows)
    row = tx.execute(statement).mappings().first()
    if row is None:
        raise NotFound(f"case {case_id} has no link {link_id} that still opens")
    return _record(row)


def of_case(tx: Tx, case_id: int) -> list[Continuation]:
    """The links of a case, the newest first."""
    query = sa.select(rows).where(rows.c.case_id == case_id).order_by(rows.c.id.desc())
    return [_record(row) for row in tx.execute(query).mappings()]


def forget(tx: Tx, case_ids: Iterable[int], at: datetime) -> None:
    """Empty what was written beside the links of these cases; none of them opens any more."""
    wanted = sorted(case_ids)
    tx.execute(sa.update(rows).where(among(tx, rows.c.case_id, wanted)).values(note=""))
    is_open = (among(tx, rows.c.case_id, wanted), _OPEN)
    tx.execute(sa.update(rows).where(*is_open).values(revoked_by="engagebot", revoked_at=at))


def expire(tx: Tx, before: datetime) -> None:
    """Empty what was written beside links before then."""
    tx.execute(sa.update(rows).where(rows.c.made_at < before, rows.c.note != "").values(note=""))


def _record(row: Mapping[Any, Any]) -> Continuation:
    plain = {name: value for name, value in row.items() if name not in {"secret_hash", "channel"}}
    return Continuation(**plain, channel=Channel(row["channel"]))
