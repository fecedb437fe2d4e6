"""Replies of ours that are out or on their way: what a new one ought not to repeat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa

from engagebot.domain.mention import Mention
from engagebot.domain.outbox import DraftState
from engagebot.domain.replying.advice import Recent
from engagebot.store.engine import Tx
from engagebot.store.tables import drafts, mentions

MOST: Final = 50
"""How many of the latest replies a new one is compared with."""
_LONGEST_THREAD: Final = 200
_OUT: Final = (
    DraftState.APPROVED,
    DraftState.SENDING,
    DraftState.SENT,
    DraftState.UNKNOWN,
    DraftState.NEEDS_PERSON,
    DraftState.BY_HAND,
    DraftState.POSTED_BY_HAND,
)


# Asked for each item that is shown; putting them together would take longer than their answers.
_THREAD: Final = sa.select(drafts.c.id, drafts.c.text, drafts.c.state).where(
    drafts.c.mention_id.in_(
        sa.select(mentions.c.id)
        .where(
            mentions.c.source == sa.bindparam("source"),
            mentions.c.conversation_id == sa.bindparam("conversation"),
        )
        .order_by(mentions.c.posted_at.desc(), mentions.c.id.desc())
        .limit(_LONGEST_THREAD)
    )
)


def recent_replies(tx: Tx, mention: Mention, *, besides: int | None = None) -> tuple[Recent, ...]:
    """The replies in the thread of a mention, and the last `MOST` anywhere, but for the draft `besides`."""
    thread = dict(_in_thread(tx, mention))
    latest = {draft_id: text for draft_id, text in latest_replies(tx) if draft_id not in thread}
    found = [Recent(draft_id, text, True) for draft_id, text in thread.items()]
    found += [Recent(draft_id, text, False) for draft_id, text in latest.items()]
    return tuple(each for each in found if each.draft_id != besides)


def _in_thread(tx: Tx, mention: Mention) -> Iterator[tuple[int, str]]:
    if mention.conversation_id is None:
        return
    asked = {"source": mention.ref.source, "conversation": mention.conversation_id}
    # Sorted out here: asked for their states, SQLite would walk through all drafts that are in them.
    rows = tx.execute(_THREAD, asked)
    yield from sorted(((row.id, row.text) for row in rows if row.state in _OUT), reverse=True)[:MOST]


def _newest(state: DraftState) -> sa.Select[Any]:
    query = sa.select(drafts.c.said_at, drafts.c.id, drafts.c.text).where(drafts.c.state == state.value)
    return sa.select(query.order_by(drafts.c.said_at.desc(), drafts.c.id.desc()).limit(MOST).subquery())


_NEWEST_OF_EACH: Final = sa.union_all(*(_newest(state) for state in _OUT)).subquery()
_NEWEST: Final = (
    sa.select(_NEWEST_OF_EACH.c.id, _NEWEST_OF_EACH.c.text)
    .order_by(_NEWEST_OF_EACH.c.said_at.desc().nulls_last(), _NEWEST_OF_EACH.c.id.desc())
    .limit(MOST)
)


def latest_replies(tx: Tx) -> Iterator[tuple[int, str]]:
    """The last `MOST` by when the people behind them spoke, each as its draft and its text."""
    # Each state is read from the end of its index.
    yield from ((row.id, row.text) for row in tx.execute(_NEWEST))
