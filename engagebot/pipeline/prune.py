"""Prune: ask platforms whether stored mentions still stand, and forget what is gone or too old."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from engagebot.domain.heard.removal import Removal
from engagebot.domain.mention import MentionRef
from engagebot.domain.records import DeletionReceipt
from engagebot.errors import AuthFailed, EngagebotError, OutOfCredit, RateLimited, StoreUnavailable
from engagebot.ports import Clock, LooksUpMany, Lookup
from engagebot.settings.values import Deletion
from engagebot.store.casework import continuations
from engagebot.store.engine import Store, Tx
from engagebot.store.heard import looking, redaction
from engagebot.store.listening import checks, costs, watches
from engagebot.store.listening.checks import Standing
from engagebot.store.persons import contacts, people

log = logging.getLogger(__name__)

# Shares of the span within which a mention must be shown again: from when on it may be asked for, and how
# much is left for failures. Asking late costs least, where each answer is paid for.
READY = 0.75
RESERVE = 1 / 24
BATCHES_AT_ONCE = 10
LONGEST_WAIT = timedelta(hours=1)
TRY_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class PruneContext:
    """What pruning needs; `connector` answers the connector of a source, or `None` where there is none."""

    store: Store
    clock: Clock
    connector: Callable[[str], object]
    deletion: Deletion

    def checker(self, source: str) -> LooksUpMany | None:
        """What can look up a source's mentions."""
        connector = self.connector(source)
        return connector if isinstance(connector, LooksUpMany) else None


@dataclass(slots=True)
class Checked:
    """What a round of checks found."""

    shown: int = 0
    edited: int = 0
    redacted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    source: str
    checker: LooksUpMany
    every: timedelta

    @property
    def reserve(self) -> timedelta:
        return self.every * RESERVE

    def ready_before(self, now: datetime) -> datetime:
        return now - self.every * READY


def recheck(context: PruneContext) -> Checked:
    """Ask for the mentions whose turn it is, those longest unseen first, and forget what is gone.

    Called every minute: questions are spread over the day, full ones first. Sources whose connector is paused
    wait. A failure is kept for people and changes no mention.
    """
    with context.store.read() as tx:
        sources = looking.sources(tx)
        paused = watches.paused_connectors(tx, context.clock.now())
    total = Checked()
    for source in sources:
        checker = context.checker(source) if source not in paused else None
        if checker is not None:
            every = context.deletion.every(source)
            _check(context, _Round(source=source, checker=checker, every=every), total)
    return total


def expire(store: Store, clock: Clock, older_than: timedelta, *, batches: int = 20) -> int:
    """Empty mentions stored longer ago than that; answer how many. More than fit wait for the next call.

    What people noted about customers that long ago goes with them, and what was said to us elsewhere.
    """
    emptied = 0
    for _ in range(batches):
        now = clock.now()
        with store.read() as tx:  # a look at every mention, which must not keep writers waiting
            too_old = redaction.older(tx, now - older_than)
        if not too_old:
            break
        with store.write() as tx:
            emptied += redaction.redact(tx, too_old, now, Removal.EXPIRED)
    with store.write() as tx:
        people.expire(tx, clock.now() - older_than)
        contacts.expire(tx, clock.now() - older_than)
        continuations.expire(tx, clock.now() - older_than)
    if emptied:
        log.info("%d mentions were kept long enough and are emptied", emptied)
    return emptied


def receipt(context: PruneContext, tx: Tx) -> DeletionReceipt:
    """Account for everything that is stored, by source."""
    every = {
        source: context.deletion.every(source)
        for source in looking.sources(tx)
        if context.checker(source) is not None
    }
    return checks.receipt(tx, context.clock.now(), every)


def batches_due(seen: Standing, now: datetime, every: timedelta, limit: int) -> int:
    """How many questions of `limit` mentions to ask now, so that all are asked in time and few at once."""
    if seen.oldest_at is None:
        return 0
    reserve = every * RESERVE
    left = seen.oldest_at + every - reserve - now
    if left <= timedelta(0):
        return BATCHES_AT_ONCE
    if seen.ready < limit:
        return 0
    if seen.asked_at is None:
        return 1
    even = (every - reserve) / math.ceil(seen.intact / limit)
    in_time = left / math.ceil(seen.ready / limit)
    return min(BATCHES_AT_ONCE, int((now - seen.asked_at) / min(even, in_time)))


