"""Posts that grow older: rules are asked again once an open one is as old as a live rule waits for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from engagebot.domain.rules import Rule, Rulebook
from engagebot.domain.ruling.aging import asks_again, limits
from engagebot.pipeline.triage.memory import restore_facts
from engagebot.pipeline.triage.run import BATCH, TriageContext
from engagebot.store.engine import Tx
from engagebot.store.heard import aging, decisions, mentions, reopening
from engagebot.store.heard.aging import Passed, Place
from engagebot.store.turns import take_turn

KEPT_EVERY: Final = timedelta(minutes=1)
"""How often the look is kept where nothing passed; to write at each tick would wear the disk for nothing."""
LINGERS: Final = timedelta(minutes=5)
"""So long an age is kept that no rule waits for here: another worker may read the rules a little later."""


def look_at_ages(context: TriageContext, book: Rulebook, *, batch: int = BATCH) -> bool:
    """Let open mentions be decided again whose age satisfies a rule that it did not; answer if more wait.

    How far it has come is kept by age, so a stop loses no crossing. An age that no live rule waited for
    before is looked at from now on: what is older already was there before the rule. Whether a mention was
    asked about goes by the moment of its last decision, so that none is asked twice.
    """
    now = context.clock.now()
    waiting = limits(book)
    with context.store.read() as tx:
        before = aging.places(tx)
        if not waiting and not before:
            return False
        share = max(1, batch // max(1, len(waiting)))
        found = {age: aging.passed(tx, _begin(before, age, now), now - age, limit=share) for age in waiting}
        asking = _asking(tx, waiting, found, now)
    after = _after(before, found, now)
    if after == before or not _is_worth_keeping(before, after, found):
        return False
    with context.store.write() as tx:
        take_turn(tx)
        if aging.places(tx) != before:
            return True  # another worker was faster: look again from where that one came to
        aging.keep(tx, after, now)
        reopening.reopen(tx, asking, now)
    return not all(each.is_all for each in found.values())


def _begin(before: Mapping[timedelta, Place], age: timedelta, now: datetime) -> Place:
    """Where to look on; a clock that was ahead once must not keep everybody waiting."""
    here = Place(now - age, 0)
    return min(before.get(age, here), here)


def _asking(
    tx: Tx, waiting: Mapping[timedelta, list[Rule]], found: Mapping[timedelta, Passed], now: datetime
) -> set[int]:
    ids = sorted({each for passed in found.values() for each in passed.mention_ids})
    if not ids:
        return set()
    heard = mentions.get_many(tx, ids)
    facts = {key: restore_facts(heard[key], kept) for key, kept in decisions.latest_facts(tx, ids).items()}
    return {
        key
        for age, passed in found.items()
        for key in passed.mention_ids
        if key in facts and any(asks_again(rule, facts[key], now) for rule in waiting[age])
    }


def _after(
    before: Mapping[timedelta, Place], found: Mapping[timedelta, Passed], now: datetime
) -> dict[timedelta, Place]:
    lingering = {
        age: place
        for age, place in before.items()
        if age not in found and place.posted_at + age > now - LINGERS
    }
    return {**lingering, **{age: passed.until for age, passed in found.items()}}


def _is_worth_keeping(
    before: Mapping[timedelta, Place], after: Mapping[timedelta, Place], found: Mapping[timedelta, Passed]
) -> bool:
    if before.keys() != after.keys() or not all(passed.is_none for passed in found.values()):
        return True
    return any(abs(place.posted_at - before[age].posted_at) >= KEPT_EVERY for age, place in after.items())
