from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from engagebot.domain.hours import BusinessHours
from engagebot.domain.judgement import Intent, Judgement, Sentiment
from engagebot.ports import Scorer
from engagebot.rulebook import Setting, run_each, run_tests
from engagebot.rulebook.given import facts_given
from tests.unit.rulebook.rule_sets import WordScorer, load

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SCORER: Scorer = WordScorer()


def rule(when: str, *tests: str, then: str = "[{tag: x}]", more: str = "") -> str:
    listed = "".join(f"    - {test}\n" for test in tests)
    return f"- id: r\n  when: {when}\n  then: {then}\n{more}  tests:\n{listed}"


NEGATIVE = "{all: [{sentiment: very_negative}]}"


def test_tests_that_hold_give_no_finding() -> None:
    book = load(
        rule(
            NEGATIVE,
            "{name: a, mention: {text: bad}, expect: {matches: true, actions: [tag]}}",
            "{name: b, mention: {text: good}, expect: {matches: false, actions: [ignore]}}",
        )
    )

    assert run_tests(book, SCORER) == ()
    assert [(result.rule_id, result.name, result.is_passed) for result in run_each(book, SCORER)] == [
        ("r", "a", True), ("r", "b", True),
    ]  # fmt: skip


def test_a_failure_shows_mention_expectation_answer_and_the_deciding_condition() -> None:
    book = load(rule(NEGATIVE, "{name: glad, mention: {text: all good}, expect: {matches: true}}"))

    (finding,) = run_tests(book, SCORER)

    assert (finding.file, finding.line, finding.code) == ("rules/10-test.yaml", 5, "EB200")
    for part in (
        "glad",
        "all good",
        "expected matches: true, got matches: false",
        "sentiment very_negative",
        "very_positive",
    ):
        assert part in finding.message


def test_a_fact_that_is_not_known_is_named_as_the_reason() -> None:
    book = load(
        rule(
            "{all: [{author.followers: {at_least: 5}}]}",
            "{name: a, mention: {text: x}, expect: {matches: true}}",
        )
    )

    assert "author.followers at_least 5 is not known" in run_tests(book, SCORER)[0].message


def test_a_missing_action_is_told_with_those_that_were_taken() -> None:
    book = load(rule(NEGATIVE, "{name: a, mention: {text: bad}, expect: {actions: [escalate]}}"))

    assert (
        "expected actions: escalate, got actions: tag; rules that acted: r"
        in run_tests(book, SCORER)[0].message
    )


def test_a_draft_that_was_held_back_is_told_with_the_reason() -> None:
    more = "- {id: s, when: {all: [{kind: post}]}, then: [{draft: {template: thanks}}]}\n"
    test = "{name: a, mention: {text: bad}, expect: {actions: [draft]}}"
    book = load(rule(NEGATIVE, test, then="[{escalate: {team: support}}]") + more)

    (result,) = run_each(book, SCORER)

    assert (result.expected, result.got) == ("actions: draft", "actions: escalate")
    assert result.because is not None
    assert "draft of s is held back: an escalation" in result.because


def test_a_rule_behind_one_that_stops_is_told_so() -> None:
    first = "- {id: first, when: {all: [{sentiment: very_negative}]}, then: [{tag: y}], stop: true}\n"
    book = load(first + rule(NEGATIVE, "{name: a, mention: {text: bad}, expect: {matches: true}}"))

    assert "rule first matched and stops" in run_tests(book, SCORER)[0].message


@pytest.mark.parametrize("status", ["draft", "shadow"])
def test_a_rule_that_is_not_live_is_tested_by_its_conditions(status: str) -> None:
    test = "{name: a, mention: {text: bad}, expect: {matches: true, actions: [ignore]}}"
    book = load(rule(NEGATIVE, test, more=f"  status: {status}\n"))

    assert run_tests(book, SCORER) == ()


