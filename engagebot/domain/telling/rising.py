"""What is not as usual today, in words; ordinary unhappiness is no news."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

FEWEST = 3
"""Fewer cases than these are chance, whatever is usual."""
DOUBLED = 2.0
NOISE = 3.0
"""So many times the spread of chance (the root of a count) lie above what is usual before it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """Cases of one problem that were opened within a day, and on a usual day; `None` where none is known."""

    problem: str | None
    today: int
    usual: float | None

    @property
    def is_news(self) -> bool:
        """Whether that is more than chance makes of what is usual."""
        if self.usual is None or self.today < FEWEST:
            return False
        spread = math.sqrt(max(self.usual, 1.0))
        return self.today >= DOUBLED * self.usual and self.today >= self.usual + NOISE * spread

    @property
    def words(self) -> str:
        """`12 cases about billing in the last day; 2 are usual`."""
        about = f" about {self.problem}" if self.problem else " that name no problem"
        usual = self.usual or 0.0
        said = "none is" if usual < 0.1 else f"{usual:.1f} are".replace(".0 are", " are")
        return f"{self.today} cases{about} in the last day; {said} usual"


def news(rises: Iterable[Rise]) -> list[str]:
    """What rose beyond the usual, the strongest first."""
    found = [each for each in rises if each.is_news]
    return [each.words for each in sorted(found, key=lambda each: (each.usual or 0.0) - each.today)]