def _check(context: PruneContext, turn: _Round, total: Checked) -> None:
    now = context.clock.now()
    with context.store.read() as tx:
        seen = checks.standing(tx, turn.source, turn.ready_before(now))
    if seen.rest_until is not None and now < seen.rest_until:
        return
    unanswered = set(seen.unanswered)
    due = _due(context, turn, unanswered)
    # Who never gets an answer must not make everybody else look late.
    oldest_at = min((shown_at for _, shown_at in due.values()), default=None)
    answerable = replace(seen, oldest_at=oldest_at, ready=max(seen.ready - len(unanswered), len(due)))
    allowed = batches_due(answerable, now, turn.every, turn.checker.lookup_limit)
    if not allowed:
        return
    with context.store.write() as tx:
        if not checks.claim(tx, turn.source, seen, now):
            return
    for number in range(allowed):
        due = _due(context, turn, unanswered) if number else due
        # A crowd is only for those that are late.
        pressing_before = context.clock.now() - turn.every + turn.reserve
        is_pressing = any(shown_at <= pressing_before for _, shown_at in due.values())
        if not due or (allowed == BATCHES_AT_ONCE and number and not is_pressing):
            break
        answer = _ask(context, turn, {mention_id: ref for mention_id, (ref, _) in due.items()}, unanswered)
        if answer is None:
            return  # it rests
        total.shown += answer.shown
        total.edited += answer.edited
        total.redacted += answer.redacted


def _due(context: PruneContext, turn: _Round, unanswered: set[int]) -> dict[int, tuple[MentionRef, datetime]]:
    """The next ones; who got no answer is asked again after everybody else."""
    ready_before = turn.ready_before(context.clock.now())
    limit = turn.checker.lookup_limit
    with context.store.read() as tx:
        due = checks.due(tx, turn.source, ready_before, limit=limit, without=tuple(unanswered))
        if not due and unanswered:
            unanswered.clear()
            due = checks.due(tx, turn.source, ready_before, limit=limit)
    return due


def _ask(
    context: PruneContext, turn: _Round, asked: Mapping[int, MentionRef], unanswered: set[int]
) -> Checked | None:
    try:
        answer = turn.checker.lookup_many(list(asked.values()))
    except StoreUnavailable:
        raise
    except Exception as error:  # whatever it is, it is no answer: nothing is known, nothing is forgotten
        _rest(context, turn.source, error)
        return None
    return _write(context, turn.source, asked, answer, unanswered)


def _write(
    context: PruneContext,
    source: str,
    asked: Mapping[int, MentionRef],
    answer: Lookup,
    unanswered: set[int],
) -> Checked | None:
    now = context.clock.now()
    shown = {mention_id: answer.found[ref] for mention_id, ref in asked.items() if ref in answer.found}
    gone = [mention_id for mention_id, ref in asked.items() if ref in answer.gone and ref not in answer.found]
    unanswered |= asked.keys() - shown.keys() - set(gone)
    problem = "the platform does not answer for some mentions" if unanswered else None
    is_answer = bool(shown or gone)
    rest_until = None if is_answer else now + TRY_AGAIN
    with context.store.write() as tx:
        checks.note(tx, source, now, rest_until=rest_until, problem=problem, unanswered=sorted(unanswered))
        edited = redaction.revise(tx, shown, now)
        checks.mark(tx, shown, now)
        redacted = redaction.redact(tx, gone, now, Removal.GONE)
        costs.count(tx, answer.reads, connector=source, watch=None, at=now)
    if edited or redacted:
        log.info("%s: %d mentions are gone, %d were edited", source, redacted, edited)
    return Checked(shown=len(shown), edited=edited, redacted=redacted) if is_answer else None


def _rest(context: PruneContext, source: str, error: Exception) -> None:
    now = context.clock.now()
    message = str(error) if isinstance(error, EngagebotError) else f"{type(error).__name__}: {error}"
    until = now + TRY_AGAIN
    if isinstance(error, RateLimited):
        until = min(max(error.retry_at, now + timedelta(seconds=1)), now + LONGEST_WAIT)
    elif isinstance(error, AuthFailed | OutOfCredit):
        until = now + LONGEST_WAIT
    log.warning("%s cannot be asked what still stands, again at %s: %s", source, until.isoformat(), message)
    with context.store.write() as tx:
        checks.note(tx, source, now, rest_until=until, problem=message)
        if isinstance(error, OutOfCredit):
            # Listening is paid from the same purse.
            pause_until = max(error.until or until, now)
            watches.pause_connector(tx, source, until=pause_until, problem=error)
