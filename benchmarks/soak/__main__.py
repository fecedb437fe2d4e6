"""An accelerated day of listening, with every fault mixed in and the process killed again and again.

    python -m benchmarks.soak [--posts 20000] [--kills 10] [--database sqlite|postgres]

Exits with 1 when a promise of docs/reliability.md was broken.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.soak.day import Plan
from benchmarks.soak.run import Course, soak
from tests.postgres import PostgresServer


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--posts", type=int, default=20_000, help="how many made-up posts (default 20,000)")
    parser.add_argument("--kills", type=int, default=10, help="how often to kill it (default 10)")
    parser.add_argument("--hours", type=float, default=24.0, help="how long the day is (default 24)")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes another day (default 1)")
    parser.add_argument(
        "--folder", type=empty_folder, help="a new or empty folder to keep everything in afterwards"
    )
    options = parser.parse_args(arguments)
    course = Course(
        plan=Plan(posts=options.posts, hours=options.hours, seed=options.seed), kills=options.kills
    )
    asked = f"{options.posts:,} posts in {options.hours:g} hours, {options.kills} kills"
    print(f"soak: {asked}, {options.database}, seed {options.seed}", flush=True)
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        if options.database == "postgres":
            url = stack.enter_context(PostgresServer()).create_database("soak")
        else:
            url = f"sqlite:///{folder.absolute() / 'engagebot.db'}"
        verdict = soak(course, folder, url)
    print(verdict)
    if verdict.broken:
        sys.exit(1)


def empty_folder(given: str) -> Path:
    """Make the folder where it does not exist.

    Raises:
        argparse.ArgumentTypeError: there is something already, or it cannot be made.
    """
    folder = Path(given)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise argparse.ArgumentTypeError(f"{given} is not empty")
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{given}: {error.strerror}") from error
    return folder


if __name__ == "__main__":
    main()
