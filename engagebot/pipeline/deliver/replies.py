"""Approved replies: claim, commit, one request, record what happened."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engagebot.domain.costs import Prices
from engagebot.domain.mention import ReplyRoute, Route
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord, MentionRecord
from engagebot.domain.removal import Removal
from engagebot.domain.routes import Manners
from engagebot.errors import (
    AuthFailed,
    EngagebotError,
    IllegalMove,
    OutOfCredit,
    RateLimited,
    Refused,
    StoreUnavailable,
    TargetGone,
    Unavailable,
    VersionMoved,
)
from engagebot.pipeline.deliver.last_look import Sight, by_route, sight, still_may_leave
from engagebot.pipeline.deliver.unwelcome import keep_silent
from engagebot.ports import Clock, Connector, Posted
from engagebot.store import cases, costs, drafts, mentions, redaction, reopening, site, watches
from engagebot.store.drafts import Move
from engagebot.store.engine import Store, Tx
from engagebot.store.turns import take_turn

log = logging.getLogger(__name__)

ACTOR = "engagebot"
TRY_AGAIN = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverContext:
    """What delivering needs; `connector` opens a connector by source and may raise `EngagebotError`.

    `prices` tell which kinds of replies a platform charges differently for, `manners` whom the site
    does not speak to.
    """

    store: Store
    clock: Clock
    owner: str
    connector: Callable[[str], Connector]
    prices: Prices = field(default_factory=Prices)
    manners: Manners = field(default_factory=Manners)


def deliver_replies(context: DeliverContext) -> int:
    """Send every approved reply that is due; answer how many the platforms took.

    Nothing happens while the site is paused. Replies are sent one after the other.
    """
    with context.store.read() as tx:
        if site.paused_by(tx) is not None:
            return 0
        now = context.clock.now()
        paused = watches.paused_connectors(tx, now)
        due = drafts.due_to_send(tx, now, without=paused)
    return sum(_send(context, draft) for draft in due)


def recover_replies(context: DeliverContext, *, older_than: timedelta = timedelta(0)) -> int:
    """Call replies that were cut off in the middle of sending `unknown`; answer how many there were.

    At the start of a single process every reply in `sending` is such a one; several workers give each other
    `older_than` to finish.
    """
    now = context.clock.now()
    with context.store.read() as tx:
        cut_off = [
            draft
            for draft in drafts.in_state(tx, DraftState.SENDING)
            if (draft.attempt_started_at or draft.updated_at) <= now - older_than
        ]
    values = {"attempt_ended_at": now}
    return sum(_note(context, draft, DraftState.UNKNOWN, "cut_off", values) for draft in cut_off)


def _send(context: DeliverContext, draft: DraftRecord) -> int:
    try:
        connector = context.connector(draft.source)
        with context.store.read() as tx:
            heard = mentions.get(tx, draft.mention_id)
        shown = connector.lookup(heard.mention.ref)
        seen = sight(connector, heard.mention, shown, draft) if shown else None
    except StoreUnavailable:
        raise
    except Exception as error:  # nothing has left yet; one broken connector must not stop the others' replies
        _postpone(context, draft, error)
        return 0
    if seen is None:
        reason = "the post was deleted or hidden before the reply left"
        _forget(context, draft, {"last_error": reason})
        return 0
    claimed = _claim(context, draft, heard, seen)
    if claimed is None:
        return 0
    # From here to `_after` the platform may have the reply. Every way out of the call, an unforeseen one
    # included, must end in a recorded state; anything that is not surely undone counts as unknown.
    try:
        posted = connector.reply(heard.mention, claimed.text)
    except Exception as error:  # sorted by what is certain, never swallowed: `_after` records it
        _after(context, claimed, error)
        return 0
    return _succeeded(context, claimed, heard, posted)


def _claim(
    context: DeliverContext, draft: DraftRecord, heard: MentionRecord, seen: Sight
) -> DraftRecord | None:
    """Commit `sending` before the first byte leaves, or answer `None` when it must not leave any more."""
    now = context.clock.now()
    values = {
        "owner": context.owner,
        "attempts": draft.attempts + 1,
        "attempt_started_at": now,
        "attempt_ended_at": None,
    }
    try:
        with context.store.write() as tx:
            if site.paused_by(tx) is not None:
                return None
            is_edited = seen.mention.words != heard.mention.words
            if is_edited:
                take_turn(tx)
            # Whoever lets a mention be decided again holds its drafts, so after this line it is seen here.
            drafts.get(tx, draft.id, lock=True)
            if not is_edited and reopening.is_asked_again(tx, heard.id):
                return None
            approved = drafts.approved_hash(tx, draft.id)
            if approved != drafts.text_hash(draft.text):
                why = redaction.EDITED if approved is None else "its text is not the one that was approved"
                log.error("draft %d goes back: %s", draft.id, why)
                values = {"last_error": why, **drafts.UNAPPROVED}
                _record(tx, context, draft, DraftState.PROPOSED, "approval_void", values)
                return None
            may_leave = still_may_leave(tx, draft, seen, context.manners, now)
            if is_edited:
                redaction.revise(tx, {heard.id: seen.mention}, now)
                log.warning("draft %d is not sent: %s", draft.id, redaction.EDITED)
            if is_edited or not may_leave:
                return None
            sending = _record(tx, context, draft, DraftState.SENDING, "sending", values)
            # The look that came before it is paid for too.
            costs.count(tx, {"lookups": 1}, connector=draft.source, watch=heard.watch, at=now)
            return sending
    except (VersionMoved, IllegalMove):
        return None


def _succeeded(context: DeliverContext, draft: DraftRecord, heard: MentionRecord, posted: Posted) -> int:
    now = context.clock.now()
    values = {
        "native_id": posted.native_id,
        "url": posted.url,
        "posted_at": posted.posted_at,
        "attempt_ended_at": now,
        "last_error": None,
    }

    def stop_clock_and_count(tx: Tx) -> None:
        cases.note_first_reply(tx, draft.mention_id, now, actor=ACTOR)
        costs.count_reply(tx, heard, draft.text, prices=context.prices, at=now)

    _note(context, draft, DraftState.SENT, "sent", values, also=stop_clock_and_count)
    return 1


def _after(context: DeliverContext, draft: DraftRecord, error: Exception) -> None:
    message = _in_words(error)
    log.warning("draft %d: %s", draft.id, message)
    values: dict[str, Any] = {"last_error": message, "attempt_ended_at": context.clock.now()}
    to, action = DraftState.UNKNOWN, "unknown"
    if isinstance(error, RateLimited | Unavailable | AuthFailed | OutOfCredit):
        _postpone(context, draft, error)
        return
    if isinstance(error, TargetGone):
        _forget(context, draft, values)
        return
    if isinstance(error, Refused) and error.by_hand:
        to, action = DraftState.BY_HAND, "handed_over"
        values |= by_route(ReplyRoute(route=Route.BY_HAND, reason=message, rule="refused"))
    elif isinstance(error, Refused):
        to, action = DraftState.FAILED, "refused"

    def keep_silent_there(tx: Tx) -> None:
        if isinstance(error, Refused) and error.unwelcome_to is not None:
            keep_silent(tx, draft, error.unwelcome_to, context.clock.now())

    _note(context, draft, to, action, values, also=keep_silent_there)


def _forget(context: DeliverContext, draft: DraftRecord, values: Mapping[str, Any]) -> None:
    """Withdraw a reply whose post is gone, and forget the post's words."""
    try:
        with context.store.write() as tx:
            take_turn(tx)
            _record(tx, context, draft, DraftState.WITHDRAWN, "target_gone", values)
            redaction.redact(tx, [draft.mention_id], context.clock.now(), Removal.GONE)
    except (VersionMoved, IllegalMove) as error:
        log.warning("draft %d: target_gone cannot be noted: %s", draft.id, error)


