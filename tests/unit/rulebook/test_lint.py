"""Warnings about rules that work and are probably not meant so."""

from pathlib import Path

import pytest

from engagebot.rulebook import Known, check_rulebook
from engagebot.rulebook.lengths import SHORT_POST, longest_filled
from engagebot.rulebook.lint import Matches, lint
from tests.unit.rulebook.rule_sets import check, load

ROOT = Path(__file__).parents[3]
TESTED = "tests: [{name: a, mention: {text: x}, expect: {matches: true}}]"
DRAFT = "then: [{draft: {template: thanks}}], limits: {per_day: 5}"
CALM = "{unhappiness: {at_most: 0.3}}"


def rule(rule_id: str, when: str, more: str = "then: [{tag: x}]") -> str:
    return f"- {{id: {rule_id}, when: {when}, {more}, {TESTED}}}\n"


def codes(text: str) -> list[str]:
    return [f"{found.line} {found.code}" for found in lint(load(text))]


def test_the_shipped_rules_give_no_warning() -> None:
    book, findings = check_rulebook(ROOT / "rules", known=Known(lists_folder=ROOT / "config" / "lists"))

    assert book is not None
    assert [*findings, *lint(book, brand="Acme")] == []


@pytest.mark.parametrize(("status", "is_told"), [("live", True), ("shadow", True), ("draft", False)])
def test_a_rule_without_tests_is_told_once_it_is_asked(status: str, is_told: bool) -> None:
    found = lint(load(f"- {{id: r, status: {status}, when: {{all: [{{kind: post}}]}}, then: [{{tag: x}}]}}"))

    assert [finding.code for finding in found] == (["EB190"] if is_told else [])
    assert all(finding.is_warning and status in finding.message for finding in found)


def test_a_reply_without_a_limit_is_told_with_the_remedy() -> None:
    found = lint(
        load(rule("r", f"{{all: [{CALM}, {{intent: praise}}]}}", "then: [{draft: {template: thanks}}]"))
    )

    assert [finding.code for finding in found] == ["EB191"]
    assert "limits: {per_day:" in found[0].message


@pytest.mark.parametrize(
    ("when", "is_told"),
    [
        ("{all: [{intent: praise}]}", True),
        ("{all: [{compound: {at_least: 0.5}}]}", True),
        ("{all: [{unhappiness: {at_most: 0.6}}]}", True),
        ("{all: [{sentiment: [negative, positive]}]}", True),
        ("{all: [{intent: praise}], none: [{sentiment: negative}]}", True),
        ("{any: [{unhappiness: {at_most: 0.1}}, {intent: praise}]}", True),
        ("{all: [{unhappiness: {at_most: 0.5}}]}", False),
        ("{all: [{unhappiness: {between: [0, 0.2]}}]}", False),
        ("{all: [{sentiment: [neutral, positive, very_positive]}]}", False),
        ("{all: [{intent: praise}], none: [{sentiment: [negative, very_negative]}]}", False),
        ("{all: [{intent: praise}], none: [{sentiment: negative}, {sentiment: very_negative}]}", False),
        ("{all: [{intent: praise}], none: [{unhappiness: {at_least: 0.4}}]}", False),
        ("{all: [{intent: praise}], none: [{intent: [complaint, bug]}]}", False),
        ("{any: [{unhappiness: {at_most: 0.1}}, {sentiment: very_positive}]}", False),
        ("{all: [{kind: post}, {any: [{sentiment: positive}, {unhappiness: {below: 0.2}}]}]}", False),
    ],
)
def test_a_reply_that_unhappy_people_can_get_is_told(when: str, is_told: bool) -> None:
    assert codes(rule("r", when, DRAFT)) == (["1 EB193"] if is_told else [])


@pytest.mark.parametrize(
    ("earlier", "is_told"),
    [
        ("when: {all: [{unhappiness: {at_least: 0.5}}]}, then: [{escalate: {team: support}}]", False),
        ("when: {any: [{intent: [complaint, spam]}, {kind: reply}]}, then: [{tag: x}], stop: true", False),
        ("when: {all: [{intent: complaint}, {kind: reply}]}, then: [{tag: x}], stop: true", True),
        ("when: {all: [{intent: complaint}]}, then: [{tag: x}]", True),
        ("status: shadow, when: {all: [{intent: complaint}]}, then: [{tag: x}], stop: true", True),
    ],
)
def test_an_earlier_rule_that_takes_the_unhappy_ones_is_enough(earlier: str, is_told: bool) -> None:
    text = f"- {{id: first, {earlier}, {TESTED}}}\n" + rule("r", "{all: [{intent: praise}]}", DRAFT)

    assert codes(text) == (["2 EB193"] if is_told else [])


