"""Leaving: take a decision back, and say what became of a reply."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from engagebot.domain.heard.verdicts import Origin
from engagebot.domain.outbox import DRAFT_MOVES, DraftState, check_move
from engagebot.domain.records import DraftRecord
from engagebot.domain.roles import Act
from engagebot.domain.text.addresses import read_address
from engagebot.errors import IllegalMove, NotFound, VersionMoved
from engagebot.pipeline.review.matter import matter_of
from engagebot.pipeline.review.moving import DECIDABLE, move, only_in
from engagebot.pipeline.review.telling import circumstances
from engagebot.pipeline.review.terms import Result, Undone
from engagebot.store.casework import cases
from engagebot.store.engine import Tx
from engagebot.store.heard import verdicts
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import Move

ACTOR: Final = "engagebot"
BY_HAND: Final = frozenset({DraftState.BY_HAND})


def undo(tx: Tx, draft_id: int, act: Act) -> Undone:
    """Take back an approval that has not left yet, a rejection, a snooze, or a "posted by hand".

    Raises:
        IllegalMove: it is on its way or has arrived.
    """
    draft = drafts.get(tx, draft_id, lock=True)
    if draft.state in DECIDABLE and draft.snoozed_until is not None and draft.snoozed_until > act.at:
        woken = move(tx, draft, act, draft.state, "woken", values={"snoozed_until": None})
        return Undone(draft=woken, was=draft.state)
    # The first of two approvals is a decision of its own.
    if draft.state in DECIDABLE and draft.first_reader is None:
        raise IllegalMove(f"draft {draft_id} is {draft.state}: there is nothing to undo")
    if draft.state in {DraftState.SENDING, DraftState.SENT, DraftState.UNKNOWN}:
        raise IllegalMove(f"draft {draft_id} is {draft.state}: it has left already")
    # Asked before the first write, so that one item of many can be left out of their transaction.
    check_move(DRAFT_MOVES, draft.state, DraftState.PROPOSED)
    _refuse_second_reply(tx, draft)
    undone = (Origin.APPROVED, Origin.REJECTED)
    verdicts.take_back(tx, draft.mention_id, by=act.by.name, at=act.at, origins=undone)
    values = {"native_id": None, "url": None, "posted_at": None, "last_error": None, **drafts.UNAPPROVED}
    done = move(tx, draft, act, DraftState.PROPOSED, "undone", values=values)
    return Undone(draft=done, was=draft.state)


def undo_many(tx: Tx, draft_ids: Sequence[int], act: Act) -> list[Result]:
    """Take back what was done to many at once, in one transaction; those that cannot be are left out.

    The answers stand in the order that was asked for.
    """
    found: dict[int, Result] = {}
    # One order for everybody, so that two who undo the same items cannot wait for each other in a ring.
    for draft_id in sorted(set(draft_ids)):
        try:
            done = undo(tx, draft_id, act)
        except (IllegalMove, NotFound) as error:
            found[draft_id] = Result(draft_id=draft_id, problem=str(error))
        else:
            found[draft_id] = Result(draft_id=draft_id, draft=done.draft, was=done.was)
    return [found[draft_id] for draft_id in dict.fromkeys(draft_ids)]


def release(tx: Tx, draft_id: int, act: Act) -> DraftRecord:
    """Let an approved reply leave now, without waiting for the rest of the time to undo.

    Raises:
        IllegalMove: it does not wait to leave.
    """
    draft = drafts.get(tx, draft_id, lock=True)
    only_in(frozenset({DraftState.APPROVED}), draft, "sent now")
    values: dict[str, Any] = {"due_at": act.at}
    if draft.due_at is None:
        # It waited for this word, so the approval is as old as the word.
        values["approved_at"] = act.at
    return move(tx, draft, act, DraftState.APPROVED, "released", values=values)


def posted(tx: Tx, draft_id: int, act: Act, *, url: str | None = None) -> DraftRecord:
    """Note that a person has posted a by-hand reply on the platform.

    Raises:
        IllegalMove: the draft does not wait for that.
        WrongUsage: `url` is no web address.
    """
    draft = drafts.get(tx, draft_id, lock=True)
    only_in(BY_HAND, draft, "posted by hand")
    values = {"url": read_address(url or "", of="a reply"), "posted_at": act.at}
    detail = circumstances(tx, matter_of(tx, draft), act)
    done = move(tx, draft, act, DraftState.POSTED_BY_HAND, "posted_by_hand", values=values, detail=detail)
    cases.note_first_reply(tx, draft.mention_id, act.at, actor=act.by.name, follow_up_at=draft.follow_up_at)
    return done


def not_posted(tx: Tx, draft_id: int, act: Act) -> DraftRecord:
    """Say that a by-hand reply was not posted after all: it waits for review again.

    Raises:
        IllegalMove: the draft does not wait to be posted by hand.
    """
    draft = drafts.get(tx, draft_id, lock=True)
    only_in(BY_HAND, draft, "called not posted")
    verdicts.take_back(tx, draft.mention_id, by=act.by.name, at=act.at, origins=(Origin.APPROVED,))
    return move(tx, draft, act, DraftState.PROPOSED, "not_posted", values=drafts.UNAPPROVED)


def return_unposted(tx: Tx, now: datetime, *, after: timedelta) -> list[int]:
    """Put back into the queue what somebody took over so long ago and neither posted nor gave up."""
    returned = []
    for draft in drafts.in_state(tx, DraftState.BY_HAND, limit=500):
        if (draft.approved_at or draft.updated_at) > now - after:
            continue
        minutes = round(after.total_seconds() / 60)
        why = f"nobody said within {minutes} minutes that it was posted; post it, or say that it was"
        values = {**drafts.UNAPPROVED, "last_error": why}
        move_back = Move(to=DraftState.PROPOSED, at=now, actor=ACTOR, action="returned", values=values)
        # Whoever said a word on it meanwhile knows more than this look did.
        with suppress(VersionMoved):
            returned.append(drafts.change(tx, draft, move_back).id)
    return returned


def settle(tx: Tx, draft_id: int, act: Act, *, is_there: bool, url: str | None = None) -> DraftRecord:
    """A person's word on a reply whose outcome nobody could find out: it is there, or it is not.

    Raises:
        IllegalMove: the outcome is not in question.
        WrongUsage: `url` is no web address.
    """
    draft = drafts.get(tx, draft_id, lock=True)
    if draft.state is not DraftState.NEEDS_PERSON:
        raise IllegalMove(f"draft {draft_id} is {draft.state}: its outcome is not in question")
    if is_there:
        values = {
            "url": read_address(url or "", of="a reply"),
            "posted_at": draft.attempt_started_at,
            "last_error": None,
        }
        done = move(tx, draft, act, DraftState.SENT, "found", values=values)
        spoken_at, until = draft.attempt_started_at or act.at, draft.follow_up_at
        cases.note_first_reply(tx, draft.mention_id, spoken_at, actor=act.by.name, follow_up_at=until)
        return done
    again = {"due_at": act.at, "settle_tries": 0}
    return move(tx, draft, act, DraftState.APPROVED, "not_found", values=again)


def _refuse_second_reply(tx: Tx, draft: DraftRecord) -> None:
    for other in drafts.of_mention(tx, draft.mention_id):
        if other.id != draft.id and other.is_the_reply:
            raise IllegalMove(f"draft {other.id} ({other.state}) answers this mention now; work on that one")
