"""1,000 escalations through channels that fail in every way, while the workers are killed (SIGKILL).

    python -m benchmarks.deliveries [--escalations 1000] [--kills 100] [--database sqlite|postgres]

Ten days pass in some minutes. What arrived is counted by the receivers' own record. Exits with 1 when an
escalation is missing, or reached nobody without a warning, or arrived under another id.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.deliveries.office import MENDED_AT, START, announce
from benchmarks.deliveries.receivers import REFUSING, Receivers, receivers
from benchmarks.deliveries.verdict import Verdict, judge
from benchmarks.soak.clock import SharedClock
from engagebot.domain.outbox import DeliveryState
from engagebot.domain.roles import Act, Person, Role
from engagebot.pipeline import dead_letters
from engagebot.store import schema
from engagebot.store.engine import Store
from engagebot.store.telling import deliveries
from tests.postgres import PostgresServer

ROOT = Path(__file__).parents[2]
PHASES = (timedelta(days=1), timedelta(days=6), timedelta(days=12))
QUIET_S = 20.0


@dataclass
class Workers:
    """Processes that are killed and begun again; on SQLite one, since it has the database to itself."""

    command: Sequence[str]
    count: int
    kills_left: int
    often: float
    chance: random.Random
    kills: int = 0
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def begin(self) -> None:
        while len(self.running) < self.count:
            process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                raise RuntimeError("a worker did not begin")
            self.running.append(process)

    def kill_one(self) -> None:
        victim = self.running.pop(self.chance.randrange(len(self.running)))
        with victim:
            victim.kill()
        self.kills += 1
        self.kills_left -= 1
        self.begin()

    def end(self) -> None:
        for process in self.running:
            with process:
                process.kill()


@dataclass
class Stage:
    store: Store
    clock: SharedClock
    seen: Receivers
    workers: Workers
    is_stuck: bool = False

    def pass_time(self, ends: datetime) -> None:
        """Let the clock go on, ever faster, whenever nothing is due; kill a worker now and then meanwhile."""
        begins = self.clock.now()
        while self.clock.now() < ends:
            self._work_off()
            now = self.clock.now()
            self.clock.set(min(ends, now + max(timedelta(seconds=6), (now - begins) / 4)))
        self._work_off()

    def _work_off(self) -> None:
        seen, until = -1, 0.0
        while self._is_busy():
            asked = sum(self.seen.shown.values()) + self.workers.kills
            if asked != seen:
                seen, until = asked, time.monotonic() + QUIET_S
            elif time.monotonic() > until:
                # Nobody takes it up any more; the verdict says what was left lying.
                self.is_stuck = True
                return
            time.sleep(self.workers.chance.uniform(0.01, 0.15))
            if self.workers.kills_left and self.workers.chance.random() < self.workers.often:
                self.workers.kill_one()

    def _is_busy(self) -> bool:
        with self.store.read() as tx:
            if deliveries.due(tx, self.clock.now(), limit=1):
                return True
            # Cut off by a kill: several workers wait ten minutes for the dead one, and time has to go on.
            return (
                self.workers.count == 1
                and not self.is_stuck
                and DeliveryState.SENDING in deliveries.counts(tx)
            )


def run(stage: Stage, numbers: range) -> Verdict:
    """Announce, let days pass, mend what was gone, replay the dead letters, and count."""
    announce(stage.store, stage.clock, numbers)
    stage.workers.begin()
    stage.pass_time(START + PHASES[0])
    early = judge(stage.store, stage.seen, numbers)
    print(f"after a day: {early.missing} have reached nobody, {early.untold} of them without a warning")
    stage.clock.set(MENDED_AT)
    stage.seen.mended |= REFUSING
    stage.pass_time(START + PHASES[1])
    with stage.store.write() as tx:
        act = Act(Person("kim_demo", Role.LEAD), stage.clock.now())
        replayed = dead_letters.replay_all(tx, act)
    print(f"after six days: {len(replayed)} dead letters replayed")
    stage.pass_time(START + PHASES[2])
    found = judge(stage.store, stage.seen, numbers)
    return replace(found, untold=found.untold + early.untold)


@contextmanager
def staged(options: argparse.Namespace) -> Iterator[Stage]:
    """A database, receivers and workers; at the end all of them are gone."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="deliveries-")))
        is_postgres = options.database == "postgres"
        url = f"sqlite:///{folder / 'engagebot.db'}"
        if is_postgres:
            url = stack.enter_context(PostgresServer()).create_database("deliveries")
        clock = SharedClock(folder / "clock")
        stack.callback(clock.close)
        clock.set(START)
        store = Store(url, clock=clock, uses_database_time=False)
        stack.callback(store.close)
        schema.upgrade(store)
        seen = stack.enter_context(receivers(seed=options.seed, share=options.share, stops=20))
        command = [sys.executable, "-m", "benchmarks.deliveries.worker", "--database", url]
        command += ["--clock", str(folder / "clock"), "--http", str(seen.http_port)]
        command += ["--smtp", str(seen.smtp_port), *([] if is_postgres else ["--alone"])]
        command += ["--broken", options.broken] if options.broken else []
        workers = Workers(
            command, 3 if is_postgres else 1, options.kills, options.often, random.Random(options.seed)
        )
        stack.callback(workers.end)
        yield Stage(store, clock, seen, workers)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deliveries")
    parser.add_argument("--escalations", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--often", type=float, default=0.2, help="how likely a kill is at each look (0.2)")
    parser.add_argument("--share", type=float, default=0.3, help="how many requests meet a fault (0.3)")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--broken", help="break the program on purpose: a name in benchmarks/deliveries/worker.py"
    )
    options = parser.parse_args(arguments)
    print(
        f"deliveries: {options.escalations:,} escalations, {options.database}, seed {options.seed}",
        flush=True,
    )
    began = time.monotonic()
    with staged(options) as stage:
        verdict = run(stage, range(options.escalations))
        kills = stage.workers.kills
    for name, value in asdict(verdict).items():
        print(f"{name:<12} {value}")
    print(f"{'kill -9':<12} {kills}\n{'seconds':<12} {time.monotonic() - began:.0f}")
    broken = verdict.broken + ([f"{verdict.missing} are missing"] if verdict.missing else [])
    print("\n".join(f"BROKEN: {words}" for words in broken) or "every promise was kept")
    if broken:
        sys.exit(1)


if __name__ == "__main__":
    main()
