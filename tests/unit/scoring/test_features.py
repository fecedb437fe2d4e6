"""Features: named numbers, bounded however long or loud a text is."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.scoring.features import MOST_PUSH, features_of, share_of, words_of
from engagebot.scoring.tokens import Names, tokenise
from tests.unit.scoring.texts import reading

NAMES = Names(["Acme"], ["Shaw"])
ROOT = Path(__file__).parents[3]


def features(text: str, *, masked: float = 0.0) -> dict[str, float]:
    return features_of(reading(text, names=NAMES, masked=masked))


def test_an_empty_text_has_no_features() -> None:
    assert features("") == {}


def test_cues_are_added_up_by_kind_and_capped() -> None:
    assert features("late, late")["cue late"] == 2.0
    assert features("late, " * 40)["cue late"] == MOST_PUSH
    assert features("please " * 40)["cue polite"] == MOST_PUSH
    assert features("not great, " * 40)["cue negated_praise"] == MOST_PUSH
    assert features("not late. " * 40)["cue late"] == -MOST_PUSH


def test_a_cue_that_was_taken_back_is_taken_off() -> None:
    assert features("late. not late")["cue late"] == 0.75


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("see https://example.com", "has a link"),
        ("since 3", "has a number"),
        ("paid $5", "names a sum"),
        ("going to shaw", "names a rival"),
        ("well...", "trails off"),
        ("what?", "asks"),
        ("what?", "asks without a problem"),
        ("what?", "ends by asking"),
        ("what? @acme", "ends by asking"),
        ("what? https://example.com", "ends by asking"),
        ("late?", "ends by asking about a problem"),
        ("@acme hello", "names an account"),
        ("@acme late", "tells an account of a problem"),
        ("hello @acme", "names an account"),
        ("@acme hello @someone", "names two accounts"),
        ("now!", "exclaims"),
        ("NOW it is", "capitals"),
        ("late but great", "cheerful words beside a problem"),
        ("great but no", "cheerful words and a but"),
    ],
)
def test_how_a_text_is_built(text: str, name: str) -> None:
    assert features(text)[name] > 0
    assert name not in features("hello there")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("late?", "asks without a problem"),
        ("what? tell me", "ends by asking"),
        ("what?", "ends by asking about a problem"),
        ("hello there", "names an account"),
        ("AB 123 @ACME", "capitals"),
        ("late", "cheerful words beside a problem"),
    ],
)
def test_what_a_text_is_not(text: str, name: str) -> None:
    assert name not in features(text)


def test_vader_counts_on_its_own_side() -> None:
    assert features("x", masked=0.5)["VADER positive"] == 0.5
    assert features("x", masked=-0.5)["VADER negative"] == 0.5
    assert not {"VADER positive", "VADER negative"} & features("x", masked=0.0).keys()
    assert features("late", masked=0.5)["VADER positive beside a problem"] == 0.5
    assert features("late, " * 9, masked=0.5)["VADER positive beside a problem"] == 1.0


@given(st.text(max_size=40), st.integers(1, 60), st.floats(-1, 1))
def test_every_feature_is_a_bounded_number(text: str, times: int, masked: float) -> None:
    for name, value in features(f"late {text} great! " * times, masked=masked).items():
        assert math.isfinite(value)
        assert abs(value) <= MOST_PUSH + 1, name


def test_each_word_counts_less_in_a_long_text() -> None:
    shares = [share_of(tokenise("word " * count)) for count in (0, 1, 4, 5, 16, 100)]
    assert shares == [0.5, 0.5, 0.5, 1 / math.sqrt(5), 0.25, 0.1]


def test_words_and_pairs_are_told_once_each() -> None:
    assert words_of(tokenise("so late so late @someone")) == {
        "so",
        "late",
        "<handle>",
        "so late",
        "late so",
        "late <handle>",
    }
    assert words_of(tokenise("late")) == {"late"}
    assert words_of(tokenise("")) == set()


def test_features_come_in_one_order_in_every_process() -> None:
    program = (
        "from engagebot.scoring.features import features_of;"
        "from tests.unit.scoring.texts import reading;"
        "print(list(features_of(reading('@a @b see https://example.com 3 $5 ... late? great NOW!'))))"
    )
    orders = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(orders) == 1
