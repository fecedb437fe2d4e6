"""Killed anywhere while approved replies leave, the program posts each of them exactly once."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from tests.crash.databases import Databases
from tests.crash.sending import APPROVED, sending
from tests.crash.sweep import report
from tests.crash.world import HookEnd, Lane

FEWEST_POINTS = 50


@pytest.mark.timeout(600)
def test_a_kill_at_any_point_posts_every_approved_reply_exactly_once(
    databases: Databases, lanes: list[Lane], hooks: HookEnd, tmp_path: Path
) -> None:
    began = time.monotonic()
    sweep = sending(databases, lanes, hooks, tmp_path)

    points = sweep.count()
    chosen = sweep.enough(points)
    verdicts = sweep.kill_everywhere(points, chosen)

    print(report(f"sending on {databases.name}", verdicts, time.monotonic() - began))
    calls = Counter(name.split(" in ")[0] for _, name in points)
    assert calls["before POST /2/tweets"] == calls["before POST /api/comment/"] == APPROVED / 2
    assert len(points) >= FEWEST_POINTS
    assert [verdict.name for verdict in verdicts] == [points[index][1] for index in chosen]
    assert {verdict.name for verdict in verdicts} >= {name for _, name in points if name.startswith("before")}
    assert [str(verdict) for verdict in verdicts if verdict.problems] == []
