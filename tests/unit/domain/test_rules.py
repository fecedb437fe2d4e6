"""The decision is total, deterministic and honest about what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.domain.actions import Assign, Decision, DraftReply, Escalate, Ignore, Outcome, Planned, Tag
from engagebot.domain.facts import Facts
from engagebot.domain.outbox import Severity
from engagebot.domain.rules import (
    SILENCED_BY_ESCALATION,
    Answer,
    Condition,
    Group,
    Mode,
    Needs,
    Rule,
    Rulebook,
    RuleStatus,
    assignee_of,
    decide,
)
from engagebot.domain.ruling.explaining import explain
from tests.factories import make_book, make_rule
from tests.fakes import NOON

FACTS = Facts(text="the modem is dead", source="fake", now=NOON, posted_at=NOON)
THANKS = DraftReply(template="thanks")
HELP = Escalate(team="care", severity=Severity.HIGH)


def given_answer(answer: bool | None, name: str = "said", **more: Any) -> Condition:
    return Condition(name, True, lambda facts: Answer(answer, str(answer), ((0, 3),)), **more)


def broken(name: str = "broken") -> Condition:
    def ask(facts: Facts) -> Answer:
        raise ZeroDivisionError("no followers")

    return Condition(name, None, ask)


def rule(rule_id: str, answer: bool | None = True, **over: Any) -> Rule:
    return make_rule(rule_id, given_answer(answer), **over)


# An independent reading of three-valued logic: unknown stands for both truths at once.

Tree = Any
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.sampled_from([True, False, None]),
    lambda inner: st.tuples(st.sampled_from(list(Mode)), st.lists(inner, max_size=4)),
    max_leaves=12,
)


def group_of(tree: Tree) -> Group:
    if not isinstance(tree, tuple):
        return Group(Mode.ALL, (given_answer(tree),))
    mode, members = tree
    return Group(
        mode,
        tuple(group_of(one) if isinstance(one, tuple) else given_answer(one) for one in members),
    )


def truth(tree: Tree) -> float:
    """Kleene's logic as the least and the greatest of 0, ½ and 1."""
    if not isinstance(tree, tuple):
        return {True: 1.0, None: 0.5, False: 0.0}[tree]
    mode, members = tree
    values = [truth(one) for one in members]
    if mode is Mode.ALL:
        return min(values, default=1.0)
    most = max(values, default=0.0)
    return most if mode is Mode.ANY else 1.0 - most


@given(TREES)
def test_groups_answer_as_kleene_does(tree: Tree) -> None:
    assert group_of(tree).holds(FACTS) == {1.0: True, 0.5: None, 0.0: False}[truth(tree)]


RULES = st.builds(
    lambda number, tree, status, stop, fails, then: (tree, status, stop, fails, then),
    st.integers(),
    TREES,
    st.sampled_from(list(RuleStatus)),
    st.booleans(),
    st.booleans(),
    st.lists(st.sampled_from([THANKS, HELP, Tag(tags=("t",)), Ignore(reason="r")]), max_size=3),
)


def book_of(drawn: Sequence[tuple[Any, ...]], default_at: int) -> Rulebook:
    made = []
    for number, (tree, status, stop, fails, then) in enumerate(drawn):
        when = Group(Mode.ALL, (broken(),)) if fails else group_of(tree)
        made.append(replace(make_rule(f"r{number}", status=status, stop=stop, then=then), when=when))
    book = make_book()
    made.insert(min(default_at, len(made)), book.default)
    return replace(book, rules=tuple(made))


@given(st.lists(RULES, max_size=6), st.integers(0, 6))
def test_every_rule_set_comes_to_one_decision(drawn: list[tuple[Any, ...]], default_at: int) -> None:
    book = book_of(drawn, default_at)
    decision = decide(book, FACTS)
    assert decide(book, FACTS) == decision
    expected: list[str] = []
    shadow: list[str] = []
    failed: list[tuple[str, RuleStatus]] = []
    for number, (tree, status, stop, fails, _) in enumerate(drawn):
        if status is RuleStatus.DRAFT:
            continue
        if fails:
            failed.append((f"r{number}", status))
        elif truth(tree) == 1.0:
            (expected if status is RuleStatus.LIVE else shadow).append(f"r{number}")
            if status is RuleStatus.LIVE and stop:
                break
    assert decision.matched == tuple(expected or ["default"])
    assert decision.shadow == tuple(shadow)
    assert decision.failed == tuple(rule_id for rule_id, _ in failed)
    live_failures = [rule_id for rule_id, status in failed if status is RuleStatus.LIVE]
    to_people = [
        planned.rule_id
        for planned in decision.planned
        if planned.action == Escalate(team=book.human_team, severity=Severity.MEDIUM)
    ]
    assert to_people == live_failures
    kinds = [type(planned.action) for planned in decision.actions]
    assert kinds.count(DraftReply) <= 1
    assert not (Escalate in kinds and DraftReply in kinds)
    traces = {trace.rule_id: trace for trace in explain(book, FACTS)}
    assert set(traces) == {one.id for one in book.rules}
    for one in book.rules:
        if one.status is RuleStatus.LIVE:
            assert traces[one.id].matched == (one.id in decision.matched), one.id


