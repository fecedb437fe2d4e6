"""Waking drafts that were put off: by the clock, or because their person or their thread speaks again.

The moment of waking stays in the row, so that whoever follows the queue sees it pass.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from engagebot.domain.mention import Mention
from engagebot.domain.outbox import DraftState
from engagebot.domain.replying.snoozing import TIME_IS_OVER, WROTE_AGAIN
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.persons import customers
from engagebot.store.tables import drafts
from engagebot.store.texts import storable

ACTOR = "engagebot"
_WAITING = (DraftState.PROPOSED.value, DraftState.HELD.value)


def wake_due(tx: Tx, now: datetime) -> list[int]:
    """Say of the drafts whose time is over why they are back; answer which they are."""
    query = sa.select(drafts.c.id).where(
        drafts.c.state.in_(_WAITING), drafts.c.snoozed_until <= now, drafts.c.woke_because.is_(None)
    )
    return _wake(tx, list(tx.execute(query).scalars()), now, because=TIME_IS_OVER)


def wake_answered(tx: Tx, heard: Sequence[Mention], at: datetime) -> list[int]:
    """Wake what sleeps for those who just spoke, or for the threads they spoke in; answer which."""
    asleep = tx.execute(
        sa.select(drafts.c.id, drafts.c.customer_id, drafts.c.source, drafts.c.conversation_id).where(
            drafts.c.state.in_(_WAITING), drafts.c.snoozed_until > at
        )
    ).all()
    if not asleep:
        return []
    people = set(customers.ids_of(tx, heard).values())
    threads = {
        (mention.ref.source, storable(mention.conversation_id))
        for mention in heard
        if mention.conversation_id
    }
    woken = [
        row.id
        for row in asleep
        if (row.customer_id is not None and row.customer_id in people)
        or (row.source, row.conversation_id) in threads
    ]
    return _wake(tx, woken, at, because=WROTE_AGAIN)


def _wake(tx: Tx, draft_ids: Collection[int], at: datetime, *, because: str) -> list[int]:
    if not draft_ids:
        return []
    # Asked again while writing: whoever decided or put one off anew meanwhile is not overruled.
    query = (
        sa.update(drafts)
        .where(drafts.c.id.in_(sorted(draft_ids)), drafts.c.state.in_(_WAITING))
        .values(woke_because=because, snoozed_until=_earlier(at))
        .returning(drafts.c.id)
    )
    woken = sorted(tx.execute(query).scalars())
    rows = [
        {"at": at, "actor": ACTOR, "action": "draft.woke", "subject": f"draft:{draft_id}",
         "detail": {"because": because}}
        for draft_id in woken
    ]  # fmt: skip
    audit.add_many(tx, rows)
    return woken


def _earlier(at: datetime) -> sa.ColumnElement[datetime]:
    moment = sa.literal(at, type_=drafts.c.snoozed_until.type)
    return sa.case((drafts.c.snoozed_until > moment, moment), else_=drafts.c.snoozed_until)
