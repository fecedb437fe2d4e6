"""Which entries of the lexicon speak in a text: the longest ones, turned round behind a "not"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from engagebot.scoring.kinds import KINDS, NEGATED_PRAISE, Side
from engagebot.scoring.lexicon import Hit, Lexicon
from engagebot.scoring.tokens import Tokens

REACH: Final = 3
"""How many words behind a "not" are turned round, up to the next punctuation."""
DENIED_SHARE: Final = -0.25
"""What is left of an unhappy cue behind a "not": no delay at all is a little praise, not a lot."""


class Found(NamedTuple):
    """A cue in a text, from token `first` to token `last`; `name` is the entry as it is written."""

    name: str
    kind: str
    weight: float
    first: int
    last: int

    @property
    def signed(self) -> float:
        """How much it counts for its kind: 1 for kinds without a push, below 0 where a "not" took it back."""
        if self.kind == NEGATED_PRAISE or not self.weight:
            return abs(self.weight) or 1.0
        side = KINDS[self.kind].side
        return self.weight if side is Side.UNHAPPY else -self.weight


def find_cues(tokens: Tokens, lexicon: Lexicon) -> list[Found]:
    """The cues that count, in the order of the text.

    Of cues that push and overlap the longest counts, so "no complaints" is not a complaint. Cues that push
    nowhere (a tender topic, a question) never hide another.
    """
    hits = lexicon.find(tokens.forms)
    if not hits:
        return []
    taken: set[int] = set()
    pushing: list[Hit] = []
    found: list[Found] = []
    for hit in sorted(hits, key=_longest_first) if len(hits) > 1 else hits:
        if KINDS[hit.entry.kind].side is Side.NEITHER:
            if hit.entry.kind != "not":
                found.append(_plain(hit))
            continue
        span = range(hit.first, hit.last + 1)
        if not taken.isdisjoint(span):
            continue
        taken.update(span)
        pushing.append(hit)
    # A "not" inside a longer cue has done its work there: "not only late" is late.
    nots = [
        hit for hit in hits if hit.entry.kind == "not" and taken.isdisjoint(range(hit.first, hit.last + 1))
    ]
    found += [_turned(hit) if nots and _is_denied(tokens, hit, nots) else _plain(hit) for hit in pushing]
    found.sort(key=lambda cue: (cue.first, cue.last))
    return found


def _longest_first(hit: Hit) -> tuple[int, int, float]:
    return (hit.first - hit.last, hit.first, -abs(hit.entry.weight))


def _plain(hit: Hit) -> Found:
    return Found(hit.entry.words, hit.entry.kind, hit.entry.weight, hit.first, hit.last)


def _turned(hit: Hit) -> Found:
    entry = hit.entry
    if KINDS[entry.kind].side is Side.HAPPY:
        return Found(f"not {entry.words}", NEGATED_PRAISE, -entry.weight, hit.first, hit.last)
    return Found(f"not {entry.words}", entry.kind, entry.weight * DENIED_SHARE, hit.first, hit.last)


def _is_denied(tokens: Tokens, hit: Hit, nots: Sequence[Hit]) -> bool:
    """Whether a "not" stands close in front; phrases of several words say themselves what they mean."""
    if hit.first != hit.last:
        return False
    for no in nots:
        if 0 < hit.first - no.last <= REACH:
            between = range(no.last + 1, hit.first + 1)
            return not any(tokens.is_parted(at) for at in between)
    return False
