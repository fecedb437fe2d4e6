"""What was found out about a word, kept for the next time: people use the same words over and over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

MOST_KEPT: Final = 1 << 15
"""Words that are remembered; with more, all are forgotten and the table fills anew with what is said now."""
LONGEST_KEPT: Final = 64
"""Longer words are rarely seen twice, and remembering them would take memory without end."""
T = TypeVar("T")


class Remembered(dict[str, T]):
    """The answers of a function of one string, looked up like a dictionary; threads may share one.

    A dictionary, because the interpreter maps whole lists of words through `__getitem__` without a call of
    Python code for those that are known.
    """

    __slots__ = ("_answer",)

    def __init__(self, answer: Callable[[str], T]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, word: str) -> T:
        found = self._answer(word)
        if len(word) <= LONGEST_KEPT:
            if len(self) >= MOST_KEPT:
                self.clear()
            self[word] = found
        return found
