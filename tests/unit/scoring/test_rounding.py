"""What is rounded without being written out is what `round()` says, to the last bit."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.scoring.rounding import to_four, to_two

WAYS = [(to_two, 2), (to_four, 4)]


def same(one: float, other: float) -> bool:
    return one == other and math.copysign(1, one) == math.copysign(1, other)


@pytest.mark.parametrize(("way", "decimals"), WAYS)
def test_many_numbers_of_the_size_of_a_push(way: Callable[[float], float], decimals: int) -> None:
    random = Random(decimals)
    for _ in range(50_000):
        value = random.uniform(-9, 9) * 10 ** random.randint(-6, 2)
        assert same(way(value), round(value, decimals)), value


@pytest.mark.parametrize(("way", "decimals"), WAYS)
def test_halves_and_their_neighbours(way: Callable[[float], float], decimals: int) -> None:
    for step in range(-3_001, 3_002):
        half = (step + 0.5) / 10**decimals
        beside = [math.nextafter(half, way_off) for way_off in (-math.inf, math.inf)]
        for value in (half, half * (1 + 1e-9), *beside):
            assert same(way(value), round(value, decimals)), value


@pytest.mark.parametrize(("way", "decimals"), WAYS)
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_any_number(way: Callable[[float], float], decimals: int, value: float) -> None:
    assert same(way(value), round(value, decimals))


@pytest.mark.parametrize("value", [0.0, -0.0, -0.001, 1e8, -1e300])
def test_zeros_keep_their_sign_and_large_numbers_stay(value: float) -> None:
    assert same(to_two(value), round(value, 2))
