import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.rulebook.patterns import Pattern
from engagebot.rulebook.words import TEXT_CHARS, Phrases, normalise, words_of

WIDE = "\uff52\uff45\uff46\uff55\uff4e\uff44"  # refund in full-width letters


def found(text: str, *terms: str) -> list[str]:
    return sorted(text[start:end] for _, (start, end) in Phrases(terms).find(words_of(text)))


@pytest.mark.parametrize(
    ("text", "term", "expected"),
    [
        pytest.param("I want a Refund.", "refund", ["Refund"], id="case"),
        pytest.param("refunded", "refund", [], id="whole words only"),
        pytest.param(WIDE, "refund", [WIDE], id="full width"),
        pytest.param("re\u200bfu\u00adnd now", "refund", ["re\u200bfu\u00adnd"], id="invisible characters"),
        pytest.param("cafe\u0301 closed", "Café", ["cafe\u0301"], id="accent typed on its own"),
        pytest.param("CAFÉ", "café", ["CAFÉ"], id="accent and case"),
        pytest.param("STRASSE", "straße", ["STRASSE"], id="case folding that grows"),
        pytest.param("I can’t", "can't", ["can’t"], id="curly apostrophe"),
        pytest.param("acme's fault", "acme", ["acme"], id="possessive"),
        pytest.param("money,  back", "money back", ["money,  back"], id="phrase over punctuation"),
        pytest.param("my money is back", "money back", [], id="phrase needs its words together"),
        pytest.param("so 😡😡", "😡", ["😡", "😡"], id="emoji"),
        pytest.param("I ❤️ it", "❤", ["❤️"], id="emoji with its variation"),
        pytest.param("c++ is c", "c++", ["c++"], id="signs"),
        pytest.param("nonc++ #failing", "c++", [], id="signs at a word's end"),
        pytest.param("#fail #failing", "#fail", ["#fail"], id="hash tag"),
        pytest.param("我要退款", "退款", ["退款"], id="script without spaces"),
        pytest.param("nonécrit", "non", [], id="accented letters belong to a word"),
        pytest.param("r\u0435fund", "refund", [], id="cyrillic look-alike is another letter"),
    ],
)  # fmt: skip
def test_phrases_are_found_as_people_type_them(text: str, term: str, expected: list[str]) -> None:
    assert found(text, term) == expected


@given(st.text())
def test_every_piece_of_the_normal_form_leads_back_into_the_text(text: str) -> None:
    words = words_of(text)

    for start, end in words.places:
        first, last = words.span(start, end)
        assert 0 <= first < last <= len(text)
        assert normalise(text[first:last]).find(words.text[start:end]) >= 0


@given(st.text())
def test_normal_form_does_not_depend_on_composition(text: str) -> None:
    assert normalise(unicodedata.normalize("NFC", text)) == normalise(text) or not text.isascii()
    assert normalise(text).isascii() or normalise(normalise(text)) == normalise(text)


@given(st.text(alphabet="ab cé😡'#+", max_size=30), st.lists(st.text(alphabet="ab cé😡'#+", max_size=4)))
def test_looking_for_phrases_never_fails_and_finds_what_is_there(text: str, terms: list[str]) -> None:
    for number, (start, end) in Phrases(terms).find(words_of(text)):
        assert 0 <= number < len(terms)
        assert text[start:end]


def test_only_the_first_forty_thousand_characters_are_read() -> None:
    text = "x " * (TEXT_CHARS // 2) + "refund"

    assert found(text, "refund") == []
    assert Pattern("refund").find(text) == []


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        pytest.param("refund", "A REFUND", ["REFUND"], id="any case"),
        pytest.param(r"\bnon\b", "nonécrit", [], id="word end before an accent"),
        pytest.param(r"\bnon\b", "Non!", ["Non"], id="word end"),
        pytest.param(r"\b(refund|refunds)\b", "two refunds.", ["refunds"], id="the longer choice"),
        pytest.param(r"caf\w", "CAFÉ", ["CAFÉ"], id="letters of all alphabets"),
        pytest.param(r"[\w-]+@", "é-a@b", ["é-a@"], id="letters in a class"),
        pytest.param(r"\W!", "a ?!", ["?!"], id="no letter"),
        pytest.param(r"x\\b", r"x\b", [r"x\b"], id="a written backslash"),
        pytest.param("a", "\ud800a", ["a"], id="lone surrogate"),
        pytest.param(r"^(\w+\s?)+$", "a" * 3000 + "!", [], id="no backtracking"),
    ],
)  # fmt: skip
def test_patterns_know_words_of_all_alphabets(pattern: str, text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in Pattern(pattern).find(text)] == expected


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("(?=x)y", "ahead"), ("(?<!x)y", "ahead or behind"), (r"(a)\1", "refer back"), ("(a", "missing )"),
        ("a{1001}", "repetition"), (r"a\bb", "ends"), (r"\Ba", "ends"), (r"\ba|b\b", "brackets"),
        (r"[\W]", r"\W"), ("", "empty"), ("x*", "empty text"), ("x" * 1001, "1001"), ("\\", "read"),
    ],
)  # fmt: skip
def test_a_pattern_that_cannot_work_says_why(pattern: str, word: str) -> None:
    with pytest.raises(ValueError, match=r"(?s).+") as caught:
        Pattern(pattern)

    assert word in str(caught.value)


@given(st.text(max_size=20))
def test_a_pattern_works_or_is_refused_in_words(source: str) -> None:
    told = "works"
    try:
        Pattern(source).find("some text")
    except ValueError as error:
        told = str(error)

    assert told
