"""Labelled rows of a file: a text, and how a person says that its author feels."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from engagebot.cli.rows import Reading, Row, encoding_of, name_of, open_file, read_rows
from engagebot.cli.terminal import shorten
from engagebot.domain.heard.evaluation import Label
from engagebot.errors import WrongUsage

_SHOWN = 10
_WORDS = {label.value: label for label in Label}
_WORDS |= {"neg": Label.NEGATIVE, "neu": Label.NEUTRAL, "pos": Label.POSITIVE}
_REMEDY = (
    "Every row needs text and label (negative, neutral or positive; neg, neu and pos are understood, "
    "numbers are not: every set counts them in its own way). Correct these rows or leave them out."
)
_NEEDED = {
    "text": 'give the column with the posts the name "text"',
    "label": 'give the column with negative, neutral or positive the name "label"',
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """One row; `brand` is whom the text is about, where the file says it."""

    text: str
    label: Label
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """A whole file: its name for people, the SHA-256 of its bytes, and its rows."""

    name: str
    checksum: str
    rows: tuple[Labelled, ...]


def read_labelled(file: Path, *, encoding: str = "utf-8") -> Rows:
    """Read a CSV or JSON Lines file with the columns text and label, and brand where there is one.

    Raises:
        WrongUsage: the file cannot be read, or rows of it; all of them are counted, the first ones shown.
    """
    reading = Reading(name=name_of(file), columns={}, encoding=encoding_of(encoding), needed=_NEEDED)
    with open_file(file) as opened:
        checksum = _checksum(opened)
        return Rows(reading.name, checksum, _rows(opened, reading))


def _checksum(opened: BinaryIO) -> str:
    digest = hashlib.sha256()
    while part := opened.read(1 << 20):
        digest.update(part)
    opened.seek(0)
    return digest.hexdigest()


def _rows(opened: BinaryIO, reading: Reading) -> tuple[Labelled, ...]:
    good: list[Labelled] = []
    bad: list[str] = []
    with read_rows(opened, reading) as rows:
        for row in rows:
            try:
                good.append(_labelled(row))
            except ValueError as error:
                bad.append(f"  line {row.line}: {error}" if len(bad) < _SHOWN else "")
    if bad:
        raise WrongUsage(_complaint(reading.name, bad, len(good) + len(bad)))
    if not good:
        raise WrongUsage(f"{reading.name} holds no row below its header; there is nothing to evaluate")
    return tuple(good)


def _complaint(name: str, bad: list[str], read: int) -> str:
    lines = [f"{len(bad)} of {read} rows of {name} cannot be used:", *bad[:_SHOWN]]
    if len(bad) > _SHOWN:
        lines.append(f"  and {len(bad) - _SHOWN} more")
    return "\n".join([*lines, _REMEDY])


def _labelled(row: Row) -> Labelled:
    if row.reason is not None:
        raise ValueError(row.reason)
    text = row.values.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"text: {'missing or empty' if _is_empty(text) else f'{_said(text)} is not a text'}")
    return Labelled(text, _label(row.values), _brand(row.values))


def _label(values: Mapping[str, Any]) -> Label:
    given = values.get("label")
    if _is_empty(given):
        raise ValueError("label: missing or empty")
    found = _WORDS.get(given.strip().lower()) if isinstance(given, str) else None
    if found is None:
        raise ValueError(f"label: {_said(given)} is not negative, neutral or positive")
    return found


def _brand(values: Mapping[str, Any]) -> str | None:
    given = values.get("brand")
    return None if _is_empty(given) else shorten(given, 80)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _said(value: object) -> str:
    return shorten(repr(value), 40)
