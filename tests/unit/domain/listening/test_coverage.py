from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.domain.listening.coverage import (
    FIRST,
    LATE,
    Coverage,
    Entry,
    Kind,
    Span,
    clip,
    cover,
    join,
    late_after,
    minutes,
    subtract,
)
from tests.fakes import NOON

MINUTE = timedelta(minutes=1)
EVERY = 5 * MINUTE


def span(start: float, end: float) -> Span:
    return Span(NOON + start * MINUTE, NOON + end * MINUTE)


def entry(kind: Kind, start: float, end: float, **over: object) -> Entry:
    noted_at = over.pop("noted", end)
    values = {"id": 1, "watch": "talk", "noted_at": NOON + noted_at * MINUTE, **over}  # type: ignore[operator]
    return Entry(kind=kind, span=span(start, end), **values)  # type: ignore[arg-type]


def heard(start: float, end: float, **over: object) -> Entry:
    return entry(Kind.HEARD, start, end, **over)


def covered(*entries: Entry, until: float = 60, began: float | None = 0) -> Coverage:
    began_at = None if began is None else NOON + began * MINUTE
    return cover(entries, span(-1000, until), began_at=began_at, every=EVERY)


spans = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda pair: span(*pair)), max_size=8)


def minutes_of(many: object) -> set[int]:
    return {minute for minute in range(50) for each in many if each.within(span(minute, minute + 1)).length}  # type: ignore[attr-defined]


@given(spans, spans)
def test_joining_and_subtracting_are_what_sets_of_minutes_say(some: list[Span], others: list[Span]) -> None:
    assert minutes_of(join(some)) == minutes_of(some)
    assert minutes_of(subtract(some, others)) == minutes_of(some) - minutes_of(others)
    for result in (join(some), subtract(some, others)):
        assert all(one.until_at < two.from_at for one, two in pairwise(result))
        assert not any(each.is_empty for each in result)


def test_windows_that_touch_become_one() -> None:
    assert join([span(5, 9), span(0, 5), span(12, 13), span(3, 4)]) == (span(0, 9), span(12, 13))


def test_minutes_are_counted_once_and_rounded() -> None:
    assert minutes([span(0, 5), span(3, 7.6)]) == 8


def test_a_period_cuts_what_reaches_out_of_it() -> None:
    assert clip([span(0, 5), span(8, 20)], span(3, 10)) == (span(3, 5), span(8, 10))


@pytest.mark.parametrize(("every", "late"), [(MINUTE, 10 * MINUTE), (EVERY, 15 * MINUTE)])
def test_a_stretch_is_late_after_three_polls_but_not_within_ten_minutes(
    every: timedelta, late: timedelta
) -> None:
    assert late_after(every) == late


def test_what_nobody_heard_is_silent() -> None:
    found = covered(heard(0, 20), heard(40, 60))
    assert found.heard == (span(0, 20), span(40, 60))
    assert found.silent == found.blind == (span(20, 40),)
    assert found.blind_minutes == 20


def test_an_open_gap_is_blind_and_not_heard_and_a_healed_one_is_heard() -> None:
    gap = entry(Kind.GAP, 10, 15, reason="the listing ended")
    found = covered(heard(0, 60), gap)
    assert (found.heard, found.silent) == ((span(0, 10), span(15, 60)), ())
    assert (found.blind, found.gaps) == ((span(10, 15),), (gap,))

    healed = entry(Kind.GAP, 10, 15, reason="the listing ended", healed_at=NOON)
    assert covered(heard(0, 60), healed).blind == ()
    assert covered(heard(0, 60), healed).gaps == (healed,)


def test_the_wait_for_the_next_poll_is_not_silence_until_it_is_overdue() -> None:
    assert covered(heard(0, 45, noted=46)).silent == ()
    assert covered(heard(0, 43, noted=44)).silent == (span(43, 60),)


def test_what_was_heard_late_is_told_with_its_lag() -> None:
    found = covered(heard(0, 10), heard(10, 55, reason=LATE, noted=56), heard(55, 60))
    assert (found.blind_minutes, found.late_minutes) == (0, 45)
    assert found.longest_lag == 46 * MINUTE


def test_the_look_back_of_the_first_poll_is_before_the_watch_began() -> None:
    found = covered(heard(-900, 0, reason=FIRST, noted=0), heard(0, 60))
    assert (found.period, found.heard) == (span(0, 60), (span(0, 60),))
    assert (found.blind_minutes, found.late_minutes, found.longest_lag) == (0, 0, timedelta(0))


def test_a_watch_without_a_ledger_is_not_blamed() -> None:
    found = covered(began=None)
    assert (found.heard, found.blind, found.gaps) == ((), (), ())


def test_a_watch_that_only_ever_failed_is_blind_since_its_first_poll() -> None:
    found = covered(heard(0, 0, reason=FIRST))
    assert found.blind == (span(0, 60),)


def test_rests_are_counted_in_minutes() -> None:
    rest = entry(Kind.LIMITED, 20, 90, reason="rate limit")
    assert covered(heard(0, 20), rest).limited_minutes == 40
