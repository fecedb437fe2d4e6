"""Kill at one point after the other, start again, and ask the ledger what was lost or doubled."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue

from tests.crash import ledger
from tests.crash.driver import Job
from tests.crash.ledger import Ledger, Verdict
from tests.crash.world import HookEnd, Lane, make_site
from tests.sampling import TAKES_ALL

KILLED = -9
EVERY_STATEMENT = "CRASH_EVERY_STATEMENT"
NewDatabase = Callable[[Path], AbstractContextManager[str]]


class Failed(Exception):
    """A round that should have ended well did not."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One site on its way through rounds; `folder` is named after the point."""

    lane: Lane
    folder: Path
    database_url: str
    job: Job

    def round(self, *, later_s: float = 0.0, kill_at: int = 0, deed: str = "") -> list[str]:
        """Run once and answer the names of the points reached, the one it died at last.

        A `deed` is done in place of the round.

        Raises:
            Failed: it did not end as it should.
        """
        names = self.folder / "points.txt"
        job = replace(self.job, count_file=str(names), later_s=later_s, kill_at=kill_at, deed=deed)
        code = self.lane.run(job)
        if code != (KILLED if kill_at else 0):
            said = (self.folder / "said.txt").read_text()[-1500:]
            raise Failed(f"ended with {code} instead of {KILLED if kill_at else 0}: {said}")
        return names.read_text().splitlines()

    def warm_up(self) -> None:
        """Let the driver itself run a round, so that its children start with everything at hand."""
        job = replace(self.job, count_file=str(self.folder / "points.txt"), warms_up=True)
        assert self.lane.run(job) == 0

    def ledger(self) -> Ledger:
        return ledger.read(self.database_url)

    def has_tables(self) -> bool:
        return ledger.has_tables(self.database_url)


