"""What came of it: what was announced, compared with what the receivers wrote down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from benchmarks.deliveries.office import notice_id
from benchmarks.deliveries.receivers import Receivers
from engagebot.store.engine import Store
from engagebot.store.tables import unreached
from engagebot.store.telling import deliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Counted by the receivers' own record. `untold` reached nobody without the warning that says so."""

    announced: int
    missing: int
    untold: int
    strange_ids: int
    doubled: int
    asked: int
    faults: dict[str, int]
    states: dict[str, int]
    warned: int

    @property
    def broken(self) -> list[str]:
        """Promises that do not hold, in words."""
        found = {
            "reached nobody, and no warning says so": self.untold,
            "arrived under another id": self.strange_ids,
            "neither delivered nor given up": self.states.get("sending", 0) + self.states.get("pending", 0),
        }
        return [f"{count} {words}" for words, count in found.items() if count]


def judge(store: Store, seen: Receivers, numbers: Collection[int]) -> Verdict:
    """Compare the announced with the received, by id."""
    with store.read() as tx:
        states = deliveries.counts(tx)
        warned = set(tx.execute(sa.select(unreached.c.notice_id)).scalars())
    arrived = {taken.number for taken in seen.taken if taken.notice_id == notice_id(taken.number)}
    missing = set(numbers) - arrived
    often = Counter((taken.channel, taken.notice_id) for taken in seen.taken)
    faults: Counter[str] = Counter()
    for (channel, fault), count in seen.shown.items():
        if fault:
            faults[f"{channel.partition(':')[0]} {fault}"] += count
    return Verdict(
        announced=len(numbers),
        missing=len(missing),
        untold=len({notice_id(number) for number in missing} - warned),
        strange_ids=sum(taken.notice_id != notice_id(taken.number) for taken in seen.taken),
        doubled=sum(count - 1 for count in often.values()),
        asked=sum(seen.shown.values()),
        faults=dict(sorted(faults.items())),
        states=states,
        warned=len(warned),
    )
