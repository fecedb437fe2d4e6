"""A short soak keeps every promise, and a program that is broken on purpose does not pass it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.soak.__main__ import empty_folder, main
from benchmarks.soak.day import Plan
from benchmarks.soak.run import Course, soak

# The spikes alone are 2,050 posts: fewer would bring no gap.
SHORT = Plan(posts=2_200, hours=1, seed=3)
QUIET = Plan(posts=800, hours=0.25, seed=4, late_share=0.9, has_spikes=False)


@pytest.mark.timeout(300)
def test_a_short_day_of_faults_and_kills_keeps_every_promise(tmp_path: Path, database_url: str) -> None:
    verdict = soak(Course(plan=SHORT, kills=3), tmp_path, database_url)

    print(verdict)
    assert verdict.broken == []
    assert verdict.figures["kill -9 in the middle of a round"] == 3
    assert verdict.figures["kinds of faults met"] >= 10
    assert verdict.figures["gaps on record"] >= 2


@pytest.mark.parametrize("fault", ["no_overlap", "cursor_first"])
@pytest.mark.timeout(300)
def test_a_loss_is_reported(tmp_path: Path, sqlite_url: str, fault: str) -> None:
    course = Course(plan=QUIET, kills=0, broken=f"tests.soak.broken:{fault}")

    verdict = soak(course, tmp_path, sqlite_url)

    assert verdict.lost > 0
    assert any("lost without a word" in words for words in verdict.broken), verdict


@pytest.mark.timeout(300)
def test_a_gap_that_is_not_on_record_is_reported(tmp_path: Path, sqlite_url: str) -> None:
    course = Course(
        plan=Plan(posts=2_150, hours=0.25, seed=5), kills=0, broken="tests.soak.broken:silent_gaps"
    )

    verdict = soak(course, tmp_path, sqlite_url)

    assert verdict.figures["gaps on record"] == 0
    assert verdict.lost > 0


def test_the_folder_to_keep_is_made_and_has_to_be_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "kept" / "monday"
    assert empty_folder(str(new)) == new
    assert new.is_dir()
    assert empty_folder(str(new)) == new

    for given, words in ((tmp_path, "is not empty"), (Path(__file__), "File exists")):
        with pytest.raises(SystemExit, match="2"):
            main(["--folder", str(given)])
        assert words in capsys.readouterr().err


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'engagebot.db'}"
