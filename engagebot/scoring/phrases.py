"""Finding thousands of phrases in one walk over a text: a tree of words, with stems and gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

LONGEST_GAP: Final = 3
"""How many words a gap may stand for."""
SHORTEST_STEM: Final = 3
_MOST_STARTS: Final = 50_000
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
        self.ends: list[T] = []
        self.words: dict[str, _Node[T]] = {}
        self.stems: dict[str, dict[str, _Node[T]]] = {}
        self.gap: _Node[T] | None = None
        # Whether more than the next word decides: most nodes are left again after one look at it.
        self.is_open = False


class Phrases(Generic[T]):
    """Phrases, each with what it stands for; never changed after it is made."""

    def __init__(self, phrases: Iterable[tuple[Sequence[Place], T]]) -> None:
        self._root: _Node[T] = _Node()
        self._starts: dict[str, tuple[_Node[T], ...]] = {}
        for places, meaning in phrases:
            # A tree and no net: every choice gets a branch of its own, or phrases would grow into each other.
            for node in _grown(self._root, places):
                node.ends.append(meaning)
                node.is_open = True

    def find(self, forms: Sequence[str]) -> list[tuple[T, int, int]]:
        """What stands somewhere in these forms, with its first and its last index, by where it begins."""
        found: list[tuple[T, int, int]] = []
        starts = self._starts
        following = [*forms[1:], ""]
        for first, form in enumerate(forms):
            nodes = starts.get(form)
            for node in self._begin(form) if nodes is None else nodes:
                if node.is_open or following[first] in node.words:
                    _walk(node, forms, first, first + 1, found)
        return found

    def _begin(self, form: str) -> tuple[_Node[T], ...]:
        """Where phrases that begin with this word go on; remembered, for people use the same words."""
        root = self._root
        nodes = [root.words[form]] if form in root.words else []
        nodes += [
            node for stem, node in root.stems.get(form[:SHORTEST_STEM], {}).items() if form.startswith(stem)
        ]
        if len(self._starts) >= _MOST_STARTS:
            self._starts.clear()
        found = self._starts[form] = tuple(nodes)
        return found


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
