import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULE_LINES = 400
FUNCTION_LINES = 60
CONNECTOR_LINES = 1000
# X alone charges for reading: it has a lint of queries and a memory of authors that no other platform needs.
ROOMIER = {"x": 1300}
PORTS_NAMES = 25


def _modules() -> list[Path]:
    return sorted(path for package in ("engagebot", "connectors") for path in (ROOT / package).rglob("*.py"))


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _functions(path: Path) -> list[tuple[str, int]]:
    return [
        (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_no_module_is_longer_than_a_person_can_hold() -> None:
    too_long = {
        str(path.relative_to(ROOT)): _lines(path) for path in _modules() if _lines(path) > MODULE_LINES
    }

    assert too_long == {}


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = {
        f"{path.relative_to(ROOT)}: {name}": lines
        for path in _modules()
        for name, lines in _functions(path)
        if lines > FUNCTION_LINES
    }

    assert too_long == {}


def test_no_connector_outgrows_its_folder() -> None:
    folders = [folder for folder in (ROOT / "connectors").iterdir() if folder.is_dir()]
    sizes = {folder.name: sum(_lines(path) for path in folder.rglob("*.py")) for folder in folders}

    assert {name: lines for name, lines in sizes.items() if lines > ROOMIER.get(name, CONNECTOR_LINES)} == {}


def test_the_face_of_a_connector_stays_small() -> None:
    tree = ast.parse((ROOT / "engagebot" / "ports.py").read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]

    assert len([name for name in names if not name.startswith("_")]) <= PORTS_NAMES


def test_no_module_is_called_by_a_word_that_says_nothing() -> None:
    vague = {"utils", "helpers", "common", "base", "manager", "core", "misc"}

    assert [str(path.relative_to(ROOT)) for path in _modules() if path.stem in vague] == []


def test_every_package_file_is_empty_or_names_one_thing() -> None:
    for path in _modules():
        if path.name == "__init__.py":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            extra = [
                node for node in tree.body if not isinstance(node, ast.ImportFrom | ast.Assign | ast.Expr)
            ]
            assert extra == [], f"{path.relative_to(ROOT)} does more than re-export a name"
