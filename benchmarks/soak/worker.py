"""The process that polls, decides and gets killed: the real program, one round for each line it is sent.

python -m benchmarks.soak.worker --site DIR --clock FILE [--alone] [--broken MODULE:FUNCTION]
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import os
import resource
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.soak.clock import SharedClock
from engagebot import scheduler
from engagebot.bootstrap import App, Outside
from engagebot.settings import load_settings
from engagebot.store import schema

EARS_EVERY = 5


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak.worker")
    parser.add_argument("--site", type=Path, required=True)
    parser.add_argument("--clock", type=Path, required=True)
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--broken", help="MODULE:FUNCTION that breaks the program on purpose")
    args = parser.parse_args()
    # Whatever is printed goes to the log, so that the pipe holds nothing but answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if args.broken:
        module, _, function = args.broken.partition(":")
        getattr(importlib.import_module(module), function)()
    app = App(load_settings(args.site, {}), outside=Outside(clock=SharedClock(args.clock)))
    schema.upgrade(app.store)
    app.rules.refresh()
    scheduler.prepare(app, is_alone=args.alone)
    connectors = sorted({watch.connector for watch in app.settings.watches})
    with ThreadPoolExecutor(len(connectors)) as pool:
        for number, _ in enumerate(sys.stdin):
            decided = _round(app, connectors, pool, looks=number % EARS_EVERY == 0)
            peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            answers.write(json.dumps({"decided": decided, "peak_kib": peak_kib}) + "\n")
    app.close()


def _round(app: App, connectors: list[str], pool: ThreadPoolExecutor, *, looks: bool) -> int:
    """What the scheduler's jobs do when their time has come, each connector in a thread of its own."""
    for done in [pool.submit(scheduler.poll_connector, app, name) for name in connectors]:
        done.result()
    decided = scheduler.decide_all(app).decided
    if looks:
        scheduler.check_ears(app, began_at=None)
    return decided


if __name__ == "__main__":
    main()
