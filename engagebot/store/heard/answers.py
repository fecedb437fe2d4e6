"""Our own words on a platform, heard again: what they answer needs no answer from us any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engagebot.domain.mention import Mention, ReplyRoute, Route
from engagebot.domain.outbox import DRAFT_ARRIVED, DraftState, Purpose
from engagebot.domain.records import DraftRecord
from engagebot.errors import VersionMoved
from engagebot.ports import Posted
from engagebot.store.casework import cases
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import Move
from engagebot.store.tables import mentions as mention_rows
from engagebot.store.texts import route_words, storable

ACTOR = "engagebot"
ANSWERED = ReplyRoute(
    route=Route.BLOCKED, reason="we have answered this post on the platform already", rule="already-answered"
)
_IN_CHUNK = 500
# Whoever posts by hand says so within moments; the platform's clock may differ from ours.
_SAID_LATER = timedelta(minutes=2)
# Replies of our own that are out, or may be, are told apart by those who sent them.
_WAITING = frozenset({DraftState.PROPOSED, DraftState.APPROVED, DraftState.HELD})


def note(tx: Tx, ours: Sequence[Mention], at: datetime) -> None:
    """Close what our own accounts have answered.

    A draft that waits to be posted by hand is posted now, any other that waits is withdrawn, and a case's
    first reply is given.
    """
    answers: dict[str, dict[str, Mention]] = defaultdict(dict)
    for mention in ours:
        if mention.parent_native_id is not None:
            answers[mention.ref.source].setdefault(storable(mention.parent_native_id), mention)
    for source, by_parent in answers.items():
        parents = sorted(by_parent)
        for start in range(0, len(parents), _IN_CHUNK):
            query = sa.select(mention_rows.c.id, mention_rows.c.native_id).where(
                mention_rows.c.source == source,
                mention_rows.c.native_id.in_(parents[start : start + _IN_CHUNK]),
                mention_rows.c.reply_reason != route_words(ANSWERED),
            )
            for mention_id, native_id in tx.execute(query).all():
                answer = by_parent[native_id]
                posted = Posted(native_id=answer.ref.native_id, url=answer.url, posted_at=answer.posted_at)
                close(tx, mention_id, posted, at)


def close(tx: Tx, mention_id: int, answer: Posted, at: datetime) -> None:
    """Close one mention that a reply of ours answers already; one that only said when leaves it open."""
    replies = drafts.of_mention(tx, mention_id)
    if any(_is_holding(draft, answer) for draft in replies):
        return
    until = next((draft.follow_up_at for draft in replies if draft.state is DraftState.BY_HAND), None)
    if until is None:
        mentions.set_route(tx, mention_id, ANSWERED)
    for draft in replies:
        if draft.state is DraftState.BY_HAND:
            values: dict[str, Any] = {
                "url": answer.url,
                "native_id": answer.native_id,
                "posted_at": answer.posted_at,
            }
            to, action = DraftState.POSTED_BY_HAND, "posted_by_hand"
        elif draft.state in _WAITING:
            values = {"last_error": ANSWERED.reason, **drafts.UNAPPROVED}
            to, action = DraftState.WITHDRAWN, "withdrawn"
        else:
            continue
        detail = {"seen": answer.native_id}
        move = Move(to=to, at=at, actor=ACTOR, action=action, values=values, detail=detail)
        # Whoever moved it meanwhile knows more than this look did.
        with suppress(VersionMoved):
            drafts.change(tx, draft, move)
    cases.note_first_reply(tx, mention_id, answer.posted_at, actor=ACTOR, follow_up_at=until)


def _is_holding(draft: DraftRecord, answer: Posted) -> bool:
    """Whether this is the holding reply itself; of one that was posted by hand nobody knows the id."""
    if draft.purpose is not Purpose.HOLDING or draft.state not in DRAFT_ARRIVED:
        return False
    if draft.native_id is not None:
        return draft.native_id == answer.native_id
    return draft.posted_at is not None and answer.posted_at <= draft.posted_at + _SAID_LATER
