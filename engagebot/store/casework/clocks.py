"""What time does to cases: which are due, what their history tells their clocks, and the clocks kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engagebot.domain.casework.clocks import Clock, ClockKind, Happening, Told
from engagebot.domain.casework.contacts import Channel
from engagebot.domain.outbox import CASE_OPEN, CaseState
from engagebot.domain.records import CaseRecord, Event
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.tables import case_clocks, case_contacts, cases, mentions

_REPLIES = frozenset({"case.first_reply", "case.reply"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRecord:
    """A clock as it is kept. `told` counts the warnings that have been told or passed over."""

    id: int
    kind: ClockKind
    policy: str
    span: timedelta
    is_business_time: bool
    began_at: datetime
    due_at: datetime | None
    paused_at: datetime | None
    left: timedelta | None
    told: int
    tell_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What to keep of a clock besides itself."""

    clock: Clock
    told: int
    tell_at: datetime | None
    left: timedelta | None


def due(tx: Tx, now: datetime, *, limit: int) -> list[int]:
    """The cases to which something was done, or for which a moment has come, those waiting longest first."""
    query = sa.select(cases.c.id).where(cases.c.mind_at <= now).order_by(cases.c.mind_at, cases.c.id)
    return list(tx.execute(query.limit(limit)).scalars())


def look_again(tx: Tx, now: datetime, *, customer_id: int | None = None) -> None:
    """Have all open cases looked at, or those of a customer: what is promised may be something else now."""
    statement = sa.update(cases).where(cases.c.state.in_([state.value for state in CASE_OPEN]))
    if customer_id is not None:
        statement = statement.where(cases.c.customer_id == customer_id)
    tx.execute(statement.values(mind_at=now))


def is_due(tx: Tx, case_id: int, now: datetime) -> bool:
    """Whether a case is still due, by the side of others who may have looked after it just now."""
    query = sa.select(cases.c.id).where(cases.c.id == case_id, cases.c.mind_at <= now)
    return tx.execute(query.with_for_update()).first() is not None


def keep_times(tx: Tx, case_id: int, values: Mapping[str, Any]) -> None:
    """Write down what follows from a case's history; that is nothing anybody did to it."""
    tx.execute(sa.update(cases).where(cases.c.id == case_id).values(**values))


def happenings(tx: Tx, case: CaseRecord, events: Sequence[Event]) -> list[Happening]:
    """What a case's history tells its clocks, in the order in which it became known."""
    posts = _posts(tx, case)
    found: list[tuple[datetime, Happening]] = []
    opening: int | None = None
    for event in events:
        mention_id = event.detail.get("mention")
        if event.action == "case.opened":
            opening = mention_id
            posted_at, _ = posts.get(opening, (event.at, True))
            found.append((event.at, Happening(told=Told.OPENED, at=posted_at)))
        elif event.action == "case.contact" and mention_id != opening:
            # What was taken out of the case again is no word in it.
            posted_at, is_theirs = posts.get(mention_id, (event.at, False))
            # What they said before the post that opened it is told by that post.
            if is_theirs and found and posted_at > found[0][1].at:
                found.append((event.at, Happening(told=Told.CONTACT, at=posted_at)))
        elif event.action in _REPLIES:
            follow_up = event.detail.get("follow_up_at")
            until = datetime.fromisoformat(follow_up) if follow_up else None
            found.append((event.at, Happening(told=Told.REPLY, at=event.at, follow_up_at=until)))
        elif event.action == "case.followed_up":
            found.append((event.at, Happening(told=Told.FOLLOWED_UP, at=event.at)))
        if (state := event.detail.get("to")) is not None:
            found.append((event.at, Happening(told=Told.STATE, at=event.at, state=CaseState(state))))
    for noted_at, happening in _elsewhere(tx, case):
        # What was said before the post that opened it, is told by that post; and answers nothing in it.
        if found and happening.at < found[0][1].at:
            continue
        place = next((index for index, (known_at, _) in enumerate(found) if known_at > noted_at), len(found))
        found.insert(place, (noted_at, happening))
    return [happening for _, happening in found]


def _posts(tx: Tx, case: CaseRecord) -> dict[Any, tuple[datetime, bool]]:
    query = sa.select(mentions.c.id, mentions.c.posted_at, mentions.c.customer_id, mentions.c.copy_of).where(
        mentions.c.id.in_(case.mention_ids)
    )
    return {
        row.id: (row.posted_at, row.copy_of is None or row.customer_id == case.customer_id)
        for row in tx.execute(query)
    }


