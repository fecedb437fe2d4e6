"""Weights: what they add up to, and how they are kept."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.scoring.model import LEAST_PUSH, Weights, Words, load_weights, probability
from engagebot.scoring.site import SiteModel
from tests.unit.scoring.texts import weights

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
PAIRS = st.tuples(NUMBERS, NUMBERS)
NAMED = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), PAIRS, max_size=5)
GOOD = {"format": 1, "made_from": {}, "bias": [0, 0.5], "features": {"f": [1, 2]}, "words": {"w": [3, 4]}}
GOOD_SITE = {"format": 1, "made_from": {}, "shift": [0, 0], "features": {}, "words": {}}


@given(PAIRS, NAMED, NAMED)
def test_weights_are_read_as_they_were_written(
    bias: tuple[float, float], features: dict[str, tuple[float, float]], words: dict[str, tuple[float, float]]
) -> None:
    one = Weights(bias=bias, features=features, words=Words(words), made_from={"rows": 3})
    two = Weights.parse(one.dump())
    assert (two.bias, two.features, dict(two.words), two.made_from) == (bias, features, words, {"rows": 3})
    assert two.dump() == one.dump()
    assert two.digest == one.digest


def test_the_digest_depends_on_numbers_and_not_on_their_order() -> None:
    one = weights(features={"a": (1, 2), "b": (3, 4)}, words={"x": (1, 2), "y": (3, 4)})
    two = weights(features={"b": (3, 4), "a": (1, 2)}, words={"y": (3, 4), "x": (1, 2)})
    assert one.digest == two.digest
    assert weights(bias=(-1.0, -1.1)).digest != weights(bias=(-1.0, -1.0)).digest


WRONG_NUMBERS = [
    "[1]",
    "[1, 2, 3]",
    "[1, null]",
    '["1", "2"]',
    '"12"',
    "5",
    "[NaN, 1]",
    "[1, Infinity]",
    "null",
]
WRONG_NUMBERS += ["{}", "[1, 1e999]", f"[1, 1{'0' * 400}]"]
WRONG_TEXTS = [
    "",
    "{",
    "[]",
    "null",
    "3",
    '"text"',
    "{}",
    '{"format": 2}',
    '{"format": 1}',
    '{"format": true}',
]


@pytest.mark.parametrize("number", WRONG_NUMBERS)
@pytest.mark.parametrize("place", ["bias", "features", "words", "shift"])
def test_what_is_no_finite_number_is_refused(place: str, number: str) -> None:
    good, parse = (GOOD, Weights.parse) if place in GOOD else (GOOD_SITE, SiteModel.parse)
    value = number if place not in ("features", "words") else f'{{"x": {number}}}'
    text = json.dumps({**good, place: "HERE"}).replace('"HERE"', value)
    parse(json.dumps(good))
    with pytest.raises(ValueError, match="weight"):
        parse(text)


@pytest.mark.parametrize("parse", [Weights.parse, SiteModel.parse], ids=["weights", "site model"])
@pytest.mark.parametrize("text", WRONG_TEXTS)
def test_what_is_something_else_is_refused(parse: object, text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse(text)


@pytest.mark.parametrize("key", [*GOOD, "shift"])
@pytest.mark.parametrize("value", [None, [], 7, "text"])
def test_a_key_that_holds_something_else_is_refused(key: str, value: object) -> None:
    good, parse = (GOOD, Weights.parse) if key in GOOD else (GOOD_SITE, SiteModel.parse)
    with pytest.raises(ValueError, match=r"weight|site model"):
        parse(json.dumps({**good, key: value}))
    with pytest.raises(ValueError, match=r"weight|site model"):
        parse(json.dumps({name: kept for name, kept in good.items() if name != key}))


def test_weights_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    path.write_text(weights(words={"café": (1, 2)}).dump(), encoding="utf-8")
    assert load_weights(path).words["café"] == (1.0, 2.0)


def test_words_and_pairs_count_once_however_often_they_are_said() -> None:
    words = Words({"late": (1.0, -1.0), "so late": (0.5, 0.25), "late so": (0.125, 0.0)})
    assert words.weigh(["so", "late", "so", "late", "late"], 1.0)[:2] == (1.625, -0.75)
    assert words.weigh(["late"], 0.5)[:2] == (0.5, -0.5)
    assert words.weigh([], 0.5) == (0.0, 0.0, [])
    assert words.weigh(["so", "x", "late"], 1.0)[:2] == (1.0, -1.0)


def test_strong_words_are_told_with_their_first_place() -> None:
    words = Words({"late": (1.0, 0.0), "not late": (-2.0, 0.0), "weak": (0.25, 9.0), "bold": (-0.4, 0.0)})
    weighed = words.weigh(["weak", "not", "late", "late", "bold"], 0.5)
    assert weighed.strong == [(0.5, 2, 2), (-1.0, 1, 2), (-0.2, 4, 4)]
    assert all(abs(push) >= LEAST_PUSH for push, _, _ in weighed.strong)


@given(st.lists(st.sampled_from(["so", "late", "not", "bold", "x"]), max_size=20))
def test_the_walk_adds_up_what_a_slow_reading_adds_up(forms: list[str]) -> None:
    known = {"late": (1.0, -1.0), "so late": (0.5, 0.25), "late late": (4.0, 0.0), "x": (0.0, 8.0)}
    said = {*forms, *(" ".join(forms[at : at + 2]) for at in range(len(forms) - 1))} & known.keys()
    weighed = Words(known).weigh(forms, 0.5)
    assert weighed.unhappy == sum(known[name][0] for name in said) * 0.5
    assert weighed.praise == sum(known[name][1] for name in said) * 0.5


def test_features_without_a_weight_say_nothing() -> None:
    (unhappy, praise), pushes = weights(bias=(1.0, 2.0), features={"f": (0.5, 0.25)}).score(
        {"f": 2.0, "unknown": 99.0}, Words({}).weigh([], 1.0)
    )
    assert (unhappy, praise, pushes) == (2.0, 2.5, [(1.0, "f")])


def test_sums_of_cues_and_weak_features_are_not_among_the_pushes() -> None:
    known = {"cue late": (2.0, 0.0), "weak": (0.05, 3.0), "against": (-0.5, 0.0)}
    _, pushes = weights(features=known).score(
        {"cue late": 1.0, "weak": 1.0, "against": 1.0}, Words({}).weigh([], 1.0)
    )
    assert pushes == [(-0.5, "against")]


@given(st.floats(allow_nan=False))
def test_every_log_odds_is_a_probability(odds: float) -> None:
    assert 0 <= probability(odds) <= 1
    assert probability(odds) + probability(-odds) == pytest.approx(1)


def test_even_odds_are_a_half() -> None:
    assert probability(0.0) == 0.5
    assert probability(math.log(3)) == pytest.approx(0.75)
    assert probability(math.inf) == 1.0
    assert probability(-math.inf) < 1e-300
