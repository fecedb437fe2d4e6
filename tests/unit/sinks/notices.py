from datetime import UTC, datetime
from typing import Any

from engagebot.ports import Notice

SENT_AT = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


class StillClock:
    def __init__(self, now: datetime = SENT_AT) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


def make_notice(**over: Any) -> Notice:
    values: dict[str, Any] = {
        "id": "case-17-opened",
        "kind": "case.opened",
        "title": "[High] 3rd contact: maple_fan_demo",
        "text": "“Third time. The modem is dead again.”\nWhy: repeat-unhappy",
        "url": "http://127.0.0.1:8000/cases/17",
        "sent_at": SENT_AT,
        "payload": {"version": 1, "type": "case.opened", "case": {"id": 17, "quote": "dead — again"}},
    }
    return Notice(**{**values, **over})
