"""Site models: what a site taught is added to the shipped log-odds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.scoring.model import Words
from engagebot.scoring.site import SiteModel
from engagebot.scoring.tokens import tokenise

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
PAIRS = st.tuples(NUMBERS, NUMBERS)
NAMED = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), PAIRS, max_size=5)


@given(PAIRS, PAIRS, NAMED, NAMED)
def test_a_site_model_is_read_as_it_was_written(
    keep: tuple[float, float],
    shift: tuple[float, float],
    features: dict[str, tuple[float, float]],
    words: dict[str, tuple[float, float]],
) -> None:
    one = SiteModel(keep=keep, shift=shift, features=features, words=Words(words), made_from={"rows": 3})
    two = SiteModel.parse(one.dump())
    assert (two.keep, two.shift, two.features, dict(two.words)) == (keep, shift, features, words)
    assert two.version == one.version


def test_a_site_model_shifts_and_adds() -> None:
    model = SiteModel(
        shift=(0.25, -0.25),
        features={"f": (3.0, 1.0)},
        words=Words({"grue": (1.0, -1.0)}),
    )
    words = model.words.weigh(tokenise("grue").forms, 0.5)
    assert model.score((1.0, 1.0), words, {"f": 2.0, "other": 5.0}) == (7.75, 2.25)


def test_a_site_model_keeps_so_much_of_the_shipped_log_odds() -> None:
    model = SiteModel(keep=(0.5, 2.0), shift=(0.25, 0.0))
    assert model.score((3.0, -1.0), Words({}).weigh(["late"], 1.0), {}) == (1.75, -2.0)


def test_a_model_of_before_dialects_is_read_and_says_the_same() -> None:
    before = '{"format": 1, "made_from": {}, "shift": [0.5, 0], "features": {}, "words": {"grue": [1, 2]}}'
    read = SiteModel.parse(before)
    assert (read.keep, read.shift, read.words["grue"]) == ((1.0, 1.0), (0.5, 0.0), (1.0, 2.0))
    assert SiteModel.parse(read.dump()).version == read.version


def test_a_model_without_what_it_keeps_is_refused() -> None:
    with pytest.raises(ValueError, match="pair of numbers"):
        SiteModel.parse('{"format": 2, "made_from": {}, "shift": [0, 0], "features": {}, "words": {}}')


def test_a_site_model_that_was_taught_nothing_changes_nothing() -> None:
    assert SiteModel().score((0.3, -0.7), Words({}).weigh(["late"], 1.0), {"f": 1.0}) == (0.3, -0.7)


def test_the_version_names_the_numbers() -> None:
    models = [
        SiteModel(),
        SiteModel(shift=(0.1, 0.0)),
        SiteModel(keep=(0.9, 1.0)),
        SiteModel(features={"asks": (0.1, 0.0)}),
        SiteModel(words=Words({"grue": (0.1, 0.0)})),
    ]
    assert len({model.version for model in models}) == len(models)
    assert SiteModel().version == SiteModel().version
