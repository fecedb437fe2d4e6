"""Rounding as `round()` does, to the last bit, without writing the number out and reading it back."""

from __future__ import annotations

import math
from typing import Final

_CLOSE_TO_HALF: Final = 0.499999
_LARGEST: Final = 1e8


def to_two(value: float) -> float:
    """`round(value, 2)`."""
    return _rounded(value, 100.0, 2)


def to_four(value: float) -> float:
    """`round(value, 4)`."""
    return _rounded(value, 10_000.0, 4)


def _rounded(value: float, scale: float, decimals: int) -> float:
    scaled = value * scale
    if not -_LARGEST < scaled < _LARGEST:
        return round(value, decimals)
    whole = math.floor(scaled + 0.5)
    # What is lost in the product is far less than a millionth: apart from halves the next whole number is
    # certain, and dividing it is exact to the last bit, as is reading a number. Zeros keep their sign there.
    if whole == 0 or not -_CLOSE_TO_HALF < scaled - whole < _CLOSE_TO_HALF:
        return round(value, decimals)
    return whole / scale
