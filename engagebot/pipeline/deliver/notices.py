"""Notices for people: at least once, with one id over all attempts, for about three days.

A way that fails is tried on; meanwhile the notice takes another one, and where none is left, every page says
that nobody was reached.

Two attempts at one delivery never run at once. A claim is one compare-and-set UPDATE, committed before the
first byte leaves. What was cut off in `sending` is put back in line only when its worker must be dead: at
once where one process has the database to itself, else after ten minutes (`scheduler.WORKERS_FINISH`) by the
database's own clock. An attempt that lives lasts `sinks.deadline.WHOLE_S` and the time to look a name up,
which together stay far below. A worker that was stopped between its claim and its call (a suspended machine)
sees that it is `LATEST_START` late, and gives the claim back in place of calling. What is left is a machine
that sleeps within the call itself: then a receiver gets the notice twice, with the same id, and the late
worker's word is not taken, since its claim is another's by then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any

from engagebot.domain.heard.removal import masked
from engagebot.domain.outbox import DeliveryState
from engagebot.domain.records import DeliveryRecord
from engagebot.domain.telling import detours
from engagebot.errors import DeliveryFailed, EngagebotError
from engagebot.pipeline.deliver import filing, keeping, proofs
from engagebot.pipeline.deliver.keeping import Keeper, Showing
from engagebot.ports import Clock, Filed, KeepsMessages, Notice, Sink
from engagebot.store import audit
from engagebot.store.engine import Store, Tx
from engagebot.store.heard import mentions
from engagebot.store.telling import channels, deliveries, unreached
from engagebot.store.telling.channels import ShutChannel
from engagebot.store.telling.deliveries import ClaimedDelivery

log = logging.getLogger(__name__)

ACTOR = "engagebot"
BACK_OFF = tuple(timedelta(seconds=s) for s in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400))
WHOLE_SPAN = sum(BACK_OFF, timedelta(0))
# Notices that failed together would else come back together, to a receiver that has just got up.
SPREAD = 0.2
# Whoever asks for more would outlive the three days with a few answers.
LONGEST_WISH = timedelta(days=1)
LATEST_START = timedelta(seconds=30)
AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TellContext:
    """What it takes to tell people.

    `sink` opens the way to a channel and may raise `EngagebotError`; `mark` tells its present setting from
    others; `ways` are the channels a notice may take, in order. `only` names the channels that may be used
    now (a dry run uses the console alone); notices for others stay in line. `chance` answers from 0 to 1.
    `showing` is how messages show cases.
    """

    store: Store
    clock: Clock
    owner: str
    sink: Callable[[str], Sink]
    mark: Callable[[str], str] = field(default=lambda channel: "")
    ways: Callable[[DeliveryRecord], Sequence[str]] = field(default=lambda delivery: ())
    only: Collection[str] | None = None
    chance: Callable[[], float] = SystemRandom().random
    showing: Showing = field(default_factory=Showing)


def deliver_notices(context: TellContext) -> int:
    """Deliver every notice that is due; answer how many arrived."""
    with context.store.read() as tx:
        due = deliveries.due(tx, context.clock.now(), only=context.only)
        shut = channels.all_shut(tx) if due else {}
    walk = _Walk(context, _still_shut(context, shut))
    arrived = 0
    for delivery_id, channel in due:
        if walk.closed(channel) is None:
            arrived += walk.attempt(delivery_id, channel)
    # What presses takes another way now, however long the line before a channel that takes nothing.
    for channel in dict.fromkeys(channel for _, channel in due):
        while (why := walk.closed(channel)) is not None and walk.pass_by(channel, why):
            pass
    return arrived


def open_changed_channels(context: TellContext) -> int:
    """Open the channels that were shut and whose setting is another now; answer how many."""
    with context.store.read() as tx:
        shut = channels.all_shut(tx)
    return len(shut) - len(_still_shut(context, shut))


def requeue_notices(store: Store, clock: Clock, *, older_than: timedelta = timedelta(0)) -> int:
    """Put attempts that were cut off back in line, with the same id; answer how many there were.

    `older_than` has to be longer than any attempt may last, unless all other workers are known to be dead.
    """
    with store.write() as tx:
        return deliveries.requeue_stuck(tx, now=clock.now(), since=store.lease_now(tx) - older_than)


def notice_of(delivery: DeliveryRecord) -> Notice:
    """The stored delivery as a notice for a sink."""
    payload = delivery.payload
    return Notice(
        id=delivery.notice_id,
        kind=delivery.kind,
        title=payload["title"],
        text=payload["text"],
        url=payload.get("url"),
        sent_at=delivery.created_at,
        payload=payload.get("data", {}),
    )


def _still_shut(context: TellContext, shut: Mapping[str, ShutChannel]) -> dict[str, ShutChannel]:
    kept = {}
    for channel, closed in shut.items():
        if context.mark(channel) == closed.mark:
            kept[channel] = closed
            continue
        now = context.clock.now()
        with context.store.write() as tx:
            count = channels.works_again(tx, channel, now)
            _audit(tx, now, "channel.opened", {"channel": channel, "notices": count})
        log.warning("channel %s has another setting and is used again", channel)
    return kept


@dataclass(slots=True)
class _Walk:
    """One walk along the line. A channel where nobody answers is asked once in it, not once for each notice.

    Each would hold up the line for as long as an exchange may take, and those behind go to other channels.
    """

    context: TellContext
    shut: dict[str, ShutChannel]
    silent: dict[str, DeliveryFailed] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)

    def closed(self, channel: str) -> DeliveryFailed | None:
        """Why nobody at this channel is asked now, or `None`."""
        if (closed := self.shut.get(channel)) is not None:
            since = f"{closed.shut_at:%Y-%m-%d %H:%M} UTC"
            return DeliveryFailed(f"shut since {since}: {closed.reason}", is_gone=True)
        return self.silent.get(channel)

    def pass_by(self, channel: str, why: DeliveryFailed) -> int:
        """Let what waits for a channel fail without asking there, so many at once; answer how many."""
        context, now = self.context, self.context.clock.now()
        passed = 0
        with context.store.write() as tx:
            line = deliveries.claim_line(tx, channel, owner=context.owner, now=now, limit=AT_ONCE)
            for claimed, told in line:
                flaps = channel in self.answered
                self._failed(tx, claimed, why if why.is_gone else _NotAsked(why, flaps=flaps), told)
                passed += 1
        return passed

    def attempt(self, delivery_id: int, channel: str) -> int:
        """Try one delivery; answer 1 if it arrived."""
        context, begun = self.context, self.context.clock.now()
        with context.store.write() as tx:
            started_at = context.store.lease_now(tx)
            claimed = deliveries.claim(tx, delivery_id, owner=context.owner, now=begun, started_at=started_at)
        if claimed is None:
            return 0
        if context.clock.now() - begun > LATEST_START:
            self._give_back(claimed)
            return 0
        answer = self._call(claimed.delivery, channel)
        with context.store.write() as tx:
            if not isinstance(answer, DeliveryFailed):
                self.answered.add(channel)
                return self._arrived(tx, claimed, answer)
            # Locked before anything is written, or two ways that fail together could wait for each other.
            told = deliveries.of_notice(tx, claimed.delivery.notice_id)
            self._failed(tx, claimed, answer, told)
        return 0

    def _give_back(self, claimed: ClaimedDelivery) -> None:
        log.warning("notice %s: claimed too long ago to be sent now", claimed.delivery.notice_id)
        with self.context.store.write() as tx:
            values = {"due_at": self.context.clock.now(), "attempts": claimed.delivery.attempts - 1}
            deliveries.settle(tx, claimed, DeliveryState.PENDING, values)

    def _call(self, delivery: DeliveryRecord, channel: str) -> DeliveryFailed | Filed | None:
        try:
            return self._tell(self.context.sink(channel), delivery)
        except DeliveryFailed as error:
            failed = error
        except EngagebotError as error:  # the channel lacks a setting
            failed = DeliveryFailed(str(error))
        except Exception as error:  # a broken channel must not stop the others, and nobody has this yet
            failed = DeliveryFailed(f"{type(error).__name__}: {error}")
        log.warning("notice %s to %s: %s", delivery.notice_id, channel, failed)
        if failed.is_general:
            self.silent[channel] = failed
        return failed

    def _tell(self, sink: Sink, delivery: DeliveryRecord) -> Filed | None:
        keeper = Keeper(self.context.store, self.context.clock, self.context.showing)
        if delivery.kind == detours.TICKET:
            return filing.file(keeper, sink, delivery)
        notice = notice_of(self._masked(delivery))
        is_of_case = delivery.case_id is not None and delivery.kind in {detours.CASE, detours.CASE_STATE}
        if is_of_case and isinstance(sink, KeepsMessages):
            keeping.put(keeper, sink, delivery, notice)
        elif delivery.kind != detours.CASE_STATE:
            # What only brings a message up to date has nothing to say where none is kept any more.
            sink.deliver(notice)
        return None

    def _masked(self, delivery: DeliveryRecord) -> DeliveryRecord:
        if not self.context.showing.is_masked or delivery.channel == "console":
            return delivery
        with self.context.store.read() as tx:
            said = mentions.get(tx, delivery.mention_id).mention if delivery.mention_id else None
        return replace(delivery, payload=masked(delivery.payload, said))

    def _arrived(self, tx: Tx, claimed: ClaimedDelivery, filed: Filed | None) -> int:
        now = self.context.clock.now()
        # A ticket that was made is there, whoever has the claim by now.
        unlinked = filing.link(tx, claimed.delivery, filed, now) if filed is not None else None
        values = {"delivered_at": now, "last_error": unlinked}
        if not deliveries.settle(tx, claimed, DeliveryState.DELIVERED, values):
            return 0
        if unreached.arrived(tx, claimed.delivery.notice_id):
            log.warning("notice %s has reached somebody after all", claimed.delivery.notice_id)
        return 1

    def _failed(
        self, tx: Tx, claimed: ClaimedDelivery, failed: DeliveryFailed, told: Sequence[DeliveryRecord]
    ) -> None:
        context, now = self.context, self.context.clock.now()
        to, values = _next_try(claimed.delivery, failed, now, context.chance())
        delivery = replace(claimed.delivery, state=to, last_error=str(failed), attempts=values["attempts"])
        if not deliveries.settle(tx, claimed, to, values):
            return
        channel = claimed.delivery.channel
        if failed.is_gone and channel not in self.shut:
            closed = ShutChannel(channel, now, str(failed), context.mark(channel))
            self.shut[channel] = closed
            if channels.shut(tx, closed):
                _audit(tx, now, "channel.shut", {"channel": channel, "reason": str(failed)})
                log.error("channel %s is shut: %s", channel, failed)
        if delivery.kind == detours.SELF_TEST:
            proofs.warn(tx, delivery, context.ways(delivery), now)
        self._go_another_way(tx, delivery, [delivery if each.id == delivery.id else each for each in told])

    def _go_another_way(self, tx: Tx, delivery: DeliveryRecord, told: Sequence[DeliveryRecord]) -> None:
        now = self.context.clock.now()
        if not detours.has_to_reach(delivery.kind) or not detours.wants_another(told, now):
            return
        channel = detours.next_channel(told, self.context.ways(delivery))
        if channel is None:
            reason = delivery.last_error or ""
            if detours.has_reached_nobody(told, now) and unreached.note(tx, delivery, reason):
                log.error("notice %s has reached nobody: %s", delivery.notice_id, reason)
            return
        note = f"You are told here because {delivery.channel} did not take it."
        deliveries.pass_on(tx, delivery.id, channel, now, note=note)
        log.warning("notice %s goes to %s, since %s failed", delivery.notice_id, channel, delivery.channel)


class _NotAsked(DeliveryFailed):
    """A notice that was not taken to its channel, since another one has just failed there.

    The channel `flaps` where it took one before that, in the same walk.
    """

    def __init__(self, before: DeliveryFailed, *, flaps: bool = False) -> None:
        super().__init__(
            f"not asked, since the one before failed: {before}",
            is_permanent=before.is_permanent,
            is_general=True,
            retry_after=before.retry_after,
        )
        self.flaps = flaps


def _next_try(
    delivery: DeliveryRecord, error: DeliveryFailed, now: datetime, chance: float
) -> tuple[DeliveryState, dict[str, Any]]:
    tried, wish = delivery.attempts, min(error.retry_after or timedelta(0), LONGEST_WISH)
    # A long line before a receiver that takes a few a minute would die of the tries that it never had, and so
    # would what comes due together, as after a night of sleep, before one that fails every third call.
    is_spared = isinstance(error, _NotAsked) and (wish or error.flaps)
    loses_none = is_spared and now - delivery.created_at < WHOLE_SPAN
    tried -= bool(loses_none)
    values: dict[str, Any] = {"last_error": str(error), "attempts": tried}
    if error.is_permanent or tried > len(BACK_OFF):
        return DeliveryState.DEAD, values
    usual = BACK_OFF[0] if loses_none else BACK_OFF[tried - 1]
    wait = max(usual * (1 - SPREAD + 2 * SPREAD * chance), wish)
    return DeliveryState.PENDING, {**values, "due_at": now + wait}


def _audit(tx: Tx, at: datetime, action: str, detail: Mapping[str, Any]) -> None:
    audit.add(tx, at=at, actor=ACTOR, action=action, subject="site", detail=detail)
