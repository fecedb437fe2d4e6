"""How fast a post gains reactions, told from two readings that came anyway, and which rules that concerns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from engagebot.domain.facts import Facts
from engagebot.domain.mention import Engagement
from engagebot.domain.rules import Condition, Group, Mode, Rulebook, RuleStatus

CONDITION: Final = "engagement.growth"
APART: Final = timedelta(minutes=10)
"""Readings closer to each other than this tell no rate: five likes in a minute are chance."""
FEW: Final = 10
"""Fewer reactions are never taken for more in an hour than they are: five in ten minutes are no thirty."""
KNOWN_FOR: Final = timedelta(hours=24)
"""So long after the later reading a rule may ask for growth; what was a day ago says nothing of now."""
_HOUR: Final = timedelta(hours=1)
_COUNTS: Final = ("likes", "replies", "score")
_ANY_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Reactions gained an hour between two readings; below zero where a score fell."""

    per_hour: float
    earlier_at: datetime
    latest_at: datetime


def gained(before: Engagement, after: Engagement) -> int | None:
    """How many reactions came between two readings, by the counts known at both; `None` where none was."""
    pairs = [(getattr(before, name), getattr(after, name)) for name in _COUNTS]
    both = [after - before for before, after in pairs if before is not None and after is not None]
    return sum(both) if both else None


def per_hour(before: Engagement, after: Engagement, span: timedelta) -> float | None:
    """The same by the hour; `None` where it is not known or the readings are too close."""
    found = gained(before, after)
    if found is None or span < APART:
        return None
    return round(found / ((max(span, _HOUR) if abs(found) < FEW else span) / _HOUR), 2)


def crosses(book: Rulebook, asked: float | None, now: float) -> bool:
    """Whether a condition of a live rule holds with this growth that did not hold when rules were last asked.

    Growth that falls back takes nothing from people that was given to them, so it is no reason to ask; nor
    is growth that has become known and satisfies nobody.
    """
    return any(
        holds and not held
        for rule in book.rules
        if rule.status is RuleStatus.LIVE and rule.when is not None
        for held, holds in zip(_answers(rule.when, asked), _answers(rule.when, now), strict=True)
    )


def _answers(when: Group, growth: float | None) -> list[bool]:
    """Of each condition on growth whether it speaks for its rule; beneath `none` that is a no."""
    known = {} if growth is None else {CONDITION: growth}
    facts = Facts(text="", source="", now=_ANY_TIME, posted_at=_ANY_TIME, extra=known)
    return [condition.ask(facts).result is wanted for condition, wanted in conditions_on(CONDITION, when)]


def conditions_on(name: str, group: Group, *, wanted: bool = True) -> Iterator[tuple[Condition, bool]]:
    """The conditions of this name in a group, each with the answer that speaks for the rule."""
    wanted = wanted is not (group.mode is Mode.NONE)
    for member in group.members:
        if isinstance(member, Group):
            yield from conditions_on(name, member, wanted=wanted)
        elif member.name == name:
            yield member, wanted