def outcome_of(*actions: Any) -> Outcome:
    planned = tuple(Planned(rule_id="r", action=action) for action in actions)
    return Decision(rule_set="0", matched=("r",), planned=planned).outcome


@pytest.mark.parametrize(
    ("actions", "outcome"),
    [
        ((Tag(tags=("t",)), THANKS, HELP, Ignore(reason="r")), Outcome.ESCALATED),
        ((Ignore(reason="r"), THANKS), Outcome.DRAFTED),
        ((Tag(tags=("t",)), Ignore(reason="r")), Outcome.IGNORED),
        ((Tag(tags=("t",)),), Outcome.ROUTED),
        ((), Outcome.UNTOUCHED),
    ],
)
def test_the_weightiest_action_names_the_outcome(actions: tuple[Any, ...], outcome: Outcome) -> None:
    assert outcome_of(*actions) is outcome


def test_a_silenced_action_does_not_count() -> None:
    planned = (Planned(rule_id="r", action=THANKS, silenced="no"),)
    decision = Decision(rule_set="0", matched=("r",), planned=planned)
    assert (decision.actions, decision.outcome) == ((), Outcome.UNTOUCHED)


def test_the_default_acts_only_where_no_other_live_rule_matched() -> None:
    matched = [
        decide(make_book(*rules), FACTS).matched
        for rules in (
            [],
            [rule("a", None)],
            [rule("a", False)],
            [rule("a", status=RuleStatus.SHADOW)],
            [rule("a", status=RuleStatus.DRAFT)],
            [rule("a")],
        )
    ]
    assert matched == [("default",)] * 5 + [("a",)]


def test_a_stop_ends_the_walk_only_where_its_rule_matched() -> None:
    book = make_book(rule("a", None, stop=True), rule("b", stop=True), rule("c"))
    assert decide(book, FACTS).matched == ("b",)


def test_a_draft_before_the_escalation_is_silenced_too() -> None:
    book = make_book(rule("a", then=[THANKS]), rule("b", then=[HELP]), rule("c", then=[THANKS]))
    assert [planned.silenced for planned in decide(book, FACTS).planned] == [
        SILENCED_BY_ESCALATION,
        None,
        SILENCED_BY_ESCALATION,
    ]


def test_the_last_assignment_wins() -> None:
    book = make_book(rule("a", then=[Assign(to="kim_demo")]), rule("b", then=[Assign(to="lee_demo")]))
    assert assignee_of(decide(book, FACTS)) == "lee_demo"
    assert assignee_of(decide(make_book(), FACTS)) is None


def test_a_rule_is_found_by_its_id() -> None:
    book = make_book(rule("a"))
    found = book.rule("a")
    assert found is not None
    assert found.id == "a"
    assert book.rule("b") is None


# Explaining


def test_a_trace_shows_every_rule_and_says_why_some_did_nothing() -> None:
    book = make_book(
        rule("a", False),
        rule("shadow", status=RuleStatus.SHADOW),
        rule("draft", status=RuleStatus.DRAFT),
        rule("stop", stop=True),
        rule("late"),
    )
    found = {trace.rule_id: (trace.matched, trace.note) for trace in explain(book, FACTS)}
    assert found == {
        "a": (False, None),
        "shadow": (True, "shadow: does nothing"),
        "draft": (True, "draft: does nothing"),
        "stop": (True, None),
        "late": (False, "not asked: rule stop matched and stops"),
        "default": (False, "default route: acts only where no other live rule matched"),
    }
    assert explain(make_book(), FACTS)[0].matched


def test_a_trace_turns_the_answers_of_a_none_group_round() -> None:
    when = Group(
        Mode.ALL,
        (
            Group(Mode.NONE, (given_answer(True, "x"), given_answer(None, "y"), given_answer(False, "z"))),
            given_answer(None, "w"),
        ),
    )
    book = make_book(replace(make_rule("a"), when=when))
    (trace, _) = explain(book, FACTS)
    assert [(check.condition, check.result, bool(check.spans)) for check in trace.checks] == [
        ("not x", False, True), ("not y", None, False), ("not z", True, False), ("w", None, False),
    ]  # fmt: skip
    assert not trace.matched


