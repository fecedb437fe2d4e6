"""How much of a long sweep a run takes: a sample, or all of it with TEST_EVERYTHING=1 in the environment."""

from __future__ import annotations

import os

TAKES_ALL = bool(os.environ.get("TEST_EVERYTHING"))


def of_all(everything: int, sample: int) -> int:
    """How many to take of `everything`."""
    return everything if TAKES_ALL else sample
