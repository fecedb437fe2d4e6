from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagebot.domain.hours import BusinessHours, is_within, parse_time_span, parse_weekdays

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
OFFICE = BusinessHours.parse({"mon-fri": "09:00-12:00, 13:00-18:00", "sat": "10:00-14:00"}, zone=BERLIN)


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("2026-03-02T08:59:59", False), ("2026-03-02T09:00", True), ("2026-03-02T11:59:59", True),
        ("2026-03-02T12:00", False), ("2026-03-02T13:00", True), ("2026-03-02T18:00", False),
        ("2026-03-07T13:00", True), ("2026-03-08T13:00", False),
    ],
)  # fmt: skip
def test_open_hours_are_those_of_the_week_in_the_teams_zone(text: str, is_open: bool) -> None:
    assert OFFICE.is_open(at(text)) is is_open


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        pytest.param("2026-03-02T09:00", 3 * HOUR, "2026-03-02T12:00", id="to the end of a span"),
        pytest.param("2026-03-02T11:00", 2 * HOUR, "2026-03-02T14:00", id="over lunch"),
        pytest.param("2026-03-02T17:00", 2 * HOUR, "2026-03-03T10:00", id="over night"),
        pytest.param("2026-03-06T17:00", 6 * HOUR, "2026-03-09T10:00", id="over the weekend"),
        pytest.param("2026-03-08T03:00", HOUR, "2026-03-09T10:00", id="from a closed day"),
        pytest.param("2026-03-27T17:00", 6 * HOUR, "2026-03-30T10:00", id="over the change to summer time"),
        pytest.param("2026-10-23T17:00", 6 * HOUR, "2026-10-26T10:00", id="over the change to winter time"),
    ],
)
def test_working_time_is_added_over_what_is_closed(start: str, span: timedelta, end: str) -> None:
    assert OFFICE.add(at(start), span) == at(end)


def test_no_time_gives_the_moment_itself_even_when_closed() -> None:
    assert OFFICE.add(at("2026-03-08T03:00"), timedelta(0)) == at("2026-03-08T03:00")


def test_a_holiday_is_closed_all_day() -> None:
    hours = BusinessHours.parse(
        {"mon-sun": "09:00-17:00"}, zone=BERLIN, holidays=frozenset({date(2026, 12, 25)})
    )

    assert not hours.is_open(at("2026-12-25T12:00"))
    assert hours.add(at("2026-12-24T16:00"), 2 * HOUR) == at("2026-12-26T10:00")


@pytest.mark.parametrize(("day", "real_hours"), [("2026-03-29", 3), ("2026-10-25", 5)])
def test_the_night_the_clocks_change_counts_the_hours_that_passed(day: str, real_hours: int) -> None:
    hours = BusinessHours.parse({"sun": "00:00-04:00"}, zone=BERLIN)

    assert hours.between(at(f"{day}T00:00"), at(f"{day}T12:00")) == real_hours * HOUR


def test_hours_inside_the_hour_that_is_skipped_do_not_overlap_what_follows() -> None:
    hours = BusinessHours.parse({"sun": "02:00-02:30, 03:00-04:00"}, zone=BERLIN)

    assert hours.between(at("2026-03-29T00:00"), at("2026-03-29T12:00")) == HOUR


def test_a_team_that_never_sleeps_is_always_open() -> None:
    hours = BusinessHours.parse({"mon-sun": "00:00-24:00"}, zone=BERLIN)

    assert hours.add(at("2026-03-28T12:00"), 48 * HOUR) - at("2026-03-28T12:00") == 48 * HOUR


DAYS = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
SPANS = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(hours=200))
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"])
PARTS = st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True)


@st.composite
def weeks(draw: st.DrawFn) -> BusinessHours:
    days = {}
    for name in draw(
        st.lists(st.sampled_from(["mon", "tue-wed", "thu", "fri", "sat-sun"]), min_size=1, unique=True)
    ):
        ends = sorted(draw(PARTS))
        pairs = zip(ends[::2], ends[1::2], strict=False)
        days[name] = ", ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in pairs)
    holidays = draw(st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=5))
    return BusinessHours.parse(days, zone=ZoneInfo(draw(ZONES)), holidays=holidays)


@settings(max_examples=60, deadline=None)
@given(weeks(), DAYS, st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(minutes=300)))
def test_between_measures_exactly_what_add_added(
    hours: BusinessHours, start: datetime, span: timedelta
) -> None:
    end = hours.add(start, span)

    assert end >= start + span
    assert hours.between(start, end) == span
    assert hours.is_open(end - timedelta(microseconds=1))


@settings(max_examples=60, deadline=None)
@given(DAYS, SPANS, SPANS)
def test_adding_twice_is_adding_the_sum(start: datetime, first: timedelta, second: timedelta) -> None:
    assert OFFICE.add(OFFICE.add(start, first), second) == OFFICE.add(start, first + second)


@settings(max_examples=60, deadline=None)
@given(DAYS, DAYS, DAYS)
def test_working_time_between_moments_adds_up(one: datetime, two: datetime, three: datetime) -> None:
    a, b, c = sorted([one, two, three])

    assert OFFICE.between(a, b) + OFFICE.between(b, c) == OFFICE.between(a, c)


@pytest.mark.parametrize(
    ("days", "word"),
    [
        ({}, "at least one day"), ({"mon-fry": "09:00-18:00"}, "mon-fri"), ({"mon": "9-18"}, "09:00-18:00"),
        ({"mon": "22:00-06:00"}, "midnight"), ({"mon": "09:00-12:00, 11:00-13:00"}, "overlap"),
        ({"mon": "25:00-26:00"}, "span of the day"), ({"mon": "09:60-10:00"}, "span of the day"),
        ({"mon-wed": "09:00-12:00", "tue": "11:00-13:00"}, "tue overlap"),
    ],
)  # fmt: skip
def test_hours_that_make_no_sense_say_why(days: dict[str, str], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        BusinessHours.parse(days, zone=BERLIN)


def test_weekdays_may_run_round_the_end_of_the_week() -> None:
    assert parse_weekdays("Fri-Mon") == (4, 5, 6, 0)
    assert parse_weekdays("saturday") == (5,)


def test_a_span_of_the_day_may_run_over_midnight() -> None:
    quiet = parse_time_span("21:00-08:00")

    assert [is_within(at(f"2026-03-02T{hour}"), quiet) for hour in ("20:59", "21:00", "07:59", "08:00")] == [
        False, True, True, False,
    ]  # fmt: skip


def test_more_time_than_fifty_years_hold_is_refused() -> None:
    hours = BusinessHours.parse({"mon": "09:00-09:01"}, zone=BERLIN)

    with pytest.raises(OverflowError):
        hours.add(at("2026-03-02T09:00"), timedelta(hours=100))
