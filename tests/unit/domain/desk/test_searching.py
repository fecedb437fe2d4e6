"""The search language: what is typed is understood or refused with the way out, never half of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagebot.domain.desk.searching import (
    EVERYTHING,
    LONGEST,
    MOST_TERMS,
    OPERATORS,
    Field,
    Search,
    Term,
    parse,
)

F = Field

READ = {
    "": (),
    "   ": (),
    "feeling:unhappy platform:reddit rule:refund older:2h mine": (
        Term(F.FEELING, "unhappy"), Term(F.PLATFORM, "reddit"), Term(F.RULE, "refund"), Term(F.OLDER, "2h"),
        Term(F.MINE),
    ),
    'feeling:"very unhappy"': (Term(F.FEELING, "very_unhappy"),),
    "feeling:very-unhappy": (Term(F.FEELING, "very_unhappy"),),
    "sentiment:very_negative": (Term(F.FEELING, "very_unhappy"),),
    "Feeling:Negative": (Term(F.FEELING, "negative"),),
    "route:can_send": (Term(F.ROUTE, "api"),),
    "route:by_hand": (Term(F.ROUTE, "by_hand"),),
    "older:120m newer:7d": (Term(F.OLDER, "2h"), Term(F.NEWER, "1w")),
    "author:@maple_fan_demo": (Term(F.AUTHOR, "maple_fan_demo"),),
    "in:r/acme": (Term(F.IN, "acme"),),
    'by:"Jo Demo" nobody': (Term(F.BY, "Jo Demo"), Term(F.NOBODY)),
    "is:overdue -is:open": (Term(F.IS, "overdue"), Term(F.IS, "open", is_not=True)),
    "the modem": (Term(F.WORDS, "the"), Term(F.WORDS, "modem")),
    '"the  modem" the the': (Term(F.WORDS, "the modem"), Term(F.WORDS, "the")),
    "“the modem": (Term(F.WORDS, "the modem"),),
    "-modem -mine": (Term(F.WORDS, "modem", is_not=True), Term(F.MINE, is_not=True)),
    '"mine"': (Term(F.WORDS, "mine"),),
    '"feeling:unhappy"': (Term(F.WORDS, "feeling:unhappy"),),
    "#0123": (Term(F.NUMBER, "123"),),
    "#acme": (Term(F.WORDS, "#acme"),),
    "https://social.example/@a/1?b=c": (Term(F.ADDRESS, "https://social.example/@a/1?b=c"),),
    "10:30 :) é": (Term(F.WORDS, "10:30"), Term(F.WORDS, ":)"), Term(F.WORDS, "é")),
}  # fmt: skip


@pytest.mark.parametrize("text", list(READ))
def test_a_search_means_what_it_says(text: str) -> None:
    parsed = parse(text)
    assert parsed.problems == ()
    assert parsed.search.terms == READ[text]


WRONG = {
    "feeling:hapy": ("there is no feeling 'hapy'", "happy"),
    "feelin:happy": ("'feelin' is not an operator", "feeling"),
    "note:this": ("put words in quotes", "route"),
    "zzz:this": ("put words in quotes", None),
    "older:2": ("a number and a unit", None),
    "older:0h": ("a number and a unit", None),
    "newer:soon": ("a number and a unit", None),
    "older:999999w": ("looks back 36500 days at most", None),
    "intent:chrun": ("there is no intent 'chrun'", "churn"),
    "route:hand": ("there is no route 'hand'", "by_hand"),
    "is:opn": ("there is no is 'opn'", "open"),
    "feeling:": ("feeling needs a value", None),
    'author:""': ("author needs a value", None),
    "zzz:": ("is not an operator", None),
}


@pytest.mark.parametrize("text", list(WRONG))
def test_what_cannot_be_meant_is_told_with_what_can(text: str) -> None:
    parsed = parse(f"modem {text}")
    why, near = WRONG[text]
    (problem,) = parsed.problems
    assert why in str(problem)
    assert problem.word == text
    assert problem.near == near
    assert (f"did you mean {near!r}?" in str(problem)) is (near is not None)
    if not text.endswith((":", '""')) and "er:" not in text and "older" not in text:
        assert all(choice in str(problem) for choice in problem.allowed)
        assert problem.allowed


def test_all_problems_are_told_at_once() -> None:
    parsed = parse("feeling:hapy older:2 feelin:happy mine")
    assert [problem.word for problem in parsed.problems] == ["feeling:hapy", "older:2", "feelin:happy"]
    assert parsed.search == Search((Term(F.MINE),))


def test_names_that_are_known_are_the_only_ones() -> None:
    known = {F.PLATFORM: ("reddit", "x")}
    assert parse("platform:x rule:any", known).problems == ()
    (problem,) = parse("platform:redit", known).problems
    assert (problem.allowed, problem.near) == (("reddit", "x"), "reddit")


@pytest.mark.parametrize("text", ["x" * (LONGEST + 1), " ".join(f"w{n}" for n in range(MOST_TERMS + 1))])
def test_a_search_too_long_is_refused_whole(text: str) -> None:
    parsed = parse(text)
    assert parsed.search == EVERYTHING
    assert "at most" in str(parsed.problems[0])


def test_a_search_knows_what_it_asks() -> None:
    search = parse("feeling:happy -feeling:neutral mine").search
    assert search.of(F.FEELING) == ("happy",)
    assert search.of(F.FEELING, is_not=True) == ("neutral",)
    assert search.has(F.MINE, F.BY)
    assert not search.has(F.BY)
    assert search
    assert not EVERYTHING


_PIECES = st.sampled_from(
    [
        *(f"{operator}:" for operator in OPERATORS), "-", '"', ":", " ", "mine", "nobody", "#12", "#", "@",
        "https://a.example/x", "2h", "unhappy", "very unhappy", "r/", "\x1c", "“", "x", "_", "\u0130",
        "\u017f", "\0",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), st.lists(_PIECES, max_size=14).map("".join)))
def test_any_text_is_read_and_its_own_form_reads_as_itself(text: str) -> None:
    parsed = parse(text)
    again = parse(parsed.search.text)
    assert again.problems == ()
    assert again.search == parsed.search
    assert again.search.text == parsed.search.text
