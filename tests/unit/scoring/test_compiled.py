"""A build is used where it was made from exactly these sources and is whole, and nowhere else."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from engagebot.scoring import compiled, compiling
from engagebot.scoring.compiled import JUDGEMENT, MARKER, SUFFIX, Unit, digest, find, library, use
from engagebot.scoring.compiling import CannotCompile, compile_unit, look_for_tools


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "one.py").write_text("ANSWER = 1\n", "utf-8")
    return Unit(package="tiny", folder=sources, modules=("one",), place=tmp_path / "place")


@pytest.fixture
def build(unit: Unit) -> Path:
    """What a build looks like, without anything that runs."""
    folder = unit.place / digest(unit)
    files = [f"{library(folder.name)}{SUFFIX}", f"tiny/one{SUFFIX}"]
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"code")
    (folder / MARKER).write_text("".join(f"4 {name}\n" for name in files), "utf-8")
    return folder


def test_a_whole_build_of_these_sources_is_found(unit: Unit, build: Path) -> None:
    assert find(unit) == build


def test_without_a_build_python_runs(unit: Unit) -> None:
    path = ["as it was"]
    assert find(unit) is None
    assert not use(unit, path)
    assert path == ["as it was"]


def test_a_build_of_other_sources_is_not_found(unit: Unit, build: Path) -> None:
    source = unit.folder / "one.py"
    source.write_text("ANSWER = 2\n", "utf-8")
    assert find(unit) is None
    source.write_text("ANSWER = 1\n", "utf-8")
    assert find(unit) == build


def test_a_build_of_another_compiler_is_not_found(
    unit: Unit, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "version", lambda _: "0.1")
    assert find(unit) is None


def test_a_build_for_another_python_is_not_found(
    unit: Unit, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "SUFFIX", ".another.so")
    assert find(unit) is None


def test_without_mypyc_python_runs(unit: Unit, build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(compiled, "version", missing)
    assert find(unit) is None


@pytest.mark.parametrize("spoil", ["marker", "empty marker", "torn marker", "module", "cut module"])
def test_a_build_that_is_not_whole_is_not_used(unit: Unit, build: Path, spoil: str) -> None:
    module, marker = build / f"tiny/one{SUFFIX}", build / MARKER
    match spoil:
        case "marker":
            marker.unlink()
        case "empty marker":
            marker.write_text("", "utf-8")
        case "torn marker":
            marker.write_text("4 tin", "utf-8")
        case "module":
            module.unlink()
        case _:
            module.write_bytes(b"cod")
    assert find(unit) is None
    assert not use(unit, [])


def test_code_that_cannot_be_loaded_is_not_used(unit: Unit, build: Path) -> None:
    path: list[str] = []
    assert not use(unit, path)
    assert path == []
    assert library(build.name) not in sys.modules


def test_the_switch_leaves_the_build_aside(unit: Unit, build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(compiled.SWITCH, "1")
    assert not use(unit, [])


def test_a_missing_compiler_is_told_with_its_remedy(
    unit: Unit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(CannotCompile, match=r"there is no C compiler\. Fix: .+make setup"):
        compile_unit(unit)
    assert find(unit) is None
    monkeypatch.setattr(compiling, "JUDGEMENT", unit)
    assert compiling.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Not compiled, so judging runs at half its speed: there is no C compiler.")


def test_missing_headers_are_told_with_their_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    with pytest.raises(CannotCompile, match=r"Python's headers are missing\. Fix: .+make setup"):
        look_for_tools()


def test_a_missing_mypyc_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "find_spec", lambda _: None)
    with pytest.raises(CannotCompile, match=r"mypyc is not installed\. Fix: make setup"):
        look_for_tools()


def test_a_place_that_cannot_be_written_to_stops_nothing(
    unit: Unit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unit.place.write_text("no folder", "utf-8")
    monkeypatch.setattr(compiling, "JUDGEMENT", unit)
    monkeypatch.setattr(compiling, "look_for_tools", lambda: "cc")
    assert compiling.main() == 1
    assert "Not compiled" in capsys.readouterr().err


def test_all_compiled_modules_are_loaded_at_once() -> None:
    """A running process needs nothing of a build that is removed under it."""
    said = subprocess.run(
        [sys.executable, "-c", "import sys, engagebot.scoring; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {f"{JUDGEMENT.package}.{name}" for name in JUDGEMENT.modules} <= set(said.stdout.split())
