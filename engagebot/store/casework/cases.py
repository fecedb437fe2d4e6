"""Cases: one for each problem of a customer; further contacts join it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from engagebot.domain.casework.timeline import MACHINE
from engagebot.domain.outbox import CASE_LEADS, CASE_MOVES, CASE_OPEN, CaseState, Severity, check_move, led_by
from engagebot.domain.records import CaseRecord, Slice
from engagebot.domain.replying.snoozing import WE_ANSWERED
from engagebot.errors import NotFound
from engagebot.store import audit
from engagebot.store.among import among
from engagebot.store.casework.messages import refresh as refresh_messages
from engagebot.store.engine import Tx, upsert
from engagebot.store.paging import Key, next_cursor, read_cursor
from engagebot.store.persons import contacts
from engagebot.store.remembered import remembered
from engagebot.store.tables import case_mentions, cases, drafts, mentions

_OPEN = [state.value for state in CASE_OPEN]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A problem about to become a case; `title` is in the customer's own words."""

    customer_id: int | None
    severity: Severity
    team: str
    title: str
    why: str
    rule_id: str | None
    first_symptom_at: datetime
    first_reply_due_at: datetime | None
    assignee: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMove:
    """A change to a case: who made it, under which name it is audited, and what changes."""

    at: datetime
    actor: str
    action: str
    to: CaseState | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)


def open_case(tx: Tx, new: NewCase, mention_ids: Sequence[int], at: datetime, *, actor: str) -> int:
    """Open a case with what was said so far; answer its id."""
    values = {
        "customer_id": new.customer_id,
        "state": CaseState.NEW.value,
        "severity": new.severity.value,
        "team": new.team,
        "assignee": new.assignee,
        "title": new.title,
        "why": new.why,
        "rule_id": new.rule_id,
        "opened_at": at,
        "updated_at": at,
        "first_symptom_at": new.first_symptom_at,
        "first_reply_due_at": new.first_reply_due_at,
        "mind_at": at,
        "problem": new.problem,
    }
    case_id: int = tx.execute(sa.insert(cases).values(**values).returning(cases.c.id)).scalar_one()
    detail: dict[str, Any] = {"severity": new.severity.value, "team": new.team, "why": new.why}
    if mention_ids:
        detail["mention"] = mention_ids[-1]
    _audit(tx, case_id, CaseMove(at=at, actor=actor, action="opened", detail=detail))
    for mention_id in mention_ids:
        join(tx, case_id, mention_id, at, actor=actor)
    return case_id


def join(tx: Tx, case_id: int, mention_id: int, at: datetime, *, actor: str) -> bool:
    """Add a mention to a case; false when it is in it already."""
    statement = upsert(tx, case_mentions).values(case_id=case_id, mention_id=mention_id)
    statement = statement.on_conflict_do_nothing().returning(case_mentions.c.mention_id)
    if tx.execute(statement).scalar_one_or_none() is None:
        return False
    tx.execute(sa.update(cases).where(cases.c.id == case_id).values(updated_at=at, mind_at=at))
    _audit(tx, case_id, CaseMove(at=at, actor=actor, action="contact", detail={"mention": mention_id}))
    return True


def part(tx: Tx, case_id: int, mention_id: int, at: datetime, *, actor: str) -> bool:
    """Take a mention out of a case; false when it is not in it."""
    is_it = sa.and_(case_mentions.c.case_id == case_id, case_mentions.c.mention_id == mention_id)
    statement = sa.delete(case_mentions).where(is_it).returning(case_mentions.c.mention_id)
    if tx.execute(statement).scalar_one_or_none() is None:
        return False
    tx.execute(sa.update(cases).where(cases.c.id == case_id).values(updated_at=at, mind_at=at))
    _audit(tx, case_id, CaseMove(at=at, actor=actor, action="parted", detail={"mention": mention_id}))
    return True


