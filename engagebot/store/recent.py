"""Replies of ours that are out or on their way: what a new one ought not to repeat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa

from engagebot.domain.advice import Recent
from engagebot.domain.mention import Mention
from engagebot.domain.outbox import DraftState
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
    thread = (
        sa.select(mentions.c.id)
        .where(mentions.c.source == mention.ref.source, mentions.c.conversation_id == mention.conversation_id)
        .order_by(mentions.c.posted_at.desc())
        .limit(_LONGEST_THREAD)
    )
    states = {state.value for state in _OUT}
    # Asked apart and sorted out here: SQLite would walk through all drafts in these states otherwise.
    hangs_on = list(tx.execute(thread).scalars())
    query = sa.select(drafts.c.id, drafts.c.text, drafts.c.state).where(drafts.c.mention_id.in_(hangs_on))
    found = sorted(((row.id, row.text) for row in tx.execute(query) if row.state in states), reverse=True)
    yield from found[:MOST]


def _newest(state: DraftState) -> sa.Select[Any]:
    query = sa.select(drafts.c.said_at, drafts.c.id, drafts.c.text).where(drafts.c.state == state.value)
    return sa.select(query.order_by(drafts.c.said_at.desc(), drafts.c.id.desc()).limit(MOST).subquery())


# Asked for each item that is shown; putting it together would take longer than its answer.
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
