from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engagebot.domain.facts import CustomerFacts, Facts
from engagebot.domain.judgement import Sentiment
from engagebot.domain.rules import Answer, Condition, decide
from engagebot.rulebook.conditions import CONDITIONS
from tests.unit.rulebook.rule_sets import load

NOW = datetime(2026, 3, 3, 22, 30, tzinfo=UTC)
FACTS = Facts(text="Refund me: the modem broke, I want my Money  Back!", source="x", now=NOW, posted_at=NOW)
DAY = timedelta(days=1)
WIDE = "\uff52\uff45\uff46\uff55\uff4e\uff44"  # refund in full-width letters


def condition(text: str) -> Condition:
    book = load(f"- id: r\n  when:\n    all:\n      - {text}\n  then: [{{tag: x}}]\n")
    assert book.rules[0].when is not None
    found = book.rules[0].when.members[0]
    assert isinstance(found, Condition)
    return found


def ask(asked: str, /, **facts: Any) -> Answer:
    return condition(asked).ask(FACTS._replace(**facts))


TABLE: list[tuple[str, dict[str, Any], bool | None]] = [
    ("text: {contains_any: [refund, tax]}", {}, True),
    ("text: {contains_any: [fund]}", {}, False),
    ("text: {contains_any: refund}", {"text": "REFUND"}, True),
    ("text: {contains_any: ['money back']}", {}, True),
    ("text: {contains_any: ['back money']}", {}, False),
    ("text: {contains_any: {list: refund_words}}", {}, True),
    ("text: {contains_all: [refund, modem]}", {}, True),
    ("text: {contains_all: [refund, router]}", {}, False),
    ("text: {contains_any: [modem], contains_all: [router]}", {}, False),
    ("text: {matches: 'modem (broke|died)'}", {}, True),
    ("text: {matches: '^modem'}", {}, False),
    ("text: {contains_any: ['404']}", {"text": "error 404!"}, True),
    ("sentiment: [negative, very_negative]", {"sentiment": Sentiment.NEGATIVE}, True),
    ("sentiment: positive", {"sentiment": Sentiment.NEGATIVE}, False),
    ("sentiment: positive", {}, None),
    ("sentiment: positive", {"sentiment": Sentiment.UNKNOWN}, None),
    ("sentiment: unknown", {"sentiment": Sentiment.UNKNOWN}, True),
    ("compound: {at_most: -0.5}", {"compound": -0.5}, True),
    ("compound: {below: -0.5}", {"compound": -0.5}, False),
    ("compound: {between: [-0.5, 0]}", {"compound": 0.0}, True),
    ("compound: {above: 0, at_most: 0.5}", {"compound": 0.0}, False),
    ("compound: {above: 0}", {}, None),
    ("unhappiness: {at_least: 0.7}", {"unhappiness": 0.71}, True),
    ("unhappiness: {at_least: 0.7}", {}, None),
    ("intent: [question, bug]", {"intents": ("praise", "question")}, True),
    ("intent: churn", {"intents": ("praise",)}, False),
    ("intent: churn", {}, None),
    ("reason: late_delivery", {"extra": {"reason": ["rude", "late_delivery"]}}, True),
    ("reason: late_delivery", {"extra": {"reason": "rude"}}, False),
    ("reason: late_delivery", {}, None),
    ("language: [de, pt]", {"language": "pt-BR"}, True),
    ("language: en", {"language": "de"}, False),
    ("language: en", {"language": "und"}, None),
    ("platform: [reddit, X]", {}, True),
    ("platform: reddit", {}, False),
    ("watch: talk", {"watch": "talk"}, True),
    ("watch: talk", {}, None),
    ("subreddit: r/Acme", {"community": "acme"}, True),
    ("subreddit: gadgets", {"community": "acme"}, False),
    ("kind: [post, reply]", {"kind": "reply"}, True),
    ("kind: review", {}, None),
    ("addressed_to_us: true", {"addressed_to_us": True}, True),
    ("addressed_to_us: false", {"addressed_to_us": True}, False),
    ("addressed_to_us: false", {}, None),
    ("author.followers: {at_least: 100}", {"author_followers": 100}, True),
    ("author.followers: {at_most: 100}", {}, None),
    ("author.in_list: staff", {"author_handle": "Jane_Demo"}, True),
    ("author.in_list: staff", {"author_handle": "u/joe_demo"}, True),
    ("author.in_list: staff", {"author_handle": "maple_fan_demo"}, False),
    ("author.in_list: staff", {}, False),
    ("author.account_age: {below: 7d}", {"author_created_at": NOW - 2 * DAY}, True),
    ("author.account_age: {below: 7d}", {}, None),
    ("author.verified: true", {"author_is_verified": False}, False),
    ("customer.contacts_in_30_days: {at_least: 2}", {}, False),
    (
        "customer.contacts_in_30_days: {at_least: 2}",
        {"customer": CustomerFacts(contact_ages_days=(0, 29.5))},
        True,
    ),
    (
        "customer.contacts_in_7_days: {at_least: 2}",
        {"customer": CustomerFacts(contact_ages_days=(0, 29.5))},
        False,
    ),
    ("customer.open_case: true", {"customer": CustomerFacts(has_open_case=True)}, True),
    ("customer.open_case: false", {}, None),
    ("customer.last_outcome: [refunded]", {"customer": CustomerFacts(last_outcome="refunded")}, True),
    ("customer.vip: true", {"customer": CustomerFacts(is_vip=False)}, False),
    ("customer.opted_out: true", {"customer": CustomerFacts(is_opted_out=True)}, True),
    ("engagement.likes: {above: 10}", {"likes": 11}, True),
    ("engagement.replies: {above: 10}", {"replies": 10}, False),
    ("engagement.score: {below: 0}", {"score": -3}, True),
    ("engagement.growth: {at_least: 5}", {"extra": {"engagement.growth": 5.5}}, True),
    ("engagement.growth: {at_least: 5}", {}, None),
    ("mentions_rival: true", {"extra": {"mentions_rival": ["Shaw"]}}, True),
    ("mentions_rival: [shaw]", {"extra": {"mentions_rival": ["Shaw"]}}, True),
    ("mentions_rival: false", {"extra": {"mentions_rival": []}}, True),
    ("tender_topic: true", {}, None),
    ("tender_topic: death", {"extra": {"tender_topic": "death"}}, True),
    ("tender_topic: true", {"extra": {"tender_topic": False}}, False),
    ("tender_topic: death", {"extra": {"tender_topic": True}}, None),
    ("tender_topic: death", {"extra": {"tender_topic": False}}, False),
    ("mentions_rival: true", {"extra": {"mentions_rival": []}}, False),
    ("mentions_rival: norda", {"extra": {"mentions_rival": ["Norda", "Birchco"]}}, True),
    ("asks_for_human: true", {"extra": {"asks_for_human": True}}, True),
    ("near_duplicate_of_recent: false", {"extra": {"near_duplicate_of_recent": True}}, False),
    ("age: {at_most: 24h}", {"posted_at": NOW - DAY}, True),
    ("age: {above: 24h}", {"posted_at": NOW - DAY}, False),
    ("time: {weekdays: [mon-fri]}", {}, True),
    ("time: {weekdays: sat}", {}, False),
    ('time: {between: "21:00-08:00"}', {}, True),
    ('time: {between: "09:00-18:00"}', {}, False),
    ("time: {business: true}", {"business_open": True}, True),
    ("time: {business: false}", {"business_open": True}, False),
    ("time: {business: true}", {}, None),
    ('time: {business: true, between: "09:00-18:00"}', {}, False),
]


