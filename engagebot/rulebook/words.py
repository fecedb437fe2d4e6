"""Words of a text, forgiving about how they are typed, and phrases looked up among them."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

TEXT_CHARS = 40_000
Span = tuple[int, int]
_MAX_SPANS = 20
# Scripts without spaces: there a word cannot be told from its neighbours, so each sign stands alone.
_NO_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Japanese and Chinese
)
_TOKEN = re.compile(rf"[{_NO_SPACES}]|[^\W{_NO_SPACES}]+")
# A run of other characters with the ASCII letter before it: a bare accent belongs to that letter.
_RUN = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
_APOSTROPHES = str.maketrans("\u2018\u2019\u02bc", "'''")
_VARIATION = "\ufe0e\ufe0f"


@dataclass(frozen=True, slots=True)
class Words:
    """A text as conditions see it: normalised, cut into tokens, with the way back to the original.

    `index` holds the places in `tokens` of each token. `_breaks` and `_pieces` map the normalised text: piece
    (new start, old start, old end, is unchanged length).
    """

    original: str
    text: str
    tokens: tuple[str, ...]
    places: tuple[Span, ...]
    index: dict[str, list[int]]
    _breaks: tuple[int, ...]
    _pieces: tuple[tuple[int, int, int, bool], ...]

    def span(self, start: int, end: int) -> Span:
        """Find the part of the original text that a part of the normalised one came from."""
        first = self._pieces[bisect_right(self._breaks, start) - 1]
        last = self._pieces[bisect_right(self._breaks, end - 1) - 1]
        old_start = first[1] + (start - first[0]) if first[3] else first[1]
        old_end = last[1] + (end - last[0]) if last[3] else last[2]
        return old_start, old_end


# The conditions of a rule set ask about one text after another, so a few texts are enough to remember.
@lru_cache(maxsize=8)
def words_of(text: str) -> Words:
    """Cut a text into words; asked again for the same text it answers from memory."""
    original = text[:TEXT_CHARS]
    normal, pieces = _normalise(original)
    found = [(match[0], match.span()) for match in _TOKEN.finditer(normal)]
    index: dict[str, list[int]] = {}
    for place, (token, _) in enumerate(found):
        index.setdefault(token, []).append(place)
    return Words(
        original=original,
        text=normal,
        tokens=tuple(token for token, _ in found),
        places=tuple(span for _, span in found),
        index=index,
        _breaks=tuple(piece[0] for piece in pieces),
        _pieces=pieces,
    )


def normalise(text: str) -> str:
    """One form for all ways to type a text: compatibility forms, case, invisible characters, apostrophes."""
    return _normalise(text)[0]


def _normalise(text: str) -> tuple[str, tuple[tuple[int, int, int, bool], ...]]:
    if text.isascii():
        return text.lower(), ((0, 0, len(text), True),)
    out: list[str] = []
    pieces: list[tuple[int, int, int, bool]] = []
    length = end = 0
    for run in _RUN.finditer(text):
        if run.start() > end:
            pieces.append((length, end, run.start(), True))
            out.append(text[end : run.start()].lower())
            length += run.start() - end
        for start, stop in _clusters(run[0]):
            piece = _fold(run[0][start:stop])
            if piece:
                pieces.append((length, run.start() + start, run.start() + stop, False))
                out.append(piece)
                length += len(piece)
        end = run.end()
    if end < len(text):
        pieces.append((length, end, len(text), True))
        out.append(text[end:].lower())
    return "".join(out), tuple(pieces) or ((0, 0, len(text), True),)


def _clusters(run: str) -> Iterable[Span]:
    """Cut a run before each character that does not combine with the one before it."""
    start = 0
    for place in range(1, len(run)):
        char = run[place]
        # Korean syllables may come as separate letters, whose vowels and finals have no combining class.
        if not unicodedata.combining(char) and not "\u1160" <= char <= "\u11ff":
            yield start, place
            start = place
    yield start, len(run)


@lru_cache(maxsize=4096)
def _fold(cluster: str) -> str:
    kept = "".join(char for char in cluster if unicodedata.category(char) != "Cf" and char not in _VARIATION)
    folded = unicodedata.normalize("NFKC", kept).casefold()
    return unicodedata.normalize("NFKC", folded).translate(_APOSTROPHES)


class Phrases:
    """Terms looked for as whole words, in any case and typing; found through the first word of each.

    A term of signs alone (an emoji, `!!!`) or with signs in or around it (`c++`, `#fail`) is looked for as it
    stands, with no letter or digit touching its ends.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        self.terms = tuple(dict.fromkeys(terms))
        self._by_first: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        self._signs: list[tuple[int, str]] = []
        for number, term in enumerate(self.terms):
            normal = " ".join(normalise(term).split())
            tokens = tuple(_TOKEN.findall(normal))
            if tokens and _is_plain(normal):
                self._by_first.setdefault(tokens[0], []).append((number, tokens))
            elif normal:
                self._signs.append((number, normal))
        self._firsts = frozenset(self._by_first)

    def find(self, words: Words) -> list[tuple[int, Span]]:
        """List (number of the term, span in the original) of what occurs, in no promised order."""
        found = []
        if not self._firsts.isdisjoint(words.index):
            for first in self._firsts & words.index.keys():
                for number, tokens in self._by_first[first]:
                    found += self._at(words, number, tokens, words.index[first])
        for number, term in self._signs:
            if term in words.text:
                found += [(number, span) for span in islice(_occurrences(words, term), _MAX_SPANS)]
        return found

    def _at(
        self, words: Words, number: int, tokens: tuple[str, ...], places: list[int]
    ) -> list[tuple[int, Span]]:
        size = len(tokens)
        if size > 1:
            places = [place for place in places if words.tokens[place : place + size] == tokens]
        return [
            (number, words.span(words.places[place][0], words.places[place + size - 1][1]))
            for place in places[:_MAX_SPANS]
        ]


def _is_plain(term: str) -> bool:
    """Whether a term is words with nothing but spaces, apostrophes and hyphens between them."""
    return all(char in " '-" or _TOKEN.match(char) for char in term) and term[0] not in "'-"


def _occurrences(words: Words, term: str) -> Iterable[Span]:
    text, place = words.text, words.text.find(term)
    while place >= 0:
        end = place + len(term)
        is_open = not (_joins(text[place - 1 : place], term[0]) or _joins(term[-1], text[end : end + 1]))
        if is_open:
            yield words.span(place, end)
        place = text.find(term, end)


def _joins(left: str, right: str) -> bool:
    return bool(left and right) and left.isalnum() and right.isalnum()
