"""Tokens: what is compared, and where each stands in the stored text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engagebot.scoring.tokens import (
    BRAND,
    HANDLE,
    MONEY,
    NUMBER,
    RIVAL,
    URL,
    Names,
    form_of,
    tokenise,
)

NAMES = Names(["Acme", "acme", "acme_support"], ["Shaw", "Netflix"])
PIECES = st.sampled_from(
    [
        "not",
        "late",
        "@acme",
        "u/some_one",
        "&amp;",
        ":)",
        ":/",
        ":(",
        "_",
        "(",
        "<3",
        "</3",
        "<user>",
        "[NAME]",
        "$5.50",
        "12:30",
        "don’t",
        "\u200b",
        "\ufe0f",
        "👍🏽",
        "👨\u200d👩",
        "…",
        "...",
        "!?",
        "https://example.com/a",
        "#",
        "É",
        "İ",
        "ß",
        "½",
        "\u3000",
        "\n",
        " ",
        "'",
        "\ud83d",
        "x",
        "*",
        "-",
        "^",
        "\x00",
        "Virgin Media",
        "o2",
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join))


def forms(text: str, names: Names | None = None) -> list[str]:
    return (tokenise(text, names) if names else tokenise(text)).forms


@given(TEXTS)
@example(":)_ :)")
@example(":/_:/ ((((: _((:")
def test_every_token_is_found_in_the_text_where_it_stands(text: str) -> None:
    tokens = tokenise(text, NAMES)
    spans = [(tokens.starts[at], tokens.ends[at]) for at in range(len(tokens))]
    assert [text[start:end] for start, end in spans] == list(tokens.pieces)
    assert all(start < end for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert len(tokens.forms) == len(tokens.pieces)
    assert all(tokens.forms)
    assert not any(form != "".join(form.split()) for form in tokens.forms)


@given(TEXTS)
def test_nothing_between_two_tokens_is_a_letter_or_a_figure(text: str) -> None:
    tokens = tokenise(text)
    at = 0
    for index in range(len(tokens)):
        assert not any(map(str.isalpha, text[at : tokens.starts[index]]))
        at = tokens.ends[index]
    assert not any(map(str.isalpha, text[at:]))


@given(TEXTS)
def test_a_piece_alone_is_one_token_of_the_same_form(text: str) -> None:
    tokens = tokenise(text)
    assert [forms(piece) for piece in tokens.pieces] == [[form] for form in tokens.forms]


def test_a_face_before_an_underscore_is_not_taken_for_a_later_one() -> None:
    tokens = tokenise("_:)_ and :)")
    assert [(tokens.starts[at], tokens.ends[at]) for at in range(3)] == [(1, 3), (5, 8), (9, 11)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't DON’T don`t don\u00b4t dont", ["dont"] * 5),
        ("sooooo SOOO so", ["so"] * 3),
        ("soo good", ["soo", "good"]),
        ("late&amp;cold", ["late", "&", "cold"]),
        ("a&nbsp;b &#39; &#x27;", ["a", "&", "b", "'", "'"]),
        ("\ufefflate\u200b bus\ufeff \u00ad \u202a \ud83d \x00", ["late", "bus"]),
        ("👍👍🏽", ["👍", "👍", "🏽"]),
        ("❤\ufe0f", ["❤"]),
        ("👨\u200d👩", ["👨", "👩"]),
        ("<user> [USER] [NAME] <brandname>", [HANDLE, "<mask>", "<mask>", "<mask>"]),
        ("@someone u/some-one /u/some_one \uff20someone", [HANDLE] * 4),
        ("you/me and/or", ["you", "me", "and", "or"]),
        ("see https://example.com/bad?x=(1) www.example.com", ["see", URL, URL]),
        ("$5 £1,000.50 €20k 5€ 20quid 5dollars", [MONEY] * 6),
        ("12 12:30 3/4 50% 1,000", [NUMBER] * 5),
        ("#Fail #neveragain #1", ["fail", "neveragain", NUMBER]),
        ("really?! wow!!! ok... hm…", ["really", "?", "wow", "!", "ok", "...", "hm", "..."]),
        (":) :-( :/ <3 </3 ^_^ -_- (: :)))", [":)", ":-(", ":/", "<3", "</3", "^_^", "-_-", "(:", ":)))"]),
        ("", []),
        (" \n\t", []),
        ("late,very-late(too).", ["late", "very", "late", "too"]),
        ("BBB bbb b/c soooo bbbb", ["bbb", "bbb", "b", "c", "so", "b"]),
    ],
)
def test_forms(text: str, expected: list[str]) -> None:
    assert forms(text) == expected


@given(st.text(max_size=30))
def test_a_form_stays_what_it_is(word: str) -> None:
    assert form_of(form_of(word).lower()) == form_of(form_of(word))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@acme ACME #Acme u/acme", [BRAND] * 4),
        ("@Acme_Support u/acme_support", [BRAND] * 2),
        ("acmes acmeair @acmeair", ["acmes", "acmeair", HANDLE]),
        ("Acme's Acme’s", [BRAND] * 2),
        ("@shaw Shaw's #netflix", [RIVAL] * 3),
        ("the Acme support", ["the", BRAND, "support"]),
    ],
)
def test_names_of_one_word_are_masked(text: str, expected: list[str]) -> None:
    assert forms(text, NAMES) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Best Buy", "best buy is best", [BRAND, BRAND, "is", "best"]),
        ("Best Buy", "@BestBuy #bestbuy", [BRAND, BRAND]),
        ("Best Buy", "Best Buy's sale", [BRAND, BRAND, "sale"]),
        ("Best Buy", "best best buy best", ["best", BRAND, BRAND, "best"]),
        ("H&M", "H&M H&amp;M", [BRAND, BRAND, BRAND, BRAND, BRAND]),
        ("O2", "O2 is not o 3", [BRAND, BRAND, "is", "not", "o", NUMBER]),
        ("O2", "I left O2.", ["i", "left", BRAND, BRAND]),
        ("7-Eleven", "7-Eleven at 7 eleven", [BRAND, BRAND, "at", BRAND, BRAND]),
        ("3", "3 weeks", [NUMBER, "weeks"]),
        ("Hess", "Hess's pumps", [BRAND, "pumps"]),
        ("Levi's", "Levi’s levis", [BRAND, BRAND]),
        ("u/Acme-Help", "u/acme-help /u/Acme-Help", [BRAND, BRAND]),
        ("Booking.com", "booking.com booking", [BRAND, BRAND, "booking"]),
        ("★", "a ★ b", ["a", "★", "b"]),
        (" ", "a @ b &#64;", ["a", "b", HANDLE]),
    ],
)
def test_names_are_masked_as_people_write_them(name: str, text: str, expected: list[str]) -> None:
    assert forms(text, Names([name])) == expected


def test_a_name_that_is_ours_and_a_rivals_is_ours() -> None:
    names = Names(["Acme"], ["acme", "Shaw"])
    tokens = tokenise("acme or shaw", names)
    assert tokens.forms == [BRAND, "or", RIVAL]
    assert names.rivals_in(tokens) == ("Shaw",)


@pytest.mark.parametrize(
    ("text", "rivals"),
    [
        ("going to Virgin Media", ("Virgin Media",)),
        ("going to virgin, media says", ("Virgin Media",)),
        ("going to Virgin or @virginmedia's", ("Virgin", "Virgin Media")),
        ("O2 o2 Shaw's Shaw", ("O2", "Shaw")),
        ("Shaw Virgin Media Virgin", ("Shaw", "Virgin Media", "Virgin")),
        ("nobody", ()),
    ],
)
def test_rivals_are_named_once_as_the_settings_write_them(text: str, rivals: tuple[str, ...]) -> None:
    names = Names(["Acme"], ["Virgin", "Virgin Media", "O2", "Shaw"])
    assert names.rivals_in(tokenise(text, names)) == rivals


def test_the_longer_name_wins_whoever_it_belongs_to() -> None:
    assert forms("Delta Dental is not Delta", Names(["Delta"], ["Delta Dental"])) == [
        RIVAL,
        RIVAL,
        "is",
        "not",
        BRAND,
    ]


@pytest.mark.parametrize("mark", [",", ".", "!", "?", "...", "…", "\n", " - – ", ":", "(", "!?"])
def test_punctuation_parts_even_where_it_is_a_token(mark: str) -> None:
    tokens = tokenise(f"no{mark} great")
    last = len(tokens) - 1
    assert tokens.forms[last] == "great"
    assert any(tokens.is_parted(at) for at in range(1, last + 1))


def test_a_blank_or_a_hyphen_parts_nothing() -> None:
    tokens = tokenise("no great-deal @acme's")
    assert not any(tokens.is_parted(at) for at in range(len(tokens)))


def test_a_shortened_text_keeps_its_beginning_and_its_end_in_place() -> None:
    text = " ".join(f"word{chr(97 + at % 26)}{chr(97 + at // 26)}" for at in range(100))
    whole = tokenise(text)
    short = whole.shortened(24)
    assert len(short) == 24
    assert short.forms[:14] == whole.forms[:14]
    assert short.forms[18:] == whole.forms[94:]
    assert short.forms[14:18] == ["<cut>"] * 4
    for at in (*range(14), *range(18, 24)):
        assert text[short.starts[at] : short.ends[at]] == short.pieces[at]
    assert list(short.starts[14:18]) == [short.ends[13]] * 4
    assert short.is_parted(18)
    assert whole.shortened(100) is whole


def test_brackets_without_a_face_are_read_once() -> None:
    # With an unbounded number of mouths each bracket was compared with all that follow: 50,000 took a minute.
    text = "(" * 50_000
    assert forms(text) == []
    assert forms(text + ":") == ["(" * 9 + ":"]


def test_a_name_that_begins_everywhere_is_looked_for_once() -> None:
    text = "best " * 10_000 + "buy"
    assert forms(text, Names(["Best Buy"])) == ["best"] * 9_999 + [BRAND, BRAND]


def test_long_parts_are_not_kept_in_memory() -> None:
    names = Names(["Acme"])
    assert tokenise("so " + "a" * 65 + "," + "b" * 65, names).forms == ["so", "a", "b"]
    assert set(names.cut) == {"so"}
