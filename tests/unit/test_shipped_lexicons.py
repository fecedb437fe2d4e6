"""The lexicons that every new site gets."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from engagebot.scoring.kinds import KINDS
from engagebot.scoring.lexicon import load_lexicon

FOLDER = Path(__file__).parents[2] / "config" / "lexicons"
FILES = sorted(FOLDER.glob("*.txt"))


def test_they_load_without_a_finding() -> None:
    entries = load_lexicon(FOLDER).entries
    assert len(entries) > 2_000
    assert {Path(entry.file).name for entry in entries} == {path.name for path in FILES}


def test_every_kind_is_spoken_for() -> None:
    used = Counter(entry.kind for entry in load_lexicon(FOLDER).entries)
    assert set(used) == set(KINDS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_says_at_its_head_what_it_is_for(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    head = lines[: next(at for at, line in enumerate(lines) if not line.startswith("#"))]
    assert len(head[0]) > 20
    assert any("words | " in line or "`words" in line for line in head), "how a line is written"
    assert any("Tip:" in line for line in head)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_holds_words_and_nobody(path: Path) -> None:
    raw = path.read_bytes()
    assert b"\r" not in raw
    assert not raw.startswith(b"\xef\xbb\xbf")
    text = raw.decode("utf-8")
    assert "@" not in text
    assert "http" not in text


def test_no_two_entries_of_one_side_are_the_same_words_written_differently() -> None:
    seen: dict[object, str] = {}
    twice = []
    for entry in load_lexicon(FOLDER).entries:
        other = seen.setdefault((entry.places, entry.kind), entry.words)
        if other is not entry.words:
            twice.append((other, entry.words))
    assert twice == []
