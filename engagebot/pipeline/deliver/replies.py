"""Approved replies: claim, commit, one request, record what happened."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord, MentionRecord
from engagebot.errors import (
    AuthFailed,
    ConnectorError,
    IllegalMove,
    OutOfCredit,
    RateLimited,
    Refused,
    TargetGone,
    Unavailable,
    VersionMoved,
)
from engagebot.ports import Clock, Connector, Posted
from engagebot.store import cases, drafts, mentions, site, watches
from engagebot.store.drafts import Move
from engagebot.store.engine import Store, Tx

log = logging.getLogger(__name__)

ACTOR = "engagebot"
TRY_AGAIN = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverContext:
    """What delivering needs; `connector` opens a connector by source and may raise `EngagebotError`."""

    store: Store
    clock: Clock
    owner: str
    connector: Callable[[str], Connector]


def deliver_replies(context: DeliverContext) -> int:
    """Send every approved reply that is due; answer how many the platforms took.

    Nothing happens while the site is paused. Replies are sent one after the other.
    """
    with context.store.read() as tx:
        if site.paused_by(tx) is not None:
            return 0
        now = context.clock.now()
        paused = watches.paused_connectors(tx, now)
        due = [draft for draft in drafts.due_to_send(tx, now) if draft.source not in paused]
    return sum(_send(context, draft) for draft in due)


def recover_replies(context: DeliverContext, *, older_than: timedelta = timedelta(0)) -> int:
    """Call replies that were cut off in the middle of sending `unknown`; answer how many there were.

    At the start of a single process every reply in `sending` is such a one; several workers give each other
    `older_than` to finish.
    """
    found = 0
    with context.store.write() as tx:
        now = context.clock.now()
        for draft in drafts.in_state(tx, DraftState.SENDING):
            started_at = draft.attempt_started_at or draft.updated_at
            if started_at <= now - older_than:
                _record(tx, context, draft, DraftState.UNKNOWN, "cut_off", {"attempt_ended_at": now})
                found += 1
    return found


def _send(context: DeliverContext, draft: DraftRecord) -> int:
    try:
        connector = context.connector(draft.source)
        with context.store.read() as tx:
            heard = mentions.get(tx, draft.mention_id)
        if not _still_there(context, connector, draft, heard):
            return 0
    except ConnectorError as error:
        _postpone(context, draft, error)
        return 0
    claimed = _claim(context, draft)
    if claimed is None:
        return 0
    # From here to `_after` the platform may have the reply. Every way out of the call, an unforeseen one
    # included, must end in a recorded state; anything that is not surely undone counts as unknown.
    try:
        posted = connector.reply(heard.mention, claimed.text)
    except Exception as error:  # sorted by what is certain, never swallowed: `_after` records it
        _after(context, connector.name, claimed, error)
        return 0
    _succeeded(context, claimed, posted)
    return 1


def _still_there(
    context: DeliverContext, connector: Connector, draft: DraftRecord, heard: MentionRecord
) -> bool:
    """Look at the post once more; a reply to something that is gone is withdrawn."""
    if connector.lookup(heard.mention.ref) is not None:
        return True
    with context.store.write() as tx:
        reason = "the post was deleted or hidden before the reply left"
        _record(tx, context, draft, DraftState.WITHDRAWN, "target_gone", {"last_error": reason})
    return False


def _claim(context: DeliverContext, draft: DraftRecord) -> DraftRecord | None:
    """Commit `sending` before the first byte leaves, or answer `None` when the draft moved meanwhile."""
    with context.store.write() as tx:
        now = context.clock.now()
        if site.paused_by(tx) is not None:
            return None
        if drafts.approved_hash(tx, draft.id) != drafts.text_hash(draft.text):
            log.error("draft %d: its text is not the one that was approved; it goes back", draft.id)
            _record(tx, context, draft, DraftState.PROPOSED, "approval_void", {})
            return None
        try:
            return _record(
                tx,
                context,
                draft,
                DraftState.SENDING,
                "sending",
                {
                    "owner": context.owner,
                    "attempts": draft.attempts + 1,
                    "attempt_started_at": now,
                    "attempt_ended_at": None,
                },
            )
        except (VersionMoved, IllegalMove):
            return None


def _succeeded(context: DeliverContext, draft: DraftRecord, posted: Posted) -> None:
    with context.store.write() as tx:
        values = {
            "native_id": posted.native_id,
            "url": posted.url,
            "posted_at": posted.posted_at,
            "attempt_ended_at": context.clock.now(),
            "last_error": None,
        }
        _record(tx, context, draft, DraftState.SENT, "sent", values)
        cases.note_first_reply(tx, draft.mention_id, context.clock.now(), actor=ACTOR)


def _after(context: DeliverContext, source: str, draft: DraftRecord, error: Exception) -> None:
    now = context.clock.now()
    message = str(error) if isinstance(error, ConnectorError) else f"{type(error).__name__}: {error}"
    log.warning("draft %d: %s", draft.id, message)
    values: dict[str, Any] = {"last_error": message, "attempt_ended_at": now}
    to, action = DraftState.UNKNOWN, "unknown"
    if isinstance(error, RateLimited | Unavailable | AuthFailed | OutOfCredit):
        to, action = DraftState.APPROVED, "postponed"
        values["due_at"] = _retry_at(context, draft, error)
    elif isinstance(error, TargetGone):
        to, action = DraftState.WITHDRAWN, "target_gone"
    elif isinstance(error, Refused) and error.by_hand:
        to, action = DraftState.BY_HAND, "handed_over"
        values |= {"reply_route": "by_hand", "reply_reason": message}
    elif isinstance(error, Refused):
        to, action = DraftState.FAILED, "refused"
    with context.store.write() as tx:
        _record(tx, context, draft, to, action, values)
        if isinstance(error, AuthFailed | OutOfCredit | RateLimited):
            watches.pause_connector(tx, source, until=values["due_at"], problem=error)


def _postpone(context: DeliverContext, draft: DraftRecord, error: ConnectorError) -> None:
    values = {"last_error": str(error), "due_at": _retry_at(context, draft, error)}
    with context.store.write() as tx:
        _record(tx, context, draft, DraftState.APPROVED, "postponed", values)


def _retry_at(context: DeliverContext, draft: DraftRecord, error: ConnectorError) -> Any:
    now = context.clock.now()
    if isinstance(error, RateLimited):
        return max(error.retry_at, now + timedelta(seconds=1))
    if isinstance(error, AuthFailed | OutOfCredit):
        return now + LONGEST_WAIT
    return now + min(TRY_AGAIN * 2 ** min(draft.attempts, 6), LONGEST_WAIT)


def _record(
    tx: Tx,
    context: DeliverContext,
    draft: DraftRecord,
    to: DraftState,
    action: str,
    values: Mapping[str, Any],
) -> DraftRecord:
    detail = {"error": values["last_error"]} if values.get("last_error") else {}
    move = Move(to=to, at=context.clock.now(), actor=ACTOR, action=action, values=values, detail=detail)
    return drafts.change(tx, draft, move)
