"""From which age on a rule may say yes, and whether that is a reason to ask it again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engagebot.domain.facts import CustomerFacts, Facts
from engagebot.domain.judgement import Sentiment
from engagebot.domain.rules import Rulebook
from engagebot.domain.ruling.aging import asks_again, limits
from tests.fakes import NOON
from tests.unit.rulebook.rule_sets import load

HOUR = timedelta(hours=1)
MS = timedelta(milliseconds=1)
FACTS = Facts(text="the modem is dead", source="x", now=NOON, posted_at=NOON, sentiment=Sentiment.NEGATIVE)


def book(when: str, status: str = "live") -> Rulebook:
    return load(f"- id: old\n  status: {status}\n  when: {when}\n  then: [{{tag: x}}]\n")


def again(when: str, then: timedelta, now: timedelta, **facts: Any) -> bool:
    asked = FACTS._replace(now=NOON + then, **facts)
    return asks_again(book(when).rules[0], asked, NOON + now)


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ("{all: [age: {at_least: 3h}]}", [3 * HOUR]),
        ("{all: [age: {above: 3h}]}", [3 * HOUR + MS]),
        ("{all: [age: {at_most: 3h}]}", []),
        ("{all: [age: {below: 3h}]}", []),
        ("{all: [age: {between: [1h, 3h]}]}", [HOUR]),
        ("{all: [age: {above: 1h, below: 3h}]}", [HOUR + MS]),
        ("{none: [age: {at_least: 3h}]}", []),
        ("{none: [age: {at_most: 3h}]}", [3 * HOUR + MS]),
        ("{none: [age: {below: 3h}]}", [3 * HOUR]),
        ("{none: [none: [age: {at_least: 3h}]]}", [3 * HOUR]),
        ("{all: [sentiment: negative, any: [age: {at_least: 1h}, age: {at_least: 2d}]]}", [HOUR, 48 * HOUR]),
        ("{all: [author.account_age: {at_least: 3h}]}", []),
        ("{all: [sentiment: negative]}", []),
    ],
)
def test_a_limit_is_the_age_from_which_on_a_condition_speaks_for_its_rule(
    when: str, found: list[timedelta]
) -> None:
    assert sorted(limits(book(when))) == found
    assert limits(book(when, "shadow")) == limits(book(when, "draft")) == {}


def test_a_rule_is_asked_again_where_the_limit_lies_between_the_last_asking_and_now() -> None:
    when = "{all: [age: {at_least: 3h}]}"
    assert again(when, HOUR, 3 * HOUR)
    assert not again(when, HOUR, 3 * HOUR - MS)
    assert not again(when, 3 * HOUR, 4 * HOUR), "it was that old when it was asked"
    assert not again("{all: [age: {between: [1h, 3h]}]}", timedelta(0), 4 * HOUR), "that time is over"
    assert not again("{all: [age: {at_most: 3h}]}", HOUR, 4 * HOUR)
    assert again("{none: [age: {at_most: 3h}]}", HOUR, 4 * HOUR)


@pytest.mark.parametrize(
    ("others", "is_asked"),
    [
        ("sentiment: negative", True),
        ("sentiment: positive", False),
        ("text: {contains_any: [router]}", False),
        ("none: [sentiment: negative]", False),
        ("any: [sentiment: positive, text: {contains_any: [modem]}]", True),
        ("any: [sentiment: positive, customer.open_case: true]", True),
        ("customer.open_case: true", True),
        ("none: [customer.open_case: false]", True),
    ],
)
def test_what_cannot_have_changed_is_not_asked_for_nothing(others: str, is_asked: bool) -> None:
    customer = CustomerFacts(has_open_case=False)
    when = f"{{all: [{others}, age: {{at_least: 3h}}]}}"
    assert again(when, HOUR, 3 * HOUR, customer=customer) is is_asked
