"""Lexicon files: words and phrases with a weight and a kind, loaded strictly, found fast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Final

from engagebot.errors import FilesInvalid, Finding
from engagebot.scoring.kinds import KINDS, QUIET, Kind, Side
from engagebot.scoring.phrases import SHORTEST_STEM, Node, Phrases, Place
from engagebot.scoring.tokens import BRAND, HANDLE, MONEY, NUMBER, RIVAL, URL, form_of, tokenise

HEAVIEST: Final = 4.0
MOST_CHOICES: Final = 400
"""In how many ways one phrase may be said: `a/b c/d` are four."""
_MOST_WORDS: Final = 10
_GAP: Final = ".."
_STANDS_FOR: Final = {
    "BRAND": BRAND,
    "RIVAL": RIVAL,
    "NUMBER": NUMBER,
    "MONEY": MONEY,
    "HANDLE": HANDLE,
    "URL": URL,
}
_COLUMNS: Final = "words | weight | kind | note"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a lexicon: `words` as written, a signed weight, its kind and where it stands."""

    words: str
    weight: float
    kind: str
    places: tuple[Place, ...]
    file: str = ""
    line: int = 0


Hit = tuple[Entry, int, int]
"""An entry found in a text, with its first and its last token."""


class Lexicon:
    """All entries, ready to be found; never changed after it is made, so threads may share one."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._phrases = Phrases((entry.places, entry) for entry in self.entries if entry.kind not in QUIET)
        self._quiet = Phrases((entry.places, entry) for entry in self.entries if entry.kind in QUIET)

    @property
    def digest(self) -> str:
        """Names the entries: equal files have equal digests, wherever they lie."""
        lines = sorted(f"{entry.words}|{entry.weight:g}|{entry.kind}" for entry in self.entries)
        return sha256("\n".join(lines).encode()).hexdigest()[:12]

    def find(self, forms: Sequence[str]) -> list[Hit]:
        """Every entry that stands somewhere in these forms, in the order of where they begin.

        Those of quiet kinds are left out.
        """
        return self._phrases.find(forms)

    def begin(self, form: str) -> Node[Entry] | None:
        """Where entries that begin with this form go on."""
        return self._phrases.begin(form)

    def begin_quiet(self, form: str) -> Node[Entry] | None:
        """The same for entries of quiet kinds alone."""
        return self._quiet.begin(form)

    def find_quiet(self, forms: Sequence[str]) -> list[Hit]:
        """The same for entries of quiet kinds alone."""
        return self._quiet.find(forms)


def load_lexicon(folder: Path, *, shown_as: str = "") -> Lexicon:
    """Read every `*.txt` of a folder.

    Raises:
        FilesInvalid: a line is not an entry; all findings of all files at once.
    """
    findings: list[Finding] = []
    entries: dict[str, Entry] = {}
    for path in sorted(folder.glob("*.txt")):
        name = f"{shown_as or folder}/{path.name}"
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            findings.append(Finding(name, 0, 0, "EB401", f"cannot be read as UTF-8 text: {error}"))
            continue
        for entry in _entries(name, text, findings):
            known = entries.setdefault(_key(entry), entry)
            if known is not entry:
                message = f'"{entry.words}" stands already in {known.file}:{known.line}; keep one of the two'
                findings.append(Finding(name, entry.line, 1, "EB406", message))
    if findings:
        raise FilesInvalid(findings)
    return Lexicon(entries.values())


def _key(entry: Entry) -> str:
    return " ".join(entry.words.lower().split())


def _entries(name: str, text: str, findings: list[Finding]) -> Iterator[Entry]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            yield read_entry(line, file=name, number=number)
        except FilesInvalid as error:
            findings.extend(error.findings)


def read_entry(line: str, *, file: str = "", number: int = 1) -> Entry:
    """Read one line of a lexicon file.

    Raises:
        FilesInvalid: it is not an entry.
    """
    columns = line.split("|", 3)
    starts = [1 + len("|".join(columns[:index])) + bool(index) for index in range(len(columns))]

    def finding(column: int, code: str, message: str) -> Finding:
        blank = len(columns[column]) - len(columns[column].lstrip())
        return Finding(file, number, starts[column] + blank, code, message)

    if len(columns) < 3:
        message = f"a line is `{_COLUMNS}`, e.g. `still waiting | 1.2 | waiting | wrote before`"
        raise FilesInvalid([finding(0, "EB402", message)])
    words, weight, kind = (column.strip() for column in columns[:3])
    places, wrong_words = _read_words(words)
    faults = (
        (0, "EB405", wrong_words),
        (1, "EB403", _wrong_weight(weight, KINDS.get(kind))),
        (2, "EB404", _wrong_kind(kind)),
    )
    findings = [finding(column, code, message) for column, code, message in faults if message]
    if findings:
        raise FilesInvalid(findings)
    return Entry(words, float(weight), kind, places, file, number)


def _wrong_kind(name: str) -> str | None:
    if name in KINDS:
        return None
    near = get_close_matches(name, KINDS, 1)
    hint = f'; did you mean "{near[0]}"?' if near else "."
    return f'"{name}" is no kind{hint} The kinds: {", ".join(KINDS)}'


def _wrong_weight(written: str, kind: Kind | None) -> str | None:
    try:
        weight = float(written)
    except ValueError:
        return f'the weight must be a number such as 1.2, not "{written}"'
    # Written so that "nan" is wrong too.
    if not abs(weight) <= HEAVIEST:
        return f"the weight must lie between -{HEAVIEST:g} and {HEAVIEST:g}"
    if kind is None:
        return None
    wrong = None
    if kind.side is Side.UNHAPPY and weight <= 0:
        wrong = "an unhappy kind needs a weight above 0"
    elif kind.side is Side.HAPPY and weight >= 0:
        wrong = "a happy kind needs a weight below 0"
    elif kind.side is Side.NEITHER and weight != 0:
        wrong = "this kind pushes nowhere, so its weight is 0"
    return wrong and f"{wrong}; the kind {kind.name} is: {kind.meaning}"


def _read_words(words: str) -> tuple[tuple[Place, ...], str | None]:
    try:
        return _places(words), None
    except ValueError as error:
        return (), str(error)


def _places(words: str) -> tuple[Place, ...]:
    parts = words.split()
    if not parts:
        raise ValueError("there are no words in front of the first |")
    if len(parts) > _MOST_WORDS:
        raise ValueError(f"a phrase has at most {_MOST_WORDS} words")
    if _GAP in (parts[0], parts[-1]) or any(one == two == _GAP for one, two in pairwise(parts)):
        raise ValueError("`..` stands between two words, for up to three others")
    places = tuple(Place(is_gap=True) if part == _GAP else _place(part) for part in parts)
    if (ways := prod(place.choices for place in places)) > MOST_CHOICES:
        raise ValueError(f"this can be said in {ways} ways, more than {MOST_CHOICES}; write two lines")
    return places


def _place(part: str) -> Place:
    forms: set[str] = set()
    stems: list[str] = []
    # A face such as :/ is one word, however it is written.
    is_face = tokenise(part).forms == [part]
    for choice in [part] if is_face else part.split("/"):
        if choice in _STANDS_FOR:
            forms.add(_STANDS_FOR[choice])
            continue
        stem = form_of(choice.removesuffix("*"))
        if choice.endswith("*"):
            if len(stem) < SHORTEST_STEM or not stem.isalpha():
                raise ValueError(f'"{choice}": at least {SHORTEST_STEM} letters must stand in front of *')
            stems.append(stem)
            continue
        # A cue is compared with tokens, so it has to be one.
        found = tokenise(choice).forms
        if len(found) != 1:
            raise ValueError(f'"{choice}" is not one word; separate words by blanks, choices by /')
        forms.add(found[0])
    # What a stem fits anyway would be found twice.
    kept = [
        stem
        for stem in dict.fromkeys(stems)
        if not any(stem != one and stem.startswith(one) for one in stems)
    ]
    return Place(frozenset(form for form in forms if not form.startswith(tuple(kept))), tuple(kept))
