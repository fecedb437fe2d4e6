"""Phrases: words, stems, choices and gaps in one walk."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagebot.scoring.lexicon import read_entry
from engagebot.scoring.phrases import LONGEST_GAP, Phrases, Place


def places(words: str) -> tuple[Place, ...]:
    return read_entry(f"{words} | 1 | problem").places


def find(text: str, *wanted: str) -> list[tuple[str, int, int]]:
    return Phrases((places(words), words) for words in wanted).find(text.split())


@pytest.mark.parametrize(
    ("words", "text", "spans"),
    [
        ("late", "late bus late", [(0, 0), (2, 2)]),
        ("late", "later", []),
        ("still late", "still late", [(0, 1)]),
        ("still late", "still so late", []),
        ("refund*", "refunds refunded refund fund", [(0, 0), (1, 1), (2, 2)]),
        ("my refund*", "my refunds", [(0, 1)]),
        ("a/my bus/train late", "my train late a bus late", [(0, 2), (3, 5)]),
        ("still .. late", "still late", [(0, 1)]),
        ("still .. late", "still a b c late", [(0, 4)]),
        ("still .. late", "still a b c d late", []),
        ("still .. late", "still late late", [(0, 1)]),
        ("still .. late", "still still late", [(0, 2), (1, 2)]),
        ("a .. b .. c", "a x b y c c", [(0, 4)]),
        ("a .. ref*", "a x y refund refunds", [(0, 3)]),
        ("late", "", []),
    ],
)
def test_where_a_phrase_stands(words: str, text: str, spans: list[tuple[int, int]]) -> None:
    assert [(first, last) for _, first, last in find(text, words)] == spans


def test_a_gap_stands_for_as_many_words_as_documented() -> None:
    for between in range(LONGEST_GAP + 2):
        assert bool(find(f"still {'x ' * between}late", "still .. late")) is (between <= LONGEST_GAP)


def test_a_phrase_that_ends_over_a_gap_hides_no_other_that_ends_later() -> None:
    found = find("never ever go again", "never .. ever", "never .. again", "never .. go again")
    assert sorted(found) == [("never .. again", 0, 3), ("never .. ever", 0, 1), ("never .. go again", 0, 3)]


def test_phrases_with_the_same_beginning_are_all_found() -> None:
    found = find("no longer available", "no", "no longer", "no longer available", "no .. available", "lon*")
    assert sorted(found) == [
        ("lon*", 1, 1),
        ("no", 0, 0),
        ("no .. available", 0, 2),
        ("no longer", 0, 1),
        ("no longer available", 0, 2),
    ]


def test_they_are_found_in_the_order_of_their_beginnings() -> None:
    firsts = [first for _, first, _ in find("a b c a b", "b c", "a .. c", "a", "c")]
    assert firsts == sorted(firsts)


def told_slowly(phrase: tuple[Place, ...], forms: list[str], at: int, part: int = 0) -> int | None:
    """Where the shortest way through a phrase from here ends; None where there is none."""
    if part == len(phrase):
        return at - 1
    if phrase[part].is_gap:
        ends = (told_slowly(phrase, forms, at + skip, part + 1) for skip in range(LONGEST_GAP + 1))
        return next((end for end in ends if end is not None), None)
    if at >= len(forms):
        return None
    fits = forms[at] in phrase[part].forms or any(map(forms[at].startswith, phrase[part].stems))
    return told_slowly(phrase, forms, at + 1, part + 1) if fits else None


WORDS = st.sampled_from(["abc", "bcd", "abcd", "c", "abc/c", "abc*", "bcd*/c"])
PHRASES = st.lists(st.lists(WORDS, min_size=1, max_size=3).map(" .. ".join) | WORDS, min_size=1, max_size=4)
TEXTS = st.lists(st.sampled_from(["abc", "bcd", "abcd", "bcde", "c", "d"]), max_size=12)


@settings(max_examples=300)
@given(PHRASES, TEXTS)
def test_the_walk_finds_what_a_slow_reading_finds(wanted: list[str], forms: list[str]) -> None:
    known = {words: places(words) for words in wanted}
    slow = {
        (words, first, end)
        for (words, phrase), first in product(known.items(), range(len(forms)))
        if (end := told_slowly(phrase, forms, first)) is not None
    }
    found = Phrases((phrase, words) for words, phrase in known.items()).find(forms)
    assert set(found) == slow
    assert len(found) == len(slow)
