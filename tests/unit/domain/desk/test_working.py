"""A person's own figures: what counts, and what would only look like slowness."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engagebot.domain.desk.working import Decided, work_figures
from tests.fakes import NOON


def _decided(*seconds: float, approvals: int = 0) -> list[Decided]:
    return [
        Decided(NOON + timedelta(seconds=each), number < approvals) for number, each in enumerate(seconds)
    ]


def test_nothing_decided_has_no_rate_and_no_pace() -> None:
    found = work_figures([])
    assert (found.decisions, found.approve_rate, found.pace) == (0, None, None)


@pytest.mark.parametrize(
    ("seconds", "pace"),
    [
        pytest.param((0,), None, id="one has nothing before it"),
        pytest.param((0, 10, 30, 90), 20, id="the one in the middle"),
        pytest.param((90, 0, 30, 10), 20, id="in any order"),
        pytest.param((0, 10, 10 + 3600, 30 + 3600), 15, id="a lunch is no slow decision"),
        pytest.param((0, 0, 0, 8), 8, id="many at once tell no pace"),
        pytest.param((0, 700), None, id="never in a row"),
    ],
)
def test_the_pace_is_that_of_decisions_in_a_row(seconds: tuple[float, ...], pace: float | None) -> None:
    found = work_figures(_decided(*seconds))

    assert found.decisions == len(seconds)
    assert found.pace == (None if pace is None else timedelta(seconds=pace))


def test_the_rate_is_approvals_of_all_decisions() -> None:
    assert work_figures(_decided(0, 1, 2, 3, approvals=3)).approve_rate == 0.75
