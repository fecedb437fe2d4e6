"""Killed anywhere while a person approves or undoes, the time to undo holds, and no reply leaves twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.databases import Databases
from tests.crash.deeds import WINDOW
from tests.crash.sending import APPROVED, decided
from tests.crash.sweep import Sweep, Trial
from tests.crash.world import HookEnd, Lane

INSIDE_S, OUTSIDE_S = WINDOW.total_seconds() / 4, 2 * WINDOW.total_seconds()


def posted(trial: Trial) -> list[str]:
    """What the platforms' own records say we answered, each answer once."""
    lane = trial.lane
    places = ((lane.x, "in_reply_to"), (lane.reddit, "parent_id"))
    return sorted(reply[of] for remote, of in places for reply in remote.replies[lane.seen[remote.url] :])


def states(trial: Trial) -> dict[str, str]:
    return {row["native_id"]: row["state"] for row in trial.ledger().drafts}


def wrong_after_an_approval(trial: Trial) -> list[str]:
    approved = {native for native, state in states(trial).items() if state == "approved"}
    trial.round(later_s=INSIDE_S)
    found = [f"left inside the window: {posted(trial)}"] if posted(trial) else []
    trial.round(later_s=INSIDE_S, deed="undo first")
    kept = {native for native, state in states(trial).items() if state == "approved"}
    if approved and len(kept) != len(approved) - 1:
        found.append(f"an approval could not be taken back after the restart: {states(trial)}")
    trial.round(later_s=OUTSIDE_S)
    trial.round(later_s=OUTSIDE_S + 1)
    return found + wrong_with(trial, kept)


def wrong_after_an_undo(trial: Trial) -> list[str]:
    kept = {native for native, state in states(trial).items() if state == "approved"}
    trial.round(later_s=INSIDE_S)
    found = [f"left inside the window: {posted(trial)}"] if posted(trial) else []
    trial.round(later_s=OUTSIDE_S)
    trial.round(later_s=OUTSIDE_S + 1)
    return found + wrong_with(trial, kept)


def wrong_with(trial: Trial, kept: set[str]) -> list[str]:
    found = list(trial.ledger().damage)
    if posted(trial) != sorted(kept):
        found.append(f"posted {posted(trial)}, approved and not taken back were {sorted(kept)}")
    wanted = {native: "sent" if native in kept else "proposed" for native in states(trial)}
    if states(trial) != wanted:
        found.append(f"states are {states(trial)}, not {wanted}")
    return found


@pytest.mark.timeout(600)
def test_a_kill_while_a_person_approves_or_undoes_neither_loses_nor_doubles_it(
    databases: Databases, lanes: list[Lane], hooks: HookEnd, tmp_path: Path
) -> None:
    sweep = Sweep(
        folder=tmp_path / f"undo-{databases.name}",
        lanes=lanes,
        hooks=hooks,
        new_database=databases.copies(decided(databases, lanes[0], hooks, tmp_path)),
        listens=False,
        sends=True,
        rounds=(0.0, 1.0),
        deeds=("approve", "undo"),
    )
    sweep.warm_up()

    points = sweep.count()
    found = []
    for deed, after in (("approve", wrong_after_an_approval), ("undo", wrong_after_an_undo)):
        sweep.after = after
        there = [index for index in sweep.apart(points) if sweep.deeds[points[index][0]] == deed]
        commits = [index for index in there if "COMMIT" in points[index][1]]
        assert len(commits) > APPROVED, points
        found += [verdict for verdict in sweep.kill_everywhere(points, commits) if verdict.problems]

    assert [str(verdict) for verdict in found] == []
