"""Facts about the whole site: paused or not, the scheduler's heartbeat, the rule file's health."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.outbox import CASE_OPEN
from engagebot.domain.records import SiteStatus
from engagebot.store import audit
from engagebot.store.casework import cases
from engagebot.store.engine import Tx, upsert
from engagebot.store.remembered import remembered
from engagebot.store.replying import drafts
from engagebot.store.ruling import rule_sets
from engagebot.store.tables import mentions, site
from engagebot.store.telling import deliveries

_PAUSED, _HEARTBEAT, _RULES = "paused", "heartbeat", "rules_problem"
_BACKUP, _RESTORED = "backup_made_at", deliveries.RESTORED
BACKUP_BEGUN = "backup_begun_at"
"""The key under which a backup tells what moment it shows."""
RUNNING = "running"
"""The key under which the running process tells short commands about itself."""
DEAF = "deaf"
# What every page shows is fetched together.
_ON_EVERY_PAGE = (_PAUSED, _RULES, DEAF)
_SHOWN = sa.select(site.c.key, site.c.value).where(site.c.key.in_(_ON_EVERY_PAGE))


def pause(tx: Tx, *, by: str, at: datetime) -> bool:
    """Stop everything that leaves; false when it was stopped already."""
    if paused_by(tx) is not None:
        return False
    put(tx, _PAUSED, by, at)
    audit.add(tx, at=at, actor=by, action="site.paused", subject="site")
    return True


def resume(tx: Tx, *, by: str, at: datetime) -> bool:
    """Let things leave again; false when nothing was stopped."""
    if paused_by(tx) is None:
        return False
    put(tx, _PAUSED, None, at)
    audit.add(tx, at=at, actor=by, action="site.resumed", subject="site")
    return True


def paused_by(tx: Tx) -> str | None:
    """Who stopped everything that leaves, or `None`."""
    value: str | None = get(tx, _PAUSED)
    return value


def beat(tx: Tx, at: datetime) -> None:
    """Leave a sign of life of the scheduler."""
    put(tx, _HEARTBEAT, True, at)


def beaten_at(tx: Tx) -> datetime | None:
    """When the scheduler last left a sign of life."""
    return tx.execute(sa.select(site.c.changed_at).where(site.c.key == _HEARTBEAT)).scalar_one_or_none()


def note_rules_problem(tx: Tx, problem: str | None, at: datetime) -> None:
    """Remember why the rule files on disk are not the running ones, or that they are."""
    put(tx, _RULES, problem, at)


def rules_problem(tx: Tx) -> str | None:
    """Why the rule files on disk are not the running ones, or `None`."""
    value: str | None = get(tx, _RULES)
    return value


def note_backup(tx: Tx, made_at: datetime) -> None:
    """Remember that a backup shows the site as it was at this moment."""
    put(tx, _BACKUP, made_at.isoformat(), made_at)


def backup_made_at(tx: Tx) -> datetime | None:
    """The moment that the newest backup shows, or `None` where none is known."""
    value: str | None = get(tx, _BACKUP)
    return datetime.fromisoformat(value) if value else None


def first_heard_at(tx: Tx) -> datetime | None:
    """When the first mention was stored, or `None` where there is none."""
    query = sa.select(mentions.c.fetched_at).order_by(mentions.c.id).limit(1)
    return tx.execute(query).scalar_one_or_none()


def note_restored(tx: Tx, *, made_at: datetime, at: datetime) -> None:
    """Remember that everything here went back to a backup, and what moment that showed."""
    put(tx, _RESTORED, {"backup_made_at": made_at.isoformat(), "restored_at": at.isoformat()}, at)
    note_backup(tx, made_at)


def restored_at(tx: Tx) -> datetime | None:
    """When the site last went back to a backup, or `None` where it never did.

    What a draft older than that says of itself may be out of date: it may have been posted after the backup
    was made. Only the platform knows.
    """
    value: dict[str, str] | None = get(tx, _RESTORED)
    return datetime.fromisoformat(value["restored_at"]) if value else None


def get(tx: Tx, key: str) -> Any:
    """The value kept under a key, or `None`."""
    if key in _ON_EVERY_PAGE:
        return _shown(tx).get(key)
    return tx.execute(sa.select(site.c.value).where(site.c.key == key)).scalar_one_or_none()


@remembered
def _shown(tx: Tx) -> Mapping[str, Any]:
    return {row.key: row.value for row in tx.execute(_SHOWN)}


def put(tx: Tx, key: str, value: Any, at: datetime) -> None:
    """Keep a JSON value under a key."""
    statement = upsert(tx, site).values(key=key, value=value, changed_at=at)
    new = statement.excluded
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"value": new.value, "changed_at": new.changed_at}
        )
    )


def status(tx: Tx, *, is_rough: bool = False) -> SiteStatus:
    """The site in numbers.

    A rough one costs the same however much was heard: the number of the last mention stands for how many
    there are, which is never far off, and drafts, notices and what ended of cases are not counted.
    """
    how_many = sa.func.max(mentions.c.id) if is_rough else sa.func.count()
    stored: int = tx.execute(sa.select(how_many).select_from(mentions)).scalar_one() or 0
    undecided: int = tx.execute(
        sa.select(sa.func.count()).select_from(mentions).where(mentions.c.state == "new")
    ).scalar_one()
    rows = {row.key: row for row in tx.execute(sa.select(site))}
    paused = rows.get(_PAUSED)
    live = rule_sets.live(tx)
    return SiteStatus(
        mentions=stored,
        undecided=undecided,
        drafts={} if is_rough else drafts.counts(tx),
        cases=cases.counts(tx, *(CASE_OPEN if is_rough else ())),
        deliveries={} if is_rough else deliveries.counts(tx),
        paused_by=paused.value if paused else None,
        paused_at=paused.changed_at if paused and paused.value else None,
        heartbeat_at=rows[_HEARTBEAT].changed_at if _HEARTBEAT in rows else None,
        rules_hash=live.hash if live else None,
        rules_version=live.version if live else None,
        holds=tuple(rule_sets.holds(tx)),
        rules_problem=rows[_RULES].value if _RULES in rows else None,
    )
