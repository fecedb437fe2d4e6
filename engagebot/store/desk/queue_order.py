"""The orders of the review queue, and the statements of its plain lists, put together once each.

Every item asks for its list, its place and its neighbours; to put such a statement together takes longer than
to answer it. Their parameters: `now`, `most`, a `draft`, and what it is sorted by as `key_0`, `key_1` and on.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from engagebot.domain.desk.urgency import Lane
from engagebot.domain.outbox import DraftState
from engagebot.store.tables import drafts

LARGEST = 2**63 - 1
NOW = sa.bindparam("now", type_=drafts.c.snoozed_until.type)
DRAFT = sa.bindparam("draft", type_=drafts.c.id.type)
MOST = sa.bindparam("most", type_=sa.Integer())
_UNTIL = drafts.c.snoozed_until


class Sort(StrEnum):
    """Orders of the queue; `due` puts unhappy people above praise and the oldest promise first."""

    DUE = "due"
    WAITING = "waiting"
    FEELING = "feeling"
    REACH = "reach"
    NEWEST = "newest"


class Shape(NamedTuple):
    """Which drafts a list shows, but for the moment; `is_snoozed` as in `queue.QueueFilter`."""

    states: tuple[DraftState, ...]
    lanes: tuple[Lane, ...]
    is_snoozed: bool | None


class Neighbours(NamedTuple):
    """The ids of the drafts before and after a draft, by its keys."""

    before: sa.Select[Any]
    after: sa.Select[Any]


def said_at() -> sa.ColumnElement[int]:
    """When somebody said what is to be answered, in milliseconds."""
    return sa.type_coerce(drafts.c.said_at, sa.BigInteger)


@cache
def keys_of(sort: Sort) -> tuple[Any, ...]:
    """What a list is sorted by, each of them upwards; what is not known stands last."""
    said, rank = sa.func.coalesce(said_at(), 0), sa.func.coalesce(drafts.c.rank, 9)
    if sort is Sort.DUE:
        answer_by = sa.func.coalesce(sa.type_coerce(drafts.c.answer_by, sa.BigInteger), LARGEST)
        return (rank, answer_by, said, drafts.c.id)
    if sort is Sort.FEELING:
        return (rank, -sa.func.coalesce(drafts.c.unhappiness, -1.0), said, drafts.c.id)
    if sort is Sort.REACH:
        # However many read along, who should have heard from us by now stands above.
        is_late = sa.case((drafts.c.answer_by < NOW, 0), else_=1)
        return (is_late, -sa.func.coalesce(drafts.c.reach, -1), said, drafts.c.id)
    if sort is Sort.NEWEST:
        return (-said, -drafts.c.id)
    return (said, drafts.c.id)


@cache
def of_shape(shape: Shape) -> tuple[sa.ColumnElement[bool], ...]:
    """What has to hold of a draft for a list to show it."""
    holds = [_among(drafts.c.state, [state.value for state in shape.states])]
    if shape.lanes:
        holds.append(_among(drafts.c.lane, [lane.value for lane in shape.lanes]))
    if shape.is_snoozed is not None:
        is_asleep = sa.and_(_UNTIL.is_not(None), _UNTIL > NOW)
        holds.append(is_asleep if shape.is_snoozed else sa.not_(is_asleep))
    return tuple(holds)


@cache
def listed(shape: Shape, sort: Sort, *, has_keys: bool) -> sa.Select[Any]:
    """The first drafts of a list as their ids, and their keys where they are wanted."""
    keys = keys_of(sort)
    query = sa.select(drafts.c.id, *(keys if has_keys else ()))
    return query.where(*of_shape(shape)).order_by(*keys).limit(MOST)


@cache
def own_key(sort: Sort) -> sa.Select[Any]:
    """What one draft is sorted by."""
    return sa.select(*keys_of(sort)).where(drafts.c.id == DRAFT)


@cache
def neighbours(shape: Shape, sort: Sort) -> Neighbours:
    """What stands before and after a draft in a list."""
    keys = keys_of(sort)
    kinds = [sa.Float() if sort is Sort.FEELING and at == 1 else sa.BigInteger() for at in range(len(keys))]
    own = sa.tuple_(*(sa.bindparam(f"key_{at}", type_=kind) for at, kind in enumerate(kinds)))
    chosen = sa.select(drafts.c.id).where(*of_shape(shape), drafts.c.id != DRAFT).limit(1)
    return Neighbours(
        before=chosen.where(sa.tuple_(*keys) < own).order_by(*(each.desc() for each in keys)),
        after=chosen.where(sa.tuple_(*keys) > own).order_by(*keys),
    )


@cache
def counted(shapes: tuple[Shape, ...], most: int) -> sa.Select[Any]:
    """How many drafts each of these lists shows, counted up to `most`, as one row."""
    chosen = (sa.select(drafts.c.id).where(*of_shape(each)) for each in shapes)
    return sa.select(*(how_many(each, most).scalar_subquery() for each in chosen))


def how_many(chosen: sa.Select[Any], most: int) -> sa.Select[int]:
    """How many rows there are, counted up to `most`."""
    return sa.select(sa.func.count()).select_from(chosen.limit(most).subquery())


def _among(column: Any, values: Sequence[str]) -> sa.ColumnElement[bool]:
    # Given as a list, they would be put into the statement's text anew each time that it is asked.
    found: sa.ColumnElement[bool] = column.in_([sa.literal(value) for value in values])
    return found
