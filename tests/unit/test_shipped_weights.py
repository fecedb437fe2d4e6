"""The weights that come with engagebot: what they were made from, and that they hold nobody."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from benchmarks.judgement.fit import read_as, reader
from benchmarks.judgement.rows import Source, made_up
from engagebot.bootstrap.judging import shipped_weights
from engagebot.scoring.features import CUE_FEATURES
from engagebot.scoring.lexicon import load_lexicon
from engagebot.scoring.model import load_weights

ROOT = Path(__file__).parents[2]
PATH = ROOT / "engagebot" / "scoring" / "weights.json"
WEIGHTS = shipped_weights()
SOURCES = {source["name"]: source for source in WEIGHTS.made_from["sources"]}
POSTS = made_up()


def test_the_file_is_what_is_shipped_and_is_written_in_the_one_order() -> None:
    assert load_weights(PATH).digest == WEIGHTS.digest
    assert PATH.read_text(encoding="utf-8") == WEIGHTS.dump() + "\n"


def test_every_source_is_named_with_its_rows_its_sum_and_its_licence() -> None:
    assert set(WEIGHTS.made_from) == {"sources", "read_as"}
    assert len(SOURCES) == len(WEIGHTS.made_from["sources"])
    for source in SOURCES.values():
        assert set(source) == {"name", "rows", "sha256", "licence"}
        assert source["rows"] > 0
        assert re.fullmatch(r"[0-9a-f]{64}", source["sha256"])
        assert len(source["licence"]) > 2
    assert {source.name for source in POSTS} <= set(SOURCES)


@pytest.mark.parametrize("source", POSTS, ids=lambda source: source.name)
def test_the_made_up_posts_are_those_that_were_fitted(source: Source) -> None:
    # Whoever changes posts fits the weights anew: python -m benchmarks.judgement.fit
    assert SOURCES[source.name] == source.as_json()


def test_the_weights_were_fitted_on_posts_as_they_are_read_now() -> None:
    # Whoever changes a lexicon, the tokens or the features fits anew: python -m benchmarks.judgement.fit
    assert WEIGHTS.made_from["read_as"] == read_as(reader())


def test_no_word_points_at_anybody() -> None:
    words = {word for name in WEIGHTS.words for word in name.split(" ")}
    assert not [word for word in words if "@" in word or any(map(str.isdigit, word))]
    assert not [word for word in words if re.search(r"\w\.\w|://|www|^u/", word)]
    assert not [name for name in WEIGHTS.words if name.count(" ") > 1 or not name.strip()]
    assert not [word for word in words if len(word) > 30]


def test_the_numbers_are_moderate() -> None:
    pairs = [WEIGHTS.bias, *WEIGHTS.features.values(), *WEIGHTS.words.values()]
    assert all(math.isfinite(number) and abs(number) < 10 for pair in pairs for number in pair)
    assert 1_000 < len(WEIGHTS.words) <= 9_000
    assert len(PATH.read_bytes()) < 512 * 1024


def test_cues_push_where_their_kind_says() -> None:
    for kind in ("late", "staff", "anger", "product"):
        unhappy, praise = WEIGHTS.features[CUE_FEATURES[kind]]
        assert unhappy > 0 > praise
    assert WEIGHTS.features[CUE_FEATURES["negated_praise"]][0] > 0
    for kind in ("praise", "thanks"):
        unhappy, praise = WEIGHTS.features[CUE_FEATURES[kind]]
        assert unhappy < 0 < praise


def test_every_feature_of_cues_is_of_a_kind_that_the_lexicons_use() -> None:
    used = {CUE_FEATURES[entry.kind] for entry in load_lexicon(ROOT / "config" / "lexicons").entries}
    fitted = {name for name in WEIGHTS.features if name.startswith("cue ")}
    assert fitted <= used | {CUE_FEATURES["negated_praise"]}
