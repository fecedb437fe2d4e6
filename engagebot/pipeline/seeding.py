"""Seeding: lay a bad reply over one that waits, now and then, and take it off where nobody came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from engagebot.domain.drafting import fill, values_of
from engagebot.domain.mention import Mention
from engagebot.domain.records import DraftRecord
from engagebot.domain.replying.seeded import STANDS_FOR, CheckOutcome, KnownBad, drawn, spaced
from engagebot.ports import Clock
from engagebot.store.engine import Store, Tx
from engagebot.store.heard import mentions
from engagebot.store.replying import drafts, seeded
from engagebot.store.replying.seeded import Planted
from engagebot.store.turns import take_turn

ROOM: Final = timedelta(hours=1)
"""Whoever should hear from us sooner is kept out of it."""
LOOK_BACK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedingContext:
    """What checks need: one in `every` decisions (`None`: none), bad replies, and what a platform takes."""

    store: Store
    clock: Clock
    every: int | None
    known: Callable[[], Sequence[KnownBad]]
    brand: str
    text_problem: Callable[[DraftRecord, str], str | None]


def seed(context: SeedingContext) -> int | None:
    """Plant a check where one is due and none stands; answer the draft that it covers, or `None`.

    One that covers nothing any more, or that nobody came to, is taken off, and so is every one where the
    site wants none.
    """
    now = context.clock.now()
    with context.store.read() as tx:
        standing = seeded.standing(tx)
        is_idle = standing is None and (context.every is None or not _is_due(tx, context.every, now))
    if standing is not None:
        if context.every is None or _has_run_out(context, standing, now):
            with context.store.write() as tx:
                drafts.get(tx, standing.draft_id, lock=True)
                if seeded.end(tx, standing.id, CheckOutcome.LIFTED, now):
                    seeded.turn_over(tx, standing.draft_id)
        return None
    if is_idle:
        return None
    with context.store.write() as tx:
        # Two workers must not both find that none stands.
        take_turn(tx)
        return _plant(tx, context, now) if seeded.standing(tx) is None else None


def _has_run_out(context: SeedingContext, standing: Planted, now: datetime) -> bool:
    if standing.planted_at + STANDS_FOR <= now:
        return True
    with context.store.read() as tx:
        return not standing.hides(drafts.get(tx, standing.draft_id))


def _is_due(tx: Tx, every: int, now: datetime) -> bool:
    last = seeded.latest(tx)
    wanted = spaced(every, "" if last is None else f"{last.id} {last.planted_at}")
    since = now - LOOK_BACK if last is None else max(last.planted_at, now - LOOK_BACK)
    return seeded.decisions_since(tx, since, most=wanted) >= wanted


def _plant(tx: Tx, context: SeedingContext, now: datetime) -> int | None:
    known = context.known()
    found = seeded.candidates(tx, now, answer_after=now + ROOM)
    # Which one it is shall not be seen from where it stands.
    for draft in sorted(found, key=lambda each: drawn(f"{each.id} {now}")):
        draft = drafts.get(tx, draft.id, lock=True)
        heard = mentions.get(tx, draft.mention_id)
        language = heard.judgement.language if heard.judgement else None
        fit = [bad for bad in known if bad.language == language]
        for bad in sorted(fit, key=lambda each: drawn(f"{draft.id} {now} {each.template.text}")):
            text = _filled(context, draft, heard.mention, bad)
            if text is not None:
                seeded.plant(tx, draft, kind=bad.kind, because=bad.because, text=text, at=now)
                return draft.id
    return None


def _filled(context: SeedingContext, draft: DraftRecord, mention: Mention, bad: KnownBad) -> str | None:
    drafted = fill(bad.template, values_of(mention, context.brand))
    return None if drafted.missing or context.text_problem(draft, drafted.text) else drafted.text
