from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.texts import service_posts
from engagebot.scoring import VaderScorer
from tests.sampling import of_all
from tests.unit.scoring.odd_texts import PACKAGE, odd_texts

SCORER = VaderScorer()
RULE_WORDS = "never so this without doubt least at very no or nor not isn't kind of SO hardly but x"


def package_compound(text: str) -> float:
    return float(PACKAGE.polarity_scores(text)["compound"])


def differences(texts: list[str]) -> list[tuple[str, float, float]]:
    scores = ((text, SCORER.judge(text).compound, package_compound(text)) for text in texts)
    return [(text, ours, theirs) for text, ours, theirs in scores if ours != theirs]


def test_thousands_of_odd_texts_score_as_in_the_package() -> None:
    count = of_all(60_000, 12_000)
    texts = list(odd_texts(count, seed=20260302))
    assert len(set(texts)) > 0.8 * count
    assert differences(texts) == []


def test_every_three_rule_words_before_a_known_word_score_as_in_the_package() -> None:
    texts = [
        " ".join((*before, known))
        for length in (1, 2, 3)
        for before in itertools.product(RULE_WORDS.split(), repeat=length)
        for known in ("good", "GOOD bus stop", "no bad")
    ]
    assert differences(texts) == []


def test_service_posts_score_as_in_the_package() -> None:
    assert differences([post["text"] for post in service_posts(3_000, seed=3)]) == []


def test_lexicon_entries_and_emoji_alone_score_as_in_the_package() -> None:
    assert differences([*PACKAGE.lexicon, *PACKAGE.emojis]) == []


@pytest.mark.parametrize(
    "text",
    [
        "love but hate love hate love",
        "good good but good good good",
        # 1.9 halved is the value of another word, which the package then finds first.
        "good mute but good mute good",
        ":) :) but :( :( bad bad good the bomb the bomb",
        "so so so the shit but the shit so so the shit good",
        "but but good but bad but",
    ],
)
def test_words_of_one_value_around_but_are_shifted_as_in_the_package(text: str) -> None:
    assert SCORER.judge(text).compound == package_compound(text)


def test_many_words_of_one_value_around_but_score_as_in_the_package() -> None:
    text = "good bad great good but " * 60 + "good " * 20
    assert SCORER.judge(text).compound == package_compound(text)


def test_a_wall_of_emoji_scores_as_in_the_package() -> None:
    walls = [
        "\N{POUTING FACE}" * 400,
        "meh \N{SMILING FACE WITH HALO}" * 150,
        "\N{COPYRIGHT SIGN}" * 50 + "good",
    ]
    assert differences(walls) == []


@given(st.text())
@example("\ud83d\ude00 good")
@example("good\x1cbad\x85but\u2028love")
@settings(max_examples=300, deadline=None)
def test_any_text_scores_as_in_the_package(text: str) -> None:
    assert SCORER.judge(text).compound == package_compound(text)


@given(
    st.lists(st.sampled_from([*"aA .!?'’\n", "not", "GOOD", "bad", "but", "no", "so", "the", "bomb", "😡"]))
)
@settings(max_examples=300, deadline=None)
def test_any_mixture_of_rule_words_scores_as_in_the_package(parts: list[str]) -> None:
    text = "".join(parts)
    assert SCORER.judge(text).compound == package_compound(text)
