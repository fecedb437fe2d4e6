"""What is remembered of words stays right and small, whoever else looks things up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from engagebot.scoring import remembered as module
from engagebot.scoring.remembered import LONGEST_KEPT, Remembered


def test_each_word_is_asked_for_once() -> None:
    asked: list[str] = []
    known = Remembered(lambda word: asked.append(word) or len(word))
    assert list(map(known.__getitem__, ["late", "bus", "late"])) == [4, 3, 4]
    assert asked == ["late", "bus"]


def test_long_words_are_answered_and_not_kept() -> None:
    known = Remembered(len)
    assert known["a" * (LONGEST_KEPT + 1)] == LONGEST_KEPT + 1
    assert not known


def test_few_words_are_kept_by_however_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 5)
    known = Remembered(len)
    words = ["w" * length for length in range(1, 60)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: list(map(known.__getitem__, words)), range(40)))
    assert answers == [list(range(1, 60))] * 40
    assert len(known) <= 5 + 4
