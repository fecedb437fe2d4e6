"""What follows where the weekly test of a channel does not get through: an alarm on another channel."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime

from engagebot.domain.outbox import DeliveryState
from engagebot.domain.records import DeliveryRecord
from engagebot.domain.telling import proving
from engagebot.domain.telling.detours import ALARM, FAILURES_BEFORE_WARNING
from engagebot.store.engine import Tx
from engagebot.store.telling import deliveries
from engagebot.store.telling.deliveries import NewDelivery

log = logging.getLogger(__name__)


def warn(tx: Tx, test: DeliveryRecord, ways: Sequence[str], now: datetime) -> None:
    """Raise the alarm about a channel once for each test, by the first way that is another channel.

    Where there is none, the alarm waits for the channel itself: so it has reached nobody, and every page says
    so.
    """
    if test.state is not DeliveryState.DEAD and test.attempts < FAILURES_BEFORE_WARNING:
        return
    others = [channel for channel in ways if channel != test.channel]
    # Nobody may be reading the console, so it comes last.
    others.sort(key=lambda channel: channel == proving.CONSOLE)
    mark = hashlib.sha256(test.channel.encode()).hexdigest()[:12]
    new = NewDelivery(
        notice_id=f"channel-{mark}-{test.notice_id}",
        channel=others[0] if others else test.channel,
        kind=ALARM,
        payload=proving.alarm_payload(test.channel, f"{test.payload.get('url') or ''}/settings#channels"),
    )
    if deliveries.add(tx, new, now):
        log.error("channel %s did not take its weekly test: %s", test.channel, test.last_error)
