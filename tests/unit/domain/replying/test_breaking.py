from __future__ import annotations

from datetime import timedelta

from engagebot.domain.replying.breaking import OPENS_AT, Breaker
from tests.fakes import NOON

MINUTE = timedelta(minutes=1)


def failed(times: int) -> Breaker:
    breaker = Breaker(source="x")
    for _ in range(times):
        breaker = breaker.failed("down", NOON)
    return breaker


def test_a_breaker_opens_with_the_fifth_failure_in_a_row() -> None:
    before, after = failed(OPENS_AT - 1), failed(OPENS_AT)
    assert (before.is_open, before.rests_until(NOON)) == (False, None)
    assert (after.is_open, after.opened_at, after.rests_until(NOON)) == (True, NOON, NOON + MINUTE)
    assert after.why == "x failed 5 times in a row, at last: down"


def test_it_rests_twice_as_long_after_each_try_and_an_hour_at_most() -> None:
    rests = [failed(OPENS_AT + tries).probe_at for tries in range(9)]
    minutes = [(at - NOON) // MINUTE for at in rests if at is not None]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_one_reply_tries_and_no_other_until_its_outcome_is_known() -> None:
    breaker, later = failed(OPENS_AT), NOON + MINUTE
    assert breaker.rests_until(later) is None
    trying = breaker.trying(later)
    assert (trying.rests_until(later), trying.opened_at) == (later + MINUTE, NOON)
