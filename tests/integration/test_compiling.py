"""Compiled judgement: made for real, used only whole and fresh, and equal to Python in all it says."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from engagebot.scoring.compiled import JUDGEMENT, SWITCH, Unit, find, use
from engagebot.scoring.compiling import CannotCompile, compile_unit, look_for_tools

ROOT = Path(__file__).parents[2]
# Beside the compiled modules, but plain Python in either case.
NEVER_COMPILED = ("fitting", "proving", "remembered")
SOURCE = "def answer(question: str) -> int:\n    return len(question)\n"


@pytest.fixture(autouse=True, scope="session")
def tools() -> None:
    try:
        look_for_tools()
    except CannotCompile as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    package = tmp_path / "tiny_demo"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "one.py").write_text(SOURCE, "utf-8")
    (package / "two.py").write_text("from tiny_demo.one import answer\n\nTOLD = answer('why')\n", "utf-8")
    return Unit(package="tiny_demo", folder=package, modules=("one", "two"), place=tmp_path / "place")


@pytest.fixture
def package(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(unit.folder.parent)
    monkeypatch.delenv(SWITCH, raising=False)
    yield importlib.import_module(unit.package)
    for name in [name for name in sys.modules if name.startswith(unit.package)]:
        del sys.modules[name]


def test_a_build_is_used_until_a_source_changes(unit: Unit, package: ModuleType) -> None:
    for left in ("making-long-ago", "0123456789abcdef0123"):
        (unit.place / left).mkdir(parents=True)

    build = compile_unit(unit)

    assert sorted(each.name for each in unit.place.iterdir()) == sorted([build.name, "lock"])
    assert compile_unit(unit) == build
    assert use(unit, package.__path__)
    two = importlib.import_module(f"{unit.package}.two")
    assert Path(str(two.__file__)).is_relative_to(build)
    assert two.TOLD == 3

    (unit.folder / "one.py").write_text(SOURCE.replace("len(question)", "42"), "utf-8")
    assert find(unit) is None


def test_what_does_not_compile_or_does_not_start_leaves_no_build(unit: Unit) -> None:
    (unit.folder / "two.py").write_text("raise RuntimeError('not on my watch')\n", "utf-8")
    with pytest.raises(CannotCompile, match=r"Fix: read .+failed\.log, then make setup"):
        compile_unit(unit)

    assert sorted(each.name for each in unit.place.iterdir()) == ["failed.log", "lock"]
    assert "not on my watch" in (unit.place / "failed.log").read_text("utf-8")


def judge_all(variant: str, target: Path) -> subprocess.Popen[bytes]:
    environ = {name: value for name, value in os.environ.items() if name != SWITCH}
    # Sets come in another order with another seed, and nothing may depend on it.
    environ |= {"PYTHONHASHSEED": "1"} if variant == "compiled" else {"PYTHONHASHSEED": "2", SWITCH: "1"}
    return subprocess.Popen([sys.executable, "-m", "tests.judged", str(target)], cwd=ROOT, env=environ)


@pytest.mark.timeout(300)
def test_compiled_code_and_python_judge_alike(tmp_path: Path) -> None:
    # Made already, unless somebody edits these modules and calls pytest by itself.
    compile_unit(JUDGEMENT)
    variants = ("compiled", "pure")
    running = [judge_all(variant, tmp_path / variant) for variant in variants]
    assert [process.wait() for process in running] == [0, 0]
    ours, theirs = ((tmp_path / variant).read_text("utf-8").split("\n") for variant in variants)

    assert (ours[0], theirs[0]) == variants
    assert len(ours) > 3 * 3_500
    assert [pair for pair in zip(ours[1:], theirs[1:], strict=True) if pair[0] != pair[1]] == []


@pytest.mark.timeout(300)
def test_the_tests_of_judgement_pass_as_plain_python_too() -> None:
    assert not set(NEVER_COMPILED) & set(JUDGEMENT.modules)
    rest = [f"--ignore=tests/unit/scoring/test_{name}.py" for name in NEVER_COMPILED]
    # What tells a test run that it is part of another one stays behind.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/unit/scoring", *rest, "-q", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env={**environ, SWITCH: "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
