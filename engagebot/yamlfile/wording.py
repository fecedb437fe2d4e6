"""Words of messages: what is allowed, what is near, what stands there instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


def did_you_mean(word: object, allowed: Iterable[str]) -> str:
    """The end of a message: `; did you mean "x"?`, or nothing when nothing is near."""
    near = nearest(word, allowed)
    return f'; did you mean "{near}"?' if near is not None else ""


def nearest(word: object, allowed: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The allowed word that looks most like this one, if any does."""
    by_lower = {name.lower(): name for name in allowed}
    found = difflib.get_close_matches(str(word).lower()[:80], by_lower, n=1, cutoff=cutoff)
    return by_lower[found[0]] if found else None


def listed(words: Iterable[str]) -> str:
    """Words for a message, in their order."""
    return ", ".join(words) or "none"


def kind_of(value: Any) -> str:
    """Name a value's kind in words of the file, for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a mapping (key: value)"
    if isinstance(value, int | float):
        return f"the number {value}"
    return f'the text "{shortened(value)}"'


def shortened(text: object, limit: int = 60) -> str:
    """A value for a message, cut to a line."""
    words = " ".join(str(text).split())
    return words if len(words) <= limit else words[: limit - 1] + "…"