def open_of(tx: Tx, customer_ids: Iterable[int]) -> dict[int, tuple[CaseRecord, ...]]:
    """The open cases of each of these customers that has any, in the order in which they were opened."""
    query = sa.select(cases).where(among(tx, cases.c.customer_id, customer_ids), cases.c.state.in_(_OPEN))
    found: dict[int, tuple[CaseRecord, ...]] = {}
    for case in _records(tx, tx.execute(query.order_by(cases.c.id)).mappings()):
        if case.customer_id is not None:
            found[case.customer_id] = (*found.get(case.customer_id, ()), case)
    return found


def ended_since(tx: Tx, customer_ids: Iterable[int], since: datetime) -> dict[int, tuple[CaseRecord, ...]]:
    """The cases of these customers that were resolved since then and are not open, the latest first."""
    query = sa.select(cases).where(
        among(tx, cases.c.customer_id, customer_ids),
        cases.c.state.not_in(_OPEN),
        cases.c.resolved_at >= since,
    )
    found: dict[int, tuple[CaseRecord, ...]] = {}
    rows = tx.execute(query.order_by(cases.c.resolved_at.desc(), cases.c.id.desc())).mappings()
    for case in _records(tx, rows):
        if case.customer_id is not None:
            found[case.customer_id] = (*found.get(case.customer_id, ()), case)
    return found


def open_about(tx: Tx, firsts: Iterable[int]) -> dict[int, CaseRecord]:
    """The oldest open case about what each of these mentions said first, be it theirs or a copy's."""
    wanted = sorted(firsts)
    about = sa.func.coalesce(mentions.c.copy_of, mentions.c.id)
    query = (
        sa.select(about.label("about"), cases.c.id)
        .join_from(cases, case_mentions, case_mentions.c.case_id == cases.c.id)
        .join(mentions, mentions.c.id == case_mentions.c.mention_id)
        .where(cases.c.state.in_(_OPEN), about.in_(wanted))
        .order_by(cases.c.id)
    )
    ids: dict[int, int] = {}
    for first, case_id in tx.execute(query):
        ids.setdefault(first, case_id)
    rows = tx.execute(sa.select(cases).where(cases.c.id.in_(sorted(set(ids.values()))))).mappings()
    found = {case.id: case for case in _records(tx, rows)}
    return {first: found[case_id] for first, case_id in ids.items()}


def get(tx: Tx, case_id: int, *, lock: bool = False) -> CaseRecord:
    """One case; `lock` keeps others from changing it until the transaction ends.

    Raises:
        NotFound: there is none with this id.
    """
    query = sa.select(cases).where(cases.c.id == case_id)
    found = _records(tx, tx.execute(query.with_for_update() if lock else query).mappings())
    if not found:
        raise NotFound(f"there is no case {case_id}")
    return found[0]


def get_many(tx: Tx, case_ids: Sequence[int]) -> list[CaseRecord]:
    """Cases by id; unknown ids are left out."""
    return _records(tx, tx.execute(sa.select(cases).where(cases.c.id.in_(case_ids))).mappings())


def of_mention(tx: Tx, mention_id: int) -> CaseRecord | None:
    """The newest case a mention belongs to, or `None`."""
    query = (
        sa.select(cases)
        .join(case_mentions, case_mentions.c.case_id == cases.c.id)
        .where(case_mentions.c.mention_id == mention_id)
        .order_by(cases.c.id.desc())
        .limit(1)
    )
    found = _records(tx, tx.execute(query).mappings())
    return found[0] if found else None


def change(tx: Tx, case: CaseRecord, move: CaseMove) -> CaseRecord:
    """Move a case or change it in place, and audit it.

    Raises:
        IllegalMove: a case in this state cannot go there.
    """
    if move.to is not None and move.to is not case.state:
        check_move(CASE_MOVES, case.state, move.to)
    # Whatever is done to a case may start, stop or pause what time does to it.
    values: dict[str, Any] = {"mind_at": move.at, **move.values, "updated_at": move.at}
    if move.to is not None:
        values["state"] = move.to.value
    tx.execute(sa.update(cases).where(cases.c.id == case.id).values(**values))
    _audit(tx, case.id, move)
    return get(tx, case.id)


def touch(tx: Tx, case_id: int, at: datetime) -> None:
    """Note that something was done about a case, which changes nothing in it."""
    tx.execute(sa.update(cases).where(cases.c.id == case_id).values(updated_at=at, mind_at=at))


