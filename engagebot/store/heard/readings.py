"""Readings of reactions: what a post had when, kept as often as a platform or a person showed it anyway."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.mention import Engagement
from engagebot.domain.ruling.growth import APART, Growth, per_hour
from engagebot.store.among import among
from engagebot.store.engine import Tx, upsert
from engagebot.store.heard.shown import NO_ENGAGEMENT, engagement_json
from engagebot.store.tables import mention_readings as readings
from engagebot.store.tables import mentions


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A growth about which rules have not been asked; `asked` is the one at which they were last."""

    mention_id: int
    growth: float
    asked: float | None
    since: datetime


def note(tx: Tx, shown: Mapping[int, Engagement], at: datetime) -> dict[int, Engagement]:
    """Keep what is shown of stored mentions now; answer what they have by that, for those that were kept.

    A reading that comes too soon after the last one is passed over. History is not read: it starts nothing.
    """
    told = {mention_id: counts for mention_id, counts in shown.items() if counts != NO_ENGAGEMENT}
    if not told:
        return {}
    kept: dict[int, Engagement] = {}
    rows = []
    for row in tx.execute(_before(tx, sorted(told))):
        last_at = row.latest_at or row.checked_at or row.fetched_at
        before = Engagement(**((row.latest if row.latest_at else row.engagement) or {}))
        if at - last_at >= APART:
            kept[row.id] = newer(before, told[row.id])
            rows.append(_next(row, before, kept[row.id], (last_at, at)))
        elif row.latest_at is None:
            # The mention's row may be given the new counts; what it had when it was heard is kept here.
            rows.append(
                {**_FIRST, "mention_id": row.id, "latest": engagement_json(before), "latest_at": last_at}
            )
    if rows:
        statement = upsert(tx, readings)
        new = {name: statement.excluded[name] for name in _FIRST if name != "asked"}
        tx.execute(statement.on_conflict_do_update(index_elements=["mention_id"], set_=new), rows)
    return kept


def note_heard(tx: Tx, shown: Mapping[int, Engagement], at: datetime) -> None:
    """Do the same for what was heard again in the same words, and put the new counts into its row."""
    kept = note(tx, shown, at)
    if kept:
        statement = sa.update(mentions).where(mentions.c.id == sa.bindparam("mention_id"))
        statement = statement.values(engagement=sa.bindparam("counts", type_=mentions.c.engagement.type))
        rows = [{"mention_id": key, "counts": engagement_json(counts)} for key, counts in kept.items()]
        tx.execute(statement, rows)


def newer(before: Engagement, shown: Engagement) -> Engagement:
    """What is known after a reading; a platform does not tell every count each time."""
    return Engagement(
        likes=before.likes if shown.likes is None else shown.likes,
        replies=before.replies if shown.replies is None else shown.replies,
        score=before.score if shown.score is None else shown.score,
    )


def growth_of(tx: Tx, mention_ids: Iterable[int], *, since: datetime | None = None) -> dict[int, Growth]:
    """How fast these mentions gained reactions between two readings, the later one `since` then."""
    query = sa.select(
        readings.c.mention_id, readings.c.growth, readings.c.earlier_at, readings.c.latest_at
    ).where(among(tx, readings.c.mention_id, sorted(mention_ids)), readings.c.growth.is_not(None))
    if since is not None:
        query = query.where(readings.c.latest_at >= since)
    return {
        row.mention_id: Growth(per_hour=row.growth, earlier_at=row.earlier_at, latest_at=row.latest_at)
        for row in tx.execute(query)
    }


def news(tx: Tx, *, limit: int) -> list[News]:
    """Growth about which rules have not been asked, those that wait longest first."""
    query = (
        sa.select(readings.c.mention_id, readings.c.growth, readings.c.asked, readings.c.news_at)
        .where(readings.c.news_at.is_not(None))
        .order_by(readings.c.news_at, readings.c.mention_id)
    )
    return [
        News(mention_id=row.mention_id, growth=row.growth, asked=row.asked, since=row.news_at)
        for row in tx.execute(query.limit(limit))
    ]


def seen(tx: Tx, looked_at: Sequence[News], *, asking: Iterable[int]) -> None:
    """Note that rules were thought of for these, and that those `asking` are asked again."""
    again = set(asking)
    statement = sa.update(readings).where(
        readings.c.mention_id == sa.bindparam("key"), readings.c.news_at == sa.bindparam("since")
    )
    rows = [
        {
            "key": each.mention_id,
            "since": each.since,
            "now": each.growth if each.mention_id in again else each.asked,
        }
        for each in looked_at
    ]
    if rows:
        tx.execute(statement.values(news_at=None, asked=sa.bindparam("now")), rows)


def forget(tx: Tx, mention_ids: Iterable[int]) -> None:
    """Drop what was read of these mentions."""
    tx.execute(sa.delete(readings).where(among(tx, readings.c.mention_id, sorted(mention_ids))))


_FIRST: Mapping[str, Any] = {
    "mention_id": 0, "latest": None, "latest_at": None, "earlier_at": None, "growth": None, "asked": None,
    "news_at": None,
}  # fmt: skip


def _before(tx: Tx, mention_ids: list[int]) -> sa.Select[Any]:
    return (
        sa.select(
            mentions.c.id,
            mentions.c.engagement,
            mentions.c.checked_at,
            mentions.c.fetched_at,
            readings.c.latest,
            readings.c.latest_at,
            readings.c.asked,
        )
        .join_from(mentions, readings, readings.c.mention_id == mentions.c.id, isouter=True)
        .where(
            among(tx, mentions.c.id, mention_ids),
            mentions.c.redacted_at.is_(None),
            mentions.c.is_history.is_(False),
        )
        .order_by(mentions.c.id)
    )


def _next(
    row: Any, before: Engagement, after: Engagement, between: tuple[datetime, datetime]
) -> dict[str, Any]:
    earlier_at, at = between
    growth = per_hour(before, after, at - earlier_at)
    return {
        "mention_id": row.id,
        "latest": engagement_json(after),
        "latest_at": at,
        "earlier_at": earlier_at,
        "growth": growth,
        "asked": row.asked,
        "news_at": None if growth is None else at,
    }
