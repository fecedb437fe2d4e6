"""Clocks: the arithmetic of promises, by properties, minute by minute, and by a table worked by hand."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagebot.domain.casework.clocks import (
    Audience,
    Clock,
    ClockKind,
    Happening,
    Pause,
    Promise,
    Told,
    clocks_of,
    warnings_of,
)
from engagebot.domain.durations import parse_duration
from engagebot.domain.hours import BusinessHours
from engagebot.domain.outbox import CaseState, Severity

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OFFICE = BusinessHours.parse(
    {"mon-fri": "09:00-18:00"}, zone=BERLIN, holidays=frozenset({date(2026, 12, 25), date(2027, 1, 1)})
)
LUNCH = BusinessHours.parse(
    {"mon-fri": "09:00-12:00, 13:00-18:00", "sun": "00:00-05:00"},
    zone=BERLIN,
    holidays=frozenset({date(2026, 10, 27)}),
)
TABLE = re.compile(
    r"^\| (\d{4}-[\d-]+ [\d:]+) \| (\d+[mh]) (always|business) \| (.*?)\| (\d{4}-[\d-]+ [\d:]+) \|",
    re.MULTILINE,
)
DOC = (Path(__file__).parents[4] / "docs" / "promises.md").read_text(encoding="utf-8")
NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text.strip()).replace(tzinfo=BERLIN).astimezone(UTC)


def clock(span: timedelta = 4 * HOUR, *, began: datetime = NOON, hours: BusinessHours | None = None) -> Clock:
    return Clock(kind=ClockKind.FIRST_REPLY, promise="p", began_at=began, span=span, hours=hours)


@pytest.mark.parametrize("row", TABLE.findall(DOC), ids=lambda row: " ".join(row[:4]).strip())
def test_the_table_worked_by_hand_is_what_the_clocks_say(row: tuple[str, ...]) -> None:
    began, span, kind, pauses, due = row
    found = clock(parse_duration(span), began=local(began), hours=OFFICE if kind == "business" else None)
    for pause in filter(None, (each.strip() for each in pauses.split(","))):
        begin, end = pause.split("/")
        found = found.rest(local(begin)).go_on(local(end))

    assert found.due_at == local(due)


def test_the_table_holds_all_its_rows() -> None:
    assert len(TABLE.findall(DOC)) == 16


# The week in which Berlin goes back to winter time, with a holiday in it.
WEEK = datetime(2026, 10, 23, tzinfo=UTC)
MOMENTS = st.integers(0, 7 * 24 * 60).map(lambda minutes: WEEK + minutes * MINUTE)
SPANS = st.integers(1, 40 * 60).map(lambda minutes: minutes * MINUTE)
HOURS = st.sampled_from([None, LUNCH])


@st.composite
def paused_clocks(draw: st.DrawFn) -> Clock:
    began = draw(MOMENTS)
    found = clock(draw(SPANS), began=began, hours=draw(HOURS))
    at = began
    for _ in range(draw(st.integers(0, 3))):
        at += draw(SPANS)
        found = found.rest(at)
        at += draw(SPANS)
        found = found.go_on(at)
    return found


def counted(found: Clock) -> datetime:
    """The due moment, by looking at every minute: is the clock running, and is the office open?"""
    at, left = found.began_at, found.span
    while left > timedelta(0):
        rests = any(pause.begin <= at and (pause.end is None or at < pause.end) for pause in found.pauses)
        if not rests and (found.hours is None or is_open(found.hours, at)):
            left -= MINUTE
        at += MINUTE
    return at


def is_open(hours: BusinessHours, at: datetime) -> bool:
    here = at.astimezone(hours.zone)
    minute = here.hour * 60 + here.minute
    closed = here.date() in hours.holidays
    return not closed and any(start <= minute < end for start, end in hours.spans[here.weekday()])


@given(paused_clocks())
@settings(max_examples=60, deadline=None)
def test_a_clock_is_due_when_a_count_minute_by_minute_says_so(found: Clock) -> None:
    assert found.due_at == counted(found)


@given(paused_clocks(), SPANS)
@settings(max_examples=100, deadline=None)
def test_a_longer_promise_is_never_due_earlier_and_all_shares_rise(found: Clock, more: timedelta) -> None:
    longer = clock(found.span + more, began=found.began_at, hours=found.hours)
    shorter = clock(found.span, began=found.began_at, hours=found.hours)
    assert longer.due_at is not None
    assert shorter.due_at is not None
    assert longer.due_at > shorter.due_at
    moments = [moment for share in (0.1, 0.5, 0.8, 1.0) if (moment := found.moment(share)) is not None]
    assert moments == sorted(moments)


@given(MOMENTS, SPANS, SPANS, HOURS)
@settings(max_examples=100, deadline=None)
def test_two_spans_one_after_the_other_are_as_long_as_both(
    began: datetime, first: timedelta, second: timedelta, hours: BusinessHours | None
) -> None:
    halfway = clock(first, began=began, hours=hours).due_at
    assert halfway is not None
    whole = clock(first + second, began=began, hours=hours)
    assert clock(second, began=halfway, hours=hours).due_at == whole.due_at
    assert whole.used(halfway) == first


@given(MOMENTS, SPANS, SPANS, SPANS, HOURS)
@settings(max_examples=100, deadline=None)
def test_a_pause_keeps_what_was_left(
    began: datetime, span: timedelta, until: timedelta, length: timedelta, hours: BusinessHours | None
) -> None:
    running = clock(span, began=began, hours=hours)
    resting = running.rest(began + until)
    left = running.left(began + until)
    assert resting.left(began + until + length) == left
    going = resting.go_on(began + until + length)
    assert going.left(began + until + length) == left
    if left > timedelta(0):
        assert resting.due_at is None
        assert going.due_at == clock(left, began=began + until + length, hours=hours).due_at
    else:
        assert going.due_at == resting.due_at == running.due_at


PROMISE = Promise(
    name="standard",
    spans={ClockKind.FIRST_REPLY: 24 * HOUR, ClockKind.NEXT_REPLY: 8 * HOUR, ClockKind.RESOLUTION: 72 * HOUR},
)
K, S = ClockKind, CaseState


def said(hours: float) -> Happening:
    return Happening(told=Told.CONTACT, at=NOON + hours * HOUR)


def replied(hours: float) -> Happening:
    return Happening(told=Told.REPLY, at=NOON + hours * HOUR)


def moved(hours: float, state: CaseState) -> Happening:
    return Happening(told=Told.STATE, at=NOON + hours * HOUR, state=state)


OPENED = Happening(told=Told.OPENED, at=NOON)


def told(history: list[Happening]) -> list[tuple[ClockKind, float, float | None, float | None]]:
    """Each clock as kind, began, due and ended, in hours since noon."""

    def since(at: datetime | None) -> float | None:
        return None if at is None else (at - NOON) / HOUR

    return [
        (each.kind, since(each.began_at) or 0.0, since(each.due_at), since(each.ended_at))
        for each in clocks_of([OPENED, *history], PROMISE)
    ]


def test_a_case_starts_two_clocks_and_a_reply_ends_one() -> None:
    assert told([]) == [(K.FIRST_REPLY, 0, 24, None), (K.RESOLUTION, 0, 72, None)]
    assert told([said(1), replied(5)]) == [(K.FIRST_REPLY, 0, 24, 5), (K.RESOLUTION, 0, 72, None)]


def test_what_they_say_after_a_reply_starts_the_next_one_once() -> None:
    found = told([replied(5), said(6), said(7), replied(9), said(10)])
    assert [each for each in found if each[0] is K.NEXT_REPLY] == [
        (K.NEXT_REPLY, 6, 14, 9),
        (K.NEXT_REPLY, 10, 18, None),
    ]


def test_a_post_heard_late_is_not_answered_by_a_reply_that_came_before_it() -> None:
    found = told([replied(5), said(6), replied(5.5)])
    assert found[-1] == (K.NEXT_REPLY, 6, 14, None)


def test_waiting_pauses_until_the_moment_they_spoke() -> None:
    assert told([moved(2, S.WAITING)])[0] == (K.FIRST_REPLY, 0, None, None)
    # Heard at hour 12 and posted at hour 10: the pause was over at 10.
    assert told([moved(2, S.WAITING), said(10), moved(12, S.ACKNOWLEDGED)])[0] == (K.FIRST_REPLY, 0, 32, None)
    assert told([moved(2, S.SNOOZED), moved(3, S.WAITING), moved(12, S.NEW)])[1] == (
        K.RESOLUTION,
        0,
        82,
        None,
    )


def test_a_promise_may_go_on_while_a_case_rests() -> None:
    strict = Promise(name="strict", spans=PROMISE.spans, pauses=frozenset({S.SNOOZED}))
    first, _ = clocks_of([OPENED, moved(2, S.WAITING)], strict)
    assert first.due_at == NOON + 24 * HOUR
    first, _ = clocks_of([OPENED, moved(2, S.SNOOZED)], strict)
    assert first.due_at is None


def test_the_end_ends_all_and_reopening_starts_anew() -> None:
    assert told([moved(3, S.RESOLVED), moved(9, S.REOPENED)]) == [
        (K.FIRST_REPLY, 0, 24, 3),
        (K.RESOLUTION, 0, 72, 3),
        (K.RESOLUTION, 9, 81, None),
        (K.FIRST_REPLY, 9, 33, None),
    ]
    # Answered before: their own words start the next reply, a person's click does not.
    assert [each[0] for each in told([replied(1), moved(3, S.RESOLVED), moved(9, S.REOPENED)])][2:] == [
        K.RESOLUTION
    ]
    assert told([replied(1), moved(3, S.RESOLVED), said(8), moved(9, S.REOPENED)])[2:] == [
        (K.RESOLUTION, 8, 80, None),
        (K.NEXT_REPLY, 8, 16, None),
    ]


def test_warnings_count_what_has_passed_and_name_the_next_moment() -> None:
    first = clock(24 * HOUR)

    def stands(hours: float, found: Clock = first) -> tuple[int, float | None]:
        seen = warnings_of(found, PROMISE.shares, NOON + hours * HOUR)
        return seen.passed, (seen.next_at - NOON) / HOUR if seen.next_at else None

    assert [stands(at) for at in (11.9, 12, 19.19, 19.2, 23.99, 24, 99)] == [
        (0, 12), (1, 19.2), (1, 19.2), (2, 24), (2, 24), (3, None), (3, None),
    ]  # fmt: skip
    assert stands(99, first.end(NOON + 13 * HOUR)) == (1, None)
    assert stands(99, first.rest(NOON + 13 * HOUR)) == (1, None)


def test_all_that_is_warned_of_once_is_the_breach_when_warnings_are_off() -> None:
    assert Promise(name="p", spans={}, warn_at=()).shares == (1.0,)
    assert Promise(name="p", spans={}, warn_at=(0.5, 1.0)).shares == (0.5, 1.0)


def test_an_ended_clock_neither_rests_nor_ends_again() -> None:
    ended = clock().end(NOON + HOUR)
    assert ended.rest(NOON + 2 * HOUR) == ended.go_on(NOON) == ended.end(NOON + 3 * HOUR) == ended
    assert ended.used(NOON + 9 * HOUR) == HOUR
    assert clock().rest(NOON).pauses == (Pause(NOON),)


@pytest.mark.parametrize(
    ("audience", "holds"),
    [
        (Audience(), True),
        (Audience(severities=frozenset({Severity.HIGH})), True),
        (Audience(severities=frozenset({Severity.LOW})), False),
        (Audience(teams=frozenset({"support"})), True),
        (Audience(teams=frozenset({"billing"})), False),
        (Audience(is_vip=True), False),
        (Audience(is_vip=False), True),
    ],
)
def test_a_promise_is_for_whom_it_names(audience: Audience, holds: bool) -> None:
    assert audience.holds(Severity.HIGH, "support", is_vip=False) is holds
