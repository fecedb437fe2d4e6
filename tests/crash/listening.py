"""Listening: what a site makes of posts when nobody dies, and what is looked at after a kill."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from tests.crash import ledger
from tests.crash.databases import Databases
from tests.crash.sweep import Sweep, Trial
from tests.crash.world import HookEnd, Lane

# On PostgreSQL another worker might be alive, so a lease has to run out before its watch is polled again, and
# what is being sent is left alone for ten minutes.
PATIENCE_S = {"sqlite": 0.0, "postgres": 11 * 60.0}


def listening(
    databases: Databases, lanes: list[Lane], hooks: HookEnd, folder: Path, *, variant: str = ""
) -> Sweep:
    """A sweep over everything from the first poll to the last notice."""
    patience_s = PATIENCE_S[databases.name]
    found = Sweep(
        folder=folder / f"listen-{databases.name}{variant}",
        lanes=lanes,
        hooks=hooks,
        database=databases.name,
        new_database=databases.copies(databases.migrated(folder)),
        listens=True,
        sends=False,
    )
    found.warm_up()
    expected = undisturbed(found, patience_s)
    found.after = lambda trial: wrong_after(trial, hooks, patience_s, expected)
    found.variant = variant
    return found


def undisturbed(sweep: Sweep, patience_s: float) -> dict[str, Counter[Any]]:
    """What two rounds make of it when nobody dies."""
    with sweep.trial() as trial:
        trial.round()
        trial.round(later_s=patience_s)
        found = trial.ledger()
    expected = found.outcome()
    assert ledger.problems(found, expected, trial.lane.produced) == []
    assert {name for name, counted in expected.items() if not counted} == set()
    assert {row["state"] for row in found.notices} == {"delivered"}
    return expected


def wrong_after(
    trial: Trial, hooks: HookEnd, patience_s: float, expected: dict[str, Counter[Any]]
) -> list[str]:
    """After a kill no cursor is ahead of its posts; two rounds later all is as if nothing had happened."""
    produced = trial.lane.produced
    found = ledger.ahead(trial.ledger(), produced) if trial.has_tables() else []
    trial.round(later_s=patience_s)
    trial.round(later_s=2 * patience_s)
    now = trial.ledger()
    found += ledger.problems(now, expected, produced)
    told = set(hooks.ids(trial.folder.name))
    untold = [row["notice_id"] for row in now.notices if row["notice_id"] not in told]
    return found + ([f"notices that never arrived: {untold}"] if untold else [])
