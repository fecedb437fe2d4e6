"""Who waits, and the time that they can honestly be told of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engagebot.domain.casework.clocks import Happening, Told
from engagebot.domain.casework.holding import Stated, stated, stated_words, waits_since
from engagebot.domain.hours import BusinessHours
from engagebot.domain.outbox import CaseState

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = BusinessHours.parse(
    {"mon-fri": "09:00-18:00"}, zone=BERLIN, holidays=frozenset({date(2026, 12, 25)})
)
HOUR = timedelta(hours=1)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def told(*history: tuple[Told, str] | tuple[Told, str, CaseState]) -> datetime | None:
    happened = [
        Happening(told=each[0], at=berlin(each[1]), state=each[2] if len(each) > 2 else None)
        for each in history
    ]
    return waits_since(happened)


def test_somebody_waits_from_their_first_word_that_we_have_not_answered() -> None:
    opened = (Told.OPENED, "2026-08-03T10:00")
    again, answer = (Told.CONTACT, "2026-08-03T10:30"), (Told.REPLY, "2026-08-03T11:00")
    later = (Told.CONTACT, "2026-08-03T12:00")

    assert told(opened, again) == berlin("2026-08-03T10:00")
    assert told(opened, again, answer) is None
    assert told(opened, again, answer, later) == berlin("2026-08-03T12:00")


def test_a_call_of_ours_before_they_spoke_answers_nothing_and_an_end_answers_everything() -> None:
    opened = (Told.OPENED, "2026-08-03T10:00")
    ended = (Told.STATE, "2026-08-03T12:00", CaseState.RESOLVED)
    again = (Told.CONTACT, "2026-08-04T09:00")

    assert told(opened, (Told.REPLY, "2026-08-03T09:00")) == berlin("2026-08-03T10:00")
    assert told(opened, ended) is None
    assert told(opened, ended, again, (Told.STATE, "2026-08-04T09:01", CaseState.REOPENED)) == berlin(
        "2026-08-04T09:00"
    )


@pytest.mark.parametrize(
    ("now", "dues", "at", "words"),
    [
        pytest.param(
            "2026-08-03T10:00", ["2026-08-03T16:30"], "2026-08-03T16:30", "by Monday 16:30 CEST",
            id="due today",
        ),
        pytest.param(
            "2026-08-03T10:00", ["2026-08-03T15:00", "2026-08-03T09:00"], "2026-08-03T15:00",
            "by Monday 15:00 CEST", id="what was due before is no time to tell",
        ),
        pytest.param(
            "2026-08-03T10:00", ["2026-08-03T10:05"], "2026-08-03T14:00", "by Monday 14:00 CEST",
            id="what is due at once is none either: the span counts anew",
        ),
        pytest.param("2026-08-03T10:00", [], "2026-08-03T14:00", "by Monday 14:00 CEST", id="nothing is due"),
        pytest.param(
            "2026-08-07T17:00", ["2026-08-14T12:00"], "2026-08-10T09:00", "by Monday 09:00 CEST",
            id="a day later, or when they work next",
        ),
        pytest.param(
            "2026-08-07T19:00", ["2026-08-07T20:00"], "2026-08-10T09:00",
            "when we are back, on Monday at 09:00 CEST", id="Friday evening",
        ),
        pytest.param(
            "2026-12-24T19:00", [], "2026-12-28T09:00", "when we are back, on Monday at 09:00 CET",
            id="before a holiday and a weekend",
        ),
    ],
)  # fmt: skip
def test_the_time_told_is_one_at_which_a_person_works(now: str, dues: list[str], at: str, words: str) -> None:
    time = stated(berlin(now), [berlin(due) for due in dues], hours=OFFICE, span=4 * HOUR)
    assert time.at == berlin(at)
    assert stated_words(time, berlin(now), BERLIN) == words


def test_without_hours_people_answer_within_a_day() -> None:
    now = berlin("2026-08-07T23:00")
    assert stated(now, [now + 72 * HOUR], hours=None, span=48 * HOUR) == Stated(now + 24 * HOUR)
    assert stated(now, [], hours=None, span=timedelta(minutes=1)).at == now + timedelta(minutes=15)


def test_a_time_far_away_has_its_date_and_a_zone_without_a_name_its_distance() -> None:
    now = berlin("2026-12-23T19:00")
    far = Stated(berlin("2027-01-04T09:00"), is_opening=True)
    assert stated_words(far, now, BERLIN) == "when we are back, on Monday 4 January at 09:00 CET"
    assert stated_words(Stated(now), now, ZoneInfo("America/Sao_Paulo")) == "by Wednesday 15:00 UTC-03"
