"""The index of a rule set finds what each set of phrases and each pattern finds by itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.rulebook import patterns
from engagebot.rulebook.index import TextIndex
from engagebot.rulebook.patterns import Pattern
from engagebot.rulebook.words import Phrases, words_of

SIGNS = "ab cé😡'#+?-"
TEXTS = st.text(alphabet=SIGNS, max_size=30) | st.text(max_size=20)
TERMS = st.lists(st.text(alphabet=SIGNS, min_size=1, max_size=5), min_size=1, max_size=4)
PATTERNS = (r"\bno\b", "(?m)^\\W*b", "a{2}|c+", "[😡#]", r"caf\w", "A B$", "\\pL{3}")


@given(st.lists(TERMS, max_size=5), TEXTS)
def test_a_set_is_found_where_one_of_its_phrases_stands(sets: list[list[str]], text: str) -> None:
    index = TextIndex()
    numbered = [(phrases, index.add(phrases)) for phrases in map(Phrases, sets)]

    found = index.found_in(text)

    for phrases, number in numbered:
        assert (number in found) is bool(phrases.find(words_of(text))), phrases.terms


@given(TEXTS | st.text(alphabet="no caféABé\n!", max_size=20))
def test_a_pattern_is_found_where_it_occurs(text: str) -> None:
    index = TextIndex()
    numbered = [(pattern, index.add_pattern(pattern)) for pattern in map(Pattern, PATTERNS)]

    found = index.found_in(text)

    for pattern, number in numbered:
        assert (number in found) is bool(pattern.find(text)) is pattern.is_in(text), pattern.source


def test_equal_sets_and_patterns_have_one_number() -> None:
    index = TextIndex()

    assert index.add(Phrases(["?", "modem"])) == index.add(Phrases(["modem", "?"]))
    assert index.add_pattern(Pattern("modem")) == index.add_pattern(Pattern("modem"))
    assert index.add(Phrases(["modem"])) != index.add_pattern(Pattern("modem"))


def test_what_is_added_later_is_found_in_the_same_text() -> None:
    index, text = TextIndex(), "the modem is dead"
    first = index.add(Phrases(["modem"]))
    assert index.found_in(text) == {first}

    second, third = index.add(Phrases(["is dead"])), index.add_pattern(Pattern("dea"))

    assert index.found_in(text) == {first, second, third}


@pytest.mark.parametrize("max_bytes", [1 << 10, 1 << 13, 1 << 14])
def test_patterns_too_large_together_are_looked_for_one_by_one(
    monkeypatch: pytest.MonkeyPatch, max_bytes: int
) -> None:
    monkeypatch.setattr(patterns, "_SET_BYTES", max_bytes)
    index = TextIndex()
    numbers: list[Any] = [index.add_pattern(Pattern(rf"\b(one{n}|two{n}|\w{{9}}{n})\b")) for n in range(40)]

    found = index.found_in("one3, and two39")

    assert found == {numbers[3], numbers[39]}