@pytest.mark.parametrize(
    ("when", "is_told"),
    [
        ("{all: [{text: {contains_any: hello}}]}", True),
        ("{all: [{text: {contains_any: hello}}, {language: en}, {addressed_to_us: false}]}", True),
        ("{all: [{text: {matches: hello}}, {platform: [x, reddit]}]}", True),
        ("{all: [{text: {contains_any: hello}}, {platform: reddit}]}", False),
        ("{all: [{text: {contains_any: hello}}], none: [{platform: x}]}", False),
        ("{all: [{text: {contains_any: hello}}, {addressed_to_us: true}]}", False),
        ("{all: [{text: {contains_any: hello}}, {intent: question}]}", False),
        ("{all: [{language: en}]}", False),
    ],
)
def test_a_reply_to_words_alone_is_told_where_x_can_hear_it(when: str, is_told: bool) -> None:
    spared = when[:-1] + (", none: [" if "none" not in when else ", any: [")
    guard = "{sentiment: [negative, very_negative]}]}" if "none" not in when else f"{CALM}]}}"
    found = [code for code in codes(rule("r", spared + guard, DRAFT)) if "EB194" in code]

    assert found == (["1 EB194"] if is_told else [])


WIDE = [
    ("{all: [{kind: post}]}", "{all: [{kind: post}]}"),
    ("{all: [{kind: [post, reply]}]}", "{all: [{kind: post}, {language: en}]}"),
    ("{all: [{sentiment: [negative, very_negative]}]}", "{all: [{sentiment: negative}]}"),
    ("{all: [{unhappiness: {at_least: 0.5}}]}", "{all: [{unhappiness: {above: 0.5}}]}"),
    ("{all: [{age: {at_most: 2d}}]}", "{all: [{age: {below: 24h}}]}"),
    ("{all: [{text: {contains_any: [refund, money]}}]}", "{all: [{text: {contains_any: Refund}}]}"),
    ("{all: [{text: {contains_any: [refund, money]}}]}", "{all: [{text: {contains_all: [refund, late]}}]}"),
    ("{all: [{text: {contains_all: [late]}}]}", "{all: [{text: {contains_all: [refund, late]}}]}"),
    ("{all: [{text: {matches: abc}}]}", "{all: [{text: {matches: abc, contains_any: x}}]}"),
    ("{all: [{text: {contains_any: {list: refund_words}}}]}",
     "{all: [{kind: post}, {text: {contains_any: {list: refund_words}}}]}"),
    ("{any: [{kind: post}, {language: en}]}", "{all: [{language: en}]}"),
    ("{any: [{kind: post}, {language: en}]}", "{any: [{language: en}, {kind: post}]}"),
    ("{none: [{kind: post}]}", "{all: [{kind: reply}]}"),
    ("{none: [{unhappiness: {above: 0.5}}]}", "{all: [{unhappiness: {at_most: 0.5}}]}"),
    ("{none: [{sentiment: negative}]}", "{none: [{sentiment: [negative, very_negative]}]}"),
    ("{all: [{mentions_rival: true}]}", "{all: [{mentions_rival: [Shaw]}]}"),
    ("{all: [{kind: [post, comment, reply, review, other]}]}", "{all: [{language: en}]}"),
    ("{all: [{customer.contacts_in_30_days: {at_least: 1}}]}", "{all: [{language: en}]}"),
    ('{all: [{time: {between: "00:00-24:00"}}]}', "{any: [{language: en}, {kind: post}]}"),
]  # fmt: skip
NARROW = [
    ("{all: [{kind: post}, {language: en}]}", "{all: [{kind: post}]}"),
    ("{all: [{unhappiness: {at_least: 0.5}}]}", "{all: [{unhappiness: {at_least: 0.4}}]}"),
    ("{all: [{sentiment: negative}]}", "{all: [{sentiment: [negative, very_negative]}]}"),
    ("{all: [{text: {contains_any: refund}}]}", "{all: [{text: {contains_any: [refund, money]}}]}"),
    ("{all: [{text: {contains_all: [a, b]}}]}", "{all: [{text: {contains_all: [a]}}]}"),
    ("{all: [{language: en}]}", "{any: [{language: en}, {kind: post}]}"),
    ("{all: [{intent: question}]}", "{none: [{intent: bug}]}"),
    ("{all: [{mentions_rival: [Shaw]}]}", "{all: [{mentions_rival: true}]}"),
    ("{all: [{author.in_list: staff}]}", "{all: [{author.in_list: refund_words}]}"),
    ("{all: [{engagement.likes: {at_least: 0}}]}", "{all: [{kind: post}]}"),
    ("{all: [{text: {matches: abc}}]}", "{all: [{text: {matches: abcd}}]}"),
]


