"""Deletion checks: which mentions were not shown by their platform for how long, and whose turn it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engagebot.domain.mention import MentionRef
from engagebot.domain.records import DeletionReceipt, SourceReceipt
from engagebot.store.engine import Tx, count_changed, upsert
from engagebot.store.heard import looking
from engagebot.store.tables import mentions, site

_KEY = "deletion."


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far the checks of a source are: `ready` of its `intact` mentions may be checked by now.

    `oldest_at` is when the mention that waits longest was last shown, `asked_at` when the platform was last
    asked. The source rests until `rest_until`. `unanswered` got no answer in this round.
    """

    intact: int
    ready: int
    oldest_at: datetime | None
    asked_at: datetime | None
    rest_until: datetime | None = None
    problem: str | None = None
    unanswered: tuple[int, ...] = ()


def standing(tx: Tx, source: str, ready_before: datetime) -> Standing:
    """Say how the checks of a source stand; those last shown at `ready_before` or earlier are ready."""
    intact, oldest_at = _intact(tx, source)
    query = _of(source).where(mentions.c.checked_at <= ready_before)
    ready: int = tx.execute(query.with_only_columns(sa.func.count())).scalar_one()
    row = tx.execute(sa.select(site).where(site.c.key == _KEY + source)).first()
    kept: Mapping[str, Any] = (row.value or {}) if row else {}
    rest = kept.get("rest_until")
    return Standing(
        intact=intact,
        ready=ready,
        oldest_at=oldest_at,
        asked_at=row.changed_at if row else None,
        rest_until=datetime.fromisoformat(rest) if rest else None,
        problem=kept.get("problem"),
        unanswered=tuple(kept.get("unanswered") or ()),
    )


def claim(tx: Tx, source: str, seen: Standing, now: datetime) -> bool:
    """Take this turn of asking; false when another worker took it since `seen`."""
    key = _KEY + source
    if seen.asked_at is None:
        statement = upsert(tx, site).values(key=key, value={}, changed_at=now).on_conflict_do_nothing()
        return tx.execute(statement.returning(site.c.key)).scalar_one_or_none() is not None
    changed = sa.update(site).where(site.c.key == key, site.c.changed_at == seen.asked_at)
    return count_changed(tx.execute(changed.values(changed_at=now))) == 1


def due(
    tx: Tx, source: str, ready_before: datetime, *, limit: int, without: Sequence[int] = ()
) -> dict[int, tuple[MentionRef, datetime]]:
    """The mentions to be asked for next, those longest unseen first, with when they were last shown."""
    query = _of(source).with_only_columns(mentions.c.id, mentions.c.native_id, mentions.c.checked_at)
    query = query.where(mentions.c.checked_at <= ready_before)
    left_out = set(without)
    query = query.order_by(mentions.c.checked_at, mentions.c.id).limit(limit + len(left_out))
    rows = [row for row in tx.execute(query) if row.id not in left_out]
    return {row.id: (MentionRef(source, row.native_id), row.checked_at) for row in rows[:limit]}


def mark(tx: Tx, mention_ids: Iterable[int], at: datetime) -> None:
    """Note that the platform showed these now."""
    ids = list(mention_ids)
    statement = sa.update(mentions).where(mentions.c.id.in_(ids), mentions.c.redacted_at.is_(None))
    tx.execute(statement.values(checked_at=at))


def note(
    tx: Tx,
    source: str,
    at: datetime,
    *,
    rest_until: datetime | None = None,
    problem: str | None = None,
    unanswered: Sequence[int] = (),
) -> None:
    """Keep how asking went, for the next turn and for people."""
    value = {
        "rest_until": rest_until.isoformat() if rest_until else None,
        "problem": problem,
        "unanswered": list(unanswered),
    }
    tx.execute(sa.update(site).where(site.c.key == _KEY + source).values(value=value, changed_at=at))


def receipt(tx: Tx, now: datetime, check_every: Mapping[str, timedelta]) -> DeletionReceipt:
    """Account for every stored mention; `check_every` holds the sources that can be asked."""
    lines = [_line(tx, source, now, check_every.get(source)) for source in looking.sources(tx)]
    return DeletionReceipt(tuple(lines))


def _line(tx: Tx, source: str, now: datetime, every: timedelta | None) -> SourceReceipt:
    counted = sa.select(sa.func.count()).select_from(mentions).where(mentions.c.source == source)
    everything: int = tx.execute(counted).scalar_one()
    if every is None:
        intact, _ = _intact(tx, source)
        return SourceReceipt(source=source, stored=intact, redacted=everything - intact, is_checked=False)
    seen = standing(tx, source, now - every)
    return SourceReceipt(
        source=source,
        stored=seen.intact,
        redacted=everything - seen.intact,
        is_checked=True,
        oldest_check_age=None if seen.oldest_at is None else now - seen.oldest_at,
        overdue=seen.ready,
        problem=seen.problem,
    )


def _intact(tx: Tx, source: str) -> tuple[int, datetime | None]:
    # `checked_at` is empty where the words are, and only there: the index answers all by itself.
    columns = (sa.func.count(), sa.func.min(mentions.c.checked_at))
    row = tx.execute(_of(source).with_only_columns(*columns).where(mentions.c.checked_at.is_not(None))).one()
    return row[0], row[1]


def _of(source: str) -> sa.Select[Any]:
    return sa.select(mentions).where(mentions.c.source == source)
