"""Notices for people: at least once, with one id over all attempts, for about three days."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from engagebot.domain.outbox import DeliveryState
from engagebot.domain.records import DeliveryRecord
from engagebot.errors import DeliveryFailed, EngagebotError
from engagebot.ports import Clock, Notice, Sink
from engagebot.store import deliveries
from engagebot.store.deliveries import ClaimedDelivery
from engagebot.store.engine import Store

log = logging.getLogger(__name__)

BACK_OFF = tuple(timedelta(seconds=s) for s in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400))


def deliver_notices(
    store: Store,
    clock: Clock,
    owner: str,
    sink: Callable[[str], Sink],
    *,
    only: Collection[str] | None = None,
) -> int:
    """Deliver every notice that is due; answer how many arrived.

    `sink` opens the way to a channel and may raise `EngagebotError`. `only` names the channels that may be
    used now (a dry run uses the console alone); notices for others stay in line.
    """
    arrived = 0
    with store.read() as tx:
        due = deliveries.due(tx, clock.now(), only=only)
    for delivery_id, channel in due:
        way = _way(sink, channel)
        with store.write() as tx:
            claimed = deliveries.claim(tx, delivery_id, owner=owner, now=clock.now())
        if claimed is not None:
            arrived += _attempt(store, clock, claimed, way)
    return arrived


def requeue_notices(store: Store, clock: Clock, *, older_than: timedelta = timedelta(0)) -> int:
    """Put attempts that were cut off back in line, with the same id; answer how many there were."""
    with store.write() as tx:
        return deliveries.requeue_stuck(tx, now=clock.now(), after=older_than)


def _way(sink: Callable[[str], Sink], channel: str) -> Sink | _Broken:
    try:
        return sink(channel)
    except Exception as error:  # as any failure of this one channel
        return _Broken(
            channel, str(error) if isinstance(error, EngagebotError) else f"{type(error).__name__}: {error}"
        )


class _Broken:
    """A channel that cannot be opened: each attempt fails with the reason, so that it is seen."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self._reason = reason

    def deliver(self, notice: Notice) -> None:
        raise DeliveryFailed(self._reason)


def _attempt(store: Store, clock: Clock, claimed: ClaimedDelivery, way: Sink | _Broken) -> int:
    delivery = claimed.delivery
    try:
        way.deliver(notice_of(delivery))
    except Exception as error:  # a broken channel must not stop the others, and nobody has this notice yet
        failed = (
            error if isinstance(error, DeliveryFailed) else DeliveryFailed(f"{type(error).__name__}: {error}")
        )
        log.warning("notice %s to %s: %s", delivery.notice_id, delivery.channel, failed)
        to, values = _next_try(delivery, failed, clock.now())
    else:
        to, values = DeliveryState.DELIVERED, {"delivered_at": clock.now(), "last_error": None}
    with store.write() as tx:
        deliveries.settle(tx, claimed, to, values)
    return int(to is DeliveryState.DELIVERED)


def notice_of(delivery: DeliveryRecord) -> Notice:
    """The stored delivery as a notice for a sink."""
    payload = delivery.payload
    return Notice(
        id=delivery.notice_id,
        kind=delivery.kind,
        title=payload["title"],
        text=payload["text"],
        url=payload.get("url"),
        sent_at=delivery.created_at,
        payload=payload.get("data", {}),
    )


def _next_try(
    delivery: DeliveryRecord, error: DeliveryFailed, now: datetime
) -> tuple[DeliveryState, dict[str, Any]]:
    tried = delivery.attempts
    if error.is_permanent or tried > len(BACK_OFF):
        return DeliveryState.DEAD, {"last_error": str(error)}
    return DeliveryState.PENDING, {"last_error": str(error), "due_at": now + BACK_OFF[tried - 1]}
