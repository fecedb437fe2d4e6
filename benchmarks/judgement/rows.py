"""Labelled rows for fitting: the made-up posts beside this file, and open sets that the caller has."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

LABELS = ("negative", "neutral", "positive")
POSTS = Path(__file__).with_name("posts")


@dataclass(frozen=True, slots=True)
class Row:
    """A text and how its author feels; `source` is the file it came from."""

    text: str
    label: str
    source: str


@dataclass(frozen=True, slots=True)
class Source:
    """A file of rows, with what has to be said of it."""

    name: str
    rows: tuple[Row, ...]
    checksum: str
    licence: str

    def as_json(self) -> dict[str, object]:
        return {"name": self.name, "rows": len(self.rows), "sha256": self.checksum, "licence": self.licence}


def made_up() -> list[Source]:
    """The posts that were written for this project; one a line: label, intents, reason, text."""
    return [_table(path) for path in sorted(POSTS.glob("*.tsv"))]


def labelled(path: Path, licence: str) -> Source:
    """Rows of a JSON Lines file with `text` and `label`.

    Raises:
        ValueError: a row has no label that is known.
    """
    content = path.read_bytes()
    found = [json.loads(line) for line in content.decode("utf-8").split("\n") if line.strip()]
    rows = tuple(Row(each["text"], each["label"], path.name) for each in found)
    return _checked(Source(path.name, rows, hashlib.sha256(content).hexdigest(), licence))


def _table(path: Path) -> Source:
    content = path.read_bytes()
    rows = []
    for line in content.decode("utf-8").split("\n"):
        if line:
            label, _, _, text = line.split("\t")
            rows.append(Row(text, label, path.name))
    licence = "made up for engagebot, under its own licence"
    return _checked(Source(path.name, tuple(rows), hashlib.sha256(content).hexdigest(), licence))


def _checked(source: Source) -> Source:
    wrong = {row.label for row in source.rows} - set(LABELS)
    if wrong:
        raise ValueError(f"{source.name}: labels are {', '.join(LABELS)}, not {', '.join(sorted(wrong))}")
    return source
