"""The weekly tests of channels: they are deliveries like others, told apart by their kind."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from engagebot.domain.outbox import DeliveryState
from engagebot.domain.records import DeliveryRecord
from engagebot.domain.telling.detours import SELF_TEST
from engagebot.store.engine import Tx
from engagebot.store.tables import deliveries
from engagebot.store.telling import deliveries as outbox


def latest(tx: Tx, channels: Iterable[str]) -> dict[str, DeliveryRecord]:
    """The newest test of each of these channels that has had one."""
    found = {}
    for channel in channels:
        row = tx.execute(_tests(channel).order_by(deliveries.c.id.desc()).limit(1)).scalar()
        if row is not None:
            found[channel] = outbox.get(tx, row)
    return found


def arrived_at(tx: Tx, channel: str) -> datetime | None:
    """When a test got through a channel last; `None` where none did."""
    query = _tests(channel).where(deliveries.c.state == DeliveryState.DELIVERED.value)
    row = tx.execute(query.order_by(deliveries.c.id.desc()).limit(1)).scalar()
    return None if row is None else outbox.get(tx, row).delivered_at


def _tests(channel: str) -> sa.Select[int]:
    return sa.select(deliveries.c.id).where(deliveries.c.channel == channel, deliveries.c.kind == SELF_TEST)
