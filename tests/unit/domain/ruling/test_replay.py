"""What past mentions say of rules: near misses, agreement with people, and moves that need a look."""

from __future__ import annotations

import pytest

from engagebot.domain.actions import DraftReply, Escalate, Ignore, Outcome
from engagebot.domain.facts import Facts
from engagebot.domain.outbox import Severity
from engagebot.domain.rules import Answer, Condition, Group, Mode, RuleStatus, decide
from engagebot.domain.ruling.replay import (
    NearMiss,
    Said,
    agrees,
    harm,
    names_of,
    opinion,
    path_of,
    routing_of,
    taken_first,
    vader_routing,
)
from tests.factories import make_book, make_rule, says
from tests.fakes import NOON

FACTS = Facts(text="", source="fake", now=NOON, posted_at=NOON)


def facts(text: str, **over: object) -> Facts:
    return FACTS._replace(text=text, **over)


def unknown() -> Condition:
    return Condition("author.followers", {"at_least": 10}, lambda facts: Answer(None))


def miss_of(text: str, *members: Condition | Group) -> str | None:
    rule = make_rule("asked", *members, then=[Ignore(reason="test")])
    miss = NearMiss(rule).of(facts(text))
    return miss and miss.condition


def test_one_failed_condition_of_several_is_a_near_miss() -> None:
    rule = make_rule("both", says("modem"), says("dead"))

    miss = NearMiss(rule).of(facts("modem is slow"))

    assert miss is not None
    assert (miss.condition, miss.expected, miss.actual, miss.result) == (
        "text.contains_any",
        ["dead"],
        None,
        False,
    )


@pytest.mark.parametrize("text", ["modem is dead", "nothing of it"])
def test_a_match_and_a_wide_miss_are_no_near_misses(text: str) -> None:
    assert miss_of(text, says("modem"), says("dead")) is None


def test_a_fact_that_is_not_known_is_told_as_such() -> None:
    miss = NearMiss(make_rule("known", says("modem"), unknown())).of(facts("modem"))

    assert miss is not None
    assert (miss.condition, miss.result) == ("author.followers", None)


def test_a_rule_with_one_condition_has_no_near_misses() -> None:
    assert not NearMiss(make_rule("one", says("modem"))).is_possible


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        ("modem joke", "not text.contains_any"),
        ("modem joke prank", None),
        ("joke", None),
        ("prank", None),
        ("modem", None),
    ],
)
def test_each_exception_counts_by_itself(text: str, failed: str | None) -> None:
    assert miss_of(text, says("modem"), Group(Mode.NONE, (says("joke"), says("prank")))) == failed


@pytest.mark.parametrize(
    ("text", "failed"),
    [("modem", "any of"), ("modem dead", None), ("slow", "text.contains_any"), ("", None)],
)
def test_any_of_several_counts_as_one_condition(text: str, failed: str | None) -> None:
    assert miss_of(text, says("modem"), Group(Mode.ANY, (says("dead"), says("slow")))) == failed


@pytest.mark.parametrize(
    ("text", "failed"),
    [("modem a b", "not all of"), ("modem a", None), ("a b", None), ("a", "text.contains_any")],
)
def test_not_all_of_several_counts_as_one_condition(text: str, failed: str | None) -> None:
    both = Group(Mode.ALL, (says("a"), says("b")))

    assert miss_of(text, says("modem"), Group(Mode.NONE, (both,))) == failed


def test_none_of_none_asks_for_one() -> None:
    either = Group(Mode.NONE, (says("a"), says("b")))

    assert miss_of("modem", says("modem"), Group(Mode.NONE, (either,))) == "any of"
    assert miss_of("modem a", says("modem"), Group(Mode.NONE, (either,))) is None


def test_a_condition_that_breaks_is_no_near_miss() -> None:
    def broken(facts: Facts) -> Answer:
        raise RuntimeError("no")

    assert miss_of("modem", says("modem"), Condition("broken", 1, broken)) is None


