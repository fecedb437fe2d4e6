"""Finding thousands of phrases in one walk over a text: a tree of words, with stems and gaps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from engagebot.scoring.remembered import Remembered

LONGEST_GAP: Final = 3
"""How many words a gap may stand for."""
SHORTEST_STEM: Final = 3
_NO_WORDS: Final[dict[str, Any]] = {}
_NO_STEMS: Final[dict[str, dict[str, Any]]] = {}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """One place in a phrase: the forms that fit, the stems that fit with any ending, or a gap."""

    forms: frozenset[str] = frozenset()
    stems: tuple[str, ...] = ()
    is_gap: bool = False

    @property
    def choices(self) -> int:
        """How many branches of the tree it takes."""
        return 1 if self.is_gap else len(self.forms) + len(self.stems)


_Phrases = Sequence[tuple[Sequence[Place], T]]


class Node(Generic[T]):
    """Where a walk may stand: what ends here, and where it goes on with which word.

    What goes on is laid out when somebody first comes here: of some thousand phrases most are never begun.
    """

    __slots__ = ("_numbers", "_phrases", "_place", "ends", "gap", "is_laid_out", "is_open", "stems", "words")

    def __init__(self, phrases: _Phrases[T], place: int) -> None:
        self._phrases = phrases
        self._place = place
        self._numbers: list[int] = []
        self.ends: Sequence[T] = ()
        self.words: dict[str, Node[T]] = _NO_WORDS
        self.stems: dict[str, dict[str, Node[T]]] = _NO_STEMS
        self.gap: Node[T] | None = None
        # Whether more than the next word decides: most nodes are left again after one look at it.
        self.is_open = False
        self.is_laid_out = False

    def take(self, number: int) -> None:
        """Let a phrase go on here, before it is laid out."""
        self._numbers.append(number)

    def lay_out(self) -> None:
        """Read from the phrases that go on here what their next places are."""
        ends: list[T] = []
        words: dict[str, Node[T]] = {}
        stems: dict[str, dict[str, Node[T]]] = {}
        gap: Node[T] | None = None
        following = self._place + 1
        for number in self._numbers:
            places, meaning = self._phrases[number]
            if self._place == len(places):
                ends.append(meaning)
                continue
            place = places[self._place]
            if place.is_gap:
                if gap is None:
                    gap = Node(self._phrases, following)
                gap.take(number)
            # A tree and no net: every choice gets a branch of its own, or phrases would grow into each other.
            for form in place.forms:
                if form not in words:
                    words[form] = Node(self._phrases, following)
                words[form].take(number)
            for stem in place.stems:
                group = stems.setdefault(stem[:SHORTEST_STEM], {})
                if stem not in group:
                    group[stem] = Node(self._phrases, following)
                group[stem].take(number)
        # Another thread may be at the same; what both come to is equal, and is there before it is used.
        self.ends, self.words, self.stems, self.gap = ends, words, stems, gap
        self.is_open = bool(ends or stems or gap is not None)
        self.is_laid_out = True


class Phrases(Generic[T]):
    """Phrases, each with what it stands for; what they mean never changes, so threads may share one.

    What goes on behind a word is laid out when the word is first met.
    """

    def __init__(self, phrases: Iterable[tuple[Sequence[Place], T]]) -> None:
        self._phrases = tuple((tuple(places), meaning) for places, meaning in phrases)
        self._exact: defaultdict[str, list[int]] = defaultdict(list)
        self._stems: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for number, (places, _) in enumerate(self._phrases):
            for form in places[0].forms:
                self._exact[form].append(number)
            for stem in places[0].stems:
                self._stems[stem[:SHORTEST_STEM]].append((stem, number))
        self._starts: Remembered[Node[T] | None] = Remembered(self.begin)
        self._trees: dict[tuple[int, ...], Node[T]] = {}

    def find(self, forms: Sequence[str]) -> list[tuple[T, int, int]]:
        """What stands somewhere in these forms, with its first and its last index, by where it begins."""
        return find_from(list(map(self._starts.__getitem__, forms)), forms)

    def begin(self, form: str) -> Node[T] | None:
        """Where phrases that begin with this word go on."""
        numbers = set(self._exact.get(form, ()))
        numbers.update(
            number for stem, number in self._stems.get(form[:SHORTEST_STEM], ()) if form.startswith(stem)
        )
        return self._tree(tuple(sorted(numbers))) if numbers else None

    def _tree(self, numbers: tuple[int, ...]) -> Node[T]:
        """What stands behind the first word of these phrases."""
        if numbers in self._trees:
            return self._trees[numbers]
        root: Node[T] = Node(self._phrases, 1)
        for number in numbers:
            root.take(number)
        root.lay_out()
        return self._trees.setdefault(numbers, root)


def find_from(starts: Sequence[Node[T] | None], forms: Sequence[str]) -> list[tuple[T, int, int]]:
    """The same where it is known what begins with each form."""
    found: list[tuple[T, int, int]] = []
    last = len(forms) - 1
    for first, node in enumerate(starts):
        if node is not None and (
            node.is_open or (first < last and node.words and forms[first + 1] in node.words)
        ):
            _walk(node, forms, first, first + 1, found)
    return found


def _walk(node: Node[T], forms: Sequence[str], first: int, at: int, found: list[tuple[T, int, int]]) -> None:
    if not node.is_laid_out:
        node.lay_out()
    if node.ends:
        for meaning in node.ends:
            found.append((meaning, first, at - 1))
    if node.gap is not None:
        _leap(node.gap, forms, first, at, found)
    if at == len(forms):
        return
    form = forms[at]
    if form in node.words:
        _walk(node.words[form], forms, first, at + 1, found)
    if node.stems and form[:SHORTEST_STEM] in node.stems:
        for stem, child in node.stems[form[:SHORTEST_STEM]].items():
            if form.startswith(stem):
                _walk(child, forms, first, at + 1, found)


def _leap(node: Node[T], forms: Sequence[str], first: int, at: int, found: list[tuple[T, int, int]]) -> None:
    """Go on behind a gap; of a phrase's several ways over it the shortest counts."""
    if not node.is_laid_out:
        node.lay_out()
    known = len(found)
    words, stems = node.words, node.stems
    for start in range(at, min(at + LONGEST_GAP + 1, len(forms))):
        form = forms[start]
        if form in words or (stems and form[:SHORTEST_STEM] in stems):
            before = len(found)
            _walk(node, forms, first, start, found)
            if known < before < len(found):
                shorter = {id(meaning) for meaning, _, _ in found[known:before]}
                found[before:] = [hit for hit in found[before:] if id(hit[0]) not in shorter]
