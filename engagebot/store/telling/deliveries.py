"""Notifications on their way to people: at least once, with one id over all attempts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.outbox import DELIVERY_MOVES, DeliveryState, check_move
from engagebot.domain.records import DeliveryRecord, Slice
from engagebot.domain.telling.detours import CASE_STATE
from engagebot.errors import IllegalMove, NotFound
from engagebot.store.engine import Tx, count_changed, upsert
from engagebot.store.paging import Key, next_cursor, read_cursor
from engagebot.store.tables import deliveries, site

RESTORED = "restored"
"""The site's key for when it last went back to a backup."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A notice for one channel."""

    notice_id: str
    channel: str
    kind: str
    payload: Mapping[str, Any]
    case_id: int | None = None
    mention_id: int | None = None


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that this worker may attempt; a later claim has a higher fence."""

    delivery: DeliveryRecord
    fence: int


def add(tx: Tx, new: NewDelivery, at: datetime) -> bool:
    """Put a notice in line; false when the same notice already goes to this channel.

    Ids name rows of ours, whose numbers are given again after a restore. What is new since then says so, or a
    receiver would drop it as the repeat of a notice that it has known since before.
    """
    restored = tx.execute(sa.select(site.c.changed_at).where(site.c.key == RESTORED)).scalar()
    since = f"-since-{restored:%Y%m%dT%H%M%S}" if restored else ""
    return _put(tx, replace(new, notice_id=new.notice_id + since), at)


def _put(tx: Tx, new: NewDelivery, at: datetime) -> bool:
    statement = upsert(tx, deliveries).values(
        notice_id=new.notice_id,
        channel=new.channel,
        kind=new.kind,
        case_id=new.case_id,
        mention_id=new.mention_id,
        state=DeliveryState.PENDING.value,
        payload=dict(new.payload),
        created_at=at,
        due_at=at,
    )
    statement = statement.on_conflict_do_nothing(index_elements=["notice_id", "channel"])
    return tx.execute(statement.returning(deliveries.c.id)).scalar_one_or_none() is not None


def pass_on(tx: Tx, delivery_id: int, channel: str, at: datetime, *, note: str) -> bool:
    """Put the notice of a delivery in line for another channel, under the same id; false where it is there.

    `note` is added to what people read. What programs read stays the same, so that they know a repeat.
    """
    row = tx.execute(sa.select(deliveries).where(deliveries.c.id == delivery_id)).mappings().one()
    again = NewDelivery(
        notice_id=row["notice_id"],
        channel=channel,
        kind=row["kind"],
        payload={**row["payload"], "text": f"{row['payload']['text']}\n{note}"},
        case_id=row["case_id"],
        mention_id=row["mention_id"],
    )
    return _put(tx, again, at)


def due(
    tx: Tx, now: datetime, *, only: Collection[str] | None = None, limit: int = 50
) -> list[tuple[int, str]]:
    """The notices that may go now as (id, channel), oldest first; `only` these channels where given.

    There are at most `limit` of each channel, so that one with a long line does not keep the others waiting.
    """
    place = sa.func.row_number().over(
        partition_by=deliveries.c.channel, order_by=(deliveries.c.due_at, deliveries.c.id)
    )
    query = sa.select(deliveries.c.id, deliveries.c.channel, deliveries.c.due_at, place.label("place")).where(
        deliveries.c.state == DeliveryState.PENDING.value, deliveries.c.due_at <= now
    )
    if only is not None:
        query = query.where(deliveries.c.channel.in_(list(only)))
    line = query.subquery()
    first = sa.select(line.c.id, line.c.channel).where(line.c.place <= limit)
    return [(row[0], row[1]) for row in tx.execute(first.order_by(line.c.due_at, line.c.id))]


def claim_line(
    tx: Tx, channel: str, *, owner: str, now: datetime, limit: int
) -> Iterator[tuple[ClaimedDelivery, list[DeliveryRecord]]]:
    """Take what is due for a channel, so many at once, each with all ways of its notice (see `of_notice`).

    Several workers do this at once for other channels of the same notices: all lock notice by notice, in the
    order of their ids.
    """
    query = (
        sa.select(deliveries.c.notice_id, deliveries.c.id)
        .where(
            deliveries.c.state == DeliveryState.PENDING.value,
            deliveries.c.due_at <= now,
            deliveries.c.channel == channel,
        )
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(limit)
    )
    for notice_id, delivery_id in sorted(tuple(row) for row in tx.execute(query)):
        told = of_notice(tx, notice_id)
        claimed = claim(tx, delivery_id, owner=owner, now=now)
        if claimed is not None:
            yield claimed, told


def claim(
    tx: Tx, delivery_id: int, *, owner: str, now: datetime, started_at: datetime | None = None
) -> ClaimedDelivery | None:
    """Take a pending delivery, or `None` when somebody else has it.

    `started_at` is the time by which workers measure how long an attempt has lasted (`Store.lease_now`).
    """
    row = (
        tx.execute(
            sa.update(deliveries)
            .where(
                deliveries.c.id == delivery_id,
                deliveries.c.state == DeliveryState.PENDING.value,
                deliveries.c.due_at <= now,
            )
            .values(
                state=DeliveryState.SENDING.value,
                owner=owner,
                fence=deliveries.c.fence + 1,
                attempts=deliveries.c.attempts + 1,
                attempt_started_at=started_at or now,
            )
            .returning(deliveries)
        )
        .mappings()
        .first()
    )
    return None if row is None else ClaimedDelivery(_record(row), row["fence"])


def settle(tx: Tx, claimed: ClaimedDelivery, to: DeliveryState, values: Mapping[str, Any]) -> bool:
    """Write down how an attempt ended; false when another worker took over, or may, meanwhile."""
    check_move(DELIVERY_MOVES, DeliveryState.SENDING, to)
    statement = sa.update(deliveries).where(
        deliveries.c.id == claimed.delivery.id,
        deliveries.c.fence == claimed.fence,
        deliveries.c.state == DeliveryState.SENDING.value,
    )
    return count_changed(tx.execute(statement.values(state=to.value, **values))) == 1


def requeue_stuck(tx: Tx, *, now: datetime, since: datetime) -> int:
    """Put attempts that began at `since` or before back in line; answer how many there were.

    The same id lets receivers drop a repeat. Whoever made such an attempt and lives has lost the claim.
    """
    statement = (
        sa.update(deliveries)
        .where(deliveries.c.state == DeliveryState.SENDING.value, deliveries.c.attempt_started_at <= since)
        .values(state=DeliveryState.PENDING.value, due_at=now)
    )
    return count_changed(tx.execute(statement))


def replay(tx: Tx, delivery_id: int, now: datetime) -> DeliveryRecord:
    """Put a dead delivery back in line under its old id, with all its tries before it again.

    Raises:
        NotFound: there is no delivery with this id.
        IllegalMove: it is not dead.
    """
    delivery = get(tx, delivery_id, lock=True)
    if delivery.state is not DeliveryState.DEAD:
        raise IllegalMove(f"delivery {delivery_id} is {delivery.state}; only dead ones are replayed")
    values = {"state": DeliveryState.PENDING.value, "due_at": now, "attempts": 0}
    statement = sa.update(deliveries).where(deliveries.c.id == delivery_id).values(**values)
    return _record(tx.execute(statement.returning(deliveries)).mappings().one())


def get(tx: Tx, delivery_id: int, *, lock: bool = False) -> DeliveryRecord:
    """One delivery; `lock` keeps others from changing it until the transaction ends.

    Raises:
        NotFound: there is none with this id.
    """
    query = sa.select(deliveries).where(deliveries.c.id == delivery_id)
    row = tx.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise NotFound(f"there is no delivery {delivery_id}")
    return _record(row)


def of_notice(tx: Tx, notice_id: str) -> list[DeliveryRecord]:
    """All ways of a notice, kept from others until the transaction ends.

    Two workers whose ways fail at the same moment would else each take the other's way for open. All lock in
    the order of the ids, so that nobody waits in a circle.
    """
    query = sa.select(deliveries).where(deliveries.c.notice_id == notice_id).order_by(deliveries.c.id)
    return [_record(row) for row in tx.execute(query.with_for_update()).mappings()]


def of_case(tx: Tx, case_id: int, *, kinds: Collection[str] = ()) -> list[DeliveryRecord]:
    """The notices of a case, of these kinds where any are given, oldest first.

    What only brings its message up to date is none.
    """
    query = sa.select(deliveries).where(deliveries.c.case_id == case_id, deliveries.c.kind != CASE_STATE)
    if kinds:
        query = query.where(deliveries.c.kind.in_(list(kinds)))
    return [_record(row) for row in tx.execute(query.order_by(deliveries.c.id)).mappings()]


def in_state(tx: Tx, state: DeliveryState, limit: int = 100) -> list[DeliveryRecord]:
    """Deliveries in a state, newest first."""
    return list(page(tx, state=state, limit=limit).items)


def page(
    tx: Tx,
    *,
    state: DeliveryState | None = None,
    channel: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Slice[DeliveryRecord]:
    """Deliveries, of one state and channel where given, the newest first.

    Raises:
        WrongUsage: the cursor is none of ours.
    """
    query = sa.select(deliveries).order_by(deliveries.c.id.desc())
    if state is not None:
        query = query.where(deliveries.c.state == state.value)
    if channel is not None:
        query = query.where(deliveries.c.channel == channel)
    if cursor is not None:
        query = query.where(deliveries.c.id < read_cursor(cursor).row_id)
    found = [_record(row) for row in tx.execute(query.limit(limit + 1)).mappings()]
    return Slice(found[:limit], next_cursor(found, limit, lambda last: Key(last.created_at, last.id)))


def by_channel(tx: Tx) -> dict[str, dict[str, int]]:
    """How many deliveries of each channel wait after a failure or are dead."""
    query = (
        sa.select(deliveries.c.channel, deliveries.c.state, sa.func.count())
        .where(
            deliveries.c.state.in_([DeliveryState.PENDING.value, DeliveryState.DEAD.value]),
            deliveries.c.last_error.is_not(None),
        )
        .group_by(deliveries.c.channel, deliveries.c.state)
    )
    found: dict[str, dict[str, int]] = {}
    for channel, state, count in tx.execute(query):
        found.setdefault(channel, {})[state] = count
    return found


def counts(tx: Tx) -> dict[str, int]:
    """How many deliveries are in each state that has any."""
    query = sa.select(deliveries.c.state, sa.func.count()).group_by(deliveries.c.state)
    return {row[0]: row[1] for row in tx.execute(query)}


def _record(row: Mapping[Any, Any]) -> DeliveryRecord:
    plain = (
        "id", "notice_id", "channel", "kind", "case_id", "payload", "created_at", "due_at", "attempts",
        "delivered_at", "last_error", "mention_id",
    )  # fmt: skip
    return DeliveryRecord(**{name: row[name] for name in plain}, state=DeliveryState(row["state"]))