@pytest.mark.parametrize(("text", "facts", "result"), TABLE)
def test_a_condition_answers_yes_no_or_not_known(
    text: str, facts: dict[str, Any], result: bool | None
) -> None:
    assert ask(text, **facts).result is result


def test_every_condition_is_in_the_table() -> None:
    asked = {text.partition(":")[0].replace("_30_", "_N_") for text, _, _ in TABLE}

    assert {spec.name for spec in CONDITIONS} <= asked


def test_a_text_condition_shows_what_it_found_and_where_in_the_original_words() -> None:
    text = f"{WIDE}, please: REFUND!"
    answer = ask("text: {contains_any: [refund]}", text=text)

    assert [text[start:end] for start, end in answer.spans] == [WIDE, "REFUND"]
    assert answer.actual == [WIDE, "REFUND"]


def test_expected_is_what_the_file_says_and_actual_what_the_mention_has() -> None:
    found = condition("author.account_age: {at_least: 30d}")

    assert found.name == "author.account_age"
    assert found.expected == {"at_least": "30d"}
    assert found.ask(FACTS._replace(author_created_at=NOW - 40 * DAY)).actual == "40d"


def test_a_rule_with_an_unknown_fact_does_not_match_and_neither_does_its_opposite() -> None:
    few = load("- {id: r, when: {all: [{author.followers: {at_most: 9}}]}, then: [{tag: few}]}")
    many = load("- {id: r, when: {none: [{author.followers: {at_most: 9}}]}, then: [{tag: many}]}")

    assert decide(few, FACTS).matched == decide(many, FACTS).matched == ("default",)
