"""Channels that have ended: kept until their setting changes, or a person asks them once more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from engagebot.domain.outbox import DELIVERY_MOVES, DeliveryState, check_move
from engagebot.domain.telling.detours import SELF_TEST
from engagebot.store.engine import Tx, count_changed, upsert
from engagebot.store.tables import deliveries, shut_channels, unreached

_TEST_COUNTS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ShutChannel:
    """A channel whose receiver said that it is gone, and the mark of the setting it had then."""

    channel: str
    shut_at: datetime
    reason: str
    mark: str


def shut(tx: Tx, closed: ShutChannel) -> bool:
    """Keep that a channel has ended; false where that was known."""
    statement = upsert(tx, shut_channels).values(
        channel=closed.channel, shut_at=closed.shut_at, reason=closed.reason, mark=closed.mark
    )
    statement = statement.on_conflict_do_nothing(index_elements=["channel"])
    return tx.execute(statement.returning(shut_channels.c.channel)).scalar_one_or_none() is not None


def all_shut(tx: Tx) -> dict[str, ShutChannel]:
    """The channels that have ended, by name."""
    rows = tx.execute(sa.select(shut_channels).order_by(shut_channels.c.channel))
    return {row.channel: ShutChannel(row.channel, row.shut_at, row.reason, row.mark) for row in rows}


def reopen(tx: Tx, channel: str) -> bool:
    """Let a channel that was shut be asked again; false where it was not shut."""
    statement = sa.delete(shut_channels).where(shut_channels.c.channel == channel)
    return tx.execute(statement.returning(shut_channels.c.channel)).scalar_one_or_none() is not None


def works_again(tx: Tx, channel: str, at: datetime) -> int:
    """Open a channel that was shut or failed; answer how many notices leave through it at once.

    These are the ones that wait for another try, and of the dead ones those that reached nobody, and the test
    of this week. What reached somebody by another way is old news; a person may replay it.
    """
    reopen(tx, channel)
    return _hurry(tx, channel, at) + _revive(tx, channel, at)


def _hurry(tx: Tx, channel: str, at: datetime) -> int:
    statement = sa.update(deliveries).where(
        deliveries.c.state == DeliveryState.PENDING.value,
        deliveries.c.channel == channel,
        deliveries.c.due_at > at,
    )
    return count_changed(tx.execute(statement.values(due_at=at)))


def _revive(tx: Tx, channel: str, at: datetime) -> int:
    check_move(DELIVERY_MOVES, DeliveryState.DEAD, DeliveryState.PENDING)
    waiting = sa.select(unreached.c.notice_id).where(unreached.c.known_at.is_(None))
    is_this_weeks_test = sa.and_(deliveries.c.kind == SELF_TEST, deliveries.c.created_at > at - _TEST_COUNTS)
    statement = sa.update(deliveries).where(
        deliveries.c.state == DeliveryState.DEAD.value,
        deliveries.c.channel == channel,
        sa.or_(deliveries.c.notice_id.in_(waiting), is_this_weeks_test),
    )
    values = {"state": DeliveryState.PENDING.value, "due_at": at, "attempts": 0}
    return count_changed(tx.execute(statement.values(**values)))
