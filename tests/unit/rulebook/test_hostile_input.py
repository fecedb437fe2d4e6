"""Patterns that hang, names that want to be run: the work is bounded, and nothing is evaluated."""

from __future__ import annotations

import re

import pytest
import re2

from engagebot.domain.drafting import VALUE_CHARS, Template, fill
from engagebot.domain.rules import decide
from engagebot.rulebook.given import facts_given
from engagebot.rulebook.patterns import _PATTERN_BYTES, PATTERN_CHARS, Pattern
from engagebot.rulebook.sentence import sentence
from engagebot.rulebook.tests import MONDAY
from engagebot.rulebook.words import TEXT_CHARS
from tests.unit.domain.test_drafting import LIVE
from tests.unit.rulebook.hostile import PATTERNS, SLOW_TEXTS, VALUES
from tests.unit.rulebook.rule_sets import WordScorer, check, load

LARGEST = 100_000
IDS = [f"{number}" for number in range(1000)]


def made(source: str) -> Pattern | None:
    try:
        return Pattern(source)
    except ValueError:
        return None


def test_there_are_enough_of_them() -> None:
    assert len(set(PATTERNS)) >= 40
    assert len(set(VALUES)) >= 60


@pytest.mark.parametrize("source", PATTERNS, ids=IDS[: len(PATTERNS)])
def test_a_pattern_is_refused_in_words_or_runs_in_an_engine_that_never_goes_back(source: str) -> None:
    # RE2 reads each character once for each step of its program. Both are bounded, so no time is measured.
    pattern = made(source)

    if pattern is not None:
        assert isinstance(pattern._compiled, re2._Regexp)
        assert pattern._compiled.options.max_mem == _PATTERN_BYTES
        assert 0 < pattern.size <= LARGEST
        for text in SLOW_TEXTS:
            assert len(pattern.find(text)) <= (20 if pattern.size <= 1000 else 1)
            assert all(end <= TEXT_CHARS for _, end in pattern.find(text + text))


def test_what_only_a_backtracking_engine_can_do_is_refused() -> None:
    refused = {source for source in PATTERNS if made(source) is None}

    for source in (r"(?=a+)b", r"(?<!a)b", r"(a)\1", r"(?>a+)b", r"\w{1000}", r"a{1,100000}", r".*", r"$"):
        assert source in refused
    assert made("a" * (PATTERN_CHARS + 1)) is None


@pytest.mark.parametrize("value", VALUES, ids=IDS[: len(VALUES)])
def test_a_strangers_name_comes_out_as_plain_letters_or_not_at_all(value: str) -> None:
    template = Template("t", "{{author.name}}, thank you {{mention.community}}! {{brand.name}}")
    values = {"author.name": value, "mention.community": value, "brand.name": "Acme"}

    drafted = fill(template, values)

    text = drafted.text
    for gap in drafted.missing:
        text = text.replace(f"{{{{{gap}}}}}", "")
    assert LIVE.search(text) is None
    assert re.search(r"^\s*([-+=]|\d+[.)])\s", text) is None
    assert re.search(r"&#?\w+;", text) is None
    assert "49" not in text
    assert "<class" not in text
    assert len(drafted.text) <= len(template.text) + 2 * VALUE_CHARS
    assert "\n" not in text
    assert drafted.text.isprintable()


@pytest.mark.parametrize("value", VALUES, ids=IDS[: len(VALUES)])
def test_a_strangers_words_are_only_looked_at(value: str) -> None:
    book = load(
        "- id: r\n  when: {any: [{text: {contains_any: [refund, '{{', '@']}}, {text: {matches: '[a-z]+!$'}},"
        " {author.in_list: staff}, {reason: late}]}\n  then: [{draft: {template: thanks}}]\n"
    )
    given = {"text": value, "author": {"handle": value}, "reason": value, "title": value}

    decision = decide(book, facts_given(given, WordScorer(), now=MONDAY))

    assert decision.failed == ()


@pytest.mark.parametrize("value", VALUES, ids=IDS[: len(VALUES)])
def test_what_stands_in_a_rule_file_is_words_and_never_run(value: str) -> None:
    quoted = "'" + value.replace("'", "''") + "'"
    book, findings = check(
        f"- id: r\n  name: {quoted}\n  when: {{all: [{{text: {{contains_any: [{quoted}]}}}}]}}\n"
        f"  then: [{{ignore: {{reason: {quoted}}}}}]\n"
    )

    if book is None:
        assert findings
    else:
        told = sentence(book.rules[0])
        assert "49" not in told.replace(value.strip(), "")
        # YAML takes a line end inside quotes for a space; all else is kept letter by letter.
        assert book.rules[0].then[0].reason == value.strip() or not value.isprintable()


@pytest.mark.parametrize("value", [value for value in VALUES if "{{" in value])
def test_a_template_takes_no_expression(value: str) -> None:
    book, findings = check(
        "- {id: r, when: {all: [{kind: post}]}, then: [{tag: x}]}", **{"templates/t.md": value}
    )

    allowed = re.fullmatch(r"\{\{(author\.name|brand\.name)( \| default\(\"x\"\))?\}\}", value)
    assert (book is not None) is (allowed is not None), findings
