"""Ladders: who is told when, in which hours, and what the preview says of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engagebot.domain.casework.ladders import Ladder, Step, climb, preview
from engagebot.domain.hours import BusinessHours
from engagebot.domain.outbox import Severity

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
OFFICE = BusinessHours.parse({"mon-fri": "09:00-18:00"}, zone=BERLIN)
STEPS = (
    Step(after=10 * MINUTE, notify=("slack",)),
    Step(after=15 * MINUTE, notify=("email:lead@fake.example", "slack")),
)
NIGHT = Ladder(name="night", steps=(Step(after=30 * MINUTE, notify=("email:night@fake.example",)),))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def walked(ladder: Ladder, since: str, severity: Severity = Severity.MEDIUM) -> list[tuple[str, str]]:
    return [
        (f"{rung.at.astimezone(BERLIN):%a %H:%M}", rung.notify[0].partition("@")[0])
        for rung in climb(ladder, since=local(since), severity=severity)
    ]


def test_each_step_counts_from_the_one_before_and_all_are_repeated() -> None:
    assert walked(Ladder(name="day", steps=STEPS, rounds=2), "2026-08-03T12:00") == [
        ("Mon 12:10", "slack"), ("Mon 12:25", "email:lead"),
        ("Mon 12:35", "slack"), ("Mon 12:50", "email:lead"),
    ]  # fmt: skip


def test_outside_of_its_hours_a_ladder_holds() -> None:
    ladder = Ladder(name="day", steps=STEPS, during=OFFICE)
    assert walked(ladder, "2026-08-07T17:55") == [("Mon 09:05", "slack"), ("Mon 09:20", "email:lead")]
    assert walked(ladder, "2026-08-09T03:00") == [("Mon 09:10", "slack"), ("Mon 09:25", "email:lead")]


@pytest.mark.parametrize("severity", [Severity.HIGH, Severity.URGENT])
def test_what_presses_is_called_about_at_any_hour(severity: Severity) -> None:
    ladder = Ladder(name="day", steps=STEPS, during=OFFICE, page_only=Severity.HIGH)
    assert walked(ladder, "2026-08-09T03:00", severity) == [
        ("Sun 03:10", "slack"),
        ("Sun 03:25", "email:lead"),
    ]
    assert walked(ladder, "2026-08-09T03:00", Severity.MEDIUM)[0] == ("Mon 09:10", "slack")


def test_outside_of_its_hours_another_ladder_takes_its_steps() -> None:
    ladder = Ladder(name="day", steps=STEPS, rounds=2, during=OFFICE, outside=NIGHT)
    assert walked(ladder, "2026-08-09T03:00") == [
        ("Sun 03:30", "email:night"), ("Sun 04:00", "email:night"),
        ("Sun 04:30", "email:night"), ("Sun 05:00", "email:night"),
    ]  # fmt: skip
    # The first step is still in the hours, the second is not.
    assert walked(ladder, "2026-08-07T17:40")[:2] == [("Fri 17:50", "slack"), ("Fri 18:20", "email:night")]


def test_the_preview_tells_clock_times_and_that_it_ends() -> None:
    ladder = Ladder(name="day", steps=STEPS)
    assert preview(ladder, since=local("2026-08-03T14:00"), severity=Severity.HIGH, zone=BERLIN) == [
        "14:10 slack", "14:25 email:lead@fake.example, slack", "then nobody is told any more",
    ]  # fmt: skip
    held = Ladder(name="day", steps=STEPS, during=OFFICE)
    assert preview(held, since=local("2026-08-09T03:00"), severity=Severity.LOW, zone=BERLIN)[0] == (
        "Mon 10 Aug, 09:10 slack"
    )
