"""The review queue as a list: which drafts stand in it, in what order, and how many there are.

Drafts carry what the queue is sorted by, so only the mentions of the page itself are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from engagebot.domain.outbox import DRAFT_OPEN, DraftState
from engagebot.domain.records import QueueItem, Slice
from engagebot.domain.searching import EVERYTHING, Search
from engagebot.domain.urgency import Lane
from engagebot.errors import WrongUsage
from engagebot.store import mentions, searched, seeded
from engagebot.store.drafts import get as get_draft
from engagebot.store.drafts import record
from engagebot.store.engine import Tx
from engagebot.store.remembered import remembered
from engagebot.store.searched import Asker, Condition
from engagebot.store.tables import drafts
from engagebot.store.tables import mentions as mention_rows

COUNTED = 1_000
"""No count goes further: a list of more is said to have this many and more."""
LOOKED_THROUGH = 800
"""So many of the newest drafts in each ended state are looked through; those states only ever grow."""
_LARGEST = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
K = TypeVar("K")


class Sort(StrEnum):
    """Orders of the queue; `due` puts unhappy people above praise and the oldest promise first."""

    DUE = "due"
    WAITING = "waiting"
    FEELING = "feeling"
    REACH = "reach"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """Which drafts a list shows. `is_snoozed` as `None` shows those asleep and those awake.

    `me` is who looks: `mine` in the search is theirs.
    """

    states: tuple[DraftState, ...]
    now: datetime
    lanes: tuple[Lane, ...] = ()
    is_snoozed: bool | None = False
    search: Search = EVERYTHING
    me: str | None = None

    @property
    def is_endless(self) -> bool:
        """Whether it shows states that only ever grow."""
        return not DRAFT_OPEN.issuperset(self.states)


class Position(NamedTuple):
    """ "7 of 31": `place` is `None` for a draft that is not in the list, or too far down to be counted."""

    place: int | None
    total: int


class Beside(NamedTuple):
    """The drafts before and after one in the list."""

    previous: int | None
    next: int | None


def page(
    tx: Tx, only: QueueFilter, sort: Sort = Sort.DUE, *, limit: int = 50, cursor: str | None = None
) -> Slice[QueueItem]:
    """Drafts beside their mentions, in order.

    Of ended states the newest ones are looked through, and `looked_until` says how far; `newest` goes on
    further back by its cursor.
    """
    keys = _keys(sort, only.now)
    after = None if cursor is None else _read_cursor(cursor, sort, len(keys))
    edge = _edge(tx, only, sort, limit=limit, after=after)
    if only.search and after is None and limit < COUNTED:
        found = _first(tx, only, sort)[: limit + 1]
    else:
        query = _chosen(tx, only, edge, *keys).order_by(*keys).limit(limit + 1)
        if after is not None:
            query = query.where(_tuple(keys) > _literals(after))
        found = [tuple(row) for row in tx.execute(query)]
    items = _items(tx, [row[0] for row in found[:limit]])
    if len(found) > limit:
        is_partly = edge is not None and sort is not Sort.NEWEST
        return Slice(items, _cursor(sort, found[limit - 1][1:]), _at(edge) if edge and is_partly else None)
    if edge is not None and sort is Sort.NEWEST:
        return Slice(items, _cursor(sort, (-edge[0], -edge[1])), _at(edge))
    return Slice(items, None, _at(edge) if edge else None)


def item(tx: Tx, draft_id: int) -> QueueItem:
    """A draft beside its mention, as those who review see it.

    Raises:
        NotFound: there is none with this id.
    """
    (draft,) = seeded.shown(tx, [get_draft(tx, draft_id)])
    return QueueItem(draft=draft, mention=mentions.get(tx, draft.mention_id))


def ids(tx: Tx, only: QueueFilter, sort: Sort = Sort.DUE, *, limit: int = 500) -> list[int]:
    """The first drafts of a list, by id alone."""
    if only.search and limit <= COUNTED:
        return [row[0] for row in _first(tx, only, sort)[:limit]]
    keys = _keys(sort, only.now)
    edge = _edge(tx, only, sort, limit=limit)
    return list(tx.execute(_chosen(tx, only, edge).order_by(*keys).limit(limit)).scalars().all())


@remembered
def _first(tx: Tx, only: QueueFilter, sort: Sort) -> list[tuple[Any, ...]]:
    """The first `COUNTED` drafts that a search finds, each as its id and what it is sorted by.

    A search reads what everybody who waits wrote; the list and the place in it are told from one reading.
    """
    keys = _keys(sort, only.now)
    edge = _edge(tx, only, sort, limit=COUNTED)
    query = _chosen(tx, only, edge, *keys).order_by(*keys).limit(COUNTED)
    return [tuple(row) for row in tx.execute(query).all()]


def position(tx: Tx, only: QueueFilter, sort: Sort, draft_id: int) -> Position:
    """At which place a draft stands, and of how many (both counted up to `COUNTED`)."""
    keys = _keys(sort, only.now)
    edge = _edge(tx, only, sort, limit=LOOKED_THROUGH)
    chosen = _chosen(tx, only, edge)
    total = _count(tx, chosen)
    is_there = tx.execute(chosen.where(drafts.c.id == draft_id)).first()
    if is_there is None:
        return Position(None, total)
    before = _count(tx, chosen.where(_tuple(keys) < _literals(_key_of(tx, keys, draft_id) or ())))
    return Position(before + 1 if before < COUNTED else None, total)


def beside(tx: Tx, only: QueueFilter, sort: Sort, draft_id: int) -> Beside:
    """What stands before and after a draft, or before and after where it stood when it has left the list."""
    keys = _keys(sort, only.now)
    key = _key_of(tx, keys, draft_id)
    if key is None:
        return Beside(None, None)
    edge = _edge(tx, only, sort, limit=LOOKED_THROUGH)
    chosen = _chosen(tx, only, edge).where(drafts.c.id != draft_id).limit(1)
    before = chosen.where(_tuple(keys) < _literals(key)).order_by(*(each.desc() for each in keys))
    after = chosen.where(_tuple(keys) > _literals(key)).order_by(*keys)
    return Beside(tx.execute(before).scalar(), tx.execute(after).scalar())


class Around(NamedTuple):
    """Where a draft stands and what stands beside it."""

    position: Position
    beside: Beside


def around(tx: Tx, only: QueueFilter, sort: Sort, draft_id: int) -> Around:
    """Both `position` and `beside`, for the cost of one look through the list."""
    listed = ids(tx, only, sort, limit=COUNTED)
    if draft_id not in listed:
        return Around(Position(None, len(listed)), beside(tx, only, sort, draft_id))
    at = listed.index(draft_id)
    if at + 1 == COUNTED:
        return Around(Position(COUNTED, COUNTED), beside(tx, only, sort, draft_id))
    previous = listed[at - 1] if at else None
    following = listed[at + 1] if at + 1 < len(listed) else None
    return Around(Position(at + 1, len(listed)), Beside(previous, following))


def count(tx: Tx, only: QueueFilter) -> int:
    """How many drafts a list shows, counted up to `COUNTED`."""
    return _count(tx, _chosen(tx, only, _edge_of_all(tx, only)))


def _edge_of_all(tx: Tx, only: QueueFilter) -> tuple[int, int] | None:
    return _edge(tx, only, Sort.NEWEST, limit=LOOKED_THROUGH) if only.search else None


def counts_by_lane(tx: Tx, lists: Mapping[K, QueueFilter]) -> dict[K, int]:
    """How many drafts each of these lists shows; ended states and searches are counted up to `COUNTED`.

    The open ones are counted by one walk over the index.
    """
    now = next((each.now for each in lists.values()), _EPOCH)
    standing = _standing(tx, now)
    apart = {key: only for key, only in lists.items() if only.is_endless or only.search}
    counted = _counts(tx, apart) if apart else {}
    return {key: counted[key] if key in apart else _sum(standing, only) for key, only in lists.items()}


def waiting(tx: Tx, now: datetime) -> int:
    """How many drafts wait to be reviewed, asleep or awake; from what `counts_by_lane` counts."""
    states = (DraftState.PROPOSED, DraftState.HELD)
    return _sum(_standing(tx, now), QueueFilter(states=states, now=now, is_snoozed=None))


_NOW = sa.bindparam("now", type_=drafts.c.snoozed_until.type)
_STANDING = (
    sa.select(
        drafts.c.state,
        drafts.c.lane,
        sa.func.count(),
        sa.func.sum(sa.case((drafts.c.snoozed_until > _NOW, 1), else_=0)),
    )
    .where(drafts.c.state.in_([state.value for state in DRAFT_OPEN]))
    .group_by(drafts.c.state, drafts.c.lane)
)


@remembered
def _standing(tx: Tx, now: datetime) -> list[tuple[Any, ...]]:
    """The open drafts by state and lane: how many there are, and how many of them sleep."""
    return [tuple(row) for row in tx.execute(_STANDING, {"now": now})]


def _counts(tx: Tx, lists: Mapping[K, QueueFilter]) -> dict[K, int]:
    """As `count`, of several lists in one statement."""
    asked = [
        _how_many(_chosen(tx, only, _edge_of_all(tx, only))).scalar_subquery() for only in lists.values()
    ]
    return dict(zip(lists, tx.execute(sa.select(*asked)).one(), strict=True))


def _sum(standing: Sequence[tuple[Any, ...]], only: QueueFilter) -> int:
    found = 0
    for state, lane, number, asleep in standing:
        if DraftState(state) in only.states and (not only.lanes or lane in only.lanes):
            found += number if only.is_snoozed is None else asleep if only.is_snoozed else number - asleep
    return found


def _count(tx: Tx, chosen: sa.Select[Any]) -> int:
    found: int = tx.execute(_how_many(chosen)).scalar_one()
    return found


def _how_many(chosen: sa.Select[Any]) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(chosen.limit(COUNTED).subquery())


def _items(tx: Tx, draft_ids: Sequence[int]) -> list[QueueItem]:
    rows = tx.execute(sa.select(drafts).where(drafts.c.id.in_(draft_ids))).mappings()
    by_id = {draft.id: draft for draft in seeded.shown(tx, [record(row) for row in rows])}
    heard = mentions.get_many(tx, [draft.mention_id for draft in by_id.values()])
    return [
        QueueItem(draft=by_id[draft_id], mention=heard[by_id[draft_id].mention_id]) for draft_id in draft_ids
    ]


def _chosen(tx: Tx, only: QueueFilter, edge: tuple[int, int] | None, *beside: Any) -> sa.Select[Any]:
    query = sa.select(drafts.c.id, *beside).where(drafts.c.state.in_([state.value for state in only.states]))
    if only.lanes:
        query = query.where(drafts.c.lane.in_([lane.value for lane in only.lanes]))
    if only.is_snoozed is not None:
        query = query.where(_asleep(only.now) if only.is_snoozed else sa.not_(_asleep(only.now)))
    if edge is not None:
        query = query.where(sa.tuple_(_said_at(), drafts.c.id) >= _literals(edge))
    if searched.reads_mentions(only.search):
        query = query.join(mention_rows, mention_rows.c.id == drafts.c.mention_id)
    return query.where(*searched.on_drafts(tx, only.search, Asker(only.now, only.me)))


def _asleep(now: datetime) -> Condition:
    until = drafts.c.snoozed_until
    return sa.and_(until.is_not(None), until > sa.literal(now, type_=until.type))


def _said_at() -> sa.ColumnElement[int]:
    return sa.type_coerce(drafts.c.said_at, sa.BigInteger)


def _keys(sort: Sort, now: datetime) -> tuple[Any, ...]:
    """What a list is sorted by, each of them upwards; what is not known stands last."""
    said_at, rank = sa.func.coalesce(_said_at(), 0), sa.func.coalesce(drafts.c.rank, 9)
    if sort is Sort.DUE:
        answer_by = sa.func.coalesce(sa.type_coerce(drafts.c.answer_by, sa.BigInteger), _LARGEST)
        return (rank, answer_by, said_at, drafts.c.id)
    if sort is Sort.FEELING:
        return (rank, -sa.func.coalesce(drafts.c.unhappiness, -1.0), said_at, drafts.c.id)
    if sort is Sort.REACH:
        # However many read along, who should have heard from us by now stands above.
        is_late = drafts.c.answer_by < sa.literal(now, type_=drafts.c.answer_by.type)
        return (sa.case((is_late, 0), else_=1), -sa.func.coalesce(drafts.c.reach, -1), said_at, drafts.c.id)
    if sort is Sort.NEWEST:
        return (-said_at, -drafts.c.id)
    return (said_at, drafts.c.id)


def _key_of(tx: Tx, keys: tuple[Any, ...], draft_id: int) -> tuple[Any, ...] | None:
    row = tx.execute(sa.select(*keys).where(drafts.c.id == draft_id)).first()
    return None if row is None else tuple(row)


def _edge(
    tx: Tx, only: QueueFilter, sort: Sort, *, limit: int, after: tuple[Any, ...] | None = None
) -> tuple[int, int] | None:
    """The oldest draft that is looked at, as its time and id; `None` where all are."""
    if not only.is_endless:
        return None
    is_plain = sort is Sort.NEWEST and not only.search
    looked = limit + 1 if is_plain else LOOKED_THROUGH
    found = []
    for state in only.states:
        query = sa.select(_said_at(), drafts.c.id).where(drafts.c.state == state.value)
        if after is not None and sort is Sort.NEWEST:
            query = query.where(sa.tuple_(_said_at(), drafts.c.id) < _literals((-after[0], -after[1])))
        query = query.order_by(drafts.c.said_at.desc(), drafts.c.id.desc())
        row = tx.execute(query.offset(looked - 1).limit(1)).first()
        if row is not None:
            found.append((row[0] or 0, row[1]))
    return max(found, default=None)


def _at(edge: tuple[int, int]) -> datetime:
    return _EPOCH + timedelta(milliseconds=edge[0])


def _tuple(keys: Sequence[Any]) -> Any:
    return sa.tuple_(*keys)


def _literals(values: Sequence[Any]) -> Any:
    return sa.tuple_(*(sa.literal(value, _kind(value)) for value in values))


def _kind(value: Any) -> Any:
    return sa.Float() if isinstance(value, float) else sa.BigInteger()


def _cursor(sort: Sort, key: Sequence[Any]) -> str:
    return "_".join([sort.value, *(repr(value) for value in key)])


def _read_cursor(cursor: str, sort: Sort, length: int) -> tuple[Any, ...]:
    name, *values = cursor.split("_")
    try:
        floats = (1,) if sort is Sort.FEELING else ()
        key = tuple(_number(value, is_float=at in floats) for at, value in enumerate(values))
        if name != sort.value or len(key) != length:
            raise ValueError(cursor)
    except ValueError:
        raise WrongUsage(
            f"{cursor[:80]!r} is not a cursor of this list; use the one that the list before this gave"
        ) from None
    return key


def _number(text: str, *, is_float: bool) -> int | float:
    number = float(text) if is_float else int(text)
    if not -_LARGEST <= number <= _LARGEST:
        raise ValueError(text)
    return number
