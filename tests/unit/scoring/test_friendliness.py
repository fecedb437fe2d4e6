"""Cheerful words are worth less beside a but, a wish, a question or a problem."""

from __future__ import annotations

import math

import pytest

from engagebot.scoring.friendliness import DOUBT, doubts, friendliness
from engagebot.scoring.lexicon import Lexicon, read_entry
from engagebot.scoring.model import Weights, probability
from engagebot.scoring.scorer import LayeredScorer, Layers

LEXICON = Lexicon(
    read_entry(line)
    for line in (
        "but | 0 | but",
        "should | 0 | wish",
        "please send | 0 | request",
        "delay | 0.9 | late",
        "great | -0.5 | praise",
        "mount acme | 0 | other_meaning",
    )
)
SCORER = LayeredScorer(Layers(lexicon=LEXICON, weights=Weights(bias=(0.0, 0.0))))


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

    assert friendliness(plain, unhappiness=0.25, praise=0.8) == pytest.approx(0.6)
    assert friendliness(doubtful, unhappiness=0.25, praise=0.8) == pytest.approx(
        probability(math.log(0.6 / 0.4) - DOUBT)
    )
    assert friendliness(doubtful, unhappiness=0.0, praise=0.0) == 0.0


def test_no_praise_is_so_sure_that_doubts_do_not_count() -> None:
    doubtful = SCORER.read("great crew, but a delay? it should not be...")

    assert friendliness(doubtful, unhappiness=0.0, praise=0.999999) < 0.02


def test_no_friendly_word_for_another_thing_of_our_name() -> None:
    assert friendliness(SCORER.read("mount acme, great crew"), unhappiness=0.0, praise=0.9) == 0.0
