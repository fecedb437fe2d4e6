"""Review: what people do with drafts. Nothing leaves without passing through `approve`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engagebot.domain.actions import DraftReply
from engagebot.domain.drafting import placeholders
from engagebot.domain.mention import Route
from engagebot.domain.outbox import DRAFT_LIVE, DraftState, Severity
from engagebot.domain.records import CaseRecord, DraftRecord
from engagebot.domain.roles import Act
from engagebot.domain.verdicts import NOT_UNHAPPY, UNHAPPY, Labels, Origin, is_friendly, labels_of_rejection
from engagebot.errors import IllegalMove, VersionMoved, WrongUsage
from engagebot.store import audit, cases, decisions, drafts, escalations, mentions, verdicts
from engagebot.store.drafts import Move
from engagebot.store.engine import Tx
from engagebot.store.escalations import Announcement, Escalation
from engagebot.store.texts import storable
from engagebot.store.turns import take_turn

TextProblem = Callable[[DraftRecord, str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Where a person sends somebody; `due_at` answers when a first reply is due, from the post's time."""

    team: str
    severity: Severity
    told: Announcement
    due_at: Callable[[datetime], datetime | None]
    note: str = ""


_DECIDABLE = frozenset({DraftState.PROPOSED, DraftState.HELD})


@dataclass(frozen=True, slots=True)
class Terms:
    """How approvals leave: after `undo`, and only with a text in which `text_problem` finds no fault."""

    undo: timedelta = timedelta(0)
    text_problem: TextProblem | None = None


def approve(
    tx: Tx,
    draft_id: int,
    act: Act,
    *,
    version: int | None = None,
    text: str | None = None,
    terms: Terms = Terms(),
) -> DraftRecord:
    """Let a draft leave, as the text that was read; it waits `terms.undo` first.

    A draft that a person must post by hand goes to `by_hand` instead. `text` replaces the draft's own.

    Raises:
        VersionMoved: `version` is not the current one.
        IllegalMove: the draft cannot be approved in its state, or its reply route is blocked.
        WrongUsage: the text cannot be sent (empty, unfilled placeholder, too long).
    """
    draft = _current(tx, draft_id, version)
    _only_in(_DECIDABLE, draft, "approved")
    # The text is made storable before it is hashed: the approval names what will leave, to the letter.
    wording = draft.text if text is None else storable(text).strip()
    if draft.reply_route.route is Route.BLOCKED:
        raise IllegalMove(f"this reply is not allowed: {draft.reply_route.reason}")
    if problem := wording_problem(draft, wording, terms.text_problem):
        raise WrongUsage(problem)
    to = DraftState.BY_HAND if draft.reply_route.route is Route.BY_HAND else DraftState.APPROVED
    text_hash = drafts.text_hash(wording)
    if _is_friendly(tx, draft):
        _note(tx, draft, NOT_UNHAPPY, Origin.APPROVED, act)
    return drafts.change(
        tx,
        draft,
        Move(
            to=to,
            at=act.at,
            actor=act.by.name,
            action="approved",
            values={
                "text": wording,
                "missing": None,
                "approved_by": act.by.name,
                "approved_at": act.at,
                "approved_hash": text_hash,
                "due_at": act.at + terms.undo,
                "snoozed_until": None,
                "last_error": None,
            },
            detail={"text_hash": text_hash, "route": draft.reply_route.route.value},
        ),
    )


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
    draft = _current(tx, draft_id, version)
    _only_in(_DECIDABLE | {DraftState.APPROVED, DraftState.BY_HAND}, draft, "edited")
    to = DraftState.PROPOSED if draft.state is not DraftState.HELD else DraftState.HELD
    wording = storable(text).strip()
    unfilled = list(placeholders(wording))
    return drafts.change(
        tx,
        draft,
        Move(
            to=to,
            at=act.at,
            actor=act.by.name,
            action="edited",
            values={"text": wording, "missing": unfilled or None, **_UNAPPROVED},
            detail={"text_hash": drafts.text_hash(wording)},
        ),
    )


def reject(tx: Tx, draft_id: int, act: Act, *, reason: str, version: int | None = None) -> DraftRecord:
    """Refuse a draft, and say why; nothing is deleted.

    `domain.verdicts.Refusal` has short reasons; `not_happy` and `sarcasm` say that the author is unhappy.

    Raises:
        WrongUsage: no reason was given.
        IllegalMove: it has left already, or has ended.
    """
    if not reason.strip():
        raise WrongUsage("a rejection needs a reason, so that the rule can learn from it")
    draft = _current(tx, draft_id, version)
    _only_in(_DECIDABLE | {DraftState.BY_HAND, DraftState.NEEDS_PERSON}, draft, "rejected")
    values = {"last_error": reason.strip(), **_UNAPPROVED}
    _note(tx, draft, labels_of_rejection(reason), Origin.REJECTED, act)
    return _move(tx, draft, act, DraftState.REJECTED, "rejected", values=values, detail={"reason": reason})


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
    values = {"native_id": None, "url": None, "posted_at": None, "last_error": None, **_UNAPPROVED}
    return _move(tx, draft, act, DraftState.PROPOSED, "undone", values=values)


def posted(tx: Tx, draft_id: int, act: Act, *, url: str | None = None) -> DraftRecord:
    """Note that a person has posted a by-hand reply on the platform.

    Raises:
        IllegalMove: the draft does not wait for that.
    """
    draft = drafts.get(tx, draft_id, lock=True)
    _only_in(frozenset({DraftState.BY_HAND}), draft, "posted by hand")
    values = {"url": url or None, "posted_at": act.at}
    done = _move(tx, draft, act, DraftState.POSTED_BY_HAND, "posted_by_hand", values=values)
    cases.note_first_reply(tx, draft.mention_id, act.at, actor=act.by.name)
    return done