def test_a_broken_condition_is_named_in_the_trace() -> None:
    (trace, _) = explain(make_book(make_rule("a", broken())), FACTS)
    assert (trace.matched, trace.error) == (False, "ZeroDivisionError: no followers")


def test_a_broken_condition_behind_the_answer_hides_nothing() -> None:
    when = Group(Mode.ANY, (given_answer(True), broken()))
    book = make_book(replace(make_rule("a", then=[THANKS]), when=when))
    assert decide(book, FACTS).matched == ("a",)
    (trace, _) = explain(book, FACTS)
    assert (trace.matched, trace.error) == (True, None)
    assert [check.result for check in trace.checks] == [True, None]
    assert trace.checks[1].actual == "cannot be asked: ZeroDivisionError: no followers"


# Passing rules over for what they need must change nothing


WORDS = ("modem", "dead", "love", "fees")


def said_words(facts: Facts) -> tuple[str, ...]:
    return tuple(facts.text.split())


def first_letters(facts: Facts) -> tuple[str, ...]:
    return tuple(word[0] for word in said_words(facts))


def asking(word: str, needs: Needs) -> Condition:
    def ask(facts: Facts) -> Answer:
        return Answer(word in said_words(facts))

    return Condition("text.contains_any", [word], ask, needs=needs)


KNOWN_BY = st.sampled_from(
    [
        *(asking(word, Needs(said_words, frozenset({word, "tariff"}))) for word in WORDS),
        *(asking(word, Needs(first_letters, frozenset({word[0]}))) for word in WORDS),
        given_answer(True),
        given_answer(None),
    ]
)
PHRASE_TREES: st.SearchStrategy[Tree] = st.recursive(
    KNOWN_BY, lambda inner: st.tuples(st.sampled_from(list(Mode)), st.lists(inner, max_size=4)), max_leaves=10
)


def phrase_group(tree: Tree) -> Group:
    def member(one: Tree) -> Condition | Group:
        return Group(one[0], tuple(member(inner) for inner in one[1])) if isinstance(one, tuple) else one

    found = member(tree)
    return found if isinstance(found, Group) else Group(Mode.ALL, (found,))


@given(st.lists(PHRASE_TREES, max_size=5), st.lists(st.sampled_from(WORDS), max_size=4))
def test_rules_passed_over_would_not_have_matched(trees: list[Tree], said: list[str]) -> None:
    facts = FACTS._replace(text=" ".join(said))
    groups = [phrase_group(tree) for tree in trees]
    book = make_book(*[replace(make_rule(f"r{n}"), when=group) for n, group in enumerate(groups)])

    matching = [f"r{n}" for n, group in enumerate(groups) if group.holds(facts)]

    assert decide(book, facts).matched == tuple(matching or ["default"])


def test_a_rule_is_not_asked_without_what_it_needs() -> None:
    needs_love = Group(Mode.ALL, (asking("love", Needs(said_words, frozenset({"love"}))), broken()))
    book = make_book(replace(make_rule("fan"), when=needs_love))

    assert decide(book, FACTS).failed == ()
    assert decide(book, FACTS._replace(text="love it")).failed == ("fan",)


@pytest.mark.parametrize("mode", [Mode.ANY, Mode.NONE])
def test_a_choice_needs_nothing_that_one_of_its_members_does_not(mode: Mode) -> None:
    modem, dead = (asking(word, Needs(said_words, frozenset({word}))) for word in ("modem", "dead"))

    both = {said_words: {"modem", "dead"}} if mode is Mode.ANY else {}
    assert Group(mode, (modem, dead)).needs() == both
    assert Group(mode, (modem, given_answer(True))).needs() == {}
    assert Group(mode, ()).needs() == {}


def test_a_thousand_rules_are_passed_over_together() -> None:
    asked: list[str] = []

    def member(number: int) -> Group:
        def ask(facts: Facts) -> Answer:
            asked.append(f"r{number}")
            return Answer(True)

        return Group(
            Mode.ALL, (Condition("c", number, ask, needs=Needs(said_words, frozenset({f"w{number}"}))),)
        )

    book = make_book(*[replace(make_rule(f"r{n}"), when=member(n)) for n in range(1000)])

    assert decide(book, FACTS._replace(text="w999 w7 other")).matched == ("r7", "r999")
    assert asked == ["r7", "r999"]
