"""Which mentions are still open, and letting those be decided again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from engagebot.domain.mention import MentionState
from engagebot.domain.outbox import CASE_OPEN, CaseState, DraftState
from engagebot.store.engine import Tx
from engagebot.store.tables import case_mentions, cases, drafts, mentions

OPEN_FOR = timedelta(days=7)
"""So long after it was heard a mention of which nothing has come is still open: a reply would be late."""
WAITING = frozenset({DraftState.PROPOSED, DraftState.APPROVED, DraftState.HELD, DraftState.BY_HAND})
"""Drafts that can still be taken back."""
_CAME_TO_NOTHING = frozenset(
    {DraftState.REJECTED, DraftState.EXPIRED, DraftState.FAILED, DraftState.WITHDRAWN}
)
_IN_CHUNK = 500


def open_among(tx: Tx, mention_ids: Collection[int], at: datetime) -> set[int]:
    """Which of these mentions are open; their drafts are locked until the transaction ends.

    Open is what is in an open case or has a draft that waits; and, for `OPEN_FOR`, what has neither been
    answered nor been in a case. History and what was emptied are closed.
    """
    wanted = sorted(set(mention_ids))
    found: set[int] = set()
    for start in range(0, len(wanted), _IN_CHUNK):
        found |= _open_among(tx, wanted[start : start + _IN_CHUNK], at)
    return found


def reopen(tx: Tx, mention_ids: Collection[int], at: datetime) -> set[int]:
    """Let those of these mentions that are open be decided again; answer which."""
    found = open_among(tx, mention_ids, at)
    put_back(tx, found)
    return found


def put_back(tx: Tx, mention_ids: Collection[int]) -> None:
    """Let these mentions, known to be open, be decided again."""
    wanted = sorted(mention_ids)
    for start in range(0, len(wanted), _IN_CHUNK):
        is_it = mentions.c.id.in_(wanted[start : start + _IN_CHUNK])
        tx.execute(sa.update(mentions).where(is_it).values(state=MentionState.NEW.value))


def is_asked_again(tx: Tx, mention_id: int) -> bool:
    """Whether a mention that was decided once waits to be decided again; its reply has to wait too."""
    query = sa.select(mentions.c.id).where(mentions.c.id == mention_id, *asked_again())
    return tx.execute(query).first() is not None


def asked_again() -> tuple[sa.ColumnElement[bool], ...]:
    """The mentions that were decided once and wait to be decided again."""
    return mentions.c.state == MentionState.NEW.value, mentions.c.outcome.is_not(None)


def _open_among(tx: Tx, ids: list[int], at: datetime) -> set[int]:
    by_mention: defaultdict[int, set[DraftState]] = defaultdict(set)
    query = sa.select(drafts.c.mention_id, drafts.c.state).where(drafts.c.mention_id.in_(ids))
    for mention_id, state in tx.execute(query.order_by(drafts.c.id).with_for_update()):
        by_mention[mention_id].add(DraftState(state))
    # The newest case counts: the later rows of one mention overwrite the earlier ones.
    query = (
        sa.select(case_mentions.c.mention_id, cases.c.state)
        .join_from(case_mentions, cases, cases.c.id == case_mentions.c.case_id)
        .where(case_mentions.c.mention_id.in_(ids))
    )
    in_case = {mention_id: CaseState(state) for mention_id, state in tx.execute(query.order_by(cases.c.id))}
    query = sa.select(mentions.c.id, mentions.c.fetched_at).where(
        mentions.c.id.in_(ids), mentions.c.redacted_at.is_(None), mentions.c.is_history.is_(False)
    )
    return {
        mention_id
        for mention_id, fetched_at in tx.execute(query)
        if in_case.get(mention_id) in CASE_OPEN
        or by_mention[mention_id] & WAITING
        or (
            mention_id not in in_case
            and by_mention[mention_id] <= _CAME_TO_NOTHING
            and fetched_at > at - OPEN_FOR
        )
    }
