"""Cells of CSV files: what a spreadsheet would run is defused, everything else stays as it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import engagebot
from engagebot.domain.text.spreadsheet import cell


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("https://evil.example","click")', "+1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(1,1)", "\t=1+1",
        "\r=1+1", "\n=1+1", "＝1+1", "＋1", "－1", "＠A1",  # noqa: RUF001
    ],
)  # fmt: skip
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["a = b", "1 - 1", "", "'quoted", "mail@example.com", -1, -1.5, 0, None])
def test_what_is_no_formula_stays(value: object) -> None:
    assert cell(value) == value


def test_lists_are_joined_and_defused_and_truth_is_written_small() -> None:
    assert cell(["=1", "b"]) == "'=1 b"
    assert cell(("a", 2)) == "a 2"
    assert [cell(True), cell(False)] == ["true", "false"]


def test_whoever_writes_csv_defuses_its_cells() -> None:
    writers = {
        path.name: {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        for path in Path(engagebot.__file__).parent.rglob("*.py")
        if "csv.writer" in (text := path.read_text(encoding="utf-8")) or "csv.DictWriter" in text
        for tree in [ast.parse(text)]
    }

    assert writers
    assert [name for name, used in writers.items() if "cell" not in used] == []