def _elsewhere(tx: Tx, case: CaseRecord) -> list[tuple[datetime, Happening]]:
    """What was said elsewhere, and when it was noted; a word of ours wherever one of us spoke with them."""
    query = sa.select(case_contacts).where(
        case_contacts.c.case_id == case.id, case_contacts.c.channel != Channel.POST.value
    )
    found = []
    for row in tx.execute(query.order_by(case_contacts.c.id)):
        if row.is_answered:
            found.append((row.noted_at, Happening(told=Told.REPLY, at=row.at)))
        elif row.is_inbound:
            found.append((row.noted_at, Happening(told=Told.CONTACT, at=row.at)))
    return found


def is_about(tx: Tx, case: CaseRecord, at: datetime, events: Sequence[Event]) -> bool:
    """Whether what was said then is about a case, or came before the post that opened it."""
    began = next((each.at for each in happenings(tx, case, events)), case.first_symptom_at)
    return at >= began


def of_case(tx: Tx, case_id: int) -> list[ClockRecord]:
    """The clocks of a case, in the order in which they began."""
    query = sa.select(case_clocks).where(case_clocks.c.case_id == case_id)
    rows = tx.execute(query.order_by(case_clocks.c.began_at, case_clocks.c.id)).mappings()
    return [_record(row) for row in rows]


def running(tx: Tx, case_ids: Collection[int]) -> dict[int, list[ClockRecord]]:
    """The clocks of these cases that have not ended."""
    query = sa.select(case_clocks).where(
        case_clocks.c.case_id.in_(sorted(case_ids)), case_clocks.c.ended_at.is_(None)
    )
    found: dict[int, list[ClockRecord]] = {}
    for row in tx.execute(query.order_by(case_clocks.c.due_at, case_clocks.c.id)).mappings():
        found.setdefault(row["case_id"], []).append(_record(row))
    return found


def follow_up(tx: Tx, case_id: int) -> ClockRecord | None:
    """What a holding reply told the customer of, while it is still to be done."""
    found = running(tx, [case_id]).get(case_id, [])
    return next((each for each in found if each.kind is ClockKind.FOLLOW_UP), None)


def keep(tx: Tx, case_id: int, kept: Iterable[Kept]) -> None:
    """Make the rows of a case what its clocks are now; what runs no more by the promise goes."""
    known = {(each.kind, each.began_at): each.id for each in of_case(tx, case_id)}
    for each in kept:
        clock = each.clock
        values = {
            "policy": clock.promise,
            "span_s": int(clock.span.total_seconds()),
            "is_business_time": clock.hours is not None,
            "due_at": clock.due_at,
            "paused_at": clock.paused_at,
            "left_s": None if each.left is None else int(each.left.total_seconds()),
            "told": each.told,
            "tell_at": each.tell_at,
            "ended_at": clock.ended_at,
        }
        row_id = known.pop((clock.kind, clock.began_at), None)
        if row_id is not None:
            tx.execute(sa.update(case_clocks).where(case_clocks.c.id == row_id).values(**values))
            continue
        own = {"case_id": case_id, "kind": clock.kind.value, "began_at": clock.began_at}
        tx.execute(sa.insert(case_clocks).values(**own, **values))
    if known:
        tx.execute(sa.delete(case_clocks).where(case_clocks.c.id.in_(sorted(known.values()))))


def detection_lag(tx: Tx, case: CaseRecord, events: Sequence[Event]) -> timedelta | None:
    """How long the post that opened a case took to be heard; the customer's clock has run meanwhile.

    `None` where no post opened it.
    """
    opening = next((event.detail.get("mention") for event in events if event.action == "case.opened"), None)
    query = sa.select(mentions.c.posted_at, mentions.c.fetched_at).where(mentions.c.id == opening)
    row = tx.execute(query).first()
    return None if row is None else max(row.fetched_at - row.posted_at, timedelta(0))


def history(tx: Tx, case_id: int) -> list[Event]:
    """Everything that was done to a case, in the order in which it became known."""
    return audit.of(tx, f"case:{case_id}")


def _record(row: Mapping[Any, Any]) -> ClockRecord:
    return ClockRecord(
        id=row["id"],
        kind=ClockKind(row["kind"]),
        policy=row["policy"],
        span=timedelta(seconds=row["span_s"]),
        is_business_time=row["is_business_time"],
        began_at=row["began_at"],
        due_at=row["due_at"],
        paused_at=row["paused_at"],
        left=None if row["left_s"] is None else timedelta(seconds=row["left_s"]),
        told=row["told"],
        tell_at=row["tell_at"],
        ended_at=row["ended_at"],
    )
