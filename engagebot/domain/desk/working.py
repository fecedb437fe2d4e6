"""How one person's work at the desk went, in figures that are theirs alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

IN_A_ROW = timedelta(minutes=10)
"""Two decisions further apart than this are not in a row: a meeting is no slow decision."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision about a draft."""

    at: datetime
    is_approval: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFigures:
    """Decisions and how many of them were approvals; `pace` is `None` where none followed another."""

    decisions: int
    approvals: int
    pace: timedelta | None

    @property
    def approve_rate(self) -> float | None:
        """Approvals out of decisions, 0.0 to 1.0; `None` before the first decision."""
        return self.approvals / self.decisions if self.decisions else None


def work_figures(decided: Sequence[Decided]) -> WorkFigures:
    """Count decisions, in any order; the pace is the median time from one to the next in a row.

    What was decided at one moment, many at once, counts as decisions and tells nothing about the pace.
    """
    moments = sorted({each.at for each in decided})
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    in_a_row = [gap.total_seconds() for gap in gaps if gap <= IN_A_ROW]
    return WorkFigures(
        decisions=len(decided),
        approvals=sum(each.is_approval for each in decided),
        pace=timedelta(seconds=median(in_a_row)) if in_a_row else None,
    )
