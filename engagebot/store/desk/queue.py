"""The review queue as a list: which drafts stand in it, in what order, and how many there are.

Drafts carry what the queue is sorted by, so only the mentions of the page itself are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from engagebot.domain.desk.searching import EVERYTHING, Search
from engagebot.domain.desk.urgency import Lane
from engagebot.domain.outbox import DRAFT_OPEN, DraftState
from engagebot.domain.records import QueueItem, Slice
from engagebot.errors import WrongUsage
from engagebot.store.desk.queue_order import (
    LARGEST,
    NOW,
    Shape,
    Sort,
    counted,
    how_many,
    keys_of,
    listed,
    neighbours,
    of_shape,
    own_key,
    said_at,
)
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions, searched
from engagebot.store.heard.searched import Asker
from engagebot.store.remembered import remembered
from engagebot.store.replying import seeded
from engagebot.store.replying.drafts import get as get_draft
from engagebot.store.replying.drafts import record
from engagebot.store.tables import drafts
from engagebot.store.tables import mentions as mention_rows

COUNTED = 1_000
"""No count goes further: a list of more is said to have this many and more."""
LOOKED_THROUGH = 800
"""So many of the newest drafts in each ended state are looked through; those states only ever grow."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
K = TypeVar("K")


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
    def shape(self) -> Shape:
        """The same but for the moment and the search."""
        return Shape(self.states, self.lanes, self.is_snoozed)

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
    keys = keys_of(sort)
    after = None if cursor is None else _read_cursor(cursor, sort, len(keys))
    edge = _edge(tx, only, sort, limit=limit, after=after)
    if only.search and after is None and limit < COUNTED:
        found = _first(tx, only, sort)[: limit + 1]
    else:
        query = _listed(tx, only, sort, edge, has_keys=True)
        if after is not None:
            query = query.where(sa.tuple_(*keys) > _literals(after))
        found = [tuple(row) for row in tx.execute(query, {"now": only.now, "most": limit + 1})]
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
    query = _listed(tx, only, sort, _edge(tx, only, sort, limit=limit), has_keys=False)
    return list(tx.execute(query, {"now": only.now, "most": limit}).scalars().all())


@remembered
def _first(tx: Tx, only: QueueFilter, sort: Sort) -> list[tuple[Any, ...]]:
    """The first `COUNTED` drafts that a search finds, each as its id and what it is sorted by.

    A search reads what everybody who waits wrote; the list and the place in it are told from one reading.
    """
    query = _listed(tx, only, sort, _edge(tx, only, sort, limit=COUNTED), has_keys=True)
    return [tuple(row) for row in tx.execute(query, {"now": only.now, "most": COUNTED})]


def position(tx: Tx, only: QueueFilter, sort: Sort, draft_id: int) -> Position:
    """At which place a draft stands, and of how many (both counted up to `COUNTED`)."""
    edge = _edge(tx, only, sort, limit=LOOKED_THROUGH)
    chosen = _chosen(tx, only, edge)
    total = _count(tx, chosen, only.now)
    is_there = tx.execute(chosen.where(drafts.c.id == draft_id), {"now": only.now}).first()
    if is_there is None:
        return Position(None, total)
    own = _literals(_key_of(tx, sort, draft_id, only.now) or ())
    before = _count(tx, chosen.where(sa.tuple_(*keys_of(sort)) < own), only.now)
    return Position(before + 1 if before < COUNTED else None, total)


def beside(tx: Tx, only: QueueFilter, sort: Sort, draft_id: int) -> Beside:
    """What stands before and after a draft, or before and after where it stood when it has left the list."""
    key = _key_of(tx, sort, draft_id, only.now)
    if key is None:
        return Beside(None, None)
    asked = neighbours(only.shape, sort)
    more = _beyond(tx, only, _edge(tx, only, sort, limit=LOOKED_THROUGH))
    given = {"now": only.now, "draft": draft_id, **{f"key_{at}": value for at, value in enumerate(key)}}
    before, after = (tx.execute(more(query), given).scalar() for query in asked)
    return Beside(before, after)


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
    return _count(tx, _chosen(tx, only, _edge_of_all(tx, only)), only.now)


def _edge_of_all(tx: Tx, only: QueueFilter) -> tuple[int, int] | None:
    return _edge(tx, only, Sort.NEWEST, limit=LOOKED_THROUGH) if only.search else None


def counts_by_lane(tx: Tx, lists: Mapping[K, QueueFilter]) -> dict[K, int]:
    """How many drafts each of these lists shows; ended states and searches are counted up to `COUNTED`.

    The open ones are counted by one walk over the index.
    """
    now = next((each.now for each in lists.values()), _EPOCH)
    standing = _standing(tx, now)
    apart = {key: only for key, only in lists.items() if only.is_endless or only.search}
    found = _counts(tx, apart, now) if apart else {}
    return {key: found[key] if key in apart else _sum(standing, only) for key, only in lists.items()}