def _postpone(context: DeliverContext, draft: DraftRecord, error: Exception) -> None:
    """Keep the approval for later: nothing has left. A connector that must be quiet is paused whole."""
    due_at = _retry_at(context, draft, error)
    values: dict[str, Any] = {"last_error": _in_words(error), "due_at": due_at}
    if draft.state is DraftState.SENDING:
        values["attempt_ended_at"] = context.clock.now()

    def pause(tx: Tx) -> None:
        if isinstance(error, AuthFailed | OutOfCredit | RateLimited):
            watches.pause_connector(tx, draft.source, until=due_at, problem=error)

    _note(context, draft, DraftState.APPROVED, "postponed", values, also=pause)


def _in_words(error: Exception) -> str:
    return str(error) if isinstance(error, EngagebotError) else f"{type(error).__name__}: {error}"


def _retry_at(context: DeliverContext, draft: DraftRecord, error: Exception) -> datetime:
    now = context.clock.now()
    if isinstance(error, RateLimited):
        return max(error.retry_at, now + timedelta(seconds=1))
    if isinstance(error, AuthFailed | OutOfCredit):
        return now + LONGEST_WAIT
    doublings: int = 2 ** min(draft.attempts, 6)
    return now + min(TRY_AGAIN * doublings, LONGEST_WAIT)


def _note(
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
            _record(tx, context, draft, to, action, values)
            also(tx)
    except (VersionMoved, IllegalMove) as error:
        log.warning("draft %d: %s cannot be noted: %s", draft.id, action, error)
        return False
    return True


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
