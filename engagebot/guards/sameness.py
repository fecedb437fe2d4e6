"""Replies that read like a form letter: nearly equal to one of ours that is out already."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from engagebot.domain.heard.copies import words_of
from engagebot.domain.replying.advice import Check, Flag
from engagebot.guards.reading import Reply, on_whole

MOST_READ: Final = 4_000
"""How much of a text is compared, in characters."""
ALIKE: Final = 0.8
"""From which share of common pairs of words two texts are nearly equal."""
_SAME_OPENING: Final = 0.6
_FEWEST_WORDS: Final = 3
_GREETING: Final = re.compile(
    r"\s*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))\b[^,.!?\n]{0,40}[,.!?\n]+", re.IGNORECASE
)
# Another name is no other reply.
_NAME: Final = re.compile(r",\s{1,3}@?[A-Z][\w'’-]{1,30}(?:\s[A-Z][\w'’-]{1,30})?(?=\s{0,3}(?:[!.,?–—-]|$))")
_FIRST: Final = re.compile(r"[^.!?\n]*[.!?\n]?")


class _Shape(NamedTuple):
    opening: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    words: tuple[str, ...]


def sameness(reply: Reply) -> Iterator[Flag]:
    """Nearly equal to one of the last replies, and it begins as that one does."""
    own = _shape(reply.text[:MOST_READ])
    if len(own.words) < _FEWEST_WORDS:
        return
    for recent in sorted(reply.about.recent, key=lambda one: not one.is_same_thread):
        if not _is_alike(own, _shape(recent.text[:MOST_READ])):
            continue
        where = "another reply in this thread" if recent.is_same_thread else "a reply that was sent lately"
        advice = (
            f"This reads like a form letter: it is nearly the same as {where} (number {recent.draft_id}); "
            "write the first sentence anew, for this person."
        )
        # Twice the same under one post is what platforms call spam.
        is_risky = recent.is_same_thread
        yield on_whole(Check.SAMENESS, advice, is_risky=is_risky, resembles=recent.draft_id)
        return


def are_alike(one: str, other: str) -> bool:
    """Whether two replies are nearly equal."""
    return _is_alike(_shape(one[:MOST_READ]), _shape(other[:MOST_READ]))


def _is_alike(one: _Shape, other: _Shape) -> bool:
    if one.words == other.words:
        return True
    if _share(one.opening, other.opening) < _SAME_OPENING:
        return False
    return bool(one.pairs) and bool(other.pairs) and _share(one.pairs, other.pairs) >= ALIKE


def _share(one: frozenset[object] | frozenset[str], other: frozenset[object] | frozenset[str]) -> float:
    """The share of the smaller set that the larger one holds too, by the size of the larger."""
    most = max(len(one), len(other))
    return len(one & other) / most if most else 1.0


@lru_cache(maxsize=256)
def _shape(text: str) -> _Shape:
    greeting = _GREETING.match(text)
    rest = _NAME.sub("", text[greeting.end() :] if greeting else text).lstrip()
    first = _FIRST.match(rest)
    words: Sequence[str] = words_of(rest)
    return _Shape(frozenset(words_of(first[0] if first else "")), frozenset(pairwise(words)), tuple(words))
