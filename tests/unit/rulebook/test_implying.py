"""What is said to follow from a question follows from it for every mention there is."""

from __future__ import annotations

import random
from typing import Any

from engagebot.domain.facts import Facts
from engagebot.domain.judgement import Sentiment
from engagebot.domain.rules import Group
from engagebot.rulebook.given import facts_given
from engagebot.rulebook.implying import contradiction, excludes, implies, needed_text, text_marks
from engagebot.rulebook.tests import MONDAY
from tests.unit.rulebook.rule_sets import WordScorer, load

POOL = (
    "sentiment: negative", "sentiment: [negative, very_negative]", "sentiment: [positive, unknown]",
    "unhappiness: {at_least: 0.5}", "unhappiness: {above: 0.5}", "unhappiness: {at_most: 0.5}",
    "unhappiness: {between: [0.2, 0.8]}", "intent: question", "intent: [question, bug]", "intent: bug",
    "kind: post", "kind: [post, reply]", "kind: [post, comment, reply, review, other]",
    "addressed_to_us: true", "addressed_to_us: false", "language: en", "language: [en, de]",
    "mentions_rival: true", "mentions_rival: false", "mentions_rival: [Shaw]",
    "mentions_rival: [Shaw, Norda]",
    "tender_topic: true", "tender_topic: false", "author.followers: {at_least: 10}",
    "author.followers: {below: 10}", "customer.contacts_in_30_days: {at_least: 1}",
    "customer.contacts_in_30_days: {at_least: 2}", "age: {at_most: 2h}", "age: {at_most: 24h}",
    "text: {contains_any: [refund, late]}", "text: {contains_any: refund}",
    "text: {contains_all: [refund, late]}",
    "text: {contains_all: [late]}", "text: {matches: refund}", "text: {matches: refund, contains_any: late}",
    "author.in_list: staff", "platform: x", "platform: [x, reddit]", "watch: a",
    'time: {between: "00:00-24:00"}', "time: {business: true}", 'time: {between: "09:00-18:00"}',
)  # fmt: skip


def group(chance: random.Random) -> str:
    def conditions(most: int) -> str:
        return ", ".join(f"{{{each}}}" for each in chance.sample(POOL, chance.randint(1, most)))

    parts = [
        f"{mode}: [{conditions(2)}]" for mode in chance.sample(["all", "any", "none"], chance.randint(1, 2))
    ]
    if chance.random() < 0.3:
        inner = chance.choice(["all", "any", "none"])
        outer = chance.choice(["all", "any", "none"])
        parts = [part for part in parts if not part.startswith(outer)]
        parts.append(f"{outer}: [{{{inner}: [{conditions(2)}]}}, {{{chance.choice(POOL)}}}]")
    return f"{{{', '.join(parts)}}}"


def facts(chance: random.Random) -> Facts:
    def maybe(*values: Any) -> Any:
        return chance.choice([None, *values])

    given = {
        "text": " ".join(chance.sample(["refund", "late", "hello", "order"], chance.randint(1, 3))),
        "kind": chance.choice(["post", "comment", "reply", "review", "other"]),
        "addressed_to_us": maybe(True, False),
        "author": {"followers": maybe(3, 10, 50), "handle": maybe("jane_demo", "maple_fan_demo")},
        "customer": {"contacts_in_30_days": chance.randint(1, 3)},
        "mentions_rival": maybe([], ["Shaw"], ["Norda"], ["Shaw", "Norda"]),
        "tender_topic": maybe(True, False),
        "source": chance.choice(["x", "reddit", "yelp"]),
        "watch": maybe("a", "b"),
        "age": chance.choice(["1h", "10h", "3d"]),
        "language": maybe("en", "de", "fr", "en-GB"),
        "business_open": maybe(True, False),
    }
    known = facts_given(given, WordScorer(), now=MONDAY)
    return known._replace(
        sentiment=maybe(*Sentiment),
        unhappiness=maybe(0.1, 0.2, 0.5, 0.6, 0.9),
        intents=maybe((), ("question",), ("bug",), ("question", "bug"), ("other",)),
    )


def test_what_follows_and_what_is_excluded_is_so_for_every_mention() -> None:
    chance = random.Random(20260302)
    text = "".join(f"- {{id: r{n}, when: {group(chance)}, then: [{{tag: x}}]}}\n" for n in range(160))
    groups: list[Group] = [rule.when for rule in load(text).rules if rule.when is not None]
    mentions = [facts(chance) for _ in range(300)]
    answers = [[each.holds(mention) for mention in mentions] for each in groups]
    following = excluding = never = 0

    for one, ones in zip(groups, answers, strict=True):
        if contradiction(one) is not None:
            never += 1
            assert True not in ones
        for other, others in zip(groups, answers, strict=True):
            if one is not other and implies(one, other):
                following += 1
                assert all(theirs is True for mine, theirs in zip(ones, others, strict=True) if mine is True)
                needed = needed_text(other)
                assert needed is None or text_marks(one) & text_marks(needed)
            if excludes(one, other):
                excluding += 1
                assert not any(mine is theirs is True for mine, theirs in zip(ones, others, strict=True))

    print(f"{following} follow, {excluding} exclude, {never} can never hold, of {len(groups) ** 2} pairs")
    assert min(following, excluding, never) >= 5
