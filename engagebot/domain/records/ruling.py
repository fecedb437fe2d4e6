"""A rule set as it went live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetRecord:
    """A rule set that went live: its files by name, who put it there and why.

    `version` is its number in the order of going live. `marks` say by rule what made it act as it did (`None`
    for sets of old); `changes` say in words what was new about it; `rates` say what each rule matched an hour
    in its backtest.
    """

    hash: str
    sources: Mapping[str, str]
    author: str
    note: str
    live_at: datetime
    version: int = field(default=0, compare=False)
    marks: Mapping[str, str] | None = field(default=None, compare=False)
    changes: tuple[str, ...] = field(default=(), compare=False)
    rates: Mapping[str, float] | None = field(default=None, compare=False)

    @property
    def count(self) -> int | None:
        """How many rules it holds; `None` for sets of old."""
        return None if self.marks is None else len(self.marks)
