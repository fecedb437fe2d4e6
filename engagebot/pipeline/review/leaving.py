"""Leaving: take a decision back, and say what became of a reply."""

from __future__ import annotations

from engagebot.domain.outbox import DRAFT_LIVE, DraftState
from engagebot.domain.records import DraftRecord
from engagebot.domain.roles import Act
from engagebot.domain.verdicts import Origin
from engagebot.errors import IllegalMove
from engagebot.pipeline.review.moving import move, only_in
from engagebot.store import cases, drafts, verdicts
from engagebot.store.engine import Tx


def undo(tx: Tx, draft_id: int, act: Act) -> DraftRecord:
    """Take back an approval that has not left yet, a rejection, or a "posted by hand".

    Raises:
        IllegalMove: it is on its way or has arrived.
    """
    draft = drafts.get(tx, draft_id, lock=True)
    if draft.state in {DraftState.PROPOSED, DraftState.HELD}:
        raise IllegalMove(f"draft {draft_id} is {draft.state}: there is nothing to undo")
    if draft.state in {DraftState.SENDING, DraftState.SENT, DraftState.UNKNOWN}:
        raise IllegalMove(f"draft {draft_id} is {draft.state}: it has left already")
    _refuse_second_reply(tx, draft)
    undone = (Origin.APPROVED, Origin.REJECTED)
    verdicts.take_back(tx, draft.mention_id, by=act.by.name, at=act.at, origins=undone)
    values = {"native_id": None, "url": None, "posted_at": None, "last_error": None, **drafts.UNAPPROVED}
    return move(tx, draft, act, DraftState.PROPOSED, "undone", values=values)


def posted(tx: Tx, draft_id: int, act: Act, *, url: str | None = None) -> DraftRecord:
    """Note that a person has posted a by-hand reply on the platform.

    Raises:
        IllegalMove: the draft does not wait for that.
    """
    draft = drafts.get(tx, draft_id, lock=True)
    only_in(frozenset({DraftState.BY_HAND}), draft, "posted by hand")
    values = {"url": url or None, "posted_at": act.at}
    done = move(tx, draft, act, DraftState.POSTED_BY_HAND, "posted_by_hand", values=values)
    cases.note_first_reply(tx, draft.mention_id, act.at, actor=act.by.name)
    return done


def settle(tx: Tx, draft_id: int, act: Act, *, is_there: bool, url: str | None = None) -> DraftRecord:
    """A person's word on a reply whose outcome nobody could find out: it is there, or it is not.

    Raises:
        IllegalMove: the outcome is not in question.
    """
    draft = drafts.get(tx, draft_id, lock=True)
    if draft.state is not DraftState.NEEDS_PERSON:
        raise IllegalMove(f"draft {draft_id} is {draft.state}: its outcome is not in question")
    if is_there:
        values = {"url": url, "posted_at": draft.attempt_started_at, "last_error": None}
        done = move(tx, draft, act, DraftState.SENT, "found", values=values)
        cases.note_first_reply(tx, draft.mention_id, draft.attempt_started_at or act.at, actor=act.by.name)
        return done
    again = {"due_at": act.at, "settle_tries": 0}
    return move(tx, draft, act, DraftState.APPROVED, "not_found", values=again)


def _refuse_second_reply(tx: Tx, draft: DraftRecord) -> None:
    for other in drafts.of_mention(tx, draft.mention_id):
        if other.id != draft.id and other.state in DRAFT_LIVE:
            raise IllegalMove(f"draft {other.id} ({other.state}) answers this mention now; work on that one")
