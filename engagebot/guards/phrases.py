"""Words of a text with their places, and lists of phrases found among them in one walk."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

LONGEST_GAP: Final = 3
"""How many words `..` may stand for."""
SHORTEST_STEM: Final = 3
MOST_WORDS: Final = 10
MOST_CHOICES: Final = 40
_MOST_GAPS: Final = 2
_GAP: Final = ".."
_STOP: Final = "."
# What ends a sentence is a token of its own, which no phrase reaches over; so is a line break.
_MARKS: Final = "'\u2019`\u00b4"
_ONE_WORD: Final = rf"\d+%|[^\W_]+(?:[{_MARKS}][^\W_]+)*"
_WORD: Final = re.compile(_ONE_WORD)
_TOKEN: Final = re.compile(rf"(?P<word>{_ONE_WORD})|[.!?…\n]+(?=\s|$)|\n")
_APOSTROPHES: Final = str.maketrans("", "", _MARKS)


class Token(NamedTuple):
    """A word, or the end of a sentence, which has the form "."; the places are code points."""

    form: str
    start: int
    end: int


class Place(NamedTuple):
    """One place of a phrase: the forms that fit, the stems that fit with any ending, or a gap."""

    forms: frozenset[str] = frozenset()
    stems: tuple[str, ...] = ()
    is_gap: bool = False

    def fits(self, form: str) -> bool:
        """Whether a word may stand here."""
        return form in self.forms or (bool(self.stems) and form.startswith(self.stems))


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list; `is_fine` takes its words out of what the list finds."""

    words: str
    places: tuple[Place, ...]
    listed_in: str
    advice: str = ""
    is_fine: bool = False
    line: int = 0


class Hit(NamedTuple):
    """An entry that was found in a text, at these code points."""

    entry: Entry
    start: int
    end: int


def form_of(word: str) -> str:
    """How a word is compared: in lower case, without apostrophes."""
    return word.lower().translate(_APOSTROPHES)


def tokens_of(text: str) -> list[Token]:
    """Cut a text into words and ends of sentences."""
    return [
        Token(form_of(match[0]) if match.lastgroup else _STOP, match.start(), match.end())
        for match in _TOKEN.finditer(text)
    ]


def read_places(words: str) -> tuple[Place, ...]:
    """Read a phrase such as `you should/shouldve .. read*`.

    Raises:
        ValueError: it is none; says why.
    """
    parts = words.split()
    if not parts:
        raise ValueError("there are no words in front of the first |")
    if len(parts) > MOST_WORDS:
        raise ValueError(f"a phrase has at most {MOST_WORDS} words")
    gaps = [index for index, part in enumerate(parts) if part == _GAP]
    last = len(parts) - 1
    if gaps and (gaps[0] == 0 or gaps[-1] == last or len(gaps) > _MOST_GAPS or _touch(gaps)):
        raise ValueError("`..` stands between two words, for up to three others, at most twice in a phrase")
    return tuple(Place(is_gap=True) if part == _GAP else _place(part) for part in parts)


def _touch(gaps: Sequence[int]) -> bool:
    return any(after - before == 1 for before, after in pairwise(gaps))


def _place(part: str) -> Place:
    choices = part.split("/")
    if len(choices) > MOST_CHOICES:
        raise ValueError(f"one place has at most {MOST_CHOICES} choices; write two lines")
    forms: set[str] = set()
    stems: list[str] = []
    for choice in choices:
        bare = choice.removesuffix("*")
        if not _WORD.fullmatch(bare):
            raise ValueError(f'"{choice}" is not one word; separate words by blanks, choices by /')
        if bare == choice:
            forms.add(form_of(bare))
        elif len(form_of(bare)) < SHORTEST_STEM or not form_of(bare).isalpha():
            raise ValueError(f'"{choice}": at least {SHORTEST_STEM} letters must stand in front of *')
        else:
            stems.append(form_of(bare))
    return Place(frozenset(forms), tuple(dict.fromkeys(stems)))


class Phrases:
    """Entries of all lists, ready to be found; never changed after it is made, so threads may share one."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._exact: defaultdict[str, list[Entry]] = defaultdict(list)
        self._stems: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            for form in entry.places[0].forms:
                self._exact[form].append(entry)
            for begin in {stem[:SHORTEST_STEM] for stem in entry.places[0].stems}:
                self._stems[begin].append(entry)

    def find(self, tokens: Sequence[Token]) -> dict[str, list[Hit]]:
        """What stands where, by list, in the order of the text; of hits that overlap the longest counts."""
        found: defaultdict[str, list[Hit]] = defaultdict(list)
        for at, token in enumerate(tokens):
            for entry in self._beginning(token.form):
                last = _end_of(entry.places, tokens, at)
                if last is not None:
                    found[entry.listed_in].append(Hit(entry, token.start, tokens[last].end))
        return {name: list(_kept(hits)) for name, hits in found.items()}

    def _beginning(self, form: str) -> Iterator[Entry]:
        exact = self._exact.get(form, ())
        yield from exact
        for entry in self._stems.get(form[:SHORTEST_STEM], ()):
            # An entry may begin with this word both as it is and as a stem.
            if form.startswith(entry.places[0].stems) and form not in entry.places[0].forms:
                yield entry


def _end_of(places: Sequence[Place], tokens: Sequence[Token], at: int) -> int | None:
    """The last token of a phrase whose first word stands at `at`; `None` where the rest does not follow."""
    for number, place in enumerate(places[1:], 1):
        if place.is_gap:
            return _over_gap(places[number + 1 :], tokens, at + 1)
        at += 1
        if at >= len(tokens) or not place.fits(tokens[at].form):
            return None
    return at


def _over_gap(rest: Sequence[Place], tokens: Sequence[Token], at: int) -> int | None:
    for start in range(at, min(at + LONGEST_GAP + 1, len(tokens))):
        if rest[0].fits(tokens[start].form):
            last = _end_of(rest, tokens, start)
            if last is not None:
                return last
        if tokens[start].form == _STOP:
            return None
    return None


def _kept(hits: Sequence[Hit]) -> Iterator[Hit]:
    """Hits without those that exceptions cover, and without those inside longer ones."""
    longest_first = sorted(hits, key=lambda hit: (hit.start, -hit.end))
    behind = fine_until = -1
    fine = iter([hit for hit in longest_first if hit.entry.is_fine])
    exception = next(fine, None)
    for hit in longest_first:
        while exception is not None and exception.start <= hit.start:
            fine_until = max(fine_until, exception.end)
            exception = next(fine, None)
        if hit.entry.is_fine or hit.end <= fine_until or hit.start < behind:
            continue
        behind = hit.end
        yield hit
