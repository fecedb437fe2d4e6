"""Storms: news of cases that come too thick for a channel are gathered in one notice until it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from engagebot.domain.outbox import DeliveryState
from engagebot.domain.telling import storms
from engagebot.domain.telling.detours import CASE, STORM
from engagebot.store.engine import Tx
from engagebot.store.tables import deliveries
from engagebot.store.telling import deliveries as waiting
from engagebot.store.telling.deliveries import NewDelivery


def tell(tx: Tx, new: NewDelivery, at: datetime, *, zone: ZoneInfo, base_url: str) -> None:
    """Put a notice in line for its channel, by itself or, where it is stormy, on the channel's list.

    What was told before, either way, is not told again.
    """
    if not storms.can_fold(new.channel, new.payload):
        waiting.add(tx, new, at)
        return
    latest = _latest(tx, new.channel)
    listed = latest.payload["data"]["lines"] if latest is not None else []
    if _went_alone(tx, new) or any(each["notice"] == new.notice_id for each in listed):
        return
    lately = _lately(listed, at)
    if _alone_lately(tx, new.channel, at) + lately < storms.CALM:
        waiting.add(tx, new, at)
        return
    added = storms.line_of(new.notice_id, new.payload, at)
    is_open = latest is not None and latest.state == DeliveryState.PENDING.value and not latest.attempts
    if is_open and len(listed) < storms.MOST_KEPT:
        payload = storms.summary([*listed, added], zone, base_url=base_url)
        tx.execute(sa.update(deliveries).where(deliveries.c.id == latest.id).values(payload=payload))
        return
    due_at = at + storms.GATHERED_FOR
    if lately:
        due_at = max(due_at, latest.due_at + storms.WINDOW)
    begun = NewDelivery(
        notice_id=f"storm-{new.notice_id}",
        channel=new.channel,
        kind=STORM,
        payload=storms.summary([added], zone, base_url=base_url),
    )
    waiting.add(tx, begun, at)
    tx.execute(
        sa.update(deliveries).where(deliveries.c.id == _latest(tx, new.channel).id).values(due_at=due_at)
    )


def _went_alone(tx: Tx, new: NewDelivery) -> bool:
    query = sa.select(deliveries.c.id).where(
        deliveries.c.notice_id == new.notice_id, deliveries.c.channel == new.channel
    )
    return tx.execute(query).first() is not None


def _latest(tx: Tx, channel: str) -> Any:
    """The last list of a channel, kept from whoever would claim it until the transaction ends."""
    query = sa.select(deliveries).where(deliveries.c.channel == channel, deliveries.c.kind == STORM)
    return tx.execute(query.order_by(deliveries.c.id.desc()).limit(1).with_for_update()).first()


def _alone_lately(tx: Tx, channel: str, at: datetime) -> int:
    """How many news of cases a channel got one by one within the window, `CALM` at most."""
    query = (
        sa.select(deliveries.c.created_at)
        .where(deliveries.c.channel == channel, deliveries.c.kind == CASE)
        .order_by(deliveries.c.id.desc())
        .limit(storms.CALM)
    )
    times: Iterable[datetime] = tx.execute(query).scalars()
    return sum(1 for time in times if time > at - storms.WINDOW)


def _lately(listed: Iterable[Mapping[str, Any]], at: datetime) -> int:
    return sum(1 for each in listed if datetime.fromisoformat(each["at"]) > at - storms.WINDOW)
