"""Proving: once a week, while people are there, a test is put in line for every channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from engagebot.domain.hours import BusinessHours
from engagebot.domain.telling import proving
from engagebot.domain.telling.detours import SELF_TEST
from engagebot.ports import Clock
from engagebot.store.engine import Store
from engagebot.store.telling import deliveries, proofs
from engagebot.store.telling.deliveries import NewDelivery


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveContext:
    """What it takes to test channels; `hours` are the site's own, `None` where it says none."""

    store: Store
    clock: Clock
    channels: Sequence[str]
    hours: BusinessHours | None
    zone: ZoneInfo
    url: str


def prove_channels(context: ProveContext) -> int:
    """Put this week's test in line for each channel that has not had it; answer how many these are.

    The id of a test is that of its week, so that neither a restart nor a second process sends another.
    """
    now = context.clock.now()
    hours = context.hours or BusinessHours.parse(proving.HOURS, zone=context.zone)
    if not hours.is_open(now):
        return 0
    week = proving.week_of(now, context.zone)
    channels = [each for each in context.channels if each != proving.CONSOLE]
    with context.store.read() as tx:
        had = {name for name, test in proofs.latest(tx, channels).items() if test.notice_id.startswith(week)}
    due = [channel for channel in channels if channel not in had]
    if not due:
        return 0
    with context.store.write() as tx:
        new = [
            NewDelivery(
                notice_id=week, channel=channel, kind=SELF_TEST, payload=proving.payload(now, context.url)
            )
            for channel in due
        ]
        return sum(deliveries.add(tx, each, now) for each in new)
