"""Replies on their way out: the outbox. Every move is checked, compared-and-set, and audited in one go."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.desk.urgency import Lane, Urgency
from engagebot.domain.drafting import Drafted
from engagebot.domain.limits import Limit, Scope
from engagebot.domain.mention import Mention, ReplyRoute
from engagebot.domain.outbox import (
    DRAFT_LIVE,
    DRAFT_MOVES,
    DRAFT_OPEN,
    DraftState,
    Purpose,
    check_move,
)
from engagebot.domain.records import DraftRecord
from engagebot.errors import NotFound, VersionMoved
from engagebot.store import audit
from engagebot.store.engine import Tx, upsert
from engagebot.store.heard.reopening import asked_again
from engagebot.store.replying import variants
from engagebot.store.tables import drafts
from engagebot.store.tables import mentions as mention_rows
from engagebot.store.texts import read_route, route_words


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDraft:
    """A reply that a rule proposes, or that a person has begun (`written_by`)."""

    mention_id: int
    customer_id: int | None
    rule_id: str
    source: str
    conversation_id: str | None
    text: str
    missing: tuple[str, ...]
    reply_route: ReplyRoute
    is_proactive: bool
    said_at: datetime
    urgency: Urgency
    answer_by: datetime | None = None
    assignee: str | None = None
    written_by: str | None = None
    purpose: Purpose | None = None
    follow_up_at: datetime | None = None
    variants: tuple[Drafted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A change of state: who made it, under which name it is audited, and what else changes with it."""

    to: DraftState
    at: datetime
    actor: str
    action: str
    values: Mapping[str, Any] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)


def propose(tx: Tx, new: NewDraft, at: datetime) -> int | None:
    """Put a draft into the queue, or `None` when the mention already has a live one."""
    values = {
        "mention_id": new.mention_id,
        "customer_id": new.customer_id,
        "rule_id": new.rule_id,
        "source": new.source,
        "conversation_id": new.conversation_id,
        "is_proactive": new.is_proactive,
        "text": new.text,
        "missing": list(new.missing) or None,
        "version": 1,
        "state": DraftState.PROPOSED.value,
        "reply_route": new.reply_route.route.value,
        "reply_reason": route_words(new.reply_route),
        "created_at": at,
        "updated_at": at,
        "assignee": new.assignee,
        "said_at": new.said_at,
        "answer_by": new.answer_by,
        "purpose": new.purpose.value if new.purpose else None,
        "follow_up_at": new.follow_up_at,
        **_urgency_values(new.urgency),
    }
    statement = upsert(tx, drafts).values(**values).on_conflict_do_nothing().returning(drafts.c.id)
    draft_id: int | None = tx.execute(statement).scalar_one_or_none()
    if draft_id is not None:
        # Only the text's hash: the audit never forgets, and a text may hold the name of who deleted a post.
        detail: dict[str, Any] = {"text_hash": text_hash(new.text)}
        if new.variants:
            variants.put(tx, draft_id, new.variants)
            detail["variants"] = [text_hash(each.text) for each in new.variants]
        actor = new.written_by or f"rule:{new.rule_id}"
        _audit(tx, draft_id, at=at, actor=actor, action="proposed", detail=detail)
    return draft_id


def _urgency_values(urgency: Urgency) -> dict[str, Any]:
    return {
        "lane": urgency.lane.value,
        "rank": urgency.rank,
        "unhappiness": urgency.unhappiness,
        "reach": urgency.reach,
    }


def set_urgency(tx: Tx, mention_id: int, urgency: Urgency) -> None:
    """Let the drafts of a mention stand where its new judgement puts them."""
    is_it = drafts.c.mention_id == mention_id
    tx.execute(sa.update(drafts).where(is_it).values(**_urgency_values(urgency)))


def lock_of(tx: Tx, mention_ids: Collection[int]) -> set[int]:
    """Keep others from changing the drafts of these mentions; answer which of them have any."""
    query = sa.select(drafts.c.mention_id).where(drafts.c.mention_id.in_(sorted(mention_ids)))
    return set(tx.execute(query.order_by(drafts.c.id).with_for_update()).scalars())


# Asked for each item that is shown; putting it together takes as long as its answer.
_BY_ID = sa.select(drafts).where(drafts.c.id == sa.bindparam("of"))
_LOCKED = _BY_ID.with_for_update()


def get(tx: Tx, draft_id: int, *, lock: bool = False) -> DraftRecord:
    """One draft; `lock` keeps others from changing it until the transaction ends.

    Raises:
        NotFound: there is none with this id.
    """
    row = tx.execute(_LOCKED if lock else _BY_ID, {"of": draft_id}).mappings().first()
    if row is None:
        raise NotFound(f"there is no draft {draft_id}")
    return record(row)


