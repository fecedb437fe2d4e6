"""Killed anywhere from the first poll to the last notice, the program loses and doubles nothing."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.crash.databases import Databases
from tests.crash.listening import listening
from tests.crash.sweep import report
from tests.crash.world import HookEnd, Lane

FEWEST_POINTS = 70


@pytest.mark.timeout(600)
def test_a_kill_at_any_point_loses_and_doubles_nothing(
    databases: Databases, lanes: list[Lane], hooks: HookEnd, tmp_path: Path
) -> None:
    began = time.monotonic()
    sweep = listening(databases, lanes, hooks, tmp_path)

    points = sweep.count()
    chosen = sweep.enough(points)
    verdicts = sweep.kill_everywhere(points, chosen)

    print(report(f"listening on {databases.name}", verdicts, time.monotonic() - began))
    assert len(points) >= FEWEST_POINTS
    assert [verdict.name for verdict in verdicts] == [points[index][1] for index in chosen]
    assert {verdict.name for verdict in verdicts} >= {name for _, name in points if name.startswith("before")}
    assert [str(verdict) for verdict in verdicts if verdict.problems] == []


def test_a_kill_while_the_tables_are_made_leaves_none_or_all(
    databases: Databases, lanes: list[Lane], hooks: HookEnd, tmp_path: Path
) -> None:
    sweep = listening(databases, lanes, hooks, tmp_path)
    sweep.new_database = databases.empty()

    points = sweep.count()
    making = [index for index, (_, name) in enumerate(points) if "store.schema" in name]
    verdicts = sweep.kill_everywhere(points, making)

    assert len(verdicts) >= 2
    assert [str(verdict) for verdict in verdicts if verdict.problems] == []