def waiting(tx: Tx, now: datetime) -> int:
    """How many drafts wait to be reviewed, asleep or awake; from what `counts_by_lane` counts."""
    states = (DraftState.PROPOSED, DraftState.HELD)
    return _sum(_standing(tx, now), QueueFilter(states=states, now=now, is_snoozed=None))


_STANDING = (
    sa.select(
        drafts.c.state,
        drafts.c.lane,
        sa.func.count(),
        sa.func.sum(sa.case((drafts.c.snoozed_until > NOW, 1), else_=0)),
    )
    .where(drafts.c.state.in_([state.value for state in DRAFT_OPEN]))
    .group_by(drafts.c.state, drafts.c.lane)
)


@remembered
def _standing(tx: Tx, now: datetime) -> list[tuple[Any, ...]]:
    """The open drafts by state and lane: how many there are, and how many of them sleep."""
    return [tuple(row) for row in tx.execute(_STANDING, {"now": now})]


def _counts(tx: Tx, lists: Mapping[K, QueueFilter], now: datetime) -> dict[K, int]:
    """As `count`, of several lists in one statement."""
    if any(only.search for only in lists.values()):
        chosen = (_chosen(tx, only, _edge_of_all(tx, only)) for only in lists.values())
        query = sa.select(*(how_many(each, COUNTED).scalar_subquery() for each in chosen))
    else:
        query = counted(tuple(only.shape for only in lists.values()), COUNTED)
    return dict(zip(lists, tx.execute(query, {"now": now}).one(), strict=True))


def _sum(standing: Sequence[tuple[Any, ...]], only: QueueFilter) -> int:
    found = 0
    for state, lane, number, asleep in standing:
        if DraftState(state) in only.states and (not only.lanes or lane in only.lanes):
            found += number if only.is_snoozed is None else asleep if only.is_snoozed else number - asleep
    return found


def _count(tx: Tx, chosen: sa.Select[Any], now: datetime) -> int:
    found: int = tx.execute(how_many(chosen, COUNTED), {"now": now}).scalar_one()
    return found


_BY_IDS = sa.select(drafts).where(drafts.c.id.in_(sa.bindparam("ids", expanding=True)))


def _items(tx: Tx, draft_ids: Sequence[int]) -> list[QueueItem]:
    rows = tx.execute(_BY_IDS, {"ids": draft_ids}).mappings()
    by_id = {draft.id: draft for draft in seeded.shown(tx, [record(row) for row in rows])}
    heard = mentions.get_many(tx, [draft.mention_id for draft in by_id.values()])
    return [
        QueueItem(draft=by_id[draft_id], mention=heard[by_id[draft_id].mention_id]) for draft_id in draft_ids
    ]


def _listed(
    tx: Tx, only: QueueFilter, sort: Sort, edge: tuple[int, int] | None, *, has_keys: bool
) -> sa.Select[Any]:
    """The drafts of a list, in its order: their ids and, where wanted, keys."""
    return _beyond(tx, only, edge)(listed(only.shape, sort, has_keys=has_keys))


def _chosen(tx: Tx, only: QueueFilter, edge: tuple[int, int] | None) -> sa.Select[Any]:
    return _beyond(tx, only, edge)(sa.select(drafts.c.id).where(*of_shape(only.shape)))


def _beyond(
    tx: Tx, only: QueueFilter, edge: tuple[int, int] | None
) -> Callable[[sa.Select[Any]], sa.Select[Any]]:
    """What a list asks for beside its shape, laid on a statement: how far back it looks, what it searches."""
    holds = list(searched.on_drafts(tx, only.search, Asker(only.now, only.me)))
    if edge is not None:
        holds.append(sa.tuple_(said_at(), drafts.c.id) >= _literals(edge))
    is_joined = searched.reads_mentions(only.search)

    def laid(query: sa.Select[Any]) -> sa.Select[Any]:
        if is_joined:
            query = query.join(mention_rows, mention_rows.c.id == drafts.c.mention_id)
        return query.where(*holds) if holds else query

    return laid


def _key_of(tx: Tx, sort: Sort, draft_id: int, now: datetime) -> tuple[Any, ...] | None:
    row = tx.execute(own_key(sort), {"draft": draft_id, "now": now}).first()
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
        query = sa.select(said_at(), drafts.c.id).where(drafts.c.state == state.value)
        if after is not None and sort is Sort.NEWEST:
            query = query.where(sa.tuple_(said_at(), drafts.c.id) < _literals((-after[0], -after[1])))
        query = query.order_by(drafts.c.said_at.desc(), drafts.c.id.desc())
        row = tx.execute(query.offset(looked - 1).limit(1)).first()
        if row is not None:
            found.append((row[0] or 0, row[1]))
    return max(found, default=None)


def _at(edge: tuple[int, int]) -> datetime:
    return _EPOCH + timedelta(milliseconds=edge[0])


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
    if not -LARGEST <= number <= LARGEST:
        raise ValueError(text)
    return number