def test_names_are_those_of_all_conditions() -> None:
    group = Group(Mode.ALL, (says("a"), Group(Mode.NONE, (unknown(),))))

    assert names_of(says("a")) == {"text.contains_any"}
    assert names_of(group) == {"text.contains_any", "author.followers"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, None),
        ({"is_unhappy": True}, Said.UNHAPPY),
        ({"is_unhappy": True, "drafts": [True]}, Said.UNHAPPY),
        ({"is_unhappy": False}, Said.FINE),
        ({"is_unhappy": False, "is_case_worked": True}, Said.FINE),
        ({"is_unhappy": False, "drafts": [False]}, Said.REJECTED),
        ({"is_case_worked": True, "drafts": [True]}, Said.UNHAPPY),
        ({"is_escalated_by_hand": True}, Said.UNHAPPY),
        ({"drafts": [False, True]}, Said.APPROVED),
        ({"drafts": [False]}, Said.REJECTED),
    ],
)
def test_a_word_on_the_feeling_outweighs_what_was_done(given: dict[str, object], said: Said | None) -> None:
    assert opinion(**given) is said


@pytest.mark.parametrize(
    ("said", "good"),
    [
        (Said.UNHAPPY, {Outcome.ESCALATED}),
        (Said.APPROVED, {Outcome.DRAFTED}),
        (Said.REJECTED, set(Outcome) - {Outcome.DRAFTED}),
        (Said.FINE, set(Outcome) - {Outcome.ESCALATED}),
    ],
)
def test_each_word_has_outcomes_that_agree(said: Said, good: set[Outcome]) -> None:
    assert {outcome for outcome in Outcome if agrees(said, outcome)} == good


HAPPY = {"sentiment": "positive", "unhappiness": 0.0}
ESCALATES = make_book(make_rule("case", says("x"), then=[Escalate(team="support", severity=Severity.HIGH)]))
DRAFTS = make_book(make_rule("thanks", says("x"), then=[DraftReply(template="thanks")]))
OTHERS = make_book(make_rule("cheers", says("x"), then=[DraftReply(template="thanks")]))
NOTHING = make_book()


@pytest.mark.parametrize(
    ("said", "old", "new", "is_harm"),
    [
        (Said.UNHAPPY, ESCALATES, NOTHING, True),
        (Said.UNHAPPY, ESCALATES, DRAFTS, True),
        (Said.UNHAPPY, NOTHING, DRAFTS, True),
        (Said.UNHAPPY, NOTHING, ESCALATES, False),
        (Said.UNHAPPY, DRAFTS, NOTHING, False),
        (Said.UNHAPPY, DRAFTS, OTHERS, False),
        (Said.REJECTED, DRAFTS, DRAFTS, False),
        (Said.REJECTED, DRAFTS, OTHERS, True),
        (Said.REJECTED, NOTHING, DRAFTS, True),
        (Said.REJECTED, DRAFTS, NOTHING, False),
        (Said.APPROVED, DRAFTS, NOTHING, False),
        (None, ESCALATES, NOTHING, False),
    ],
)
def test_a_protected_case_moves_only_towards_people(said, old, new, is_harm) -> None:
    asked = facts("x", **HAPPY)

    assert (harm(said, decide(old, asked), decide(new, asked)) is not None) is is_harm


def test_a_path_names_what_becomes_of_a_mention() -> None:
    paths = [
        path_of(routing_of(book, "b").decide(facts("x", **HAPPY))) for book in (ESCALATES, DRAFTS, NOTHING)
    ]

    assert paths == ["escalate support as high", "draft by thanks", "only marked by default"]


def test_a_rule_behind_a_stop_is_told_who_took_its_mention() -> None:
    book = make_book(
        make_rule("vip", says("x"), stop=True, then=[Ignore(reason="vip")]),
        make_rule("later", says("x"), then=[Ignore(reason="later")]),
        make_rule("other", says("y"), then=[Ignore(reason="other")]),
        make_rule("shadow", says("x"), status=RuleStatus.SHADOW, then=[Ignore(reason="shadow")]),
    )
    rules = {rule.id: rule for rule in book.rules}

    assert taken_first(book, facts("x"), decide(book, facts("x")), rules) == ("later",)
    assert taken_first(book, facts("y"), decide(book, facts("y")), rules) == ()


@pytest.mark.parametrize(
    ("compound", "path"),
    [
        (-0.06, "escalate care as medium"),
        (-0.05, "nothing"),
        (0.049, "nothing"),
        (0.05, "draft by vader-friendly-draft"),
        (None, "nothing"),
    ],
)
def test_plain_vader_routes_by_its_borders_alone(compound: float | None, path: str) -> None:
    routing = vader_routing("care", "thanks")

    assert path_of(routing.decide(facts("I will sue you", compound=compound, unhappiness=0.99))) == path
