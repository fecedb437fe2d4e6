"""Above all rules: no friendly word where signals disagree, and a person where one is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from engagebot.domain.actions import Action, DraftReply, Escalate, Ignore, Outcome, Tag
from engagebot.domain.facts import CustomerFacts, Facts, facts_of
from engagebot.domain.heard.correction import Correction
from engagebot.domain.interlock import INTERLOCK, disagreeing, needs_person
from engagebot.domain.judgement import Intent, Judgement, Sentiment
from engagebot.domain.outbox import Severity
from engagebot.domain.rules import Answer, Condition, Group, Mode, Rule, Rulebook, RuleStatus, decide
from tests.factories import make_mention

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HAPPY = Facts(
    text="Love it",
    source="x",
    now=NOW,
    posted_at=NOW,
    sentiment=Sentiment.VERY_POSITIVE,
    compound=0.8,
    unhappiness=0.02,
    intents=("praise",),
)


def told(**extra: Any) -> Facts:
    return HAPPY._replace(extra=extra)


def book(*actions: Action) -> Rulebook:
    always = Group(Mode.ALL, (Condition("text", "x", lambda facts: Answer(True)),))
    return Rulebook(
        rules=(
            Rule(id="one", name="One", status=RuleStatus.LIVE, when=always, then=actions),
            Rule(
                id="rest",
                name="Rest",
                status=RuleStatus.LIVE,
                when=None,
                then=(Tag(tags=("rest",)),),
                is_default=True,
            ),
        ),
        hash="h",
        human_team="support",
    )


THANKS = DraftReply(template="thanks")

DISAGREEING = [
    (HAPPY._replace(sentiment=Sentiment.NEGATIVE), "sentiment"),
    (HAPPY._replace(sentiment=Sentiment.UNKNOWN), "sentiment"),
    (HAPPY._replace(sentiment=None), "sentiment"),
    (HAPPY._replace(unhappiness=0.31), "unhappiness"),
    (HAPPY._replace(intents=("praise", "complaint")), "intent"),
    (HAPPY._replace(intents=("bug",)), "intent"),
    (HAPPY._replace(intents=("churn",)), "intent"),
    (HAPPY._replace(intents=("spam",)), "intent"),
    (HAPPY._replace(customer=CustomerFacts(has_open_case=True)), "an open case"),
    (told(problem_words=True), "problem words"),
    (told(thread_unhappy=True), "the thread"),
    (told(incident=True), "an incident"),
]


@pytest.mark.parametrize(("facts", "signal"), DISAGREEING)
def test_a_signal_that_disagrees_gives_the_draft_to_a_person(facts: Facts, signal: str) -> None:
    assert disagreeing(facts) == (signal,)
    decision = decide(book(THANKS), facts)
    assert decision.outcome is Outcome.ESCALATED
    (draft, handed_over) = decision.planned
    why = f"something speaks against a ready thank-you: {signal}"
    assert draft.silenced == why
    assert (handed_over.rule_id, handed_over.why) == (INTERLOCK, why)
    assert handed_over.action == Escalate(team="support", severity=Severity.LOW)


@pytest.mark.parametrize(("facts", "signal"), DISAGREEING)
def test_signals_are_nobody_s_business_where_nothing_would_be_drafted(facts: Facts, signal: str) -> None:
    assert decide(book(Tag(tags=(signal,))), facts).outcome is Outcome.ROUTED


def test_all_signals_that_disagree_are_named() -> None:
    facts = told(problem_words=True)._replace(sentiment=Sentiment.NEGATIVE, unhappiness=0.9)
    assert disagreeing(facts) == ("sentiment", "unhappiness", "problem words")


@pytest.mark.parametrize(
    "facts",
    [
        HAPPY,
        HAPPY._replace(unhappiness=None),
        HAPPY._replace(unhappiness=0.3, sentiment=Sentiment.NEUTRAL, intents=("question",)),
        HAPPY._replace(customer=CustomerFacts(has_open_case=None)),
        HAPPY._replace(intents=None),
    ],
)
def test_a_draft_is_born_where_all_signals_agree(facts: Facts) -> None:
    assert decide(book(THANKS), facts).outcome is Outcome.DRAFTED


NEEDING = [
    (told(tender_topic=True), "a tender topic or a threat"),
    (told(asks_for_human=True), "a wish to speak with a person"),
    (told(feels_cheated=True), "feels cheated"),
    (HAPPY._replace(intents=("last_plea",)), "a last plea"),
]


@pytest.mark.parametrize("actions", [(THANKS,), (Tag(tags=("seen",)),), ()], ids=["draft", "tag", "nothing"])
@pytest.mark.parametrize(("facts", "need"), NEEDING)
def test_who_needs_a_person_gets_one_whatever_the_rules_say(
    facts: Facts, need: str, actions: tuple[Action, ...]
) -> None:
    assert needs_person(facts) == (need,)
    decision = decide(book(*actions), facts)
    assert not [planned for planned in decision.actions if isinstance(planned.action, DraftReply)]
    (person,) = [planned for planned in decision.actions if isinstance(planned.action, Escalate)]
    assert person.action == Escalate(team="support", severity=Severity.MEDIUM)
    assert person.why == f"a person must answer: {need}"


@pytest.mark.parametrize(("facts", "need"), NEEDING)
def test_who_has_got_a_person_by_a_rule_is_not_given_to_another(facts: Facts, need: str) -> None:
    asked = Escalate(team="billing", severity=Severity.HIGH)
    decision = decide(book(asked, THANKS), facts)
    assert [planned.action for planned in decision.actions] == [asked], need


@pytest.mark.parametrize(("facts", "need"), NEEDING)
def test_a_rule_that_ignores_is_believed_but_nothing_is_drafted(facts: Facts, need: str) -> None:
    decision = decide(book(Ignore(reason="our own staff"), THANKS), facts)
    assert [planned.action for planned in decision.actions] == [Ignore(reason="our own staff")], need


def test_the_default_route_leaves_nobody_alone_who_needs_a_person() -> None:
    never = Group(Mode.ALL, (Condition("text", "x", lambda facts: Answer(False)),))
    rules = replace(book(), rules=(replace(book().rules[0], when=never), book().rules[1]))
    assert decide(rules, HAPPY).outcome is Outcome.ROUTED
    assert decide(rules, told(tender_topic=True)).outcome is Outcome.ESCALATED


def test_another_thing_of_our_name_needs_nobody_of_ours() -> None:
    assert needs_person(told(tender_topic=True, other_meaning=True)) == ()


def judged(**seen: bool) -> Facts:
    judgement = Judgement(
        compound=0.5, sentiment=Sentiment.POSITIVE, version="v", unhappiness=0.1,
        intents=(Intent.PRAISE,), is_tender=False, **seen,
    )  # fmt: skip
    return facts_of(make_mention("1"), judgement, now=NOW)


def test_problem_words_that_the_judgement_heard_disagree() -> None:
    assert disagreeing(judged(has_problem_words=True)) == ("problem words",)
    assert disagreeing(judged(has_problem_words=False)) == ()


def test_who_feels_cheated_needs_a_person() -> None:
    assert needs_person(judged(feels_cheated=True)) == ("feels cheated",)
    assert needs_person(judged(feels_cheated=False)) == ()


def test_a_person_s_word_takes_the_machine_s_doubt_back() -> None:
    facts = judged(has_problem_words=True, feels_cheated=True)
    word = Correction(sentiment=Sentiment.VERY_POSITIVE, is_unhappy=False)
    assert disagreeing(word.among(facts)) == needs_person(word.among(facts)) == ()
    assert disagreeing(Correction(intents=(Intent.PRAISE,)).among(facts)) == ("problem words",)
