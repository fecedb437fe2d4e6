"""The first limit without room speaks."""

from __future__ import annotations

from datetime import timedelta

from engagebot.domain.durations import Rate
from engagebot.domain.limits import Limit, Scope, first_exceeded


def limit(name: str, count: int) -> Limit:
    return Limit(rate=Rate(count, timedelta(days=1)), scope=Scope.OVERALL, name=name)


def test_no_limits_have_room() -> None:
    assert first_exceeded((), lambda one: 99) is None


def test_a_limit_has_room_until_it_is_reached() -> None:
    assert first_exceeded((limit("per_day", 2),), lambda one: 1) is None
    assert first_exceeded((limit("per_day", 2),), lambda one: 2) == "limit per_day 2/1d reached (2 drafted)"


def test_the_first_of_several_speaks_and_none_is_counted_after_it() -> None:
    asked: list[str] = []

    def used(one: Limit) -> int:
        asked.append(one.name)
        return 5

    found = first_exceeded((limit("wide", 9), limit("narrow", 5), limit("none", 0)), used)
    assert found == "limit narrow 5/1d reached (5 drafted)"
    assert asked == ["wide", "narrow"]