def name_problem(tx: Tx, case_id: int, problem: str) -> None:
    """Note what a case is about, where nobody knew; it follows from the customer's words."""
    tx.execute(sa.update(cases).where(cases.c.id == case_id).values(problem=problem))


def note_first_reply(
    tx: Tx, mention_id: int, at: datetime, *, actor: str, follow_up_at: datetime | None = None
) -> None:
    """Write down that we spoke to the customer of a mention's case, the first time or again.

    A holding reply told them `follow_up_at`, when a person answers.
    """
    case = of_mention(tx, mention_id)
    if case is None:
        return
    values = {"spoken_at": max(at, case.spoken_at or at)}
    action = "reply"
    if case.first_reply_at is None:
        values["first_reply_at"], action = at, "first_reply"
    detail = {"follow_up_at": follow_up_at.isoformat()} if follow_up_at else {}
    change(tx, case, CaseMove(at=at, actor=actor, action=action, values=values, detail=detail))
    if case.state in CASE_LEADS["answered"]:
        rouse(tx, case.id, at, actor=actor, begun_at=_let_go_at(tx, mention_id, at, actor))


def rouse(tx: Tx, case_id: int, at: datetime, *, actor: str, begun_at: datetime) -> None:
    """Wake a case that sleeps, since we answered; what was begun before it was put to sleep lets it be."""
    case = get(tx, case_id)
    to = led_by("answered", case.state, is_looked_after=case.acknowledged_at is not None)
    if to is None or begun_at <= _slept_at(tx, case):
        return
    detail = {"because": WE_ANSWERED}
    change(
        tx,
        case,
        CaseMove(at=at, actor=actor, action="woke", to=to, values={"snoozed_until": None}, detail=detail),
    )


def _slept_at(tx: Tx, case: CaseRecord) -> datetime:
    put = (each.at for each in audit.of(tx, f"case:{case.id}") if each.detail.get("to") == case.state.value)
    return max(put, default=case.updated_at)


def _let_go_at(tx: Tx, mention_id: int, at: datetime, actor: str) -> datetime:
    """When a person let a reply leave: the machine sends it later, maybe after they put the case to sleep."""
    if actor != MACHINE:
        return at
    query = sa.select(drafts.c.approved_at).where(drafts.c.mention_id == mention_id)
    query = query.where(drafts.c.approved_at.is_not(None)).order_by(drafts.c.approved_at.desc()).limit(1)
    return tx.execute(query).scalar_one_or_none() or at


def _audit(tx: Tx, case_id: int, move: CaseMove) -> None:
    detail = {**({"to": move.to.value} if move.to else {}), **move.detail}
    audit.add(
        tx,
        at=move.at,
        actor=move.actor,
        action=f"case.{move.action}",
        subject=f"case:{case_id}",
        detail=detail,
    )
    refresh_messages(tx, case_id, move.at)


def page(
    tx: Tx, *, states: Iterable[CaseState] | None = None, limit: int = 50, cursor: str | None = None
) -> Slice[CaseRecord]:
    """Cases in these states (all of them by default), those opened last first."""
    query = sa.select(cases).order_by(cases.c.opened_at.desc(), cases.c.id.desc())
    if states is not None:
        query = query.where(cases.c.state.in_([state.value for state in states]))
    if cursor is not None:
        at, row_id = read_cursor(cursor)
        instant = sa.literal(at, type_=cases.c.opened_at.type)
        query = query.where(sa.tuple_(cases.c.opened_at, cases.c.id) < sa.tuple_(instant, sa.literal(row_id)))
    found = _records(tx, tx.execute(query.limit(limit + 1)).mappings())
    return Slice(found[:limit], next_cursor(found, limit, lambda last: Key(last.opened_at, last.id)))


def most_pressing(tx: Tx, now: datetime, limit: int = 10) -> list[CaseRecord]:
    """Open cases that nobody has answered yet, those whose reply is due first first; snoozed ones rest."""
    query = (
        sa.select(cases)
        .where(
            cases.c.state.in_(_OPEN),
            cases.c.first_reply_at.is_(None),
            sa.or_(cases.c.snoozed_until.is_(None), cases.c.snoozed_until <= now),
        )
        .order_by(
            sa.case((cases.c.first_reply_due_at.is_(None), 1), else_=0),
            cases.c.first_reply_due_at,
            cases.c.first_symptom_at,
            cases.c.id,
        )
        .limit(limit)
    )
    return _records(tx, tx.execute(query).mappings())


