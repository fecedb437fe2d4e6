"""Hearing: tell people once when a watch goes deaf, once when it hears again, and how well all were heard."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from engagebot.domain.listening.coverage import Coverage, Span, cover
from engagebot.domain.listening.hearing import (
    Cause,
    Deaf,
    Usual,
    alarm_payload,
    judge,
    recovery_payload,
    too_silent,
)
from engagebot.domain.records import WatchRecord
from engagebot.ports import Clock, Watch
from engagebot.store.engine import Store, Tx
from engagebot.store.listening import coverage, hearing, watches
from engagebot.store.telling import deliveries
from engagebot.store.telling.deliveries import NewDelivery

log = logging.getLogger(__name__)

USUAL_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingContext:
    """What listening for deafness needs.

    `began_at` is when this process began to listen: that nobody listened before is no news; `None` where it
    has just listened. `channels` are told; `url` is the page that shows more.
    """

    store: Store
    clock: Clock
    watches: Sequence[Watch]
    channels: Sequence[str]
    began_at: datetime | None
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """How well one watch was heard, and why it is deaf now, if it is."""

    watch: Watch
    coverage: Coverage
    deaf: Deaf | None


def check_hearing(context: HearingContext) -> int:
    """Raise the alarm of every watch that went deaf and end it where one hears again; answer how many.

    Both are said once: who was told is kept in the database, so that neither a restart nor a second process
    says it again.
    """
    now = context.clock.now()
    with context.store.read() as tx:
        before = hearing.known_deaf(tx)
        kept = hearing.kept_usual(tx)
        usual = kept[1] if kept is not None else {}
        found = _deaf(tx, context.watches, now, since=_since(context, before), usual=usual)
    if found == before:
        return 0
    with context.store.write() as tx:
        hearing.take_turn(tx)
        before = hearing.known_deaf(tx)
        # An episode keeps the time of its beginning, whatever else it turns out to be.
        found = {name: _same_episode(before.get(name), deaf) for name, deaf in found.items()}
        hearing.put_deaf(tx, found.values(), now)
        configured = {watch.name for watch in context.watches}
        began = [deaf for name, deaf in found.items() if name not in before]
        ended = [deaf for name, deaf in before.items() if name in configured and name not in found]
        for group in _by_connector(began):
            _tell(tx, context, f"deaf-{_stamp(group, now)}", alarm_payload(group, context.url))
        for group in _by_connector(ended):
            _tell(tx, context, f"heard-{_stamp(group, now)}", recovery_payload(group, context.url, now))
    for deaf in began:
        log.error("watch %s is deaf: %s", deaf.watch, deaf.why)
    for deaf in ended:
        log.warning("watch %s hears again", deaf.watch)
    return len(began) + len(ended)


def learn_usual(context: HearingContext) -> None:
    """Look anew how often each watch has a mention, unless that was done within the last hour."""
    now = context.clock.now()
    with context.store.read() as tx:
        kept = hearing.kept_usual(tx)
        if kept is not None and now - kept[0] < USUAL_FOR:
            return
        found = hearing.usual(tx, [watch.name for watch in context.watches], now)
    with context.store.write() as tx:
        hearing.keep_usual(tx, found, now)


def deaf_watches(tx: Tx, configured: Sequence[Watch], now: datetime) -> dict[str, Deaf]:
    """The watches that are deaf now, by name; true even where no scheduler runs to raise the alarm."""
    found = _deaf(tx, configured, now, since={}, usual={})
    polled = {row.name: row for row in watches.all_of(tx, [watch.name for watch in configured])}
    for name, deaf in hearing.known_deaf(tx).items():
        row = polled.get(name)
        # Only the scheduler knows what is usual, and since when it tries to poll a watch that never answered.
        if row is not None and (deaf.cause is Cause.SILENT or row.last_success_at is None):
            found.setdefault(name, deaf)
    return found


def how_heard(tx: Tx, configured: Sequence[Watch], now: datetime, *, span: timedelta) -> list[Hearing]:
    """How well watches were heard in the time before now."""
    deaf = deaf_watches(tx, configured, now)
    period = Span(now - span, now)
    return [
        Hearing(
            watch=watch,
            coverage=cover(
                list(coverage.entries(tx, watch.name, period)),
                period,
                began_at=coverage.began_at(tx, watch.name),
                every=watch.every,
            ),
            deaf=deaf.get(watch.name),
        )
        for watch in configured
    ]


def _deaf(
    tx: Tx,
    configured: Sequence[Watch],
    now: datetime,
    *,
    since: Mapping[str, datetime],
    usual: Mapping[str, Usual],
) -> dict[str, Deaf]:
    polled = {row.name: row for row in watches.all_of(tx, [watch.name for watch in configured])}
    troubles = hearing.troubles(tx)
    found = {}
    for watch in configured:
        row = polled.get(watch.name)
        if row is None:
            continue
        heard_at = max(filter(None, (row.last_success_at, since.get(watch.name))), default=None)
        heard_at = heard_at or coverage.began_at(tx, watch.name)
        deaf = judge(row, watch.every, troubles.get(watch.connector), heard_at=heard_at, now=now)
        deaf = deaf or _too_silent(tx, row, usual.get(watch.name), now)
        if deaf is not None:
            found[watch.name] = deaf
    return found


def _too_silent(tx: Tx, row: WatchRecord, usual: Usual | None, now: datetime) -> Deaf | None:
    if usual is None:
        return None
    return too_silent(row, usual, hearing.last_mention_at(tx, row.name, now), now)


def _same_episode(before: Deaf | None, deaf: Deaf) -> Deaf:
    if before is None:
        return deaf
    return replace(deaf, since=before.since)


def _since(context: HearingContext, before: Mapping[str, Deaf]) -> dict[str, datetime]:
    """Since when a watch could have been heard; a start of the program does not end an alarm."""
    if context.began_at is None:
        return {name: deaf.since for name, deaf in before.items()}
    began_at = context.began_at
    return {
        watch.name: before[watch.name].since if watch.name in before else began_at
        for watch in context.watches
    }


def _by_connector(deaf: Sequence[Deaf]) -> list[list[Deaf]]:
    names = sorted({each.connector for each in deaf})
    return [[each for each in deaf if each.connector == name] for name in names]


def _stamp(group: Sequence[Deaf], now: datetime) -> str:
    return f"{group[0].connector}-{int(now.timestamp() * 1000)}"


def _tell(tx: Tx, context: HearingContext, notice_id: str, payload: Mapping[str, Any]) -> None:
    for channel in context.channels:
        notice = NewDelivery(notice_id=notice_id, channel=channel, kind="alarm", payload=payload)
        deliveries.add(tx, notice, context.clock.now())
