"""Spans and rates as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.domain.durations import Rate, format_duration, parse_duration, parse_rate


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("30s", timedelta(seconds=30)),
        ("2m", timedelta(minutes=2)),
        (" 24 h ", timedelta(days=1)),
        ("30d", timedelta(days=30)),
        ("2w", timedelta(days=14)),
        ("999999w", timedelta(weeks=999_999)),
    ],
)
def test_a_span_is_a_number_and_a_unit(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize(
    "text", ["", "2", "m", "0m", "-2m", "1.5h", "2 minutes", "2M", "1h30m", "1000000s", "²m", "٣m"]
)
def test_what_is_no_span_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="a number and a unit: 30s"):
        parse_duration(text)


@pytest.mark.parametrize(("text", "count", "days"), [("1/30d", 1, 30), (" 20 / 1d ", 20, 1), ("0/2w", 0, 14)])
def test_a_rate_is_a_number_in_a_span(text: str, count: int, days: int) -> None:
    assert parse_rate(text) == Rate(count, timedelta(days=days))


@pytest.mark.parametrize("text", ["", "1", "/30d", "x/30d", "-1/30d"])
def test_what_is_no_rate_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as 1/30d"):
        parse_rate(text)


@pytest.mark.parametrize("text", ["1/", "1/x", "1/0d", "1/2/3d"])
def test_a_rate_with_an_odd_span_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="a number and a unit"):
        parse_rate(text)


@given(st.integers(1, 999_999), st.sampled_from("smhdw"))
def test_what_is_written_reads_back(number: int, unit: str) -> None:
    span = parse_duration(f"{number}{unit}")
    written = format_duration(span)
    assert len(written) <= len(f"{number}{unit}")
    assert parse_duration(written) == span


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=90), "90s"),
        (timedelta(minutes=90), "90m"),
        (timedelta(hours=36), "36h"),
        (timedelta(days=30), "30d"),
        (timedelta(days=14), "2w"),
    ],
)
def test_a_span_is_written_in_the_largest_unit_that_fits(span: timedelta, text: str) -> None:
    assert format_duration(span) == text


def test_a_rate_is_written_as_it_is_read() -> None:
    assert str(parse_rate("1/30d")) == "1/30d"