@dataclass(kw_only=True)
class Sweep:
    """What is the same for every point: where to run, on which databases, what to do after a kill.

    `rounds` are the clocks of the rounds in which the points lie, `deeds` what is done in them in place of
    the program's own round. `after` gets a trial that was just killed and answers the problems that it finds
    once everything has settled.
    `wants_all` (CRASH_EVERY_STATEMENT=1 in the environment) also kills before every statement of a writing
    transaction and around every read.
    """

    folder: Path
    lanes: Sequence[Lane]
    hooks: HookEnd
    new_database: NewDatabase
    listens: bool
    sends: bool
    database: str = "sqlite"
    rounds: Sequence[float] = (0.0,)
    deeds: Sequence[str] = ()
    prepare: Callable[[Trial], None] = lambda trial: None
    after: Callable[[Trial], list[str]] = lambda trial: []
    variant: str = ""
    wants_all: bool = field(default_factory=lambda: bool(os.environ.get(EVERY_STATEMENT)))
    _free: SimpleQueue[Lane] = field(default_factory=SimpleQueue)
    _serial: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        for lane in self.lanes:
            self._free.put(lane)

    @contextmanager
    def trial(self) -> Iterator[Trial]:
        """A site with a database of its own, on a lane that nobody else uses meanwhile."""
        with self._lock:
            self._serial += 1
            name = f"{self.folder.name}-{self._serial}"
        lane = self._free.get()
        folder = self.folder / name
        try:
            lane.clear()
            folder.mkdir(parents=True)
            with self.new_database(folder) as url:
                hook = self.hooks.url(name)
                make_site(folder, lane, url, hook=hook, listens=self.listens, sends=self.sends)
                job = Job(
                    site=str(folder),
                    count_file="",
                    is_live=True,
                    variant=self.variant,
                    wants_all=self.wants_all,
                )
                found = Trial(lane=lane, folder=folder, database_url=url, job=job)
                self.prepare(found)
                yield found
        finally:
            self._free.put(lane)

    def warm_up(self) -> None:
        """Warm every lane's driver up; done once, by whoever comes first with this kind of database."""
        with ExitStack() as stack:
            for trial in [stack.enter_context(self.trial()) for _ in self.lanes]:
                trial.warm_up()

    def count(self) -> list[tuple[int, str]]:
        """Run undisturbed; answer the points as (round, name) in their order."""
        with self.trial() as trial:
            return [
                (number, name) for number in range(len(self.rounds)) for name in self._round(trial, number)
            ]

    def kill_at(self, points: Sequence[tuple[int, str]], index: int) -> Verdict:
        """Kill at the point with this index, go on, and say what is wrong then."""
        doomed, _ = points[index]
        number = 1 + index - sum(1 for place, _ in points if place < doomed)
        verdict = Verdict(index + 1, points[index][1])
        with self.trial() as trial:
            try:
                for earlier in range(doomed):
                    self._round(trial, earlier)
                reached = self._round(trial, doomed, kill_at=number)
                if len(reached) != number:
                    verdict.problems.append(
                        f"died at {reached[-1:]} (number {len(reached)}), not at {number}"
                    )
                verdict.name = reached[-1]
                verdict.problems += self.after(trial)
            except Failed as error:
                verdict.problems.append(str(error))
        return verdict

    def _round(self, trial: Trial, number: int, *, kill_at: int = 0) -> list[str]:
        deed = self.deeds[number] if self.deeds else ""
        return trial.round(later_s=self.rounds[number], kill_at=kill_at, deed=deed)

    def kill_everywhere(
        self, points: Sequence[tuple[int, str]], indexes: Iterable[int] | None = None
    ) -> list[Verdict]:
        """Kill at every point, or at those with these indexes, as many at a time as there are lanes."""
        wanted = range(len(points)) if indexes is None else indexes
        with ThreadPoolExecutor(len(self.lanes)) as pool:
            return list(pool.map(lambda index: self.kill_at(points, index), wanted))

    def enough(self, points: Sequence[tuple[int, str]]) -> Sequence[int]:
        """Of points with one name the first and the last where the database is SQLite, one elsewhere.

        A name is a place in the program, and one place is reached for each page and batch; what may be lost
        there is lost at the first, which finds nothing stored, or at the last, after which nothing follows.
        What only PostgreSQL does otherwise (leases, locks on rows, transactions) depends on the place alone.
        Rounds count apart on SQLite alone. Where everything is wanted, nothing is left out.
        """
        if self.wants_all or TAKES_ALL:
            return range(len(points))
        alike: dict[tuple[int, str], list[int]] = {}
        is_sqlite = self.database == "sqlite"
        for index in self.apart(points):
            number, name = points[index]
            alike.setdefault((number if is_sqlite else 0, name), []).append(index)
        if is_sqlite:
            return sorted({end for indexes in alike.values() for end in (indexes[0], indexes[-1])})
        # Of the first name the first, of the second the second, and so on: each page and batch has its turn.
        return sorted(indexes[turn % len(indexes)] for turn, indexes in enumerate(alike.values()))

    def apart(self, points: Sequence[tuple[int, str]]) -> Sequence[int]:
        """The points that each leave something else behind.

        Between the end of one COMMIT or call and the beginning of the next nothing leaves the process, so a
        kill behind the one and a kill before the other find the same; only before the other a transaction
        may be open besides. So the end of one is a point of its own only where nothing begins in its round
        any more. Where everything is wanted, nothing is left out.
        """
        follows = [(number, name.partition(" ")[0]) for number, name in points[1:]]
        return [
            index
            for index, ((number, name), next_one) in enumerate(zip(points, [*follows, None], strict=True))
            if self.wants_all or TAKES_ALL or not name.startswith("after ") or next_one != (number, "before")
        ]

    def first_problem(self, points: Sequence[tuple[int, str]], words: Iterable[str]) -> Verdict | None:
        """Kill where the name holds one of these words, until something is found wrong."""
        wanted = tuple(words)
        for index, (_, name) in enumerate(points):
            if any(word in name for word in wanted) and (verdict := self.kill_at(points, index)).problems:
                return verdict
        return None


def report(title: str, verdicts: Sequence[Verdict], seconds: float) -> str:
    """Say how many points there were and what is wrong, for the person who reads the test's output."""
    wrong = [str(verdict) for verdict in verdicts if verdict.problems]
    line = f"{title}: killed at {len(verdicts)} points in {seconds:.0f} s, {len(wrong)} with problems"
    return "\n".join([line, *wrong])
