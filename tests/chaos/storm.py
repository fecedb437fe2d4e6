"""The storm: workers that send are killed and stopped, again and again, while people go on approving."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from engagebot.domain.roles import Act
from engagebot.pipeline import review
from tests.chaos.stage import KIM, Stage
from tests.chaos.verdict import Verdict, verdict_on
from tests.chaos.worker import Job
from tests.emulators.remote import ROOT

WORKERS = 2
# Longer than a window, so that some live to settle what others left.
LONGEST_LIFE_S = 1.3
LAST_POINT = 70
IN_FLIGHT = 24
CALM_S = 60.0


class Unsettled(Exception):
    """With all well again, replies went on waiting."""


@dataclass(kw_only=True)
class Report:
    """What a storm did, by the name of the step at which a worker was killed, and what came of it."""

    kills: int = 0
    stops: int = 0
    asked: int = 0
    seconds: float = 0.0
    steps: Counter[str] = field(default_factory=Counter)
    verdict: Verdict = field(default_factory=Verdict)


class Nursery:
    """One process that lets one worker after the other live; `tree` is where the program's code lies."""

    def __init__(self, folder: Path, number: int, *, tree: Path = ROOT) -> None:
        self.names = folder / f"worker-{number}.points"
        self.site = folder / "site"
        # Started in its tree, it takes the program from there.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.worker"],
            cwd=tree, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip

    def live(self, *, ends_after_s: float, sleeps_s: float = 0.0, **how: float) -> tuple[int, bool]:
        """One life; answer how it ended, and whether it was stopped on the way."""
        job = Job(site=str(self.site), names=str(self.names), **how)  # type: ignore[arg-type]
        self._ask.write(json.dumps(asdict(job)) + "\n")
        self._ask.flush()
        pid = int(self._answer.readline().split()[1])
        executioner = threading.Timer(ends_after_s, _kill, [pid])
        executioner.start()
        was_stopped = False
        while not (said := self._answer.readline()).startswith("ended"):
            was_stopped = True
            executioner.cancel()
            time.sleep(sleeps_s)
            executioner = threading.Timer(ends_after_s / 2, _kill, [pid])
            executioner.start()
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        executioner.cancel()
        return int(said.split()[1]), was_stopped

    def last_step(self) -> str:
        """Where the last worker was."""
        names = self.names.read_text().splitlines() if self.names.exists() else []
        return names[-1] if names else "before the first step"

    def close(self) -> None:
        self._ask.close()
        self._process.wait()
        self._answer.close()

    @property
    def _ask(self) -> IO[str]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _answer(self) -> IO[str]:
        assert self._process.stdout is not None
        return self._process.stdout


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@dataclass(kw_only=True)
class _Storm:
    """How far it has gone; the slots share it."""

    wanted: int
    seed: int
    report: Report = field(default_factory=Report)
    is_over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def rage(self, number: int, nursery: Nursery) -> None:
        """Let workers live and die at one slot until it is over."""
        chance = random.Random(1000 * self.seed + number)
        try:
            while not self.is_over.is_set():
                # By chance alone no life in twenty would sleep once in thirty storms.
                step, was_stopped = _one_life(nursery, chance, must_sleep=not (number or self.report.stops))
                with self.lock:
                    self.report.kills += 1
                    self.report.stops += was_stopped
                    self.report.steps[step] += 1
                    if self.report.kills >= self.wanted and self.report.stops:
                        self.is_over.set()
        finally:
            self.is_over.set()


def storm(stage: Stage, *, kills: int, seed: int, tree: Path = ROOT, until_wrong: bool = False) -> Report:
    """Kill so many workers, then let it calm down, and ask the platforms what they have.

    With `until_wrong` it ends as soon as a platform holds a reply twice, or none that we call sent.

    Raises:
        Unsettled: replies still wait a minute after all was well again.
    """
    began, storming = time.monotonic(), _Storm(wanted=kills, seed=seed)
    nurseries = [Nursery(stage.folder, number, tree=tree) for number in range(WORKERS)]
    stage.approve(IN_FLIGHT)
    stage.misbehave(seed)
    try:
        with ThreadPoolExecutor(WORKERS) as pool:
            slots = [pool.submit(storming.rage, *each) for each in enumerate(nurseries)]
            while not storming.is_over.wait(0.1):
                if stage.waiting() < IN_FLIGHT:
                    stage.approve(IN_FLIGHT // 4)
                if until_wrong and _is_wrong(stage):
                    storming.is_over.set()
        for slot in slots:
            slot.result()
        stage.behave()
        if not until_wrong:
            calm_down(stage, nurseries[0])
    finally:
        for nursery in nurseries:
            nursery.close()
    report = storming.report
    report.asked, report.seconds = stage.asked, time.monotonic() - began
    report.verdict = verdict_on(stage, is_final=not until_wrong)
    return report


def _is_wrong(stage: Stage) -> bool:
    first = verdict_on(stage, is_final=False).problems
    if not first:
        return False
    # What is only on its way a moment after it was called sent is no loss.
    time.sleep(1.0)
    return bool({*first} & {*verdict_on(stage, is_final=False).problems})


# Of all lives: those that end at any moment, and, up to here, those that sleep first.
_RANDOM, _ASLEEP = 0.2, 0.35


def _one_life(nursery: Nursery, chance: random.Random, *, must_sleep: bool) -> tuple[str, bool]:
    how = chance.uniform(_RANDOM, _ASLEEP) if must_sleep else chance.random()
    if how < _RANDOM:  # at any moment at all
        _, was_stopped = nursery.live(ends_after_s=chance.uniform(0.05, LONGEST_LIFE_S))
        return "at a random moment", was_stopped
    at = chance.randint(1, LAST_POINT)
    if how < _ASLEEP:  # asleep for longer than any lease and window, then awake for a while
        sleeps_s = chance.uniform(0.5, 2.0)
        _, was_stopped = nursery.live(
            ends_after_s=LONGEST_LIFE_S, sleeps_s=sleeps_s, at=at, signal=int(signal.SIGSTOP)
        )
        return "after a sleep" if was_stopped else "at a random moment", was_stopped
    code, was_stopped = nursery.live(ends_after_s=LONGEST_LIFE_S, at=at)
    assert code == -signal.SIGKILL, f"a worker ended with {code} by itself"
    return nursery.last_step(), was_stopped


def calm_down(stage: Stage, nursery: Nursery) -> None:
    """Let one worker go on in peace until every reply has come to an end, and answer what it asks a person.

    Raises:
        Unsettled: it does not come to an end.
    """
    until = time.monotonic() + CALM_S
    while (left := stage.waiting()) or stage.doubtful():
        if time.monotonic() > until:
            raise Unsettled(f"{left} replies still wait")
        nursery.live(ends_after_s=CALM_S, lasts_s=1.0)
        there = verdict_on(stage, is_final=False).posted
        for draft in stage.doubtful():
            with stage.store.write() as tx:
                act = Act(by=KIM, at=stage.store.clock.now())
                review.settle(tx, draft.id, act, is_there=draft.id in there)
