"""Notifications on their way to people: at least once, with one id over all attempts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engagebot.domain.outbox import DELIVERY_MOVES, DeliveryState, check_move
from engagebot.domain.records import DeliveryRecord
from engagebot.errors import NotFound
from engagebot.store.engine import Tx, count_changed, upsert
from engagebot.store.tables import deliveries


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
    """Put a notice in line; false when the same notice already goes to this channel."""
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


def due(
    tx: Tx, now: datetime, *, only: Collection[str] | None = None, limit: int = 50
) -> list[tuple[int, str]]:
    """The notices that may go now as (id, channel), oldest first; `only` these channels where given."""
    query = sa.select(deliveries.c.id, deliveries.c.channel).where(
        deliveries.c.state == DeliveryState.PENDING.value, deliveries.c.due_at <= now
    )
    if only is not None:
        query = query.where(deliveries.c.channel.in_(list(only)))
    query = query.order_by(deliveries.c.due_at, deliveries.c.id).limit(limit)
    return [(row[0], row[1]) for row in tx.execute(query)]


def claim(tx: Tx, delivery_id: int, *, owner: str, now: datetime) -> ClaimedDelivery | None:
    """Take a pending delivery, or `None` when somebody else has it."""
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
                attempt_started_at=now,
            )
            .returning(deliveries)
        )
        .mappings()
        .first()
    )
    return None if row is None else ClaimedDelivery(_record(row), row["fence"])


def settle(tx: Tx, claimed: ClaimedDelivery, to: DeliveryState, values: Mapping[str, Any]) -> bool:
    """Write down how an attempt ended; false when another worker took over meanwhile."""
    check_move(DELIVERY_MOVES, DeliveryState.SENDING, to)
    statement = sa.update(deliveries).where(
        deliveries.c.id == claimed.delivery.id, deliveries.c.fence == claimed.fence
    )
    return count_changed(tx.execute(statement.values(state=to.value, **values))) == 1


def requeue_stuck(tx: Tx, *, now: datetime, after: timedelta) -> int:
    """Put attempts whose worker died back in line; the same id lets receivers drop a repeat."""
    statement = (
        sa.update(deliveries)
        .where(
            deliveries.c.state == DeliveryState.SENDING.value, deliveries.c.attempt_started_at <= now - after
        )
        .values(state=DeliveryState.PENDING.value, due_at=now)
    )
    return count_changed(tx.execute(statement))


def replay(tx: Tx, delivery_id: int, now: datetime) -> None:
    """Put a dead delivery back in line.

    Raises:
        NotFound: there is no dead delivery with this id.
    """
    statement = (
        sa.update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == DeliveryState.DEAD.value)
        .values(state=DeliveryState.PENDING.value, due_at=now, attempts=0)
    )
    if count_changed(tx.execute(statement)) != 1:
        raise NotFound(f"there is no dead delivery {delivery_id}")


def of_case(tx: Tx, case_id: int) -> list[DeliveryRecord]:
    """The notices of a case, oldest first."""
    query = sa.select(deliveries).where(deliveries.c.case_id == case_id).order_by(deliveries.c.id)
    return [_record(row) for row in tx.execute(query).mappings()]


def in_state(tx: Tx, state: DeliveryState, limit: int = 100) -> list[DeliveryRecord]:
    """Deliveries in a state, newest first."""
    query = sa.select(deliveries).where(deliveries.c.state == state.value).order_by(deliveries.c.id.desc())
    return [_record(row) for row in tx.execute(query.limit(limit)).mappings()]


def counts(tx: Tx) -> dict[str, int]:
    """How many deliveries are in each state that has any."""
    query = sa.select(deliveries.c.state, sa.func.count()).group_by(deliveries.c.state)
    return {row[0]: row[1] for row in tx.execute(query)}


def _record(row: Mapping[Any, Any]) -> DeliveryRecord:
    plain = (
        "id", "notice_id", "channel", "kind", "case_id", "payload", "created_at", "due_at", "attempts",
        "delivered_at", "last_error",
    )  # fmt: skip
    return DeliveryRecord(**{name: row[name] for name in plain}, state=DeliveryState(row["state"]))
