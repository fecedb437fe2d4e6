"""The harness itself: it finds faults that were put in on purpose, and its driver can be run by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.crash.databases import Databases
from tests.crash.listening import listening
from tests.crash.sending import sending
from tests.crash.sweep import KILLED
from tests.crash.world import HookEnd, Lane, make_site
from tests.emulators.faults import Fault
from tests.emulators.remote import ROOT

SQLITE = Databases("sqlite", None)


def test_a_cursor_committed_before_its_posts_is_found(
    lanes: list[Lane], hooks: HookEnd, tmp_path: Path
) -> None:
    sweep = listening(SQLITE, lanes, hooks, tmp_path, variant="cursor-first")

    verdict = sweep.first_problem(sweep.count(), ["COMMIT in pipeline.pull._pull_pages"])

    assert verdict is not None
    assert any(problem.startswith("lost: ") for problem in verdict.problems), verdict
    assert any("ahead of" in problem for problem in verdict.problems), verdict


def test_a_decision_committed_without_what_it_starts_is_found(
    lanes: list[Lane], hooks: HookEnd, tmp_path: Path
) -> None:
    sweep = listening(SQLITE, lanes, hooks, tmp_path, variant="decision-first")

    verdict = sweep.first_problem(sweep.count(), ["COMMIT in pipeline.triage", "COMMIT in scheduler.decide"])

    assert verdict is not None
    assert any(problem.startswith(("drafts missing", "cases missing")) for problem in verdict.problems)


def test_a_reply_sent_again_without_a_look_is_found(
    lanes: list[Lane], hooks: HookEnd, tmp_path: Path
) -> None:
    sweep = sending(SQLITE, lanes, hooks, tmp_path, variant="blind-resend")
    # Else the look before each reply finds it there, and the fault behind that look stays hidden.
    sweep.prepare = lambda trial: trial.lane.reddit.fault(Fault.seen_after(60), on="POST /api/comment")

    verdict = sweep.first_problem(sweep.count(), ["after POST /api/comment"])

    assert verdict is not None
    assert any("posted 2 times" in problem for problem in verdict.problems), verdict


def test_the_driver_dies_where_it_is_told(lanes: list[Lane], hooks: HookEnd, tmp_path: Path) -> None:
    site, names = tmp_path / "site", tmp_path / "points.txt"
    url = f"sqlite:///{site / 'engagebot.db'}"
    make_site(site, lanes[0], url, hook=hooks.url("by-hand"), listens=False, sends=False)
    command = [sys.executable, "-m", "tests.crash.driver", "--site", str(site), "--count-file", str(names)]

    counted = subprocess.run([*command, "--kill-at", "0"], cwd=ROOT, check=True, capture_output=True)
    every = names.read_text().splitlines()
    killed = subprocess.run([*command, "--kill-at", "3", "--live"], cwd=ROOT, check=False)

    assert counted.returncode == 0
    assert every[:2] == [f"{when} COMMIT in store.schema._upgrade_sqlite" for when in ("before", "after")]
    assert killed.returncode == KILLED
    assert len(names.read_text().splitlines()) == 3
