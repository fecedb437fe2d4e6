from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.web.desk.reasons import found_value, marked, said, said_value
from tests.factories import make_mention

SPANS = st.lists(st.tuples(st.integers(-5, 30), st.integers(-5, 30)))


def _shown(text: str, spans: list[tuple[int, int]]) -> str:
    return "".join(f"[{piece.text}]" if piece.is_marked else piece.text for piece in marked(text, spans))


@pytest.mark.parametrize(
    ("spans", "shown"),
    [
        pytest.param([], "thank you all", id="nothing"),
        pytest.param([(0, 5)], "[thank] you all", id="at the start"),
        pytest.param([(10, 13)], "thank you [all]", id="at the end"),
        pytest.param([(0, 5), (0, 9)], "[thank you] all", id="one inside another"),
        pytest.param([(0, 6), (6, 9)], "[thank you] all", id="touching"),
        pytest.param([(6, 9), (0, 5)], "[thank] [you] all", id="out of order"),
        pytest.param([(-4, 5), (10, 99)], "[thank] you [all]", id="reaching outside"),
        pytest.param([(9, 4), (7, 7)], "thank you all", id="empty"),
    ],
)
def test_matched_words_are_marked_once(spans: list[tuple[int, int]], shown: str) -> None:
    assert _shown("thank you all", spans) == shown


@given(st.text(max_size=25), SPANS)
def test_marking_never_changes_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    pieces = marked(text, spans)

    assert "".join(piece.text for piece in pieces) == text
    kinds = [piece.is_marked for piece in pieces]
    assert all(first is not second for first, second in pairwise(kinds))


def test_a_span_across_title_and_text_is_marked_in_both() -> None:
    words = said(make_mention("1", "dead again", title="Modem"), [(3, 10)])

    assert [(piece.text, piece.is_marked) for piece in words.title] == [("Mod", False), ("em", True)]
    assert [(piece.text, piece.is_marked) for piece in words.text] == [("dead", True), (" again", False)]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "not known"),
        (True, "yes"),
        (False, "no"),
        (0.123456, "0.123"),
        ({"at_least": 2}, "at least 2"),
        ({"contains_any": ["a", "b"]}, "contains any: a or b"),
        ({"contains_any": {"list": "words"}}, "contains any: list words"),
        (["very_negative", "negative"], "very negative or negative"),
        ([], "nothing"),
        ("r/some_place", "r/some_place"),
    ],
)
def test_values_are_said_in_words(value: object, words: str) -> None:
    assert said_value(value) == words


def test_found_words_are_quoted() -> None:
    assert found_value(["fix", "gone"]) == "“fix”, “gone”"
    assert found_value([]) == "nothing"
    assert found_value(3) == "3"
