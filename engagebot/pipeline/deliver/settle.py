"""Unknown outcomes: look for our reply on the platform, after it had time to show; never send on a guess."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord, MentionRecord
from engagebot.errors import EngagebotError, StoreUnavailable, VersionMoved
from engagebot.pipeline.deliver.context import ACTOR, DeliverContext
from engagebot.ports import Posted
from engagebot.store.casework import cases
from engagebot.store.heard import mentions
from engagebot.store.listening import costs
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import Move

log = logging.getLogger(__name__)

SETTLE_AFTER = timedelta(seconds=90)
BELIEVED = 10
LOOKS = 5
ATTEMPTS = 3


def settle_replies(context: DeliverContext, *, after: timedelta = SETTLE_AFTER) -> int:
    """Settle replies whose outcome is unknown; answer how many are known now.

    Own posts do not show at once, so a look counts only `after` the last moment the request could have left.
    When the platform answers and shows none, the same approval is sent again, `ATTEMPTS` times in all; when
    that fails, or it cannot be asked `LOOKS` times, a person decides.
    """
    with context.store.read() as tx:
        sources = drafts.sources_in(tx, DraftState.UNKNOWN)
    return sum(_settle_all(context, source, after) for source in sources)


def _settle_all(context: DeliverContext, source: str, after: timedelta) -> int:
    with context.store.sending_locks.turn(source) as held:
        # Whoever sends there settles as well: nobody else knows that no request is on its way.
        if held is None:
            return 0
        with context.store.read() as tx:
            unknown = drafts.in_state(tx, DraftState.UNKNOWN, source=source)
        return sum(_settle(context, draft) for draft in unknown if _had_time(context, draft, after))


def _had_time(context: DeliverContext, draft: DraftRecord, after: timedelta) -> bool:
    """Whether a post of ours had its time to show, also where somebody put the clock forward.

    What an earlier process wrote down is a time of day. It is believed where it lies many windows back, so
    that short runs settle too; else the window is counted here, from the first look at it.
    """
    since_s = context.stopwatch.since_end(draft.id)
    if since_s is not None:
        return since_s >= after.total_seconds()
    if context.clock.now() - (draft.attempt_ended_at or draft.updated_at) >= BELIEVED * after:
        return True
    context.stopwatch.note_end(draft.id)
    return False


def _settle(context: DeliverContext, draft: DraftRecord) -> int:
    with context.store.read() as tx:
        heard = mentions.get(tx, draft.mention_id)
    try:
        found = context.connector(draft.source).own_reply(heard.mention)
    except StoreUnavailable:
        raise
    except Exception as error:  # whatever it is, we could not look; the other replies get their look
        named = isinstance(error, EngagebotError)
        return _could_not_look(context, draft, str(error) if named else f"{type(error).__name__}: {error}")
    return _write(context, draft, heard, found)


def _write(context: DeliverContext, draft: DraftRecord, heard: MentionRecord, found: Posted | None) -> int:
    now = context.clock.now()
    if found is not None:
        values: dict[str, Any] = {
            "native_id": found.native_id,
            "url": found.url,
            "posted_at": found.posted_at,
            "last_error": None,
        }
        to, action = DraftState.SENT, "found"
    elif draft.attempts >= ATTEMPTS:
        # A platform that loses or refuses the same text again and again (X: 403 "duplicate content" for words
        # we sent to somebody else) would otherwise be asked for ever, and nobody would know.
        values = {
            "last_error": f"{draft.last_error or 'lost'}; tried {draft.attempts} times, it is not there"
        }
        to, action = DraftState.NEEDS_PERSON, "gave_up"
    else:
        values = {"due_at": now, "settle_tries": 0}
        to, action = DraftState.APPROVED, "not_found"
    try:
        with context.store.write() as tx:
            drafts.change(tx, draft, Move(to=to, at=now, actor=ACTOR, action=action, values=values))
            if found is not None:
                until = draft.follow_up_at
                cases.note_first_reply(tx, draft.mention_id, now, actor=ACTOR, follow_up_at=until)
                costs.count_reply(tx, heard, draft.text, prices=context.prices, at=now)
    except VersionMoved:
        return 0
    return 1


def _could_not_look(context: DeliverContext, draft: DraftRecord, message: str) -> int:
    try:
        _count_look(context, draft, message)
    except VersionMoved:
        log.warning("draft %d moved while we looked for our reply", draft.id)
    return 0


def _count_look(context: DeliverContext, draft: DraftRecord, message: str) -> None:
    now = context.clock.now()
    with context.store.write() as tx:
        tries = drafts.settle_tries(tx, draft.id) + 1
        to = DraftState.NEEDS_PERSON if tries >= LOOKS else DraftState.UNKNOWN
        values = {"settle_tries": tries, "attempt_ended_at": now, "last_error": message}
        context.stopwatch.note_end(draft.id)
        move = Move(
            to=to, at=now, actor=ACTOR, action="look_failed", values=values, detail={"error": message}
        )
        drafts.change(tx, draft, move)
    log.warning("draft %d: could not look for our reply (%d of %d): %s", draft.id, tries, LOOKS, message)
