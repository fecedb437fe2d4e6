"""Storms: the first ten news of cases go one by one, the others on one list; nothing is lost between them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engagebot.domain.outbox import DeliveryState
from engagebot.domain.records import DeliveryRecord
from engagebot.domain.telling.detours import STORM
from engagebot.store.engine import Store
from engagebot.store.telling import deliveries, storms
from engagebot.store.telling.deliveries import NewDelivery
from tests.fakes import NOON

BERLIN = ZoneInfo("Europe/Berlin")


def news(
    store: Store, number: int, *, at: datetime = NOON, channel: str = "slack", severity: str = "high",
    what: str = "case.opened",
) -> None:  # fmt: skip
    payload: dict[str, Any] = {
        "title": f"[High] 1st contact: @maple_{number}_demo",
        "text": "> the modem is dead",
        "url": f"https://desk.example/cases/{number}",
        "data": {"type": what, "case": {"id": number, "severity": severity, "team": "support"}},
    }
    notice = NewDelivery(notice_id=f"{what}-{number}", channel=channel, kind="case", payload=payload)
    with store.write() as tx:
        storms.tell(tx, notice, at, zone=BERLIN, base_url="https://desk.example")


def told(store: Store, channel: str = "slack") -> list[DeliveryRecord]:
    with store.read() as tx:
        return list(reversed(deliveries.page(tx, channel=channel, limit=500).items))


def cases_of(delivery: DeliveryRecord) -> list[int]:
    return [line["case"] for line in delivery.payload["data"]["lines"]]


def test_the_eleventh_within_ten_minutes_begins_a_list_that_takes_all_the_others(store: Store) -> None:
    for number in range(1, 154):
        news(store, number, severity="high" if number == 40 else "medium")

    *alone, gathered = told(store)

    assert [each.notice_id for each in alone] == [f"case.opened-{number}" for number in range(1, 11)]
    assert (gathered.kind, gathered.due_at) == (STORM, NOON + timedelta(minutes=1))
    assert cases_of(gathered) == list(range(11, 154))
    assert gathered.payload["title"] == "[High] Storm: 143 cases in one list (14:00-14:00)"
    first, second, *_, last = gathered.payload["text"].splitlines()
    assert first == "More than 10 news in 10 minutes, so they come together."
    assert second == "[High] case 40 · new · https://desk.example/cases/40"
    assert last == "and 113 more: cases 41-153"
    assert "maple" not in str(gathered.payload)


def test_a_list_that_has_left_is_followed_by_another_ten_minutes_later(store: Store) -> None:
    for number in range(1, 13):
        news(store, number)
    with store.write() as tx:
        first = told(store)[-1]
        assert deliveries.claim(tx, first.id, owner="w", now=first.due_at) is not None
    at = NOON + timedelta(minutes=4)
    news(store, 13, at=at)
    news(store, 13, at=at, what="case.warning")

    second = told(store)[-1]

    assert second.id != first.id
    assert (cases_of(first), cases_of(second)) == ([11, 12], [13, 13])
    assert second.due_at == first.due_at + timedelta(minutes=10)
    assert "[High] case 13 · new, due soon · https" in second.payload["text"]


def test_after_ten_calm_minutes_news_come_one_by_one_again(store: Store) -> None:
    for number in range(1, 13):
        news(store, number)
    news(store, 20, at=NOON + timedelta(minutes=10))
    assert told(store)[-1].notice_id == "case.opened-20"


def test_ten_in_ten_minutes_are_no_storm(store: Store) -> None:
    for number in range(1, 31):
        news(store, number, at=NOON + timedelta(minutes=number))
    assert {each.kind for each in told(store)} == {"case"}


@pytest.mark.parametrize(
    ("channel", "severity", "what"),
    [
        ("webhook:crm", "high", "case.opened"),
        ("console", "high", "case.opened"),
        ("slack", "urgent", "case.opened"),
        ("slack", "high", "case.called"),
    ],
)
def test_programs_and_what_is_urgent_or_called_about_get_each_by_itself(
    store: Store, channel: str, severity: str, what: str
) -> None:
    for number in range(1, 15):
        news(store, number, channel=channel, severity=severity, what=what)
    assert [each.kind for each in told(store, channel)] == ["case"] * 14


def test_what_was_told_is_not_told_again_on_the_list_nor_twice_there(store: Store) -> None:
    for number in [*range(1, 13), 3, 12, 12]:
        news(store, number)
    assert cases_of(told(store)[-1]) == [11, 12]
    assert len(told(store)) == 11


def test_each_channel_has_a_weather_of_its_own(store: Store) -> None:
    for number in range(1, 13):
        news(store, number)
    news(store, 1, channel="email:lead@example.com")
    assert [each.state for each in told(store, "email:lead@example.com")] == [DeliveryState.PENDING]
    assert told(store, "email:lead@example.com")[0].kind == "case"
