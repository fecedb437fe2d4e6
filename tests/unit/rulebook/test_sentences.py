"""Rules said in plain English, for people who do not read YAML: thirty and more, word for word."""

from __future__ import annotations

import pytest

from engagebot.rulebook.sentence import sentence
from tests.unit.rulebook.rule_sets import load

# What a rule asks, what else it says (a tag unless something is given), and its sentence.
SENTENCES = [
    (
        '{all: [{text: {contains_any: [refund, "money back"]}}]}',
        "",
        'When the text mentions any of "refund", "money back", tag it x.',
    ),
    (
        "{all: [{text: {contains_any: refund}}]}",
        "",
        'When the text mentions "refund", tag it x.',
    ),
    (
        "{all: [{text: {contains_all: [modem, dead]}}]}",
        "",
        'When the text mentions all of "modem", "dead", tag it x.',
    ),
    (
        "{all: [{text: {contains_any: {list: refund_words}}}]}",
        "",
        'When the text mentions any of the list "refund_words", tag it x.',
    ),
    (
        '{all: [{text: {matches: "order #[0-9]+", contains_any: [late]}}]}',
        "",
        'When the text mentions "late" and the text matches the pattern "order #[0-9]+", tag it x.',
    ),
    (
        "{all: [{sentiment: [negative, very_negative]}]}",
        "",
        "When sentiment is negative or very negative, tag it x.",
    ),
    (
        "{all: [{compound: {between: [-0.5, 0.5]}}]}",
        "",
        "When VADER's score is from -0.5 to 0.5, tag it x.",
    ),
    (
        "{all: [{unhappiness: {at_least: 0.4, below: 0.5}}]}",
        "",
        "When the chance that the author is unhappy is at least 40 % and less than 50 %, tag it x.",
    ),
    (
        "{all: [{intent: [question, bug, churn]}]}",
        "",
        "When it is a question, a report of a fault or a sign of leaving, tag it x.",
    ),
    (
        "{all: [{intent: [billing, delivery]}]}",
        "",
        "When it is about money or about a delivery, tag it x.",
    ),
    (
        "{all: [{reason: [no_answer, late]}]}",
        "",
        "When the reason is no answer or late, tag it x.",
    ),
    (
        "{all: [{language: [en, de, fi]}]}",
        "",
        "When the language is English, German or Finnish, tag it x.",
    ),
    (
        "{all: [{platform: reddit}, {watch: acme-talk}]}",
        "",
        "When the platform is Reddit and the watch is acme-talk, tag it x.",
    ),
    (
        "{all: [{subreddit: [acme, gadgets]}, {kind: [comment, reply]}]}",
        "",
        "When it was said in r/acme or r/gadgets and it is a comment or reply, tag it x.",
    ),
    (
        "{all: [{author.followers: {at_least: 10000}}, {author.verified: false}]}",
        "",
        "When the author has at least 10,000 followers and the author is not verified, tag it x.",
    ),
    (
        "{all: [{author.account_age: {below: 30d}}]}",
        "",
        "When the author's account is less than 30 days old, tag it x.",
    ),
    (
        "{none: [{author.in_list: staff}]}",
        "",
        'Always, unless the author is in the list "staff", tag it x.',
    ),
    (
        "{all: [{customer.contacts_in_30_days: {at_least: 2}}]}",
        "",
        "When the customer has contacted us at least 2 times in 30 days, tag it x.",
    ),
    (
        "{all: [{customer.open_case: true}, {customer.vip: true}], none: [{customer.opted_out: true}]}",
        "",
        "When the customer has an open case and the customer is a VIP, unless the customer has opted out, "
        "tag it x.",
    ),
    (
        "{all: [{customer.last_outcome: [gave_up, refunded]}]}",
        "",
        "When the customer's last outcome is gave up or refunded, tag it x.",
    ),
    (
        "{any: [{engagement.likes: {at_least: 100}}, {engagement.replies: {above: 20}}]}",
        "",
        "When it has at least 100 likes or it has more than 20 replies, tag it x.",
    ),
    (
        "{any: [{engagement.score: {below: 0}}, {engagement.growth: {at_least: 50}}]}",
        "",
        "When its score is less than 0 or its reactions grow by at least 50 an hour, tag it x.",
    ),
    (
        "{all: [{mentions_rival: [Shaw, Netflix]}, {tender_topic: false}]}",
        "",
        "When it names the rival Shaw or Netflix and it touches no tender topic, tag it x.",
    ),
    (
        "{all: [{asks_for_human: true}], none: [{tender_topic: true}, {mentions_rival: true}]}",
        "",
        "When the author asks for a person, unless it touches a tender topic or it names a rival, tag it x.",
    ),
    (
        "{all: [{age: {at_most: 24h}}, {near_duplicate_of_recent: false}]}",
        "",
        "When it is at most 1 day old and it does not repeat a recent mention, tag it x.",
    ),
    (
        "{all: [{time: {business: false}}]}",
        "",
        "When it is outside business hours, tag it x.",
    ),
    (
        '{all: [{time: {weekdays: [mon-fri, sun], between: "22:00-06:00"}}]}',
        "",
        "When it is on Monday to Friday or Sunday between 22:00 and 06:00, tag it x.",
    ),
    (
        "{any: [{intent: churn}, {all: [{intent: complaint}, {mentions_rival: true}]}]}",
        "",
        "When it is a sign of leaving or both it is a complaint and it names a rival, tag it x.",
    ),
    (
        "{all: [{kind: post}], any: [{language: en}, {platform: x}], none: [{intent: spam}]}",
        "",
        "When it is a post and either the language is English or the platform is X, unless it is spam, "
        "tag it x.",
    ),
    (
        "{all: [{kind: post}]}",
        "then: [{escalate: {team: support, severity: urgent, assignee: sam}}], stop: true",
        "When it is a post, escalate to support as urgent, assigned to sam; then stop.",
    ),
    (
        "{all: [{kind: post}]}",
        "then: [{draft: {template: thanks}}, {tag: [praise, happy]}], "
        "limits: {per_day: 20, per_hour: 5, per_author: 1/30d, per_thread: 2/12h}",
        'When it is a post, draft a reply from the template "thanks" and tag it praise, happy '
        "(at most 20 a day, at most 5 an hour, at most 1 in 30 days per author, "
        "at most 2 in 12 hours per thread).",
    ),
    (
        "{all: [{kind: post}]}",
        "then: [{notify: console}, {assign: sam}, {webhook: crm}]",
        "When it is a post, notify console, suggest sam and post it to the webhook crm.",
    ),
    (
        "{all: [{kind: post}]}",
        "then: [{ignore: {reason: a job advert}}], stop: true",
        "When it is a post, ignore it (a job advert); then stop.",
    ),
]


@pytest.mark.parametrize(("when", "more", "said"), SENTENCES, ids=[said[:60] for *_, said in SENTENCES])
def test_a_rule_can_be_said_in_one_sentence(when: str, more: str, said: str) -> None:
    rule = load(f"- {{id: r, when: {when}, {more or 'then: [{tag: x}]'}}}").rules[0]

    assert sentence(rule) == said


def test_there_are_thirty_of_them_and_no_operator_in_any() -> None:
    said = [text for *_, text in SENTENCES]

    assert len(set(said)) >= 30
    assert not any(sign in text for text in said for sign in (">", "<", "{", "True", "at_least"))


def test_the_default_route_is_said_too() -> None:
    book = load("- {id: r, when: {all: [{kind: post}]}, then: [{tag: x}]}")

    assert sentence(book.default) == "When no other rule matches, ignore it (nothing to do)."
