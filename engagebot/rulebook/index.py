"""All phrases and patterns of a rule set, looked up together: the cost grows with the text alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import islice, pairwise

from engagebot.domain.facts import Facts
from engagebot.rulebook.patterns import Pattern, PatternSet
from engagebot.rulebook.words import Phrases, Words, occurrences, words_of

Numbers = frozenset[int]
_NONE: Numbers = frozenset()
Pair = tuple[str, str]
_NOTHING: Mapping[tuple[str, ...], Numbers] = {}


class TextIndex:
    """Numbers the sets of phrases and the patterns of a rule set, and tells of which a text holds one.

    `add` them all first. Equal ones have one number, since rules often ask for the same.
    """

    def __init__(self) -> None:
        self._numbers: dict[frozenset[str] | str, int] = {}
        self._single: defaultdict[str, Numbers] = defaultdict(frozenset)
        self._pairs: defaultdict[Pair, Numbers] = defaultdict(frozenset)
        self._longer: defaultdict[Pair, dict[tuple[str, ...], Numbers]] = defaultdict(dict)
        self._signs: defaultdict[str, dict[str, Numbers]] = defaultdict(dict)
        self._patterns = PatternSet()
        self._tokens: frozenset[str] = frozenset()
        self._beginnings: frozenset[Pair] = frozenset()
        self._last: tuple[str, Numbers] | None = None
        self._is_changed = False

    def add(self, phrases: Phrases) -> int:
        """Take a set of phrases in; answer its number."""
        key = frozenset(phrases.terms)
        if (known := self._numbers.get(key)) is not None:
            return known
        number = self._numbers[key] = len(self._numbers)
        for tokens, sign in phrases.parts():
            if sign:
                same = self._signs[_rarest(sign)]
                same[sign] = same.get(sign, _NONE) | {number}
            elif len(tokens) == 1:
                self._single[tokens[0]] |= {number}
            elif len(tokens) == 2:
                self._pairs[tokens[0], tokens[1]] |= {number}
            else:
                # Two words side by side are rare, so few texts make us look closer.
                alike = self._longer[tokens[0], tokens[1]]
                alike[tokens] = alike.get(tokens, _NONE) | {number}
        self._is_changed = True
        self._last = None
        return number

    def add_pattern(self, pattern: Pattern) -> int:
        """Take a pattern in; answer its number."""
        if (known := self._numbers.get(pattern.source)) is not None:
            return known
        number = self._numbers[pattern.source] = len(self._numbers)
        self._patterns.add(number, pattern)
        self._last = None
        return number

    def in_text(self, facts: Facts) -> Numbers:
        """The numbers of the sets of which a mention holds a phrase, and of the patterns that it holds."""
        return self.found_in(facts.text)

    def found_in(self, text: str) -> Numbers:
        """The same for a text."""
        last = self._last  # one read: another thread may put its own text there meanwhile
        if last is not None and last[0] is text:
            return last[1]
        if self._is_changed:
            self._tokens = frozenset(self._single)
            self._beginnings = frozenset(self._pairs) | frozenset(self._longer)
            self._is_changed = False
        words = words_of(text)
        found = set(self._patterns.found_in(text))
        for token in self._tokens & words.vocabulary:
            found |= self._single[token]
        self._add_phrases(found, words)
        self._add_signs(found, words)
        answer = frozenset(found)
        self._last = (text, answer)
        return answer

    def _add_phrases(self, found: set[int], words: Words) -> None:
        for pair in self._beginnings.intersection(pairwise(words.tokens)) if self._beginnings else ():
            found |= self._pairs.get(pair, _NONE)
            for tokens, numbers in self._longer.get(pair, _NOTHING).items():
                if not found.issuperset(numbers) and words.holds(tokens):
                    found |= numbers

    def _add_signs(self, found: set[int], words: Words) -> None:
        for sign, terms in self._signs.items():
            if sign not in words.text:
                continue
            for term, numbers in terms.items():
                if not found.issuperset(numbers) and any(islice(occurrences(words, term), 1)):
                    found |= numbers


def _rarest(term: str) -> str:
    return next((char for char in term if not char.isalnum() and not char.isspace()), term[0])