# Asked for each item that is shown; putting it together takes as long as its answer.
_OF_CUSTOMER = sa.select(cases).where(cases.c.customer_id == sa.bindparam("of")).order_by(cases.c.id.desc())


@remembered
def of_customer(tx: Tx, customer_id: int) -> tuple[CaseRecord, ...]:
    """All cases of a customer, newest first."""
    return tuple(_records(tx, tx.execute(_OF_CUSTOMER, {"of": customer_id}).mappings()))


def last_outcomes(tx: Tx, customer_ids: Iterable[int]) -> dict[int, str]:
    """How the last finished case of each of these customers ended, where that was said."""
    query = (
        sa.select(cases.c.customer_id, cases.c.outcome)
        .where(among(tx, cases.c.customer_id, customer_ids), cases.c.outcome.is_not(None))
        .order_by(cases.c.id)
    )
    return {row[0]: row[1] for row in tx.execute(query)}


def counts(tx: Tx, *states: CaseState) -> dict[str, int]:
    """How many cases are in each state, or of these states, that has any; all of them takes a while."""
    return {row[0]: row[1] for row in tx.execute(_counted(states))}


@cache
def _counted(states: tuple[CaseState, ...]) -> sa.Select[Any]:
    query = sa.select(cases.c.state, sa.func.count()).group_by(cases.c.state)
    return query.where(cases.c.state.in_([state.value for state in states])) if states else query


# Asked for each item that is shown; putting it together would take longer than its answer.
_MEMBERS = (
    sa.select(case_mentions.c.case_id, case_mentions.c.mention_id, mentions.c.copy_of, mentions.c.customer_id)
    .join_from(case_mentions, mentions, mentions.c.id == case_mentions.c.mention_id)
    .where(case_mentions.c.case_id.in_(sa.bindparam("cases", expanding=True)))
    .order_by(case_mentions.c.mention_id)
)


def _records(tx: Tx, rows: Iterable[Mapping[Any, Any]]) -> list[CaseRecord]:
    kept = list(rows)
    if not kept:
        return []
    by_case: dict[int, list[tuple[int, int | None, int | None]]] = defaultdict(list)
    ids = [row["id"] for row in kept]
    for case_id, mention_id, copy_of, customer_id in tx.execute(_MEMBERS, {"cases": ids}):
        by_case[case_id].append((mention_id, copy_of, customer_id))
    noted = contacts.sums(tx, ids)
    return [_record(row, by_case[row["id"]], noted.get(row["id"], contacts.Sums())) for row in kept]


_PLAIN = (
    "id", "customer_id", "team", "title", "why", "rule_id", "opened_at", "updated_at", "first_symptom_at",
    "assignee", "first_reply_due_at", "first_reply_at", "snoozed_until", "resolved_at", "outcome",
    "problem", "titled_by", "desired_outcome", "cause", "remedy", "was_reached", "stayed", "looked_fixed_at",
    "acknowledged_at", "acknowledged_by", "handed_to", "handed_by", "handed_at", "spoken_at", "ladder_due_at",
    "waits_since",
)  # fmt: skip


def _record(
    row: Mapping[Any, Any], members: Sequence[tuple[int, int | None, int | None]], noted: contacts.Sums
) -> CaseRecord:
    whose = row["customer_id"]
    echoed = [who for _, copy_of, who in members if copy_of is not None]
    # Who says it again is a contact of their own case, not of somebody else's.
    by_others = sum(who is None or who != whose for who in echoed)
    return CaseRecord(
        **{name: row[name] for name in _PLAIN},
        state=CaseState(row["state"]),
        severity=Severity(row["severity"]),
        contacts=len(members) - by_others + noted.contacts,
        mention_ids=tuple(mention_id for mention_id, _, _ in members),
        echoes=len(echoed),
        minutes=noted.minutes,
    )