@pytest.mark.parametrize(("first", "second"), WIDE)
def test_a_rule_behind_one_that_stops_at_all_it_matches_is_told(first: str, second: str) -> None:
    text = rule("first", first, "then: [{tag: x}], stop: true") + rule("second", second, "then: [{tag: y}]")

    (found,) = lint(load(text))

    assert (found.line, found.code) == (2, "EB195")
    assert "first (rules/10-test.yaml:1)" in found.message


@pytest.mark.parametrize(("first", "second"), NARROW)
def test_a_rule_that_may_still_match_is_not_told(first: str, second: str) -> None:
    text = rule("first", first, "then: [{tag: x}], stop: true") + rule("second", second, "then: [{tag: y}]")

    assert codes(text) == []


@pytest.mark.parametrize("first", ["then: [{tag: x}]", "status: shadow, then: [{tag: x}], stop: true"])
def test_a_rule_that_does_not_stop_shadows_nothing(first: str) -> None:
    when = "{all: [{kind: [post, reply]}]}"

    assert codes(rule("first", when, first) + rule("second", "{all: [{kind: post}]}")) == []


@pytest.mark.parametrize(
    "when",
    [
        "{all: [{kind: post}], none: [{kind: [post, reply]}]}",
        "{all: [{unhappiness: {at_least: 0.5}}, {unhappiness: {below: 0.5}}]}",
        "{all: [{platform: x}, {platform: reddit}]}",
        "{all: [{kind: post}, {any: [{kind: reply}, {kind: review}]}]}",
    ],
)
def test_a_rule_that_contradicts_itself_is_told(when: str) -> None:
    (found,) = lint(load(rule("r", when)))

    assert (found.code, "can never match" in found.message) == ("EB195", True)


def test_the_same_rule_twice_is_told_in_any_order_of_its_conditions() -> None:
    one = rule("one", "{all: [{kind: [post, reply]}, {language: en}]}")
    two = rule("two", "{all: [{language: en}, {kind: [reply, post]}]}")
    other = rule("three", "{all: [{kind: [post, reply]}, {language: en}]}", "then: [{tag: y}]")

    found = lint(load(one + two + other))

    assert [(finding.line, finding.code) for finding in found] == [(2, "EB196"), (3, "EB196")]
    assert "delete one" in found[0].message
    assert "one rule" in found[1].message


@pytest.mark.parametrize(
    ("pattern", "is_told"),
    [("order #[0-9]{1,12}", False), ("([a-z]{1,30}){1,30}x", True), (".*refund", True), ("refund.*", True)],
)
def test_a_heavy_pattern_is_told(pattern: str, is_told: bool) -> None:
    assert codes(rule("r", f'{{all: [{{text: {{matches: "{pattern}"}}}}]}}')) == (
        ["1 EB197"] if is_told else []
    )


def test_a_template_that_can_grow_too_long_for_x_is_told_at_its_file() -> None:
    text = rule("r", f"{{all: [{CALM}, {{intent: praise}}]}}", DRAFT)
    long = "Hi {{author.name}}, thank you! " + "a" * 200
    book = check(text, **{"templates/thanks.md": long})[0]
    assert book is not None

    (found,) = lint(book)

    assert (found.file, found.code) == ("rules/templates/thanks.md", "EB189")
    assert str(longest_filled(long, "")) in found.message
    elsewhere = rule("r", f"{{all: [{CALM}, {{platform: reddit}}]}}", DRAFT)
    other = check(elsewhere, **{"templates/thanks.md": long})[0]
    assert other is not None
    assert lint(other) == ()


def test_wide_letters_count_twice_and_a_link_always_the_same() -> None:
    assert longest_filled("Hi {{author.name}}!", "") == 4 + 2 * 50
    assert longest_filled("{{author.handle}} {{brand.name}}", "Acme") == 2 * 15 + 5
    assert longest_filled("https://example.com/" + "a" * 300, "") == 23
    assert longest_filled("字" * 140, "") == SHORT_POST


def test_what_was_counted_tells_rules_that_match_nothing_or_nearly_everything() -> None:
    book = load(
        "".join(rule(name, f"{{all: [{{watch: {name}}}]}}") for name in ("none", "some", "most", "new"))
    )
    known = frozenset({"none", "some", "most", "default"})
    matched = {"some": 200, "most": 201, "default": 700}

    found = lint(book, matches=Matches(mentions=1000, matched=matched, known=known))

    assert [(finding.line, finding.code) for finding in found] == [(1, "EB198"), (3, "EB199")]
    assert "of 1,000 mentions of the last 30 days" in found[0].message
    assert "20 %" in found[1].message


def test_a_few_mentions_prove_nothing() -> None:
    book = load(rule("r", "{all: [{kind: post}]}"))

    assert lint(book, matches=Matches(mentions=99, known=frozenset({"r"}))) == ()
