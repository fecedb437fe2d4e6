"""Since when somebody is a customer, as precisely as people know it."""

from __future__ import annotations

import pytest

from engagebot.domain.persons.tenure import Tenure, since_of
from engagebot.errors import WrongUsage
from tests.fakes import NOON

TODAY = NOON.date()


@pytest.mark.parametrize(
    ("written", "words"),
    [("2019", "2019"), (" 2019-04 ", "April 2019"), ("2019-04-01", "1 April 2019")],
)
def test_a_year_a_month_or_a_day_is_kept_as_it_is_known(written: str, words: str) -> None:
    kept = since_of(written, TODAY)
    assert kept == written.strip()
    assert Tenure(kept, "kim_demo", NOON).words == words


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("2027", "still to come"), ("2026-08-04", "still to come"), ("1899", "no date"),
        ("2019-13", "no date"), ("2019-02-30", "no date"), ("04/2019", "no date"), ("", "no date"),
        ("19", "no date"), ("2019-4", "no date"), ("٢٠١٩", "no date"),
    ],
)  # fmt: skip
def test_what_is_no_date_of_the_past_is_refused_with_the_shape_to_write(written: str, problem: str) -> None:
    with pytest.raises(WrongUsage, match=problem):
        since_of(written, TODAY)
