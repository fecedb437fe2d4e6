"""How long a case can rest, by a word: the same words in the web app and in chats."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

CHOICES: Mapping[str, str] = {
    "1h": "1 hour",
    "tonight": "until tonight",
    "tomorrow": "until tomorrow 9:00",
    "monday": "until Monday 9:00",
}


def snooze_end(choice: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment that a choice means in the team's zone; `None` where it is none of them."""
    local = now.astimezone(zone)
    if choice == "1h":
        return now + timedelta(hours=1)
    if choice == "tonight":
        tonight = local.replace(hour=18, minute=0, second=0, microsecond=0)
        return tonight if tonight > local else tonight + timedelta(days=1)
    days = {"tomorrow": 1, "monday": (7 - local.weekday()) or 7}.get(choice)
    if days is None:
        return None
    return (local + timedelta(days=days)).replace(hour=9, minute=0, second=0, microsecond=0)
