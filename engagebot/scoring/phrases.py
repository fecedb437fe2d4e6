"""Finding thousands of phrases in one walk over a text: a tree of words, with stems and gaps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
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


class _Node(Generic[T]):
    """Where a walk may stand: what ends here, and where it goes on with which word."""

    __slots__ = ("ends", "gap", "is_open", "stems", "words")

    def __init__(self) -> None:
        self.ends: Sequence[T] = ()
        self.words: dict[str, _Node[T]] = {}
        self.stems: dict[str, dict[str, _Node[T]]] = {}
        self.gap: _Node[T] | None = None
        # Whether more than the next word decides: most nodes are left again after one look at it.
        self.is_open = False


class Phrases(Generic[T]):
    """Phrases, each with what it stands for; what they mean never changes, so threads may share one.

    What goes on behind a word is laid out when the word is first met: a command that reads one post needs a
    few of some thousand phrases.
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
        self._starts: Remembered[_Node[T] | None] = Remembered(self._begin)
        self._trees: dict[tuple[int, ...], _Node[T]] = {}

    def find(self, forms: Sequence[str]) -> list[tuple[T, int, int]]:
        """What stands somewhere in these forms, with its first and its last index, by where it begins."""
        found: list[tuple[T, int, int]] = []
        last = len(forms) - 1
        for first, node in enumerate(map(self._starts.__getitem__, forms)):
            if node is not None and (
                node.is_open or (first < last and node.words and forms[first + 1] in node.words)
            ):
                _walk(node, forms, first, first + 1, found)
        return found

    def _begin(self, form: str) -> _Node[T] | None:
        """Where phrases that begin with this word go on."""
        numbers = set(self._exact.get(form, ()))
        numbers.update(
            number for stem, number in self._stems.get(form[:SHORTEST_STEM], ()) if form.startswith(stem)
        )
        return self._tree(tuple(sorted(numbers))) if numbers else None

    def _tree(self, numbers: tuple[int, ...]) -> _Node[T]:
        """What stands behind the first word of these phrases."""
        if numbers in self._trees:
            return self._trees[numbers]
        root: _Node[T] = _Node()
        for number in numbers:
            places, meaning = self._phrases[number]
            # A tree and no net: every choice gets a branch of its own, or phrases would grow into each other.
            for node in _grown(root, places[1:]):
                node.ends = (*node.ends, meaning)
                node.is_open = True
        # Only now are branches that go on alike made one: that keeps the trees small.
        return self._trees.setdefault(numbers, _merged(root, {}))


def _merged(node: _Node[T], known: dict[object, _Node[T]]) -> _Node[T]:
    """The node, or one that was met before and goes on in the same way."""
    node.words = {form: _merged(child, known) for form, child in node.words.items()} or _NO_WORDS
    node.stems = {
        key: {stem: _merged(child, known) for stem, child in group.items()}
        for key, group in node.stems.items()
    } or _NO_STEMS
    if node.gap is not None:
        node.gap = _merged(node.gap, known)
    signature = (
        tuple(map(id, node.ends)),
        tuple((form, id(child)) for form, child in node.words.items()),
        tuple((stem, id(child)) for group in node.stems.values() for stem, child in group.items()),
        id(node.gap),
    )
    return known.setdefault(signature, node)


def _grown(node: _Node[T], places: Sequence[Place]) -> Iterator[_Node[T]]:
    """The nodes at the ends of all ways through these places, made where they are missing."""
    if not places:
        yield node
        return
    place, rest = places[0], places[1:]
    if place.is_gap:
        if node.gap is None:
            node.gap = _Node()
            node.is_open = True
        yield from _grown(node.gap, rest)
    for form in place.forms:
        yield from _grown(node.words.setdefault(form, _Node()), rest)
    for stem in place.stems:
        node.is_open = True
        group = node.stems.setdefault(stem[:SHORTEST_STEM], {})
        yield from _grown(group.setdefault(stem, _Node()), rest)


def _walk(node: _Node[T], forms: Sequence[str], first: int, at: int, found: list[tuple[T, int, int]]) -> None:
    if node.ends:
        for meaning in node.ends:
            found.append((meaning, first, at - 1))
    if node.gap is not None:
        _leap(node.gap, forms, first, at, found)
    if at == len(forms):
        return
    form = forms[at]
    if form in node.words:
        child = node.words[form]
        if child.is_open or (at + 1 < len(forms) and forms[at + 1] in child.words):
            _walk(child, forms, first, at + 1, found)
    if node.stems and form[:SHORTEST_STEM] in node.stems:
        for stem, child in node.stems[form[:SHORTEST_STEM]].items():
            if form.startswith(stem):
                _walk(child, forms, first, at + 1, found)


def _leap(node: _Node[T], forms: Sequence[str], first: int, at: int, found: list[tuple[T, int, int]]) -> None:
    """Go on behind a gap; of a phrase's several ways over it the shortest counts."""
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
