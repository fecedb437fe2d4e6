"""Deciding: approve, edit or reject a draft."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engagebot.domain.drafting import Drafted, placeholders
from engagebot.domain.heard.verdicts import (
    NOT_UNHAPPY,
    Origin,
    labels_of_rejection,
    refusal_of,
    spoken_refusal,
)
from engagebot.domain.mention import Route
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord
from engagebot.domain.roles import Act
from engagebot.errors import IllegalMove, WrongUsage
from engagebot.pipeline.review.caution import (
    explained,
    read_first,
    refuse_unexplained,
    risks_of,
    wants_second,
)
from engagebot.pipeline.review.checking import answer_by_refusal, answer_by_words, was_checked
from engagebot.pipeline.review.matter import Matter, matter_of
from engagebot.pipeline.review.moving import DECIDABLE, current, move, only_in, say
from engagebot.pipeline.review.telling import circumstances, in_own_words, was_friendly
from engagebot.pipeline.review.terms import NO_TERMS, Terms, TextProblem
from engagebot.store.desk import writings
from engagebot.store.engine import Tx
from engagebot.store.replying import drafts, variants
from engagebot.store.replying.drafts import Move
from engagebot.store.texts import storable


def approve(
    tx: Tx,
    draft_id: int,
    act: Act,
    *,
    version: int | None = None,
    text: str | None = None,
    terms: Terms = NO_TERMS,
) -> DraftRecord:
    """Let a draft leave, as the text that was read; it waits `terms.undo` first, or for `release`.

    A draft that a person must post by hand goes to `by_hand` instead. `text` replaces the draft's own. What
    two people must read waits, after the first approval, in `held`, with `first_reader` set. Where a seeded
    check stands on it, that is answered, nothing is approved, and `check` of the draft tells the result.

    Raises:
        VersionMoved: `version` is not the current one.
        IllegalMove: the draft cannot be approved in its state, or its reply route is blocked.
        WrongUsage: the text cannot be sent (empty, unfilled placeholder, too long).
        NeedsReason: it is risky, and `terms.reason` does not say why it is right.
        NotAllowed: it waits for a second reader, and this role may not be that.
    """
    draft = current(tx, draft_id, version)
    only_in(DECIDABLE, draft, "approved")
    if (checked := answer_by_words(tx, draft, act, text)) is not None:
        return checked
    wording = _sendable(draft, text, terms, at=act.at)
    matter = matter_of(tx, draft)
    found = risks_of(tx, matter, wording, terms)
    refuse_unexplained(found, terms)
    if wants_second(found, terms):
        waiting = read_first(tx, matter, wording, act, found=found, terms=terms)
        if waiting is not None:
            return waiting
    to = DraftState.BY_HAND if draft.reply_route.route is Route.BY_HAND else DraftState.APPROVED
    if was_friendly(matter):
        say(tx, draft, NOT_UNHAPPY, Origin.APPROVED, act)
    writings.forget(tx, draft_id, act.by.name)
    return drafts.change(
        tx,
        draft,
        Move(
            to=to,
            at=act.at,
            actor=act.by.name,
            action="approved",
            values=_approval(matter, wording, act, terms),
            detail=circumstances(tx, matter, act, wording=wording) | explained(matter, found, terms),
        ),
    )


def _approval(matter: Matter, wording: str, act: Act, terms: Terms) -> dict[str, Any]:
    return {
        "text": wording,
        "missing": None,
        "approved_by": act.by.name,
        "approved_at": act.at,
        "approved_hash": drafts.text_hash(wording),
        "approved_for": drafts.place_hash(matter.mention.mention),
        "due_at": None if terms.confirms else act.at + terms.undo,
        "snoozed_until": None,
        "woke_because": None,
        "last_error": None,
    }


def _sendable(draft: DraftRecord, text: str | None, terms: Terms, *, at: datetime) -> str:
    # The text is made storable before it is hashed: the approval names what will leave, to the letter.
    wording = draft.text if text is None else storable(text).strip()
    if draft.reply_route.route is Route.BLOCKED:
        raise IllegalMove(f"this reply is not allowed: {draft.reply_route.reason}")
    if draft.follow_up_at is not None and draft.follow_up_at <= at:
        raise IllegalMove("the time that it names has passed; one with a time to come takes its place")
    if problem := wording_problem(draft, wording, terms.text_problem):
        raise WrongUsage(problem)
    return wording


def wording_problem(draft: DraftRecord, wording: str, text_problem: TextProblem | None) -> str | None:
    """Say why this text cannot be sent as it stands, or `None`."""
    if not wording.strip():
        return "the reply is empty; write something, or reject the draft"
    if unfilled := placeholders(wording):
        names = ", ".join(f"{{{{{name}}}}}" for name in unfilled)
        return f"the reply still holds {names}; write what belongs there"
    return text_problem(draft, wording) if text_problem else None


def edit(tx: Tx, draft_id: int, act: Act, *, text: str, version: int) -> DraftRecord:
    """Change the wording; an approved draft goes back to be approved again.

    Raises:
        VersionMoved: somebody changed the draft since `version`.
        IllegalMove: it has left already, or has ended.
    """
    draft = current(tx, draft_id, version)
    only_in(DECIDABLE | {DraftState.APPROVED, DraftState.BY_HAND}, draft, "edited")
    if (checked := answer_by_words(tx, draft, act, text)) is not None:
        return checked
    # What waits for its second reader has new words now, which nobody has read.
    is_held = draft.state is DraftState.HELD and draft.first_reader is None
    to = DraftState.HELD if is_held else DraftState.PROPOSED
    wording = storable(text).strip()
    unfilled = list(placeholders(wording))
    writings.forget(tx, draft_id, act.by.name)
    return drafts.change(
        tx,
        draft,
        Move(
            to=to,
            at=act.at,
            actor=act.by.name,
            action="edited",
            values={"text": wording, "missing": unfilled or None, **drafts.UNAPPROVED},
            detail={"text_hash": drafts.text_hash(wording)},
        ),
    )


def choose(tx: Tx, draft_id: int, act: Act, *, number: int, version: int) -> DraftRecord:
    """Take another wording of the reply; the one that stood there takes its place among the others.

    Raises:
        VersionMoved: somebody changed the draft since `version`.
        IllegalMove: the draft is decided already.
        WrongUsage: there is no wording with this number.
    """
    draft = current(tx, draft_id, version)
    only_in(DECIDABLE, draft, "worded otherwise")
    if (checked := answer_by_refusal(tx, draft, act)) is not None:
        return checked
    others = {each.number: each for each in variants.of(tx, draft_id)}
    if number not in others:
        there = ", ".join(str(each) for each in (1, *others))
        raise WrongUsage(f"there is no wording {number} to choose; there: {there}, of which 1 is in use")
    chosen = others[number]
    variants.replace(tx, draft_id, number, Drafted(draft.text, draft.missing))
    to = DraftState.PROPOSED if draft.first_reader is not None else draft.state
    return move(
        tx, draft, act, to, "chosen",
        values={"text": chosen.text, "missing": list(chosen.missing) or None, **drafts.UNAPPROVED},
        detail={"number": number, "text_hash": drafts.text_hash(chosen.text)},
    )  # fmt: skip


def reject(
    tx: Tx, draft_id: int, act: Act, *, reason: str, version: int | None = None, read: int | None = None
) -> DraftRecord:
    """Refuse a draft, and say why; nothing is deleted.

    `version` is the one that it must be at. `read` may be an older one, unless what was read there may have
    been the words of a seeded check: that is no reason to refuse the reply that it covered.

    `domain.heard.verdicts.REASONS` lists short ones, with keys; two of them say that the author is unhappy.

    Raises:
        WrongUsage: no reason was given.
        IllegalMove: it has left already, or has ended.
    """
    if not reason.strip():
        raise WrongUsage("a rejection needs a reason, so that the rule can learn from it")
    if version is None and read is not None and was_checked(tx, draft_id):
        version = read
    draft = current(tx, draft_id, version)
    only_in(DECIDABLE | {DraftState.BY_HAND, DraftState.NEEDS_PERSON}, draft, "rejected")
    if (checked := answer_by_refusal(tx, draft, act)) is not None:
        return checked
    matter = matter_of(tx, draft)
    why = in_own_words(matter, spoken_refusal(reason))
    values = {"last_error": why, "woke_because": None, **drafts.UNAPPROVED}
    detail = circumstances(tx, matter, act) | {"reason": why, "code": refusal_of(reason).value}
    say(tx, draft, labels_of_rejection(reason), Origin.REJECTED, act)
    writings.forget(tx, draft_id, act.by.name)
    return move(tx, draft, act, DraftState.REJECTED, "rejected", values=values, detail=detail)
