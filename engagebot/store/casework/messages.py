"""The message that stands for a case in a channel: the channel's own reference to it, and its refreshing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engagebot.domain.outbox import DeliveryState
from engagebot.domain.telling.detours import CASE_STATE
from engagebot.store.engine import Tx, upsert
from engagebot.store.tables import case_messages
from engagebot.store.tables import deliveries as delivery_rows
from engagebot.store.telling import deliveries
from engagebot.store.telling.deliveries import NewDelivery

# Longer than any exchange lasts: whoever began a first message and has not said how it went is dead.
_BEGUN_FOR = timedelta(minutes=2)
BELOW = "case.below"
"""The type of what is only put below the message of a case."""
_NOTHING: Mapping[str, Any] = {}


def begin(tx: Tx, case_id: int, channel: str, at: datetime) -> Mapping[str, Any] | None:
    """The reference to a case's message in a channel, empty where none was posted: then this caller may.

    `None`: somebody else is posting the first one at this moment.
    """
    mine = upsert(tx, case_messages).values(
        case_id=case_id, channel=channel, reference=dict(_NOTHING), changed_at=at
    )
    if _is_changed(tx, mine.on_conflict_do_nothing()):
        return _NOTHING
    of_this = (case_messages.c.case_id == case_id, case_messages.c.channel == channel)
    row = tx.execute(sa.select(case_messages).where(*of_this).with_for_update()).mappings().one()
    reference: Mapping[str, Any] = row["reference"]
    if not reference:
        if row["changed_at"] > at - _BEGUN_FOR:
            return None
        tx.execute(sa.update(case_messages).where(*of_this).values(changed_at=at))
    return reference


def keep(tx: Tx, case_id: int, channel: str, reference: Mapping[str, Any], at: datetime) -> None:
    """Remember where the message of a case stands."""
    statement = upsert(tx, case_messages).values(
        case_id=case_id, channel=channel, reference=dict(reference), changed_at=at
    )
    changed = {"reference": dict(reference), "changed_at": at}
    tx.execute(statement.on_conflict_do_update(index_elements=["case_id", "channel"], set_=changed))


def give_up(tx: Tx, case_id: int, channel: str) -> None:
    """Say that the first message of a case was not posted after all."""
    row = (case_messages.c.case_id == case_id, case_messages.c.channel == channel)
    found = tx.execute(sa.select(case_messages.c.reference).where(*row)).scalar()
    if not found:
        tx.execute(sa.delete(case_messages).where(*row))


def references(tx: Tx, case_id: int) -> dict[str, Mapping[str, Any]]:
    """Where the messages of a case stand, by channel."""
    query = sa.select(case_messages.c.channel, case_messages.c.reference)
    rows = tx.execute(query.where(case_messages.c.case_id == case_id))
    return {channel: reference for channel, reference in rows if reference}


def refresh(tx: Tx, case_id: int, at: datetime) -> None:
    """Let every message about a case be brought up to date; one that waits for that already shows it all.

    What a message shows is read when it leaves, so the newest state wins.
    """
    query = sa.select(case_messages.c.channel).where(case_messages.c.case_id == case_id)
    for channel in tx.execute(query.order_by(case_messages.c.channel)).scalars().all():
        if not _is_waiting(tx, case_id, channel):
            deliveries.add(tx, _refresher(case_id, channel), at)


def say_below(tx: Tx, case_id: int, at: datetime, *, title: str, text: str, masked: str) -> None:
    """Put a line below every message about a case; where none stands, nobody is told by this."""
    payload = {"title": title, "text": text, "url": None, "data": {"type": BELOW, "masked": masked}}
    for channel in references(tx, case_id):
        deliveries.add(tx, replace(_refresher(case_id, channel), payload=payload), at)


def _refresher(case_id: int, channel: str) -> NewDelivery:
    return NewDelivery(
        notice_id=f"case-{case_id}-state-{secrets.token_hex(6)}",
        channel=channel,
        kind=CASE_STATE,
        payload={"title": f"Case {case_id} changed", "text": "", "url": None, "data": {}},
        case_id=case_id,
    )


def _is_waiting(tx: Tx, case_id: int, channel: str) -> bool:
    query = sa.select(delivery_rows.c.id).where(
        delivery_rows.c.state == DeliveryState.PENDING.value,
        delivery_rows.c.kind == CASE_STATE,
        delivery_rows.c.case_id == case_id,
        delivery_rows.c.channel == channel,
    )
    return tx.execute(query.limit(1)).scalar() is not None


def _is_changed(tx: Tx, statement: Any) -> bool:
    return tx.execute(statement.returning(case_messages.c.case_id)).scalar_one_or_none() is not None
