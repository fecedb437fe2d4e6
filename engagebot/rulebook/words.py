"""Words of a text, forgiving about how they are typed, and phrases looked up among them."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
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
# For ASCII text as bytes: a table goes through those in half the time that it takes with a string.
_BLANKS = bytes(code if _TOKEN.match(chr(code)) else ord(" ") for code in range(128)) + bytes(128)
# A run of other characters with the ASCII letter before it: a bare accent belongs to that letter.
_RUN = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
_APOSTROPHES = str.maketrans("\u2018\u2019\u02bc", "'''")
_VARIATION = "\ufe0e\ufe0f"


class Words:
    """A text as conditions see it: normalised, cut into tokens, with the way back to the original.

    `vocabulary` is the set of its tokens. Places and the way back are worked out when first asked for: most
    texts hold none of the phrases that anybody looks for.
    """

    __slots__ = ("_joined", "_pieces", "_places", "original", "text", "tokens", "vocabulary")

    def __init__(self, text: str) -> None:
        self.original = text[:TEXT_CHARS]
        self.text, self._pieces = _normalise(self.original)
        # What splits at blanks is much faster than the expression, and says the same of ASCII.
        is_ascii = self.text.isascii()
        self.tokens: list[str] = (
            self.text.encode().translate(_BLANKS).decode().split() if is_ascii else _TOKEN.findall(self.text)
        )
        self.vocabulary = frozenset(self.tokens)
        self._places: list[Span] | None = None
        self._joined: str | None = None

    @property
    def places(self) -> list[Span]:
        """(start, end) of each token in the normalised text."""
        if self._places is None:
            self._places = [match.span() for match in _TOKEN.finditer(self.text)]
        return self._places

    def starts(self, phrase: tuple[str, ...]) -> Iterable[int]:
        """The places in `tokens` where these tokens stand one after the other."""
        size = len(phrase)
        if size > 1 and not self.vocabulary.issuperset(phrase):
            return
        for place, token in enumerate(self.tokens):
            if token == phrase[0] and tuple(self.tokens[place : place + size]) == phrase:
                yield place

    def holds(self, phrase: tuple[str, ...]) -> bool:
        """Whether these tokens stand one after the other."""
        if not self.vocabulary.issuperset(phrase):
            return False
        if self._joined is None:
            self._joined = f" {' '.join(self.tokens)} "  # no token holds a space
        return f" {' '.join(phrase)} " in self._joined

    def span(self, start: int, end: int) -> Span:
        """Find the part of the original text that a part of the normalised one came from."""
        first = self._piece(start)
        last = self._piece(end - 1)
        old_start = first[1] + (start - first[0]) if first[3] else first[1]
        old_end = last[1] + (end - last[0]) if last[3] else last[2]
        return old_start, old_end

    def _piece(self, place: int) -> tuple[int, int, int, bool]:
        # A piece is (new start, old start, old end, is unchanged length).
        return self._pieces[bisect_right(self._pieces, place, key=lambda piece: piece[0]) - 1]


# The conditions of a rule set ask about one text after another, so a few texts are enough to remember.
@lru_cache(maxsize=8)
def words_of(text: str) -> Words:
    """Cut a text into words; asked again for the same text it answers from memory."""
    return Words(text)


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
        is_joined = char in _VARIATION or "\u1160" <= char <= "\u11ff"
        if not is_joined and not unicodedata.combining(char):
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
        for first in self._firsts & words.vocabulary:
            for number, tokens in self._by_first[first]:
                found += self._at(words, number, tokens)
        for number, term in self._signs:
            if term in words.text:
                found += [(number, span) for span in islice(occurrences(words, term), _MAX_SPANS)]
        return found

    def _at(self, words: Words, number: int, tokens: tuple[str, ...]) -> list[tuple[int, Span]]:
        last = len(tokens) - 1
        return [
            (number, words.span(words.places[place][0], words.places[place + last][1]))
            for place in islice(words.starts(tokens), _MAX_SPANS)
        ]

    def parts(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Every term as (its tokens, nothing) or, where signs matter, as (no tokens, the normalised term)."""
        for entries in self._by_first.values():
            for _, tokens in entries:
                yield tokens, ""
        for _, term in self._signs:
            yield (), term


def _is_plain(term: str) -> bool:
    """Whether a term is words with nothing but spaces, apostrophes and hyphens between them."""
    return all(char in " '-" or _TOKEN.match(char) for char in term) and term[0] not in "'-"


def occurrences(words: Words, term: str) -> Iterable[Span]:
    """Where a term with signs stands in a text, with no letter or digit touching its ends."""
    text, place = words.text, words.text.find(term)
    while place >= 0:
        end = place + len(term)
        is_open = not (_joins(text[place - 1 : place], term[0]) or _joins(term[-1], text[end : end + 1]))
        if is_open:
            yield words.span(place, end)
        place = text.find(term, end)


def _joins(left: str, right: str) -> bool:
    return bool(left and right) and left.isalnum() and right.isalnum()
