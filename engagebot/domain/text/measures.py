"""The ways in which platforms count the length of a text; a connector says which one is its platform's.

Each of them is counted in the browser as well (web/static/js/counting.js); one table of cases holds both.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from engagebot.domain.text.graphemes import signs
from engagebot.domain.text.weighing import composed, end_of_names, weigh


class Measure(StrEnum):
    """How a text is counted.

    `characters` are code points. `graphemes` are what people see as one sign. `weighted` counts wide signs
    twice and every link alike; `weighted-reply` does so without the `@names` in front of the text.
    """

    CHARACTERS = "characters"
    GRAPHEMES = "graphemes"
    WEIGHTED = "weighted"
    WEIGHTED_REPLY = "weighted-reply"


@dataclass(frozen=True, slots=True)
class Fit:
    """How long a text is, by how much too long, and at which character the part begins that is too much."""

    length: int
    over: int
    cut: int | None


def length(measure: Measure, text: str) -> int:
    """Count a text."""
    if measure is Measure.CHARACTERS:
        return len(text)
    return sum(units for _, units in _pieces(measure, text))


def fits(measure: Measure, text: str, limit: int) -> Fit:
    """Count a text against the most that is allowed."""
    total, cut = 0, None
    for start, units in _pieces(measure, text):
        total += units
        if cut is None and total > limit:
            cut = start
    if cut is not None and measure in (Measure.WEIGHTED, Measure.WEIGHTED_REPLY):
        cut = _place_before_composing(text, cut)
    return Fit(total, max(0, total - limit), cut)


def _pieces(measure: Measure, text: str) -> Iterator[tuple[int, int]]:
    if measure is Measure.CHARACTERS:
        return ((at, 1) for at in range(len(text)))
    if measure is Measure.GRAPHEMES:
        return ((at, 1) for at in signs(text))
    counted = composed(text)
    return weigh(counted, end_of_names(counted) if measure is Measure.WEIGHTED_REPLY else 0)


def _place_before_composing(text: str, place: int) -> int:
    """Find in the text as it was typed what stands at a place of its composed form."""
    if composed(text) == text:
        return place
    return bisect_right(range(len(text) + 1), place, key=lambda end: len(composed(text[:end]))) - 1