def test_what_a_test_gives_becomes_facts_and_the_rest_is_scored_or_not_known() -> None:
    facts = facts_given(
        {
            "text": "bad?", "title": "Modem", "subreddit": "acme", "kind": "comment", "watch": "w",
            "addressed_to_us": True, "age": "2h", "likes": 3, "language": "en", "tender_topic": "death",
            "author": {"handle": "maple_fan_demo", "followers": 5, "account_age": "10d", "verified": False},
            "customer": {"contacts_in_7_days": 2, "contacts_in_30_days": 4, "vip": True, "open_case": False},
            "engagement": {"growth": 2.5},
        },
        SCORER,
        now=NOW,
    )  # fmt: skip

    assert facts.text == "Modem\nbad?"
    assert (facts.source, facts.community, facts.kind, facts.watch) == ("reddit", "acme", "comment", "w")
    assert (facts.sentiment, facts.compound, facts.intents) == (Sentiment.VERY_NEGATIVE, -0.8, ("question",))
    assert (NOW - facts.posted_at).total_seconds() == 7200
    assert facts.author_created_at is not None
    assert (NOW - facts.author_created_at).days == 10
    assert [facts.customer.contacts_in(days) for days in (1, 7, 29, 30)] == [1, 2, 2, 4]
    assert (facts.customer.is_vip, facts.customer.has_open_case, facts.customer.is_opted_out) == (
        True,
        False,
        None,
    )
    assert (facts.likes, facts.replies) == (3, None)
    assert facts.extra == {"tender_topic": "death", "engagement.growth": 2.5}


def test_a_feeling_that_is_given_is_not_scored() -> None:
    assert (
        facts_given({"text": "bad", "sentiment": "neutral"}, SCORER, now=NOW).sentiment is Sentiment.NEUTRAL
    )
    given = facts_given({"text": "bad", "compound": 0.3}, SCORER, now=NOW)
    assert (given.sentiment, given.compound) == (Sentiment.POSITIVE, 0.3)
    assert facts_given({"text": "x", "intent": "churn"}, SCORER, now=NOW).intents == ("churn",)


def test_what_a_test_leaves_out_the_scorer_says() -> None:
    judged = Judgement(
        compound=0.2, sentiment=Sentiment.NEGATIVE, version="v", unhappiness=0.8, intents=(Intent.CHURN,),
        language="en", reason="late", is_tender=True, asks_for_human=False, rivals=("Norda",),
    )  # fmt: skip

    class Sure(Scorer):
        version = "sure"

        def judge(self, text: str, *, lang: str | None = None) -> Judgement:
            return judged

    facts = facts_given({"text": "x", "tender_topic": False}, Sure(), now=NOW)
    assert (facts.sentiment, facts.unhappiness, facts.intents) == (Sentiment.NEGATIVE, 0.8, ("churn",))
    assert facts.extra == {
        "reason": "late", "tender_topic": False, "asks_for_human": False, "mentions_rival": ["Norda"],
    }  # fmt: skip
    assert facts_given({"text": "x", "compound": 0.3}, Sure(), now=NOW).sentiment is Sentiment.POSITIVE


def test_a_time_without_zone_is_the_teams_and_decides_whether_it_works() -> None:
    hours = BusinessHours.parse({"mon-fri": "09:00-18:00"}, zone=ZoneInfo("Europe/Berlin"))
    book = load(
        rule(
            "{all: [{time: {business: true}}]}",
            '{name: in, mention: {text: x, at: "2026-03-02T09:00"}, expect: {matches: true}}',
            '{name: out, mention: {text: x, at: "2026-03-02T08:59"}, expect: {matches: false}}',
            '{name: zone, mention: {text: x, at: "2026-03-02T08:00+00:00"}, expect: {matches: true}}',
            "{name: said, mention: {text: x, business_open: false}, expect: {matches: false}}",
        )
    )

    assert run_tests(book, SCORER, Setting(hours=hours)) == ()
