"""The word lists of the guards: a closed set of files that people edit, loaded strictly."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from engagebot.errors import FilesInvalid, Finding
from engagebot.guards.phrases import Entry, read_places

LONGEST_ADVICE: Final = 200
_COLUMNS: Final = "words | advice | note"
_FINE: Final = "!"

# fmt: off
LISTS: Final[dict[str, str]] = {
    "condescension": "words that talk down to people",
    "blame": "words that put the blame on people",
    "heated": "insults and other words said in anger",
    "sarcasm": "cheerful words of ours that mean the contrary",
    "humour": "flirt, innuendo and jokes at somebody's cost, out of place with everybody",
    "laughing": "jokes and laughter, out of place with who is not happy",
    "cheerful": "cheerful words, out of place on tender topics",
    "feelings": "words that name a feeling or a problem",
    "apologies": "words that say sorry",
    "waits": "words that say sorry for the wait",
    "vouchers": "vouchers, discounts and other gifts",
    "selling": "words that sell",
    "asking": "words of a mention that asks what to buy",
    "promises": "words that promise more than anybody can hold",
    "results": "what people want to have by a date",
    "hedges": "words that make a date a plan instead of a promise",
    "opinion": "politics, religion and identity",
    "rhetorical": "questions that want no answer",
    "contacts": "our own addresses and numbers, which replies may give",
    "avoid": "words that our brand does not use",
    "sensitive": "traits that internal notes do not keep: health, politics, religion, origin, love",
}
# fmt: on
"""The lists by file name, and what stands in each."""


def load_entries(folder: Path, *, otherwise: Path | None = None, shown_as: str = "") -> tuple[Entry, ...]:
    """Read all lists of a folder; a list that it lacks is taken from `otherwise`.

    Raises:
        FilesInvalid: a line is no entry or a file no list; all findings of all files at once.
    """
    findings = list(_unknown(folder, shown_as or str(folder)))
    entries: list[Entry] = []
    for name in LISTS:
        file = f"{name}.txt"
        path, shown = folder / file, f"{shown_as or folder}/{file}"
        if not path.exists():
            if otherwise is None or not (otherwise / file).exists():
                continue
            path, shown = otherwise / file, str(otherwise / file)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            findings.append(Finding(shown, 0, 0, "EB501", f"cannot be read as UTF-8 text: {error}"))
            continue
        entries += _read(name, text, shown, findings)
    if findings:
        raise FilesInvalid(findings)
    return tuple(entries)


def _unknown(folder: Path, shown_as: str) -> Iterator[Finding]:
    known = [f"{name}.txt" for name in LISTS]
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name in known or path.name.startswith(".") or path.name.endswith("~"):
            continue
        near = get_close_matches(path.name.lower(), known, 1)
        hint = f'; did you mean "{near[0]}"?' if near else "."
        message = f"there is no such list{hint} The lists: {', '.join(known)}"
        yield Finding(f"{shown_as}/{path.name}", 0, 0, "EB505", message)


def _read(name: str, text: str, shown: str, findings: list[Finding]) -> Iterator[Entry]:
    known: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            entry = read_entry(line, listed_in=name, file=shown, number=number)
        except FilesInvalid as error:
            findings.extend(error.findings)
            continue
        first = known.setdefault(" ".join(entry.words.lower().split()), number)
        if first == number:
            yield entry
        else:
            message = f'"{entry.words}" stands already in line {first}; keep one of the two'
            findings.append(Finding(shown, number, _at(line, 0), "EB504", message))


def read_entry(line: str, *, listed_in: str, file: str = "", number: int = 1) -> Entry:
    """Read one line of a list.

    Raises:
        FilesInvalid: it is no entry.
    """
    columns = line.split("|", 2)
    words, advice = columns[0].strip(), columns[1].strip() if len(columns) > 1 else ""
    is_fine = words.startswith(_FINE)
    findings = []
    if listed_in == "contacts":
        # An address or a number is compared as it is written, so it is no phrase.
        return Entry(words, (), listed_in, line=number)
    try:
        places = read_places(words.removeprefix(_FINE))
    except ValueError as error:
        places = ()
        findings.append(Finding(file, number, _at(line, 0), "EB502", f"{error}; a line is `{_COLUMNS}`"))
    if is_fine and advice:
        message = (
            f"a line with {_FINE} says that words are fine, so it has no advice; put a note behind a second |"
        )
        findings.append(Finding(file, number, _at(line, 1), "EB503", message))
    if len(advice) > LONGEST_ADVICE:
        message = f"the advice has {len(advice)} characters; one sentence of at most {LONGEST_ADVICE} is read"
        findings.append(Finding(file, number, _at(line, 1), "EB503", message))
    if findings:
        raise FilesInvalid(findings)
    return Entry(words, places, listed_in, advice, is_fine, number)


def _at(line: str, column: int) -> int:
    """Where a column's words begin, counted from 1."""
    before = "|".join(line.split("|", column)[:column])
    rest = line[len(before) + (1 if column else 0) :]
    return 1 + len(line) - len(rest) + len(rest) - len(rest.lstrip())
