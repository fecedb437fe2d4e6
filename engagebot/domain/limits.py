"""May this draft be proposed now? Limits of the rule and of the contact policy, counted by the caller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from engagebot.domain.durations import Rate

DAY = timedelta(days=1)


class Scope(StrEnum):
    """Over what a limit counts."""

    OVERALL = "overall"
    AUTHOR = "author"
    THREAD = "thread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `rate` drafts per `scope`; `rule_id` is `None` for a limit over all rules.

    `is_proactive_only` counts only replies to people who did not address us.
    """

    rate: Rate
    scope: Scope
    name: str
    rule_id: str | None = None
    is_proactive_only: bool = False


Count = Callable[[Limit], int]


def first_exceeded(limits: tuple[Limit, ...], count: Count) -> str | None:
    """Say why a further draft is over a limit, or `None` when all have room.

    `count` answers how many live drafts fall under a limit's scope within its window.
    """
    for limit in limits:
        if (used := count(limit)) >= limit.rate.count:
            return f"limit {limit.name} {limit.rate} reached ({used} drafted)"
    return None