def assign(tx: Tx, draft_id: int, act: Act, *, to: str | None) -> DraftRecord:
    """Give a draft to a person, or to nobody."""
    draft = drafts.get(tx, draft_id, lock=True)
    return _move(tx, draft, act, draft.state, "assigned", values={"assignee": to}, detail={"assignee": to})


def snooze(tx: Tx, draft_id: int, act: Act, *, until: datetime) -> DraftRecord:
    """Hide a draft from the queue until then.

    Raises:
        WrongUsage: that moment has passed.
    """
    if until <= act.at:
        raise WrongUsage("snooze until a moment that is still to come")
    draft = drafts.get(tx, draft_id, lock=True)
    _only_in(_DECIDABLE, draft, "snoozed")
    return _move(
        tx, draft, act, draft.state, "snoozed",
        values={"snoozed_until": until}, detail={"until": until.isoformat()},
    )  # fmt: skip


def escalate(tx: Tx, draft_id: int, act: Act, *, to: Handover) -> CaseRecord:
    """Give the person behind a draft to a team instead of answering; the draft is withdrawn.

    Raises:
        IllegalMove: the reply has left already.
    """
    take_turn(tx)
    draft = drafts.get(tx, draft_id, lock=True)
    heard = mentions.get(tx, draft.mention_id)
    if _is_friendly(tx, draft):
        _note(tx, draft, UNHAPPY, Origin.ESCALATED_BY_HAND, act)
    reason = f"handed to {to.team}"
    withdraw(tx, draft_id, act, reason=reason)
    known = None
    if heard.customer_id is not None:
        known = cases.open_of(tx, [heard.customer_id]).get(heard.customer_id)
    escalation = Escalation(
        heard=heard,
        severity=to.severity,
        team=to.team,
        why=f"{act.by.name} handed it over from the review queue" + (f": {to.note}" if to.note else ""),
        actor=act.by.name,
        at=act.at,
        sentiment=heard.judgement.sentiment.value if heard.judgement else "unknown",
        due_at=to.due_at(heard.mention.posted_at),
    )
    return escalations.escalate(tx, escalation, to.told, known)


def withdraw(tx: Tx, draft_id: int, act: Act, *, reason: str) -> DraftRecord:
    """Take a draft out because something else now answers the person (a case, a deletion, an opt-out)."""
    draft = drafts.get(tx, draft_id, lock=True)
    # `sending` may become `withdrawn` by the platform's word alone: a person cannot call it back.
    waiting = _DECIDABLE | {DraftState.APPROVED, DraftState.BY_HAND, DraftState.NEEDS_PERSON}
    _only_in(waiting, draft, "withdrawn")
    values = {"last_error": reason, **_UNAPPROVED}
    return _move(tx, draft, act, DraftState.WITHDRAWN, "withdrawn", values=values, detail={"reason": reason})


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
        done = _move(tx, draft, act, DraftState.SENT, "found", values=values)
        cases.note_first_reply(tx, draft.mention_id, draft.attempt_started_at or act.at, actor=act.by.name)
        return done
    again = {"due_at": act.at, "settle_tries": 0}
    return _move(tx, draft, act, DraftState.APPROVED, "not_found", values=again)


def note(tx: Tx, draft_id: int, act: Act, *, text: str) -> None:
    """Write an internal note beside a draft; it can never be sent."""
    drafts.get(tx, draft_id)
    audit.add(
        tx,
        at=act.at,
        actor=act.by.name,
        action="draft.note",
        subject=f"draft:{draft_id}",
        detail={"text": text},
    )


def _note(tx: Tx, draft: DraftRecord, said: Labels, origin: Origin, act: Act) -> None:
    verdicts.add(tx, draft.mention_id, said, origin, by=act.by.name, at=act.at)


def _is_friendly(tx: Tx, draft: DraftRecord) -> bool:
    """Whether the draft was made by a template that is fit for happy people alone."""
    decision = decisions.latest(tx, draft.mention_id)
    planned = decision.planned if decision is not None else ()
    made_by = (each.action for each in planned if each.rule_id == draft.rule_id)
    return any(isinstance(action, DraftReply) and is_friendly(action.template) for action in made_by)


def _only_in(states: frozenset[DraftState], draft: DraftRecord, done: str) -> None:
    if draft.state not in states:
        raise IllegalMove(f"draft {draft.id} is {draft.state}: it cannot be {done}")


def _refuse_second_reply(tx: Tx, draft: DraftRecord) -> None:
    for other in drafts.of_mention(tx, draft.mention_id):
        if other.id != draft.id and other.state in DRAFT_LIVE:
            raise IllegalMove(f"draft {other.id} ({other.state}) answers this mention now; work on that one")


_UNAPPROVED = {"approved_by": None, "approved_at": None, "approved_hash": None, "due_at": None}


def _current(tx: Tx, draft_id: int, version: int | None) -> DraftRecord:
    draft = drafts.get(tx, draft_id, lock=True)
    if version is not None and version != draft.version:
        raise VersionMoved(
            f"draft {draft_id} was changed meanwhile: you read version {version}, "
            f"it is at version {draft.version} ({draft.state})",
            version=draft.version,
            text=draft.text,
        )
    return draft


def _move(
    tx: Tx,
    draft: DraftRecord,
    act: Act,
    to: DraftState,
    action: str,
    **more: Mapping[str, Any],
) -> DraftRecord:
    return drafts.change(tx, draft, Move(to=to, at=act.at, actor=act.by.name, action=action, **more))
