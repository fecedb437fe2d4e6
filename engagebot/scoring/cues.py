"""Which entries of the lexicon speak in a text: the longest ones, turned round behind a "not"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engagebot.scoring.kinds import KINDS, NEGATED_PRAISE, Side
from engagebot.scoring.lexicon import Hit, Lexicon
from engagebot.scoring.tokens import Tokens

REACH: Final = 3
"""How many words behind a "not" are turned round, up to the next punctuation."""
_HAPPY: Final = frozenset(kind.name for kind in KINDS.values() if kind.side is Side.HAPPY)
_SILENT: Final = frozenset(kind.name for kind in KINDS.values() if kind.side is Side.NEITHER)
DENIED_SHARE: Final = -0.25
"""What is left of an unhappy cue behind a "not": no delay at all is a little praise, not a lot."""


class Found:
    """A cue in a text, from token `first` to token `last`; `name` is the entry as it is written."""

    # No named tuple: compiled, a class of its own is made and read several times as fast.
    __slots__ = ("first", "kind", "last", "name", "weight")

    def __init__(self, name: str, kind: str, weight: float, first: int, last: int) -> None:
        self.name = name
        self.kind = kind
        self.weight = weight
        self.first = first
        self.last = last

    def __repr__(self) -> str:
        return f"Found({self.name!r}, {self.kind!r}, {self.weight!r}, {self.first!r}, {self.last!r})"

    @property
    def signed(self) -> float:
        """How much it counts for its kind: 1 for kinds without a push, below 0 where a "not" took it back."""
        if not self.weight:
            return 1.0
        return -self.weight if self.kind in _HAPPY else self.weight


def find_cues(tokens: Tokens, lexicon: Lexicon) -> list[Found]:
    """The cues that count, in the order of the text.

    Of cues that push and overlap the longest counts, so "no complaints" is not a complaint. Cues that push
    nowhere (a tender topic, a question) never hide another.
    """
    return cues_of(tokens, lexicon.find(tokens.forms))


def cues_of(tokens: Tokens, hits: list[Hit]) -> list[Found]:
    """The same, of all entries that stand there."""
    if not hits:
        return []
    if _lie_apart(hits):
        return _apart(tokens, hits)
    hits.sort(key=_longest_first)
    taken: set[int] = set()
    pushing: list[Hit] = []
    nots: list[tuple[int, int]] = []
    found: list[Found] = []
    for hit in hits:
        entry, first, last = hit
        if entry.kind == "not":
            nots.append((first, last))
        elif entry.kind in _SILENT:
            found.append(Found(entry.words, entry.kind, 0.0, first, last))
        elif taken.isdisjoint(span := range(first, last + 1)):
            taken.update(span)
            pushing.append(hit)
    # A "not" inside a longer cue has done its work there: "not only late" is late.
    nots = [(first, last) for first, last in nots if taken.isdisjoint(range(first, last + 1))]
    found += [_turned(hit) if nots and _is_denied(tokens, hit, nots) else _plain(hit) for hit in pushing]
    found.sort(key=_place)
    return found


def find_quiet_cues(tokens: Tokens, lexicon: Lexicon) -> list[Found]:
    """The cues of quiet kinds, in the order of the text; they push nowhere and hide no other."""
    return quiet_cues_of(lexicon.find_quiet(tokens.forms))


def quiet_cues_of(hits: Sequence[Hit]) -> list[Found]:
    """The same, of the entries that stand there."""
    return [_silent(hit) for hit in hits]


def _silent(hit: Hit) -> Found:
    entry, first, last = hit
    return Found(entry.words, entry.kind, 0.0, first, last)


def _lie_apart(hits: Sequence[Hit]) -> bool:
    """Whether none of the hits, which come in the order of where they begin, touches another."""
    end = -1
    for _, first, last in hits:
        if first <= end:
            return False
        end = last
    return True


def _apart(tokens: Tokens, hits: Sequence[Hit]) -> list[Found]:
    """What `find_cues` finds where there is nothing to choose: most texts are such."""
    found: list[Found] = []
    nots: list[tuple[int, int]] = []
    for hit in hits:
        entry, first, last = hit
        if entry.kind == "not":
            nots.append((first, last))
        elif entry.kind in _SILENT:
            found.append(Found(entry.words, entry.kind, 0.0, first, last))
        elif nots and _is_denied(tokens, hit, nots):
            found.append(_turned(hit))
        else:
            found.append(Found(entry.words, entry.kind, entry.weight, first, last))
    return found


def _longest_first(hit: Hit) -> tuple[int, int, float]:
    return (hit[1] - hit[2], hit[1], -abs(hit[0].weight))


def _place(cue: Found) -> tuple[int, int]:
    return cue.first, cue.last


def _plain(hit: Hit) -> Found:
    entry, first, last = hit
    return Found(entry.words, entry.kind, entry.weight, first, last)


def _turned(hit: Hit) -> Found:
    entry, first, last = hit
    if entry.kind in _HAPPY:
        return Found(f"not {entry.words}", NEGATED_PRAISE, -entry.weight, first, last)
    return Found(f"not {entry.words}", entry.kind, entry.weight * DENIED_SHARE, first, last)


def _is_denied(tokens: Tokens, hit: Hit, nots: Sequence[tuple[int, int]]) -> bool:
    """Whether a "not" stands close in front; phrases of several words say themselves what they mean."""
    _, at, end = hit
    if at != end:
        return False
    return any(
        0 < at - last <= REACH and not any(map(tokens.is_parted, range(last + 1, at + 1))) for _, last in nots
    )
