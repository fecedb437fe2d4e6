"""What left lately, and what has to wait: attempts under each cap, and due replies put off together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.durations import Rate
from engagebot.domain.outbox import DraftState
from engagebot.domain.replying.leaving import CapScope, Waiting
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.tables import drafts, mentions

_BY_HAND = drafts.c.state == DraftState.POSTED_BY_HAND.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a reply goes: whom it would meet there is what caps count by. `None` falls under no cap."""

    draft_id: int
    source: str
    customer_id: int | None
    conversation_id: str | None
    community: str | None
    is_proactive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOff:
    """A wait as it is written down: `until` for a draft by when it was approved, and the words beside it."""

    until: Callable[[datetime | None], datetime]
    words: str
    at: datetime
    actor: str


def place_of(tx: Tx, draft_id: int) -> Place:
    """Where the reply of a draft goes."""
    columns = (drafts.c.source, drafts.c.customer_id, drafts.c.conversation_id, drafts.c.is_proactive)
    query = sa.select(*columns, mentions.c.community).join_from(
        drafts, mentions, mentions.c.id == drafts.c.mention_id
    )
    row = tx.execute(query.where(drafts.c.id == draft_id)).mappings().one()
    return Place(draft_id=draft_id, **row)


def attempts(tx: Tx, scope: CapScope, place: Place, *, rate: Rate, now: datetime) -> list[datetime]:
    """When the newest replies under a cap left or tried to, as many as the cap lets pass at most.

    Whatever came of them: a platform counts what it was asked. Those that people posted by hand count for all
    but the account, which is about what programs do. A reply that is tried again is still one reply.
    """
    under = _under(scope, place)
    if under is None:
        return []
    since = now - rate.per
    tried = [under, drafts.c.attempt_started_at > since]
    if scope is not CapScope.ACCOUNT:
        tried.append(~_BY_HAND)
    found = _newest(tx, drafts.c.attempt_started_at, tried, place, rate)
    if scope is not CapScope.ACCOUNT:
        found += _newest(tx, drafts.c.posted_at, [under, _BY_HAND, drafts.c.posted_at > since], place, rate)
    return sorted(found)[-rate.count :]


def _newest(tx: Tx, when: Any, conditions: list[Any], place: Place, rate: Rate) -> list[datetime]:
    query = (
        sa.select(when)
        .where(drafts.c.source == place.source, drafts.c.id != place.draft_id, *conditions)
        .order_by(when.desc())
        .limit(rate.count)
    )
    return list(tx.execute(query).scalars())


def _under(scope: CapScope, place: Place) -> Any | None:
    if scope is CapScope.ACCOUNT:
        return sa.true()
    if scope is CapScope.COMMUNITY:
        if place.community is None:
            return None
        # Asked draft by draft: those of a source within the window are few, its mentions are not.
        return sa.exists().where(
            mentions.c.id == drafts.c.mention_id,
            sa.func.lower(mentions.c.community) == sa.func.lower(sa.literal(place.community)),
        )
    if scope is CapScope.AUTHOR:
        return None if place.customer_id is None else drafts.c.customer_id == place.customer_id
    return None if place.conversation_id is None else drafts.c.conversation_id == place.conversation_id


def put_off(tx: Tx, place: Place, wait: PutOff, *, under: CapScope | None) -> int:
    """Let all due replies that fall under the same cap wait as well; without a cap, all of the source.

    One by one they would each come up again at every tick, before whatever stands behind them. That a reply
    waits is no change of it: its version stays, so that whoever has it open can still take it back.
    """
    scope = under or CapScope.ACCOUNT
    return _put_off(tx, _under(scope, place), place, wait)


def put_off_proactive(tx: Tx, place: Place, wait: PutOff) -> int:
    """Let all due proactive replies of the source wait."""
    return _put_off(tx, drafts.c.is_proactive, place, wait)


def _put_off(tx: Tx, condition: Any, place: Place, wait: PutOff) -> int:
    query = (
        sa.select(drafts.c.id, drafts.c.approved_at, drafts.c.last_error)
        .where(
            drafts.c.state == DraftState.APPROVED.value,
            drafts.c.due_at <= wait.at,
            drafts.c.source == place.source,
            condition,
        )
        # Whoever holds one of them has something else in mind for it.
        .with_for_update(skip_locked=True)
    )
    rows = tx.execute(query).all()
    if rows:
        values = [
            {"draft": row.id, "until": wait.until(row.approved_at), "words": wait.words} for row in rows
        ]
        statement = sa.update(drafts).where(drafts.c.id == sa.bindparam("draft"))
        due_at = sa.bindparam("until", type_=drafts.c.due_at.type)
        words = sa.bindparam("words", type_=drafts.c.last_error.type)
        tx.execute(statement.values(due_at=due_at, last_error=words), values)
    audit.add_many(
        tx,
        [
            {
                "at": wait.at,
                "actor": wait.actor,
                "action": "draft.waits",
                "subject": f"draft:{row.id}",
                "detail": {"error": wait.words},
            }
            for row in rows
            # Said once, however often the same cap has no room yet.
            if not _is_same(row.last_error, wait.words)
        ],
    )
    return len(rows)


def _is_same(before: str | None, words: str) -> bool:
    """Whether two waits differ in their moment alone."""
    return before is not None and before.partition(": ")[2] == words.partition(": ")[2]


def stand_back(tx: Tx, draft_id: int, until: datetime) -> None:
    """Let an approved reply wait until then at least."""
    is_it = (drafts.c.id == draft_id, drafts.c.state == DraftState.APPROVED.value, drafts.c.due_at < until)
    tx.execute(sa.update(drafts).where(*is_it).values(due_at=until))


def waiting(tx: Tx, now: datetime) -> Waiting:
    """How many replies stand between approval and arrival; those of the undo window have no reason beside."""
    states = (DraftState.APPROVED, DraftState.SENDING, DraftState.UNKNOWN, DraftState.NEEDS_PERSON)
    is_in_undo = sa.and_(
        drafts.c.state == DraftState.APPROVED.value,
        sa.func.coalesce(drafts.c.due_at > now, sa.false()),
        drafts.c.last_error.is_(None),
    )
    in_undo = sa.func.sum(sa.case((is_in_undo, 1), else_=0))
    query = (
        sa.select(drafts.c.state, sa.func.count(), in_undo)
        .where(drafts.c.state.in_([state.value for state in states]))
        .group_by(drafts.c.state)
    )
    found = {DraftState(row[0]): (row[1], row[2]) for row in tx.execute(query)}
    (approved, undoable), *others = (found.get(state, (0, 0)) for state in states)
    on_the_way, *in_doubt = (count for count, _ in others)
    return Waiting(
        approved=approved - undoable, in_undo=undoable, on_the_way=on_the_way, in_doubt=sum(in_doubt)
    )


def hurry(tx: Tx, source: str, at: datetime) -> None:
    """Let what waits for a source be asked again at once; what is in its undo window stays there."""
    tx.execute(
        sa.update(drafts)
        .where(
            drafts.c.state == DraftState.APPROVED.value,
            drafts.c.source == source,
            drafts.c.due_at > at,
            drafts.c.last_error.is_not(None),
        )
        .values(due_at=at)
    )
