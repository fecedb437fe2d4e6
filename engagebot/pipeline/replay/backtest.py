"""A whole rule set over the stored mentions of a period: what it would have done. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from engagebot.domain.rules import Rulebook
from engagebot.domain.ruling.replay import NearMiss, routing_of
from engagebot.pipeline.replay.people import opinions
from engagebot.pipeline.replay.reading import Place, read
from engagebot.pipeline.replay.results import Backtest
from engagebot.pipeline.replay.showing import Picked, seed_of
from engagebot.pipeline.replay.summing import backtest_of
from engagebot.pipeline.replay.tallying import Decided, RuleTally, Tallies, Walk
from engagebot.settings import Settings
from engagebot.store.engine import Tx
from engagebot.store.heard import replaying
from engagebot.store.heard.replaying import Period

DAYS = 30


def period_of(tx: Tx, days: int | None) -> Period | None:
    """The newest days that have mentions, counted back from the newest; `None` where there is no mention."""
    until = replaying.newest_at(tx)
    if until is None:
        return None
    return Period(None if days is None else until - timedelta(days=days), until)


def backtest(
    tx: Tx,
    book: Rulebook,
    settings: Settings,
    *,
    days: int = DAYS,
    only: str | None = None,
    each: Callable[[Decided], None] | None = None,
) -> Backtest:
    """Replay a rule set over the newest days of stored mentions, with the facts of their time.

    `only` shows one rule; all are asked. `each` is told of every mention as it is decided.
    """
    period = period_of(tx, days)
    if period is None:
        return Backtest(rule_set=book.hash, days=days, since=None, until=None, zone=settings.timezone.key)
    routing = routing_of(book, "rules")
    tallies = Tallies(_tallies(book, only))
    walk = Walk(routing, book, tallies, opinions(tx))
    for past in read(tx, period, Place(settings.timezone, settings.hours)):
        decided = walk.take(past)
        if each is not None:
            each(decided)
    return backtest_of(tx, tallies, book=book, period=period, days=days, settings=settings)


def _tallies(book: Rulebook, only: str | None) -> dict[str, RuleTally]:
    return {
        rule.id: RuleTally(rule, Picked(seed_of(book.hash, rule.id)), NearMiss(rule))
        for rule in book.rules
        if only is None or rule.id == only
    }
