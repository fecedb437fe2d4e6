"""Cheerful words are worth less beside a but, a wish, a question or a problem."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from engagebot.scoring.cues import find_quiet_cues
from engagebot.scoring.friendliness import (
    DOUBT,
    GLOOM,
    GLOOMIEST,
    doubts,
    friendliness,
    gloom_of,
    is_about_us,
)
from engagebot.scoring.lexicon import Lexicon, read_entry
from engagebot.scoring.model import Weights, Words, probability
from engagebot.scoring.scorer import LayeredScorer, Layers
from engagebot.scoring.site import SiteModel
from engagebot.scoring.tokens import Names

LEXICON = Lexicon(
    read_entry(line)
    for line in (
        "but | 0 | but",
        "should | 0 | wish",
        "please send | 0 | request",
        "delay | 0.9 | late",
        "great | -0.5 | praise",
        "mount acme | 0 | other_meaning",
        "BRAND .. kettle | 0 | ours",
        "thank you | -0.5 | thanks",
    )
)
SCORER = LayeredScorer(Layers(lexicon=LEXICON, weights=Weights(bias=(0.0, 0.0))))
NAMED = LayeredScorer(
    Layers(lexicon=LEXICON, weights=Weights(bias=(0.0, 0.0)), names=Names(["Acme", "@acme"]))
)


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("great crew, thank you", 0),
        ("great crew, but cold coffee", 1),
        ("a great crew should smile", 1),
        ("great! please send the crew again", 1),
        ("great, a delay", 1),
        ("great crew?", 1),
        ("great crew...", 1),
        ("@one_demo great crew, as with @two_demo", 1),
        ("great crew, they never tire", 1),
        ("great crew " * 12, 1),
        ("great crew when it flies", 1),
        ("a better crew, great", 1),
        ('"great crew"', 1),
        ("\u201cgreat crew\u201d, they say", 1),
        ("great crew, but a delay? it should not be...", 7),
    ],
)
def test_each_reason_to_doubt_counts_once(text: str, reasons: int) -> None:
    assert doubts(SCORER.read(text)) == reasons


def test_a_doubt_costs_log_odds_of_praise_without_unhappiness() -> None:
    plain, doubtful = SCORER.read("great crew"), SCORER.read("great crew?")

    assert friendliness(plain, unhappiness=0.25, praise=0.8).value == pytest.approx(0.6)
    assert friendliness(doubtful, unhappiness=0.25, praise=0.8).value == pytest.approx(
        probability(math.log(0.6 / 0.4) - DOUBT)
    )
    assert friendliness(doubtful, unhappiness=0.0, praise=0.0).value == 0.0


def test_no_praise_is_so_sure_that_doubts_do_not_count() -> None:
    doubtful = SCORER.read("great crew, but a delay? it should not be...")

    assert friendliness(doubtful, unhappiness=0.0, praise=0.999999).value < 0.02


def test_no_friendly_word_for_another_thing_of_our_name() -> None:
    assert friendliness(SCORER.read("mount acme, great crew"), unhappiness=0.0, praise=0.9).value == 0.0


def test_a_question_alone_is_no_doubt_about_what_may_be_answered() -> None:
    assert not friendliness(SCORER.read("which crew?"), unhappiness=0.0, praise=0.5).is_doubted
    assert friendliness(SCORER.read("which crew? it should smile"), unhappiness=0.0, praise=0.5).is_doubted
    assert friendliness(SCORER.read("it should smile"), unhappiness=0.0, praise=0.5).is_doubted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@acme what a day", True),
        ("what a day", True),
        ("what a day at acme", True),
        ("acme is a joy", True),
        ("acme's people, what a day", True),
        ("what a day. you are acme", True),
        ("what a day, your acme", True),
        ("the blue acme kettle, what a day", True),
        ("great acme day", True),
        ("the acme day was truly great", True),
        ("the acme siren in my street sounds great", False),
        ("the acme siren, great", False),
        ("my goat acme jumps. great morning", False),
        ("acme of a day, thank you mother", False),
    ],
)
def test_friendly_words_are_about_us_where_something_ties_them_to_our_bare_name(
    text: str, expected: bool
) -> None:
    reading = NAMED.read(text)
    reading = replace(reading, cues=[*reading.cues, *find_quiet_cues(reading.tokens, LEXICON)])

    assert is_about_us(reading) is expected
    assert (friendliness(reading, unhappiness=0.0, praise=0.9).value > 0) is expected


def weighed(**weights: float) -> LayeredScorer:
    words = Words({word: (weight, 0.0) for word, weight in weights.items()})
    return LayeredScorer(Layers(lexicon=LEXICON, weights=Weights(bias=(0.0, 0.0), words=words)))


def gloom(scorer: LayeredScorer, text: str) -> float:
    reading = scorer.read(text)
    return gloom_of(reading, scorer.score(reading))


def test_the_gloomiest_word_takes_away_and_the_others_do_not() -> None:
    scorer = weighed(told=1.6, empty=1.2, fine=-2.0)

    assert gloom(scorer, "they told us all is fine") == pytest.approx(1.6 * GLOOM)
    assert gloom(scorer, "they told us the box is empty") == pytest.approx(1.6 * GLOOM)
    assert gloom(scorer, "all is fine") == 0.0
    assert gloom(scorer, "all is well") == 0.0


def test_no_word_is_gloomier_than_the_gloomiest_may_be() -> None:
    assert gloom(weighed(told=9.0), "they told us so") == GLOOM * GLOOMIEST


def test_a_word_of_a_friendly_cue_is_not_gloomy() -> None:
    assert gloom(weighed(great=1.6), "great, they say") == 0.0


def test_what_the_site_taught_makes_words_gloomy_or_takes_it_back() -> None:
    lesson = SiteModel(words=Words({"porter": (1.8, 0.0), "told": (-1.6, 0.0)}))
    scorer = weighed(told=1.6).taught(lesson)

    assert gloom(scorer, "the porter told us so") == pytest.approx(1.8 * GLOOM)
    assert gloom(scorer, "they told us so") == 0.0
