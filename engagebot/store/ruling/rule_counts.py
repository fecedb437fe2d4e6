"""How often each rule matched, by the hour: what people are shown, and what the breaker goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from engagebot.domain.ruling.rule_holds import HOUR, LOOK_BACK, Rush
from engagebot.store.engine import Tx, upsert
from engagebot.store.tables import rule_counts

KEEP = timedelta(days=90)


@dataclass(slots=True)
class Matches:
    """Mentions that a rule matched: `live` and `shadow` all that were decided for the first time.

    `fresh` leaves out history and what was heard long after it was posted, so it tells of the rate.
    """

    live: int = 0
    shadow: int = 0
    fresh: int = 0


def hour_of(at: datetime) -> datetime:
    """The beginning of the hour."""
    return at.replace(minute=0, second=0, microsecond=0)


def add(tx: Tx, counted: Mapping[str, Matches], at: datetime) -> None:
    """Add to this hour's counts; what is older than 90 days goes."""
    if not counted:
        return
    hour = hour_of(at)
    statement = upsert(tx, rule_counts)
    new, columns = statement.excluded, rule_counts.c
    statement = statement.on_conflict_do_update(
        index_elements=["hour", "rule_id"],
        set_={name: columns[name] + new[name] for name in ("live", "shadow", "fresh")},
    )
    rows = [
        {"hour": hour, "rule_id": rule_id, "live": each.live, "shadow": each.shadow, "fresh": each.fresh}
        for rule_id, each in sorted(counted.items())
    ]
    tx.execute(statement, rows)
    tx.execute(sa.delete(rule_counts).where(columns.hour < hour - KEEP))


def fresh_in_hour(tx: Tx, at: datetime) -> dict[str, int]:
    """How often each rule matched something fresh within this hour so far."""
    query = sa.select(rule_counts.c.rule_id, rule_counts.c.fresh).where(rule_counts.c.hour == hour_of(at))
    return {row[0]: row[1] for row in tx.execute(query)}


def rush(tx: Tx, rule_id: str, at: datetime, *, accepted: int = 0, expected: float | None = None) -> Rush:
    """How often a rule matched something fresh in the 30 days before this hour."""
    hour = hour_of(at)
    query = sa.select(sa.func.min(rule_counts.c.hour), sa.func.sum(rule_counts.c.fresh)).where(
        rule_counts.c.rule_id == rule_id,
        rule_counts.c.hour >= hour - LOOK_BACK,
        rule_counts.c.hour < hour,
    )
    first, matches = tx.execute(query).one()
    if first is None:
        return Rush(accepted=accepted, expected=expected)
    return Rush(matches=int(matches), span=hour - first, accepted=accepted, expected=expected)


def since(tx: Tx, at: datetime) -> dict[str, Matches]:
    """What each rule matched since this moment, to the hour."""
    columns = rule_counts.c
    sums = (sa.func.sum(columns[name]) for name in ("live", "shadow", "fresh"))
    query = sa.select(columns.rule_id, *sums).where(columns.hour > at - HOUR).group_by(columns.rule_id)
    return {row[0]: Matches(int(row[1]), int(row[2]), int(row[3])) for row in tx.execute(query)}