def change(tx: Tx, draft: DraftRecord, move: Move) -> DraftRecord:
    """Move a draft, or change it in place, and audit it.

    Raises:
        IllegalMove: the state machine has no such move.
        VersionMoved: somebody changed the draft since it was read.
    """
    if move.to is not draft.state:
        check_move(DRAFT_MOVES, draft.state, move.to)
    values = {**move.values, "state": move.to.value, "updated_at": move.at, "version": draft.version + 1}
    row = (
        tx.execute(
            sa.update(drafts)
            .where(drafts.c.id == draft.id, drafts.c.version == draft.version)
            .values(**values)
            .returning(drafts)
        )
        .mappings()
        .first()
    )
    if row is None:
        current = get(tx, draft.id)
        raise VersionMoved(
            f"draft {draft.id} was changed meanwhile: it is at version {current.version} ({current.state})",
            version=current.version,
            text=current.text,
        )
    if move.to is DraftState.WITHDRAWN:
        variants.forget_beside(tx, [draft.id])
    detail = {"from": draft.state.value, "to": move.to.value, "version": draft.version + 1, **move.detail}
    _audit(tx, draft.id, at=move.at, actor=move.actor, action=move.action, detail=detail)
    return record(row)


def _audit(
    tx: Tx, draft_id: int, *, at: datetime, actor: str, action: str, detail: Mapping[str, Any]
) -> None:
    audit.add(tx, at=at, actor=actor, action=f"draft.{action}", subject=f"draft:{draft_id}", detail=detail)


