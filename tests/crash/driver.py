"""One round of the real program on a site's folder, which dies by SIGKILL at the point it is told.

    python -m tests.crash.driver --site DIR --kill-at N --count-file F [--live]

`--kill-at 0` only counts: F gets the name of every point, one a line. With `--serve` the program reads jobs
as JSON lines and forks a child for each; the child is as dead as any when it is killed, but has not spent a
second on imports before.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import traceback
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from connectors.reddit import connector as reddit
from engagebot import scheduler
from engagebot.bootstrap import open_app
from tests.crash import broken, deeds, points
from tests.kept import keep_what_never_changes

# Smaller than the product's, so that few posts make several pages and several batches.
PAGE, BATCH = 30, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One round; `later_s` puts its clock ahead of the machine's, `variant` breaks the program on purpose.

    A `deed` of a person is done in place of the round. `warms_up` runs it in the serving process itself, so
    that its children find every module and cache ready.
    """

    site: str
    count_file: str
    kill_at: int = 0
    is_live: bool = False
    later_s: float = 0.0
    variant: str = ""
    deed: str = ""
    wants_all: bool = False
    warms_up: bool = False


class LaterClock:
    """The machine's time and a fixed span."""

    def __init__(self, later: timedelta) -> None:
        self._later = later

    def now(self) -> datetime:
        return datetime.now(UTC) + self._later


def go(job: Job) -> None:
    """Run one round."""
    if job.variant:
        broken.VARIANTS[job.variant]()
    scheduler.triage = partial(scheduler.triage, batch=BATCH)  # type: ignore[attr-defined]
    reddit.PAGE_SIZE = PAGE  # type: ignore[attr-defined]
    counted = points.Points(Path(job.count_file), kill_at=job.kill_at, wants_all=job.wants_all)
    points.watch(counted)
    app = open_app(Path(job.site), {}, wants_live=job.is_live)
    app.clock = app.store.clock = LaterClock(timedelta(seconds=job.later_s))
    # The clock of PostgreSQL cannot be put forward, so leases go by ours here.
    app.store._uses_database_time = False
    try:
        if job.deed:
            deeds.DEEDS[job.deed](app)
        else:
            scheduler.run_once(app, is_alone=app.store.is_sqlite)
    finally:
        points.watch(None)
        app.close()


def serve() -> None:
    """Fork a child for each job asked for, and answer how it ended: an exit code, or minus a signal."""
    keep_what_never_changes()
    for line in sys.stdin:
        job = Job(**json.loads(line))
        if job.warms_up:
            go(job)
            gc.collect()
            gc.freeze()
            gc.disable()
            print(0, flush=True)
            continue
        child = os.fork()
        if child == 0:
            os._exit(_in_child(job))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _in_child(job: Job) -> int:
    said = os.open(Path(job.site) / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(said, stream)
    try:
        go(job)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.driver")
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--site")
    parser.add_argument("--kill-at", type=int, default=0)
    parser.add_argument("--count-file")
    parser.add_argument("--live", action="store_true")
    parser.add_argument("--later-s", type=float, default=0.0)
    parser.add_argument("--broken", choices=sorted(broken.VARIANTS), default="")
    args = parser.parse_args()
    points.install()
    if args.serve:
        serve()
        return
    if not args.site or not args.count_file:
        parser.error("--site and --count-file are needed")
    job = Job(
        site=args.site,
        count_file=args.count_file,
        kill_at=args.kill_at,
        is_live=args.live,
        later_s=args.later_s,
        variant=args.broken,
    )
    go(job)


def as_line(job: Job) -> str:
    """Write a job for `serve`."""
    return json.dumps(asdict(job)) + "\n"


if __name__ == "__main__":
    main()
