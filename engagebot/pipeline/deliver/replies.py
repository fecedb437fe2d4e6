"""Approved replies: claim, commit, one request, record what happened."""

from __future__ import annotations

import logging
from datetime import timedelta

from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord, MentionRecord
from engagebot.errors import IllegalMove, StoreUnavailable, VersionMoved
from engagebot.pipeline.deliver import outcomes
from engagebot.pipeline.deliver.context import DeliverContext, record
from engagebot.pipeline.deliver.last_look import (
    Sight,
    answered_already,
    may_leave,
    may_look,
    own_answer,
    sight,
)
from engagebot.ports import Connector
from engagebot.store import site
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions, reopening
from engagebot.store.listening import costs, watches
from engagebot.store.replying import breakers, drafts
from engagebot.store.replying.sending_locks import Held
from engagebot.store.turns import take_turn

log = logging.getLogger(__name__)

# From the claim to the request. Whoever was stopped in between looks again at whether it may still send.
DEADLINE_S = 5.0


def deliver_replies(context: DeliverContext) -> int:
    """Send every approved reply that is due; answer how many the platforms took.

    Nothing happens while the site is paused, nor for a source that another process sends to. Replies are sent
    one after the other.
    """
    with context.store.read() as tx:
        if site.paused_by(tx) is not None:
            return 0
        now = context.clock.now()
        paused = watches.paused_connectors(tx, now)
        due = drafts.due_to_send(tx, now, without=paused)
    sent = 0
    for source in dict.fromkeys(draft.source for draft in due):
        with context.store.sending_locks.turn(source) as held:
            if held is not None:
                sent += sum(_send(context, held, draft) for draft in due if draft.source == source)
    return sent


def recover_replies(context: DeliverContext) -> int:
    """Call replies that were cut off in the middle of sending `unknown`; answer how many there were.

    Whoever has the lock of a source knows that nobody else's request is on its way there. The time that our
    post gets to show is counted from here: how long the dead process went on after its claim, nobody knows.
    """
    with context.store.read() as tx:
        sources = drafts.sources_in(tx, DraftState.SENDING)
    return sum(_recover(context, source) for source in sources)


def _recover(context: DeliverContext, source: str) -> int:
    with context.store.sending_locks.turn(source) as held:
        if held is None:
            return 0
        with context.store.read() as tx:
            cut_off = drafts.in_state(tx, DraftState.SENDING, source=source)
        for draft in cut_off:
            context.stopwatch.note_end(draft.id)
        values = {"attempt_ended_at": context.clock.now()}
        return sum(outcomes.note(context, draft, DraftState.UNKNOWN, "cut_off", values) for draft in cut_off)


def _send(context: DeliverContext, held: Held, draft: DraftRecord) -> int:
    if not may_look(context, draft):
        return 0
    try:
        connector = context.connector(draft.source)
        with context.store.read() as tx:
            heard = mentions.get(tx, draft.mention_id)
        shown = connector.lookup(heard.mention.ref)
        seen = sight(connector, heard.mention, shown, draft) if shown else None
        ours = own_answer(context, connector, draft, heard) if seen else None
    except StoreUnavailable:
        raise
    except Exception as error:  # nothing has left yet; one broken connector must not stop the others' replies
        outcomes.postpone(context, draft, error)
        return 0
    if seen is None:
        outcomes.forget(context, draft, {"last_error": outcomes.GONE})
        return 0
    if ours is not None:
        answered_already(context, draft, ours)
        return 0
    began_s = context.stopwatch.seconds()
    claimed = _claim(context, draft, heard, seen)
    if claimed is None or not _is_in_time(context, held, claimed, began_s):
        return 0
    return _post(context, connector, claimed, heard)


def _post(context: DeliverContext, connector: Connector, claimed: DraftRecord, heard: MentionRecord) -> int:
    # From here on the platform may have the reply. Every way out of the call, an unforeseen one included,
    # must end in a recorded state; anything that is not surely undone counts as unknown.
    try:
        posted = connector.reply(heard.mention, claimed.text)
    except Exception as error:  # sorted by what is certain, never swallowed: `failed` records it
        outcomes.failed(context, claimed, error)
        return 0
    outcomes.succeeded(context, claimed, heard, posted)
    return 1


def _is_in_time(context: DeliverContext, held: Held, claimed: DraftRecord, began_s: float) -> bool:
    """Look once more, after the commit, whether nobody else can be sending by now.

    A process can be stopped at any line and go on an hour later. One that was stopped after this line still
    has the lock, or lost it without a sign: the one window that is left, as short as a program can make it.
    """
    if context.stopwatch.seconds() - began_s < DEADLINE_S and held.is_ours():
        return True
    values = {
        "attempt_ended_at": context.clock.now(),
        "due_at": context.clock.now() + timedelta(seconds=1),
        "last_error": "stopped between the claim and the request; nothing has left, it is tried again",
    }
    outcomes.note(context, claimed, DraftState.APPROVED, "too_late", values)
    return False


def _claim(
    context: DeliverContext, draft: DraftRecord, heard: MentionRecord, seen: Sight
) -> DraftRecord | None:
    """Commit `sending` before the first byte leaves, or answer `None` when it must not leave any more."""
    try:
        with context.store.write() as tx:
            if site.paused_by(tx) is not None:
                return None
            is_edited = seen.mention.words != heard.mention.words
            if is_edited:
                take_turn(tx)
            # Whoever lets a mention be decided again holds its drafts, so after this line it is seen here.
            current = drafts.get(tx, draft.id, lock=True)
            if not is_edited and reopening.is_asked_again(tx, heard.id):
                return None
            if not may_leave(tx, context, draft, heard, seen):
                return None
            if current.version != draft.version:
                return None
            return _sending(tx, context, draft, heard)
    except (VersionMoved, IllegalMove):
        return None


def _sending(tx: Tx, context: DeliverContext, draft: DraftRecord, heard: MentionRecord) -> DraftRecord:
    now = context.clock.now()
    values = {
        "owner": context.owner,
        "attempts": draft.attempts + 1,
        "attempt_started_at": now,
        "attempt_ended_at": None,
    }
    claimed = record(tx, context, draft, DraftState.SENDING, "sending", values)
    breakers.note_try(tx, draft.source, now)
    # The look that came before it is paid for too.
    costs.count(tx, {"lookups": 1}, connector=draft.source, watch=heard.watch, at=now)
    return claimed
