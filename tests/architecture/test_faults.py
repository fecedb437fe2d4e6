"""Every listed fault has a test of its name and a row that says what engagebot does."""

import ast
from pathlib import Path

from tests.integration.faults.listed import FAULTS, name_of_test

ROOT = Path(__file__).resolve().parents[2]


def test_every_fault_has_its_test() -> None:
    files = (ROOT / "tests" / "integration" / "faults").glob("test_*.py")
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    tests = {node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}

    assert {name_of_test(fault) for fault in FAULTS} == {name for name in tests if name.startswith("test_")}


def test_every_fault_has_its_row() -> None:
    lines = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines if line.startswith("|")]

    assert [(row[0], row[2]) for row in rows[2:]] == [(fault, f"`{name_of_test(fault)}`") for fault in FAULTS]
    assert all(len(row) == 4 and all(row) for row in rows[2:])
