"""Cues: the longest counts, and a "not" turns round what stands close behind it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.scoring.cues import DENIED_SHARE, REACH, find_cues
from engagebot.scoring.kinds import KINDS, NEGATED_PRAISE
from engagebot.scoring.tokens import Names, tokenise
from tests.unit.scoring.texts import LINES, kinds, lexicon, reading


def cues(text: str, *lines: str) -> list[tuple[str, str, float]]:
    found = reading(text, *lines).cues
    return [(cue.kind, cue.name, cue.weight) for cue in found]


def test_of_cues_that_overlap_the_longest_counts() -> None:
    lines = ("late | 1 | late", "late again | 0.5 | repeat", "again | 2 | problem", "no | 0 | not")
    assert cues("late again", *lines) == [("repeat", "late again", 0.5)]
    assert cues("late late again", *lines) == [("late", "late", 1), ("repeat", "late again", 0.5)]


def test_of_cues_of_one_length_the_first_and_then_the_heavier_counts() -> None:
    assert cues("too late again", "too late | 1 | late", "late again | 3 | repeat") == [
        ("late", "too late", 1)
    ]
    assert cues("late", "late | 1 | late", "late/lost | 2 | lost") == [("lost", "late/lost", 2)]


def test_kinds_that_push_nowhere_hide_nothing_and_are_not_hidden() -> None:
    lines = ("late refund | 1 | late", "refund | 0 | money", "my late refund please | 0 | request")
    assert kinds(reading("my late refund please", *lines).cues) == ["request", "late", "money"]


@pytest.mark.parametrize(
    "text", ["not late", "not really late", "not very very late", "NOT late", "not late."]
)
def test_a_not_close_in_front_takes_an_unhappy_cue_back(text: str) -> None:
    assert cues(text) == [("late", "not late", DENIED_SHARE)]


@pytest.mark.parametrize(
    "text",
    [
        "late not",
        "not a b c late",
        "not, late",
        "not. late",
        "not! late",
        "not? late",
        "not... late",
        "not … late",
        "not\nlate",
        "not (late",
        "not that! late",
        "not – late",
    ],
)
def test_a_not_far_away_or_before_punctuation_turns_nothing(text: str) -> None:
    assert cues(text) == [("late", "late", 1.0)]


def test_a_not_reaches_as_far_as_documented() -> None:
    for between in range(REACH + 1):
        turned = cues("not " + "x " * between + "late")[0][2] < 0
        assert turned is (between < REACH)


@pytest.mark.parametrize("text", ["no, not late", "never! no late", "not not late"])
def test_the_nearest_not_decides(text: str) -> None:
    assert cues(text) == [("late", "not late", DENIED_SHARE)]


def test_happy_words_behind_a_not_are_a_kind_of_their_own() -> None:
    assert cues("not great") == [(NEGATED_PRAISE, "not great/good/lovely", 1.0)]
    assert reading("not great").cues[0].signed == 1.0


def test_phrases_of_several_words_say_themselves_what_they_mean() -> None:
    assert cues("never still waiting") == [("waiting", "still .. waiting", 1.5)]


def test_a_not_inside_a_longer_cue_has_done_its_work() -> None:
    lines = ("not only | 0.1 | problem", "late | 1 | late", "not | 0 | not")
    assert cues("not only late", *lines) == [("problem", "not only", 0.1), ("late", "late", 1)]
    assert cues("not late", *lines) == [("late", "not late", DENIED_SHARE)]


def test_what_a_cue_counts_for_its_kind() -> None:
    signed = {cue.kind: cue.signed for cue in reading("late but great, please. not broken").cues}
    assert signed == {"late": 1.0, "but": 1.0, "praise": 1.0, "polite": 1.0, "product": DENIED_SHARE}


def test_cues_come_in_the_order_of_the_text() -> None:
    places = [(cue.first, cue.last) for cue in reading("please refund, still no waiting, rude and late").cues]
    assert places == sorted(places)
    assert len(places) == 5


def test_names_are_no_words_of_a_cue() -> None:
    tokens = tokenise("the Acme of late @great", Names(["Acme"]))
    assert kinds(find_cues(tokens, lexicon())) == ["other_meaning", "late"]


def test_no_cue_reaches_over_the_middle_that_was_left_out() -> None:
    text = "still " * 30 + "word " * 1_000 + "waiting " * 30
    tokens = tokenise(text).shortened(44)
    assert {"still", "waiting"} < set(tokens.forms)
    assert find_cues(tokens, lexicon("still .. waiting | 1 | waiting", "still waiting | 1 | waiting")) == []
    assert find_cues(tokenise("still waiting"), lexicon("still .. waiting | 1 | waiting"))


WORDS = [line.split("|")[0].split("/")[0].strip() for line in LINES]
TEXTS = st.lists(
    st.sampled_from([*WORDS, "👍", ",", "!", "&amp;", "_:)_", "\u200b", "don’t", "\n"]), max_size=15
)


@given(TEXTS.map(" ".join))
def test_pushing_cues_never_overlap_and_lie_within_the_text(text: str) -> None:
    found = reading(text)
    pushing = [cue for cue in found.cues if cue.weight]
    taken = [at for cue in pushing for at in range(cue.first, cue.last + 1)]
    assert len(taken) == len(set(taken))
    assert all(0 <= cue.first <= cue.last < len(found.tokens) for cue in found.cues)
    assert {cue.kind for cue in found.cues} <= {*KINDS, NEGATED_PRAISE}
    assert "not" not in kinds(found.cues)