def text_hash(text: str) -> str:
    """Name a text; an approval is bound to it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def place_hash(to: Mention) -> str:
    """Name the place of a reply, the post and its conversation; an approval is bound to it as well."""
    return text_hash(json.dumps([to.ref.source, to.ref.native_id, to.conversation_id]))


def approved_hashes(tx: Tx, draft_id: int) -> tuple[str | None, str | None]:
    """The hashes of the text that was approved, and of the place it was approved for."""
    query = sa.select(drafts.c.approved_hash, drafts.c.approved_for).where(drafts.c.id == draft_id)
    text, place = tx.execute(query).one()
    return text, place


UNAPPROVED: Mapping[str, None] = {
    "approved_by": None,
    "approved_at": None,
    "approved_hash": None,
    "approved_for": None,
    "due_at": None,
    "first_reader": None,
}
_WAITING = (DraftState.PROPOSED, DraftState.APPROVED, DraftState.HELD, DraftState.BY_HAND)


def set_route(tx: Tx, mention_id: int, route: ReplyRoute) -> None:
    """Note for the drafts that nobody has decided yet how a reply to this mention can leave by now."""
    values = {"reply_route": route.route.value, "reply_reason": route_words(route)}
    undecided = (DraftState.PROPOSED.value, DraftState.HELD.value)
    is_it = (drafts.c.mention_id == mention_id, drafts.c.state.in_(undecided))
    tx.execute(sa.update(drafts).where(*is_it).values(**values))


def withdraw_waiting(
    tx: Tx, customer_ids: Collection[int], *, at: datetime, actor: str, reason: str
) -> list[int]:
    """Take out every draft to these people that is not on its way yet; answer which."""
    query = sa.select(drafts).where(
        drafts.c.customer_id.in_(sorted(customer_ids)),
        drafts.c.state.in_([state.value for state in _WAITING]),
    )
    return _withdraw(tx, query, at=at, actor=actor, reason=reason)


def withdraw_in(
    tx: Tx, source: str, communities: Collection[str], *, at: datetime, actor: str, reason: str
) -> list[int]:
    """Take out every draft for one of these communities (in lower case) that is not on its way yet."""
    query = (
        sa.select(drafts)
        .join_from(drafts, mention_rows, drafts.c.mention_id == mention_rows.c.id)
        .where(
            drafts.c.state.in_([state.value for state in _WAITING]),
            mention_rows.c.source == source,
            sa.func.lower(mention_rows.c.community).in_(sorted(communities)),
        )
    )
    return _withdraw(tx, query, at=at, actor=actor, reason=reason)


def _withdraw(tx: Tx, query: sa.Select[Any], *, at: datetime, actor: str, reason: str) -> list[int]:
    gone = []
    # Locked, so that a worker about to send one either has claimed it by now or finds it withdrawn.
    for row in tx.execute(query.order_by(drafts.c.id).with_for_update(of=drafts)).mappings().all():
        values = {"last_error": reason, **UNAPPROVED}
        move = Move(
            to=DraftState.WITHDRAWN,
            at=at,
            actor=actor,
            action="withdrawn",
            values=values,
            detail={"reason": reason},
        )
        gone.append(change(tx, record(row), move).id)
    return gone


def due_to_send(
    tx: Tx, now: datetime, *, without: Collection[str] = (), limit: int = 20
) -> list[DraftRecord]:
    """Approved drafts whose undo window is over, longest waiting first; `without` these sources.

    What answers a mention that is about to be decided again waits for that.
    """
    query = (
        sa.select(drafts)
        .where(
            drafts.c.state == DraftState.APPROVED.value,
            drafts.c.due_at <= now,
            drafts.c.source.not_in(list(without)),
            drafts.c.mention_id.not_in(sa.select(mention_rows.c.id).where(*asked_again())),
        )
        .order_by(drafts.c.due_at, drafts.c.id)
        .limit(limit)
    )
    return [record(row) for row in tx.execute(query).mappings()]


def in_state(tx: Tx, *states: DraftState, source: str | None = None, limit: int = 100) -> list[DraftRecord]:
    """The drafts in these states, oldest change first; of one `source` where it is given."""
    query = sa.select(drafts).where(drafts.c.state.in_([state.value for state in states]))
    if source is not None:
        query = query.where(drafts.c.source == source)
    query = query.order_by(drafts.c.updated_at, drafts.c.id).limit(limit)
    return [record(row) for row in tx.execute(query).mappings()]


def sources_in(tx: Tx, state: DraftState) -> list[str]:
    """The sources that have drafts in this state, by name."""
    query = sa.select(drafts.c.source).where(drafts.c.state == state.value).distinct()
    return sorted(tx.execute(query).scalars())


def settle_tries(tx: Tx, draft_id: int) -> int:
    """How often an unknown outcome was looked up already."""
    query = sa.select(drafts.c.settle_tries).where(drafts.c.id == draft_id)
    tries: int = tx.execute(query).scalar_one()
    return tries


# Asked for each item that is shown; putting it together would take longer than its answer.
_ANSWERS = (
    sa.select(drafts)
    .where(drafts.c.mention_id.in_(sa.bindparam("to", expanding=True)))
    .order_by(drafts.c.posted_at, drafts.c.id)
)


def answers(tx: Tx, mention_ids: Collection[int]) -> list[DraftRecord]:
    """Our replies to these mentions that have arrived, oldest first."""
    rows = tx.execute(_ANSWERS, {"to": sorted(mention_ids)}).mappings()
    # Sorted out here: asked for their states, SQLite would walk through all that ever arrived.
    arrived = {DraftState.SENT.value, DraftState.POSTED_BY_HAND.value}
    return [record(row) for row in rows if row["state"] in arrived]


def is_begun(tx: Tx, mention_ids: Collection[int]) -> bool:
    """Whether a reply to any of these mentions is on its way, from its proposal on."""
    query = sa.select(drafts.c.state).where(drafts.c.mention_id.in_(sorted(mention_ids)))
    return any(DraftState(state) in DRAFT_OPEN for state in tx.execute(query).scalars())


def of_mention(tx: Tx, mention_id: int) -> list[DraftRecord]:
    """Every draft of a mention, newest first."""
    query = sa.select(drafts).where(drafts.c.mention_id == mention_id).order_by(drafts.c.id.desc())
    return [record(row) for row in tx.execute(query).mappings()]


def counts(tx: Tx, *states: DraftState) -> dict[str, int]:
    """How many drafts are in each state, or of these states, that has any; all of them takes a while."""
    query = sa.select(drafts.c.state, sa.func.count()).group_by(drafts.c.state)
    if states:
        query = query.where(drafts.c.state.in_([state.value for state in states]))
    return {row[0]: row[1] for row in tx.execute(query)}


def count_under(
    tx: Tx, limit: Limit, *, now: datetime, customer_id: int | None, conversation_id: str | None
) -> int:
    """How many live drafts fall under a limit; unknown people and threads count as none."""
    query = sa.select(sa.func.count()).where(
        drafts.c.created_at > now - limit.rate.per,
        drafts.c.state.in_([state.value for state in DRAFT_LIVE]),
    )
    if limit.rule_id is not None:
        query = query.where(drafts.c.rule_id == limit.rule_id)
    if limit.is_proactive_only:
        query = query.where(drafts.c.is_proactive)
    if limit.scope is Scope.AUTHOR:
        if customer_id is None:
            return 0
        query = query.where(drafts.c.customer_id == customer_id)
    elif limit.scope is Scope.THREAD:
        if conversation_id is None:
            return 0
        query = query.where(drafts.c.conversation_id == conversation_id)
    found: int = tx.execute(query).scalar_one()
    return found


def record(row: Mapping[Any, Any]) -> DraftRecord:
    """Read one row as a value."""
    plain = (
        "id", "mention_id", "rule_id", "source", "text", "version", "created_at", "updated_at", "approved_by",
        "approved_at", "due_at", "attempts", "attempt_started_at", "attempt_ended_at", "native_id", "url",
        "posted_at", "last_error", "assignee", "snoozed_until", "said_at", "answer_by", "unhappiness",
        "reach", "first_reader", "woke_because",
        "follow_up_at",
    )  # fmt: skip
    return DraftRecord(
        **{name: row[name] for name in plain},
        state=DraftState(row["state"]),
        reply_route=read_route(row["reply_route"], row["reply_reason"]),
        missing=tuple(row["missing"] or ()),
        lane=Lane(row["lane"]) if row["lane"] else None,
        purpose=Purpose(row["purpose"]) if row["purpose"] else None,
    )
