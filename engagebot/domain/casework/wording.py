"""A customer's own words, as they may stand at the head of a case."""

from __future__ import annotations

TITLE_CHARS = 200


def one_line(text: str) -> str:
    """The same words on one line."""
    return " ".join(text.split())


def is_quoted(words: str, said: str) -> bool:
    """Whether words stand in what was said, letter by letter; only where lines break does not matter."""
    found = one_line(words)
    return bool(found) and found in one_line(said)
