"""What stands between approval and arrival, and which platforms rest: for pages, commands and programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from prometheus_client.metrics_core import GaugeMetricFamily
from pydantic import BaseModel, ConfigDict

from engagebot.domain.replying.breaking import Breaker
from engagebot.domain.replying.leaving import moment_words
from engagebot.store.engine import Tx
from engagebot.store.replying import breakers, pacing


class WaitingJson(BaseModel):
    """`approved` wait to leave, `in_undo` can still be taken back, `in_doubt` may or may not have arrived."""

    model_config = ConfigDict(from_attributes=True)

    approved: int
    in_undo: int
    on_the_way: int
    in_doubt: int
    words: str


class BreakerJson(BaseModel):
    """An open breaker: nothing is sent to `source` until one reply tries at `tries_at`."""

    source: str
    failures: int
    opened_at: datetime | None
    tries_at: datetime | None
    reason: str
    words: str


class SendingJson(BaseModel):
    waiting: WaitingJson
    breakers: list[BreakerJson]


def waiting_json(tx: Tx, now: datetime) -> WaitingJson:
    """How many replies stand between approval and arrival."""
    return WaitingJson.model_validate(pacing.waiting(tx, now))


def sending_json(tx: Tx, now: datetime, zone: ZoneInfo) -> SendingJson:
    """The same, with the breakers that are open."""
    resting = [_json(breaker, breaker_words(breaker, now, zone)) for breaker in breakers.all_open(tx)]
    return SendingJson(waiting=waiting_json(tx, now), breakers=resting)


def _json(breaker: Breaker, words: str) -> BreakerJson:
    return BreakerJson(
        source=breaker.source,
        failures=breaker.failures,
        opened_at=breaker.opened_at,
        tries_at=breaker.probe_at,
        reason=breaker.reason or "",
        words=words,
    )


def breaker_words(breaker: Breaker, now: datetime, zone: ZoneInfo) -> str:
    """Why nothing is sent to a source, and when that is tried again."""
    until = breaker.rests_until(now)
    tries = f"one tries {moment_words(until, now, zone)}" if until else "the next one tries"
    return f"{breaker.why}; replies wait, {tries}"


def breaker_figures(open_ones: Sequence[Breaker], sources: Sequence[str]) -> Iterator[GaugeMetricFamily]:
    """Which sources rest, for monitoring."""
    family = GaugeMetricFamily(
        "engagebot_breaker_open", "1 while a source failed so often that nothing is sent there.",
        labels=["source"],
    )  # fmt: skip
    names = {breaker.source for breaker in open_ones}
    for source in sorted({*sources, *names}):
        family.add_metric([source], float(source in names))
    yield family
