"""Near-copies: which mentions say again what another one said, and which one said it first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from engagebot.domain.heard.copies import NEAR_BITS, bands, is_short, unsigned
from engagebot.store.bulk import Bulk
from engagebot.store.engine import Tx
from engagebot.store.tables import customers, mentions
from engagebot.store.texts import storable

WINDOW = timedelta(days=14)
RECENT = 500
_IN_CHUNK = 500

Ref = tuple[str, str]


class Said(NamedTuple):
    """What a mention that is about to be stored says: `author` is the account's key, `None` where unknown."""

    ref: Ref
    fingerprint: int | None
    posted_at: datetime
    author: Ref | None


class First(NamedTuple):
    """Who said it first: a stored mention by its id, or an earlier one of the same batch by its place."""

    posted_at: datetime
    id: int | None = None
    place: int | None = None


def find(tx: Tx, batch: Sequence[Said]) -> list[First | None]:
    """For each of a batch, the first mention within `WINDOW` that says the same, if there is one.

    Equal fingerprints are found among everything stored, nearly equal ones among the batch and the `RECENT`
    mentions stored last. A text of fewer than `LEAST_WORDS` words is a copy only of the same author's: two
    people who both write "thank you so much!" are two voices.
    """
    index = _Index()
    if any(said.fingerprint is not None for said in batch):
        _load(tx, batch, index)
    found = []
    for place, said in enumerate(batch):
        first = index.first_of(said)
        found.append(first)
        if said.fingerprint is not None:
            own = First(said.posted_at, place=place)
            index.add(said.fingerprint, said.author, own if first is None else first)
    return found


class _Index:
    """What was said, by fingerprint and by its parts."""

    def __init__(self) -> None:
        self._equal: dict[tuple[int, Ref | None], list[First]] = defaultdict(list)
        self._parts: list[dict[int, list[tuple[int, First]]]] = [defaultdict(list) for _ in range(8)]

    def add(self, value: int, author: Ref | None, first: First, *, is_recent: bool = True) -> None:
        self._equal[value, author if is_short(value) else None].append(first)
        if is_recent and not is_short(value):
            entry = (unsigned(value), first)
            for table, part in zip(self._parts, bands(value), strict=True):
                table[part].append(entry)

    def first_of(self, said: Said) -> First | None:
        value = said.fingerprint
        if value is None or (is_short(value) and said.author is None):
            return None
        for first in self._equal.get((value, said.author if is_short(value) else None), ()):
            if abs(said.posted_at - first.posted_at) <= WINDOW:
                return first
        if is_short(value):
            return None
        own = unsigned(value)
        for table, part in zip(self._parts, bands(value), strict=True):
            for other, first in table.get(part, ()):
                # Not by a function: this line runs some thirty times for every mention.
                if (own ^ other).bit_count() <= NEAR_BITS and abs(said.posted_at - first.posted_at) <= WINDOW:
                    return first
        return None


def _load(tx: Tx, batch: Sequence[Said], index: _Index) -> None:
    since = min(said.posted_at for said in batch) - WINDOW
    known = {said.fingerprint for said in batch if said.fingerprint is not None}
    is_original = (mentions.c.copy_of.is_(None), mentions.c.posted_at >= since)
    columns = sa.select(mentions.c.fingerprint, mentions.c.id, mentions.c.posted_at)
    long = sorted(value for value in known if not is_short(value))
    for start in range(0, len(long), _IN_CHUNK):
        query = columns.where(mentions.c.fingerprint.in_(long[start : start + _IN_CHUNK]), *is_original)
        for value, mention_id, posted_at in tx.execute(query.order_by(mentions.c.id)):
            index.add(value, None, First(posted_at, id=mention_id), is_recent=False)
    _load_short(tx, batch, index, since)
    if long:
        recent = columns.add_columns(mentions.c.copy_of).where(mentions.c.fingerprint.is_not(None))
        rows = list(tx.execute(recent.order_by(mentions.c.id.desc()).limit(RECENT)))
        for value, mention_id, posted_at, copy_of in reversed(rows):
            if not is_short(value):
                index.add(value, None, First(posted_at, id=copy_of or mention_id))


def _load_short(tx: Tx, batch: Sequence[Said], index: _Index, since: datetime) -> None:
    wanted: dict[str, set[int]] = defaultdict(set)
    for said in batch:
        if said.fingerprint is not None and is_short(said.fingerprint) and said.author is not None:
            wanted[said.author[1]].add(said.fingerprint)
    keys = sorted(wanted)
    for start in range(0, len(keys), _IN_CHUNK):
        chunk = keys[start : start + _IN_CHUNK]
        query = (
            sa.select(
                mentions.c.fingerprint,
                mentions.c.id,
                mentions.c.posted_at,
                customers.c.source,
                customers.c.account_key,
            )
            .join_from(mentions, customers, mentions.c.customer_id == customers.c.id)
            .where(
                customers.c.source.in_(sorted({said.author[0] for said in batch if said.author})),
                customers.c.account_key.in_(chunk),
                mentions.c.posted_at >= since,
                mentions.c.copy_of.is_(None),
                mentions.c.fingerprint.in_(sorted({value for key in chunk for value in wanted[key]})),
            )
            .order_by(mentions.c.id)
        )
        for value, mention_id, posted_at, source, account_key in tx.execute(query):
            index.add(value, (source, account_key), First(posted_at, id=mention_id), is_recent=False)


def link(tx: Tx, batch: Sequence[Said], found: Sequence[First | None]) -> None:
    """Point copies at the first ones of their own batch, once those have ids."""
    rows = [
        {
            "own_source": said.ref[0],
            "own_id": storable(said.ref[1]),
            "first_source": batch[first.place].ref[0],
            "first_id": storable(batch[first.place].ref[1]),
        }
        for said, first in zip(batch, found, strict=True)
        if first is not None and first.place is not None
    ]
    _LINK.run(tx, rows)


def _link(tx: Tx) -> Any:
    first = mentions.alias("first")
    first_id = (
        sa.select(first.c.id)
        .where(
            first.c.source == sa.bindparam("first_source", type_=first.c.source.type),
            first.c.native_id == sa.bindparam("first_id", type_=first.c.native_id.type),
        )
        .scalar_subquery()
    )
    return (
        sa.update(mentions)
        .where(
            mentions.c.source == sa.bindparam("own_source", type_=mentions.c.source.type),
            mentions.c.native_id == sa.bindparam("own_id", type_=mentions.c.native_id.type),
            mentions.c.copy_of.is_(None),
        )
        .values(copy_of=first_id)
    )


_LINK = Bulk(_link, ("own_source", "own_id", "first_source", "first_id"))
