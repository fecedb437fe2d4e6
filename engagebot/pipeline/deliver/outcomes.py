"""What came of an attempt: every way out of it ends in a recorded state."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from engagebot.domain.heard.removal import Removal
from engagebot.domain.mention import ReplyRoute, Route
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord, MentionRecord
from engagebot.errors import (
    AuthFailed,
    IllegalMove,
    OutOfCredit,
    RateLimited,
    Refused,
    TargetGone,
    Unavailable,
    VersionMoved,
)
from engagebot.pipeline.deliver.context import ACTOR, DeliverContext, by_route, in_words, record
from engagebot.pipeline.deliver.pacing import note_outcome
from engagebot.pipeline.deliver.unwelcome import keep_silent
from engagebot.ports import Posted
from engagebot.store.casework import cases
from engagebot.store.engine import Tx
from engagebot.store.heard import redaction
from engagebot.store.listening import costs, watches
from engagebot.store.replying import breakers
from engagebot.store.turns import take_turn

log = logging.getLogger(__name__)

TRY_AGAIN = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
GONE = "the post was deleted or hidden before the reply left"


def succeeded(context: DeliverContext, draft: DraftRecord, heard: MentionRecord, posted: Posted) -> None:
    """The platform took it and said as what."""
    now = context.clock.now()
    values = {
        "native_id": posted.native_id,
        "url": posted.url,
        "posted_at": posted.posted_at,
        "attempt_ended_at": now,
        "last_error": None,
    }

    def stop_clock_and_count(tx: Tx) -> None:
        note_outcome(tx, context, draft)
        cases.note_first_reply(tx, draft.mention_id, now, actor=ACTOR, follow_up_at=draft.follow_up_at)
        costs.count_reply(tx, heard, draft.text, prices=context.prices, at=now)

    note(context, draft, DraftState.SENT, "sent", values, also=stop_clock_and_count)


def failed(context: DeliverContext, draft: DraftRecord, error: Exception) -> None:
    """The call raised: sort it by what is certain; what is not surely undone counts as unknown."""
    message = in_words(error)
    log.warning("draft %d: %s", draft.id, message)
    context.stopwatch.note_end(draft.id)
    values: dict[str, Any] = {"last_error": message, "attempt_ended_at": context.clock.now()}
    to, action = DraftState.UNKNOWN, "unknown"
    if isinstance(error, RateLimited | Unavailable | AuthFailed | OutOfCredit):
        postpone(context, draft, error)
        return
    if isinstance(error, TargetGone):
        forget(context, draft, values)
        return
    if isinstance(error, Refused) and error.by_hand:
        to, action = DraftState.BY_HAND, "handed_over"
        values |= by_route(ReplyRoute(route=Route.BY_HAND, reason=message, rule="refused"))
    elif isinstance(error, Refused):
        to, action = DraftState.FAILED, "refused"

    def tell_and_keep_silent(tx: Tx) -> None:
        note_outcome(tx, context, draft, error)
        if isinstance(error, Refused) and error.unwelcome_to is not None:
            keep_silent(tx, draft, error.unwelcome_to, context.clock.now())

    note(context, draft, to, action, values, also=tell_and_keep_silent)


def forget(context: DeliverContext, draft: DraftRecord, values: Mapping[str, Any]) -> None:
    """Withdraw a reply whose post is gone, and forget the post's words."""
    try:
        with context.store.write() as tx:
            take_turn(tx)
            record(tx, context, draft, DraftState.WITHDRAWN, "target_gone", values)
            if draft.state is DraftState.SENDING:
                note_outcome(tx, context, draft)
            redaction.redact(tx, [draft.mention_id], context.clock.now(), Removal.GONE)
    except (VersionMoved, IllegalMove) as error:
        log.warning("draft %d: target_gone cannot be noted: %s", draft.id, error)


def postpone(context: DeliverContext, draft: DraftRecord, error: Exception) -> None:
    """Keep the approval for later: nothing has left.

    Where the key or the credit is gone, or reading is limited, the whole connector rests.
    """
    due_at = _retry_at(context, draft, error)
    values: dict[str, Any] = {"last_error": in_words(error), "due_at": due_at}
    if draft.state is DraftState.SENDING:
        values["attempt_ended_at"] = context.clock.now()

    def rest(tx: Tx) -> None:
        note_outcome(tx, context, draft, error)
        if isinstance(error, RateLimited) and draft.state is DraftState.SENDING:
            # Platforms count posts apart from reads, by the day even: that is no reason to be deaf.
            breakers.note_rest(tx, draft.source, until=due_at, reason=in_words(error))
        elif isinstance(error, AuthFailed | OutOfCredit | RateLimited):
            watches.pause_connector(tx, draft.source, until=due_at, problem=error)

    note(context, draft, DraftState.APPROVED, "postponed", values, also=rest)


def _retry_at(context: DeliverContext, draft: DraftRecord, error: Exception) -> datetime:
    now = context.clock.now()
    if isinstance(error, RateLimited):
        return max(error.retry_at, now + timedelta(seconds=1))
    if isinstance(error, AuthFailed | OutOfCredit):
        return now + LONGEST_WAIT
    doublings: int = 2 ** min(draft.attempts, 6)
    return now + min(TRY_AGAIN * doublings, LONGEST_WAIT)


def note(
    context: DeliverContext,
    draft: DraftRecord,
    to: DraftState,
    action: str,
    values: Mapping[str, Any],
    *,
    also: Callable[[Tx], None] = lambda tx: None,
) -> bool:
    """Record a move in a transaction of its own; false when somebody else moved the draft meanwhile."""
    try:
        with context.store.write() as tx:
            record(tx, context, draft, to, action, values)
            also(tx)
    except (VersionMoved, IllegalMove) as error:
        log.warning("draft %d: %s cannot be noted: %s", draft.id, action, error)
        return False
    return True
