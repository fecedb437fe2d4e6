"""A worker that sends until it dies, in a process that forks one after the other.

    python -m tests.chaos.worker

reads jobs as JSON lines; for each it says the child's pid, `stopped` whenever somebody stopped it, and how it
ended. What the product waits minutes for, a job gives in fractions of a second: the order of things stays.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import engagebot
from engagebot import scheduler
from engagebot.bootstrap import open_app
from engagebot.domain.replying import breaking
from engagebot.errors import StoreUnavailable
from engagebot.pipeline.deliver import (
    DeliverContext,
    deliver_replies,
    outcomes,
    recover_replies,
    replies,
    settle_replies,
)
from tests.crash import points
from tests.kept import keep_what_never_changes

PAUSE_S = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One life of a worker; at the point `at` it gets `signal`, with 0 it lives until somebody ends it.

    `settle_s` and `deadline_s` stand for the product's 90 and 5 seconds, `retry_s` for its minute.
    """

    site: str
    names: str
    at: int = 0
    signal: int = signal.SIGKILL
    settle_s: float = 0.6
    deadline_s: float = 0.4
    retry_s: float = 0.1
    lasts_s: float = 0.0


def work(job: Job) -> None:
    """Send, settle and recover like the program's own ticks, without its pauses."""
    replies.DEADLINE_S = job.deadline_s
    outcomes.TRY_AGAIN = timedelta(seconds=job.retry_s)
    outcomes.LONGEST_WAIT = timedelta(seconds=4 * job.retry_s)
    breaking.FIRST_REST, breaking.LONGEST_REST = outcomes.TRY_AGAIN, outcomes.LONGEST_WAIT
    app = open_app(Path(job.site), {}, wants_live=True)
    points.watch(points.Points(Path(job.names), kill_at=job.at, signal_number=job.signal))
    context = scheduler._deliver_context(app)
    steps = [partial(settle_replies, after=timedelta(seconds=job.settle_s))]
    settling = threading.Thread(target=_again_and_again, args=(context, job, steps), daemon=True)
    settling.start()
    _again_and_again(context, job, [recover_replies, deliver_replies])
    settling.join()
    points.watch(None)
    app.close()


def _again_and_again(
    context: DeliverContext, job: Job, steps: Sequence[Callable[[DeliverContext], int]]
) -> None:
    began = time.monotonic()
    while not job.lasts_s or time.monotonic() - began < job.lasts_s:
        for step in steps:
            try:
                step(context)
            except StoreUnavailable as error:  # a stopped neighbour holds the database; a tick is tried again
                print(error, flush=True)
        time.sleep(PAUSE_S)


def warm_up(site: str) -> None:
    """Have every module and client library at hand before the first fork."""
    app = open_app(Path(site), {}, wants_live=True)
    for source in app.settings.connector_options:
        app.connector(source)
    app.close()


def main() -> None:
    # Broken on purpose or not, it is the code of this folder that runs.
    assert Path(engagebot.__file__).parents[1] == Path.cwd(), engagebot.__file__
    points.install()
    keep_what_never_changes()
    is_warm = False
    for line in sys.stdin:
        job = Job(**json.loads(line))
        if not is_warm:
            warm_up(job.site)
            is_warm = True
        child = os.fork()
        if child == 0:
            os._exit(_in_child(job))
        print(f"pid {child}", flush=True)
        print(f"ended {_watched(child)}", flush=True)


def _watched(child: int) -> int:
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        print("stopped", flush=True)


def _in_child(job: Job) -> int:
    said = os.open(Path(job.names).with_suffix(".said"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(said, stream)
    try:
        work(job)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    main()
