"""How fast a post gains reactions, and when that is a reason to ask rules again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engagebot.domain.facts import Facts
from engagebot.domain.mention import Engagement
from engagebot.domain.rules import Answer, Condition, Group, Mode, Rulebook, RuleStatus
from engagebot.domain.ruling.growth import CONDITION, crosses, per_hour
from tests.factories import make_book, make_rule, says

HOUR = timedelta(hours=1)


def grows_by(least: float) -> Condition:
    def ask(facts: Facts) -> Answer:
        growth = facts.extra.get(CONDITION)
        return Answer(None if growth is None else growth >= least, growth)

    return Condition(CONDITION, {"at_least": least}, ask)


def book(mode: Mode = Mode.ALL, status: RuleStatus = RuleStatus.LIVE) -> Rulebook:
    inner = Group(mode, (grows_by(50), grows_by(200)))
    return make_book(make_rule("spreads", when=Group(Mode.ALL, (says("dead"), inner)), status=status))


@pytest.mark.parametrize(
    ("before", "after", "span", "rate"),
    [
        pytest.param({"likes": 10}, {"likes": 40}, HOUR, 30, id="one count"),
        pytest.param({"likes": 10, "score": 5}, {"likes": 14, "score": 1}, HOUR, 0, id="a score may fall"),
        pytest.param({"likes": 10}, {"likes": 20, "replies": 9}, HOUR, 10, id="known at both times only"),
        pytest.param({"likes": 10}, {"replies": 9}, HOUR, None, id="nothing to compare"),
        pytest.param({"likes": 1}, {"likes": 11}, timedelta(minutes=10), 60, id="ten minutes are enough"),
        pytest.param({"likes": 1}, {"likes": 6}, timedelta(minutes=10), 5, id="few are no more"),
        pytest.param({"likes": 9}, {"likes": 1}, timedelta(minutes=10), -8, id="nor where a score falls"),
        pytest.param({"likes": 1}, {"likes": 9}, timedelta(minutes=9), None, id="too close to each other"),
    ],
)
def test_growth_is_what_came_between_two_readings_by_the_hour(
    before: dict[str, int], after: dict[str, int], span: timedelta, rate: float | None
) -> None:
    assert per_hour(Engagement(**before), Engagement(**after), span) == rate


@pytest.mark.parametrize(
    ("asked", "now", "again"),
    [(None, 49, False), (None, 50, True), (60, 199, False), (60, 200, True), (300, 20, False)],
)
def test_rules_are_asked_again_at_each_limit_on_the_way_up_alone(
    asked: float | None, now: float, again: bool
) -> None:
    assert crosses(book(Mode.ANY), asked, now) is again
    assert not crosses(book(Mode.ANY, RuleStatus.SHADOW), asked, now)
    assert not crosses(make_book(make_rule("dead", says("dead"))), asked, now)


def test_beneath_none_it_is_the_way_down_that_counts() -> None:
    assert [crosses(book(Mode.NONE), 300, now) for now in (250, 100, 20)] == [False, True, True]
    assert crosses(book(Mode.NONE), None, 20)
