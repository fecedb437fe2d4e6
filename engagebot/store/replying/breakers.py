"""Circuit breakers of sending: rows, so that restarts and workers share them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.replying.breaking import Breaker
from engagebot.store import audit
from engagebot.store.engine import Tx, upsert
from engagebot.store.replying import pacing
from engagebot.store.tables import breakers

log = logging.getLogger(__name__)

_REASON_CHARS = 300


def of(tx: Tx, source: str) -> Breaker:
    """The breaker of a source; one that never failed is closed."""
    row = tx.execute(sa.select(breakers).where(breakers.c.source == source)).mappings().first()
    return Breaker(source=source) if row is None else _breaker(row)


def all_open(tx: Tx) -> list[Breaker]:
    """The breakers that are open, by source."""
    query = sa.select(breakers).where(breakers.c.opened_at.is_not(None)).order_by(breakers.c.source)
    return [_breaker(row) for row in tx.execute(query).mappings()]


def note_failure(tx: Tx, source: str, reason: str, *, actor: str, at: datetime) -> Breaker:
    """Count one more failure in a row; the last one it takes opens the breaker."""
    before = of(tx, source)
    after = before.failed(reason[:_REASON_CHARS], at)
    _put(tx, after)
    if after.is_open and not before.is_open:
        _tell(tx, "opened", source, actor=actor, at=at, detail={"error": after.why})
        log.error(
            "breaker of %s opened: %s; nothing is sent there until one reply may try", source, after.why
        )
    return after


def note_answer(tx: Tx, source: str, *, actor: str, at: datetime) -> None:
    """The platform gave a plain answer: nothing failed in a row any more."""
    before = of(tx, source)
    if not before.failures:
        return
    _put(tx, Breaker(source=source))
    if before.is_open:
        _tell(tx, "closed", source, actor=actor, at=at, detail={})
        log.warning("breaker of %s closed: replies leave again", source)


def note_rest(tx: Tx, source: str, *, until: datetime, reason: str) -> None:
    """The platform asked us to send nothing before `until`; it is still listened to."""
    _put(tx, of(tx, source).resting(until, reason[:_REASON_CHARS]))


def note_try(tx: Tx, source: str, at: datetime) -> None:
    """One reply is on its way through an open breaker; no other, until it is known what came of it."""
    before = of(tx, source)
    if before.is_open:
        _put(tx, before.trying(at))


def close(tx: Tx, source: str, *, by: str, at: datetime) -> bool:
    """Close a breaker by hand, and let what waited for it leave now; false when it was closed already."""
    if not of(tx, source).is_open:
        return False
    _put(tx, Breaker(source=source))
    pacing.hurry(tx, source, at)
    _tell(tx, "closed", source, actor=by, at=at, detail={})
    log.warning("breaker of %s closed by %s: replies leave again", source, by)
    return True


def _put(tx: Tx, breaker: Breaker) -> None:
    names = ("failures", "opened_at", "probe_at", "reason")
    values = {name: getattr(breaker, name) for name in names}
    statement = upsert(tx, breakers).values(source=breaker.source, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["source"], set_=values))


def _tell(tx: Tx, what: str, source: str, *, actor: str, at: datetime, detail: Mapping[str, Any]) -> None:
    subject = f"connector:{source}"
    audit.add(tx, at=at, actor=actor, action=f"breaker.{what}", subject=subject, detail=detail)


def _breaker(row: Mapping[Any, Any]) -> Breaker:
    return Breaker(**{name: row[name] for name in ("source", "failures", "opened_at", "probe_at", "reason")})
