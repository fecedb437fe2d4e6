"""Killed and stopped at any moment, the program sends each reply once; and the harness would see it."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.broken import MOST_LINES, VARIANTS, broken_tree
from tests.chaos.stage import Platforms, platforms, staged
from tests.chaos.storm import storm

KILLS = 20
# Far more than it takes (docs/reliability.md), so that a slow machine does not decide.
KILLS_TO_FIND_IT = 400


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platforms]:
    with platforms(tmp_path_factory.mktemp("platforms")) as found:
        yield found


@pytest.mark.timeout(300)
def test_no_kill_and_no_sleep_doubles_or_loses_a_reply(
    database_url: str, both: Platforms, tmp_path: Path
) -> None:
    with staged(tmp_path / "stage", database_url, both) as stage:
        report = storm(stage, kills=KILLS, seed=_seed())

    found = report.verdict
    assert (found.doubled, found.lost, found.wrong, found.problems) == (0, 0, 0, [])
    assert report.kills >= KILLS
    assert report.stops > 0
    assert len(found.posted) == report.asked > KILLS / 3


@pytest.mark.timeout(300)
# The fifth takes more kills than there is time for here; the long run finds it.
@pytest.mark.parametrize("variant", [name for name in VARIANTS if name != "no lock"])
def test_a_fault_put_in_on_purpose_is_found(
    variant: str, sqlite_template: Path, both: Platforms, tmp_path: Path
) -> None:
    tree = broken_tree(tmp_path, variant)
    shutil.copy(sqlite_template, tmp_path / "engagebot.db")
    with staged(tmp_path / "stage", f"sqlite:///{tmp_path / 'engagebot.db'}", both) as stage:
        report = storm(stage, kills=KILLS_TO_FIND_IT, seed=_seed(), tree=tree, until_wrong=True)

    print(f"{variant}: found after {report.kills} kills: {report.verdict.problems[:2]}")
    assert report.verdict.problems


def test_a_fault_put_in_on_purpose_is_a_small_one() -> None:
    for variant, changes in VARIANTS.items():
        assert sum(change.lines for change in changes) <= MOST_LINES, variant


def _seed() -> int:
    """Another storm each time; the number of a bad one is printed, so that it can be had again."""
    seed = int(os.environ.get("CHAOS_SEED", 0)) or next(_SEEDS)
    print(f"CHAOS_SEED={seed}")
    return seed


_SEEDS = itertools.count(int.from_bytes(os.urandom(2)) + 1)
