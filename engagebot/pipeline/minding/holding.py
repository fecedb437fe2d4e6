"""Holding replies: who waits long is told, once a person has read it, when a person will answer."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from engagebot.domain.casework.case_marks import MarkKind, marks_of
from engagebot.domain.casework.clocks import ClockKind, Promise
from engagebot.domain.casework.holding import Stated, stated, stated_words, waits_since
from engagebot.domain.desk.urgency import urgency_of
from engagebot.domain.drafting import ANSWER_WHEN, HOLDING_REPLY, Drafted, fill, values_of
from engagebot.domain.limits import first_exceeded
from engagebot.domain.mention import ReplyRoute, Route
from engagebot.domain.outbox import CASE_OPEN, CASE_RESTING, DraftState, Purpose
from engagebot.domain.persons.customers import Mark
from engagebot.domain.records import DraftRecord, Event, MentionRecord
from engagebot.domain.replying.routes import final_route
from engagebot.errors import VersionMoved
from engagebot.pipeline.minding.looking import ACTOR, HELD, Look
from engagebot.pipeline.minding.timing import promise_of
from engagebot.store.casework import clocks
from engagebot.store.casework.clocks import ClockRecord
from engagebot.store.heard import mentions
from engagebot.store.heard.standing import standings
from engagebot.store.persons import customers
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import Move, NewDraft

LOOK_AGAIN = timedelta(minutes=5)
"""So often it is asked whether somebody still works on another reply."""
_WAITING = frozenset({DraftState.PROPOSED, DraftState.APPROVED, DraftState.HELD, DraftState.BY_HAND})
_WAITS = frozenset({ClockKind.FIRST_REPLY, ClockKind.NEXT_REPLY})


def hold(look: Look) -> datetime | None:
    """Propose the holding reply that is due, or take back one that is true no more; answer when to look."""
    since = waits_since(clocks.happenings(look.tx, look.case, look.events))
    if since != look.case.waits_since:
        clocks.keep_times(look.tx, look.case.id, {"waits_since": since})
    proposed = [event for event in look.events if event.action == HELD]
    kept = _kept(look, [drafts.get(look.tx, event.detail["draft"]) for event in proposed], since)
    if kept is not None:
        return kept
    promise = promise_of(look)
    if since is None or promise is None or promise.holding_after is None or not _may_wait(look):
        return None
    if look.now < since + promise.holding_after:
        return since + promise.holding_after
    running = clocks.running(look.tx, [look.case.id]).get(look.case.id, [])
    told = [each.due_at for each in running if each.kind is ClockKind.FOLLOW_UP and each.due_at]
    if told and min(told) > look.now:
        # What they were told still stands.
        return min(told)
    if drafts.is_begun(look.tx, look.case.mention_ids):
        return look.now + LOOK_AGAIN
    latest = _to_answer(look, since)
    if latest is None or _was_proposed(look, proposed, since):
        return None
    return _propose(look, latest, since, _time(look, promise, running))


def _may_wait(look: Look) -> bool:
    return look.case.state in CASE_OPEN and look.case.state not in CASE_RESTING


def _kept(look: Look, begun: Iterable[DraftRecord], since: datetime | None) -> datetime | None:
    """The time at which a holding reply that is not out yet is true no more; what is so now is taken back."""
    for draft in begun:
        if draft.follow_up_at is None or draft.state not in _WAITING:
            continue
        if since is None:
            _end(look, draft, DraftState.WITHDRAWN, "they heard from us meanwhile, or it has ended")
        elif draft.follow_up_at <= look.now:
            _end(look, draft, DraftState.EXPIRED, "the time that it names has passed")
        else:
            return draft.follow_up_at
    return None


def _end(look: Look, draft: DraftRecord, to: DraftState, why: str) -> None:
    values = {"last_error": why, **drafts.UNAPPROVED}
    move = Move(to=to, at=look.now, actor=ACTOR, action=to.value, values=values, detail={"reason": why})
    # Whoever moved it meanwhile knows more than this look did.
    with suppress(VersionMoved):
        drafts.change(look.tx, draft, move)


def _was_proposed(look: Look, proposed: Iterable[Event], since: datetime) -> bool:
    """Whether people have had a holding reply for this wait before them; one whose time ran out is none."""
    return any(
        event.detail.get("since") == since.isoformat()
        and drafts.get(look.tx, event.detail["draft"]).state is not DraftState.EXPIRED
        for event in proposed
    )


def _to_answer(look: Look, since: datetime) -> MentionRecord | None:
    """What the customer said last in this wait; nothing where people alone may speak."""
    records = list(mentions.get_many(look.tx, look.case.mention_ids).values())
    if any(mark.kind is MarkKind.TENDER_TOPIC for mark in marks_of(look.case, records)):
        return None
    theirs = [
        each
        for each in records
        if each.redacted_at is None
        and not each.is_history
        and each.mention.posted_at >= since
        and (each.copy_of is None or each.customer_id == look.case.customer_id)
    ]
    return max(theirs, key=lambda each: (each.mention.posted_at, each.id), default=None)


def _time(look: Look, promise: Promise, running: Iterable[ClockRecord]) -> Stated:
    hours = promise.hours or look.settings.open_hours(look.case.team)
    dues = [each.due_at for each in running if each.kind in _WAITS and each.due_at is not None]
    span = promise.spans.get(ClockKind.NEXT_REPLY) or promise.spans[ClockKind.FIRST_REPLY]
    return stated(look.now, dues, hours=hours, span=span)


def _propose(look: Look, heard: MentionRecord, since: datetime, time: Stated) -> datetime | None:
    route = _route(look, heard)
    if route is None:
        return None
    first, *others = _texts(look, heard, time)
    mention = heard.mention
    new = NewDraft(
        mention_id=heard.id,
        customer_id=heard.customer_id,
        rule_id=HOLDING_REPLY,
        source=mention.ref.source,
        conversation_id=mention.conversation_id,
        text=first.text,
        missing=first.missing,
        variants=tuple(others),
        reply_route=route,
        is_proactive=mention.addressed_to_us is not True,
        said_at=mention.posted_at,
        urgency=urgency_of(mention, heard.judgement),
        answer_by=look.case.first_reply_due_at,
        assignee=None,
        written_by=ACTOR,
        purpose=Purpose.HOLDING,
        follow_up_at=time.at,
    )
    draft_id = drafts.propose(look.tx, new, look.now)
    if draft_id is None:
        return look.now + LOOK_AGAIN
    told = {"draft": draft_id, "mention": heard.id, "since": since.isoformat()}
    look.note(HELD, told)
    return time.at


def _route(look: Look, heard: MentionRecord) -> ReplyRoute | None:
    """How the reply may leave; `None` where we do not speak to this person, there, or now."""
    (standing,) = standings(look.tx, [heard.mention], look.settings.manners)
    route = final_route(heard.reply_route, standing)
    if route.route is Route.BLOCKED:
        return None
    customer_id = heard.customer_id
    known = customers.marks(look.tx, [customer_id]).get(customer_id) if customer_id is not None else None
    if known is not None and known.mark is Mark.STAFF:
        return None
    if heard.mention.addressed_to_us is True:
        return route
    limits = look.settings.contact_policy.unasked
    too_many = first_exceeded(
        limits,
        lambda limit: drafts.count_under(
            look.tx,
            limit,
            now=look.now,
            customer_id=customer_id,
            conversation_id=heard.mention.conversation_id,
        ),
    )
    return None if too_many is not None else route


def _texts(look: Look, heard: MentionRecord, time: Stated) -> list[Drafted]:
    when = stated_words(time, look.now, look.settings.timezone)
    values = {**values_of(heard.mention, look.settings.brand.name), ANSWER_WHEN: when}
    return [fill(wording, values) for wording in look.settings.holding.in_turn(heard.id)]
