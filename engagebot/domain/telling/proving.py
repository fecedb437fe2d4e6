"""The weekly test of each channel: a message that says TEST, so that a quiet channel is known to work."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from engagebot.domain.outbox import DeliveryState
from engagebot.domain.records import DeliveryRecord

OLD: Final = timedelta(days=8)
"""A proof older than this proves nothing any more: one is due each week."""
HOURS: Final = {"mon-fri": "09:00-17:00"}
"""When a site works that does not say when."""
CONSOLE: Final = "console"
"""It is this machine, and nobody may be reading there: no test would prove anything."""


class Stage(StrEnum):
    """How far a test has come."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


def stage_of(test: DeliveryRecord) -> Stage:
    """How far a test has come; what is tried again after a failure counts as failed meanwhile."""
    if test.state is DeliveryState.DELIVERED:
        return Stage.DELIVERED
    if test.state is DeliveryState.SENDING:
        return Stage.SENT
    return Stage.FAILED if test.last_error is not None else Stage.QUEUED


def week_of(now: datetime, zone: ZoneInfo) -> str:
    """The name of the tests of a week; weeks begin on Monday, where the site is."""
    year, week, _ = now.astimezone(zone).isocalendar()
    return f"self-test-{year}-W{week:02d}"


def payload(now: datetime, url: str) -> dict[str, Any]:
    """The parts of a test."""
    return {
        "title": "TEST: engagebot reaches you here",
        "text": "engagebot tries every channel once a week. Nothing has happened and nothing is to be done.",
        "url": url,
        "data": {"schema": "engagebot.test.v1", "type": "test.weekly", "sent_at": now.isoformat()},
    }


def alarm_payload(channel: str, url: str) -> dict[str, Any]:
    """The parts of the alarm that a test did not get through; why is not repeated to others."""
    lines = (
        f"The weekly test did not get through {channel}. What goes there takes other channels meanwhile.",
        "Settings → Channels says why, and so does `engagebot doctor`.",
        f"Fix it, then: engagebot notify test --channel {channel}",
    )
    return {
        "title": f"[High] channel {channel} does not work",
        "text": "\n".join(lines),
        "url": url,
        "data": {"schema": "engagebot.channel.v1", "type": "channel.failed", "channel": channel},
    }
