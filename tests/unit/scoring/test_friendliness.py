"""Cheerful words are worth less beside a but, a wish, a question or a problem."""

from __future__ import annotations

import pytest

from engagebot.scoring.friendliness import DOUBT, doubts, friendliness
from engagebot.scoring.lexicon import Lexicon, read_entry
from engagebot.scoring.model import Weights
from engagebot.scoring.scorer import LayeredScorer, Layers

LEXICON = Lexicon(
    read_entry(line)
    for line in (
        "but | 0 | but",
        "should | 0 | wish",
        "please send | 0 | request",
        "delay | 0.9 | late",
        "great | -0.5 | praise",
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
        ("great crew, but a delay? it should not be...", 7),
    ],
)
def test_each_reason_to_doubt_counts_once(text: str, reasons: int) -> None:
    assert doubts(SCORER.read(text)) == reasons


def test_doubts_are_taken_from_praise_without_unhappiness() -> None:
    plain, doubtful = SCORER.read("great crew"), SCORER.read("great crew?")

    assert friendliness(plain, unhappiness=0.25, praise=0.8) == pytest.approx(0.6)
    assert friendliness(doubtful, unhappiness=0.25, praise=0.8) == pytest.approx(0.6 - DOUBT)
    assert friendliness(doubtful, unhappiness=0.95, praise=0.8) == 0.0
