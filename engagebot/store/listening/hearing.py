"""What the question "are we deaf?" needs: connectors' troubles, usual silences, and who was told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from engagebot.domain.listening.hearing import LOOK_BACK, Deaf, Trouble, Usual
from engagebot.store import site
from engagebot.store.engine import Tx
from engagebot.store.listening.watches import connector_rows
from engagebot.store.tables import mentions

_USUAL = "usual_silence"
_TURN = 0x64656166  # any constant of our own
_MS = timedelta(milliseconds=1)


def take_turn(tx: Tx) -> None:
    """Wait until no other transaction raises alarms; the turn ends with this one."""
    if tx.dialect.name == "postgresql":
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))


def troubles(tx: Tx) -> dict[str, Trouble]:
    """What keeps connectors quiet, by name."""
    return {
        row["name"]: Trouble(kind=row["problem_kind"], words=row["problem"] or "", until=row["paused_until"])
        for row in connector_rows(tx)
        if row["problem_kind"] is not None
    }


def known_deaf(tx: Tx) -> dict[str, Deaf]:
    """The watches whose alarm was raised and has not ended, by name."""
    return {name: Deaf.from_json(values) for name, values in (site.get(tx, site.DEAF) or {}).items()}


def put_deaf(tx: Tx, deaf: Iterable[Deaf], at: datetime) -> None:
    """Remember whose alarm is on."""
    site.put(tx, site.DEAF, {each.watch: each.as_json() for each in deaf}, at)


def last_mention_at(tx: Tx, watch: str, now: datetime) -> datetime | None:
    """When a watch's newest mention of the last 14 days was posted."""
    query = (
        sa.select(mentions.c.posted_at)
        .where(mentions.c.watch == watch, mentions.c.posted_at > now - LOOK_BACK)
        .order_by(mentions.c.posted_at.desc())
        .limit(1)
    )
    found: datetime | None = tx.execute(query).scalar_one_or_none()
    return found


def usual(tx: Tx, names: Sequence[str], now: datetime) -> dict[str, Usual]:
    """How often each watch had a mention in the last 14 days; watches without any are left out.

    This reads every mention of that time: ask once an hour (`kept_usual`), not at every look.
    """
    milliseconds = sa.type_coerce(mentions.c.posted_at, sa.BigInteger)
    before = sa.func.lag(milliseconds).over(
        partition_by=mentions.c.watch, order_by=(mentions.c.posted_at, mentions.c.id)
    )
    gaps = (
        sa.select(mentions.c.watch, mentions.c.posted_at, (milliseconds - before).label("gap"))
        .where(
            mentions.c.watch.in_(list(names)),
            mentions.c.posted_at > now - LOOK_BACK,
            mentions.c.posted_at <= now,
        )
        .subquery()
    )
    query = sa.select(
        gaps.c.watch,
        sa.func.count().label("mentions"),
        sa.type_coerce(sa.func.min(gaps.c.posted_at), mentions.c.posted_at.type).label("since"),
        sa.func.max(gaps.c.gap).label("longest"),
    ).group_by(gaps.c.watch)
    return {
        row.watch: Usual(mentions=row.mentions, since=row.since, longest_silence=int(row.longest or 0) * _MS)
        for row in tx.execute(query)
    }


def kept_usual(tx: Tx) -> tuple[datetime, dict[str, Usual]] | None:
    """What `keep_usual` kept and when, or `None`."""
    kept = site.get(tx, _USUAL)
    if kept is None:
        return None
    found = {
        name: Usual(mentions=mentions, since=datetime.fromisoformat(since), longest_silence=longest_ms * _MS)
        for name, (mentions, since, longest_ms) in kept["watches"].items()
    }
    return datetime.fromisoformat(kept["at"]), found


def keep_usual(tx: Tx, found: dict[str, Usual], at: datetime) -> None:
    """Keep what is usual for the next looks."""
    watches = {
        name: (each.mentions, each.since.isoformat(), each.longest_silence // _MS)
        for name, each in found.items()
    }
    site.put(tx, _USUAL, {"at": at.isoformat(), "watches": watches}, at)
