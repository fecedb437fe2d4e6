from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.domain.durations import Rate
from engagebot.domain.hours import is_within, quiet_until
from engagebot.domain.replying.leaving import CapScope, Leaving, Wait, Waiting, cap_wait, frees_at, rate_words
from tests.fakes import NOON

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def test_a_cap_frees_when_its_oldest_reply_leaves_the_window() -> None:
    attempts = [NOON - 50 * MINUTE, NOON - 10 * MINUTE]
    assert frees_at(attempts, Rate(3, HOUR), NOON) is None
    assert frees_at(attempts, Rate(2, HOUR), NOON) == NOON + 10 * MINUTE
    assert frees_at(attempts, Rate(1, HOUR), NOON) == NOON + 50 * MINUTE
    assert frees_at(attempts, Rate(2, HOUR), NOON + 10 * MINUTE) is None


@given(
    asked=st.lists(st.integers(0, 400), min_size=1, max_size=40),
    rates=st.lists(
        st.builds(Rate, st.integers(1, 5), st.integers(1, 90).map(lambda s: s * MINUTE)), max_size=3
    ),
)
def test_no_window_ever_holds_more_replies_than_the_rate(asked: list[int], rates: list[Rate]) -> None:
    left: list[datetime] = []
    waiting = sorted(NOON + minute * MINUTE for minute in asked)
    while waiting:
        now = waiting.pop(0)
        frees = [at for rate in rates if (at := frees_at(left, rate, now)) is not None]
        if not frees:
            left.append(now)
            continue
        assert max(frees) > now
        waiting = sorted([*waiting, max(frees)])
    assert len(left) == len(asked)
    for rate in rates:
        for first in left:
            assert sum(first <= at < first + rate.per for at in left) <= rate.count


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (Rate(60, HOUR), "60 replies an hour"),
        (Rate(1, DAY), "1 reply a day"),
        (Rate(10, MINUTE), "10 replies a minute"),
        (Rate(4, 3 * HOUR), "4 replies in 3h"),
    ],
)
def test_a_rate_is_said_as_people_say_it(rate: Rate, words: str) -> None:
    assert rate_words(rate) == words


def test_a_wait_names_its_moment_its_cap_and_its_setting() -> None:
    wait = cap_wait(CapScope.ACCOUNT, Rate(1, HOUR), [NOON - 25 * MINUTE], NOON)
    assert wait is not None
    assert wait.words(NOON, BERLIN) == (
        "waits until 14:35: 1 reply an hour from this account (contact_policy.replies_per_account)"
    )
    assert Wait(NOON + 30 * timedelta(seconds=1), "soon").words(NOON, BERLIN) == "waits until 14:00:30: soon"
    assert Wait(NOON + DAY, "later").words(NOON, BERLIN) == "waits until Tue 4 Aug, 14:00: later"


def berlin(day: int, clock: str, *, month: int = 8, fold: int = 0) -> datetime:
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime(2026, month, day, hour, minute, fold=fold, tzinfo=BERLIN).astimezone(UTC)


NIGHT = (21 * 60, 8 * 60)
EARLY = (60, 150)  # 01:00 to 02:30, where the clocks change


@pytest.mark.parametrize(
    ("at", "span", "until"),
    [
        pytest.param(berlin(3, "20:59"), NIGHT, None, id="before"),
        pytest.param(berlin(3, "21:00"), NIGHT, berlin(4, "08:00"), id="at its first minute"),
        pytest.param(berlin(4, "07:59"), NIGHT, berlin(4, "08:00"), id="after midnight"),
        pytest.param(berlin(4, "08:00"), NIGHT, None, id="at its end"),
        pytest.param(berlin(3, "13:00"), (720, 840), berlin(3, "14:00"), id="within a day"),
        pytest.param(berlin(3, "23:00"), (1320, 1440), berlin(4, "00:00"), id="to midnight"),
        # 25 October 2026: from 03:00 back to 02:00. The night is an hour longer, and 02:30 comes twice.
        pytest.param(berlin(24, "21:00", month=10), NIGHT, berlin(25, "08:00", month=10), id="autumn"),
        pytest.param(
            berlin(25, "02:45", month=10), EARLY, berlin(25, "02:30", month=10, fold=1), id="between the two"
        ),
        pytest.param(berlin(25, "02:30", month=10, fold=1), EARLY, None, id="the second of the two"),
        # 28 March 2027 is beyond; in 2026 it is the 29th: from 02:00 on to 03:00, and 02:30 never comes.
        pytest.param(berlin(28, "21:00", month=3), NIGHT, berlin(29, "08:00", month=3), id="spring"),
        pytest.param(berlin(29, "01:59", month=3), EARLY, berlin(29, "03:00", month=3), id="the jump"),
        pytest.param(berlin(29, "03:00", month=3), EARLY, None, id="after the jump"),
        pytest.param(
            berlin(29, "03:00", month=3), (150, 240), berlin(29, "04:00", month=3), id="begins in it"
        ),
        pytest.param(berlin(29, "01:59", month=3), (150, 240), None, id="before it begins there"),
    ],
)
def test_quiet_hours_end_when_the_clock_on_the_wall_says_so(
    at: datetime, span: tuple[int, int], until: datetime | None
) -> None:
    assert quiet_until(at, span, BERLIN) == until


@given(
    start=st.integers(0, 1439),
    end=st.integers(1, 1440),
    minute=st.integers(0, 366 * 24 * 60),
    zone=st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "UTC"]),
)
def test_nobody_is_disturbed_while_the_clock_shows_quiet_hours(
    start: int, end: int, minute: int, zone: str
) -> None:
    if start == end % 1440:
        return
    at, there = datetime(2026, 1, 1, tzinfo=UTC) + minute * MINUTE, ZoneInfo(zone)
    until = quiet_until(at, (start, end), there)
    assert until is not None or not is_within(at.astimezone(there), (start, end))
    assert until is None or (at < until and quiet_until(until, (start, end), there) is None)


def test_what_waits_is_counted_in_one_sentence() -> None:
    assert Waiting().words == "no approved reply waits"
    assert Waiting(in_undo=3).words == "3 approved replies are in their time to undo"
    assert Waiting(approved=1, in_doubt=2).words == "1 approved reply waits to leave, 2 are in doubt"


def test_only_a_site_with_quiet_hours_waits_for_them() -> None:
    assert Leaving().quiet_wait(NOON) is None
    wait = Leaving(quiet_hours=(780, 900), zone=BERLIN).quiet_wait(NOON)
    assert wait == Wait(NOON + HOUR, "quiet hours from 13:00 to 15:00 (contact_policy.quiet_hours)")
