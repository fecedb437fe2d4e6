"""Looking through mentions, newest first and so far at a time that a page never takes long.

There is no index of words: it would double what it costs to take a mention in. So a list that leaves mentions
out looks at the newest ones, says until when it looked, and goes on from there by its cursor.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import sqlalchemy as sa

from engagebot.domain.desk.searching import EVERYTHING, Field, Search
from engagebot.store.among import among
from engagebot.store.engine import Tx
from engagebot.store.heard import searched
from engagebot.store.heard.searched import Asker
from engagebot.store.paging import Key
from engagebot.store.tables import customers, mentions
from engagebot.store.texts import storable

LOOKED_THROUGH = 10_000
"""So many mentions are looked at for one page."""
_DEARER = 4
"""So much longer it takes to look what was decided about a mention."""
_MOST_NAMESAKES = 50
# Reddit puts the kind of a thing in front of the id that stands in its addresses.
_PREFIXES = ("", "t1_", "t3_")
_MOST_PARTS = 16
_NO_FIT = (-1, False)


class Look(NamedTuple):
    """The mentions that a list shows, and the oldest that it looks at; `None` where it looks at all."""

    query: sa.Select[Any]
    edge: Key | None


def look(
    tx: Tx, equal: Mapping[str, Any], search: Search = EVERYTHING, *, asker: Asker, after: Key | None = None
) -> Look:
    """Choose mentions whose columns hold these values and that a search finds, older than `after`."""
    search, found = _by_address(tx, search)
    search, authors = _by_author(tx, search)
    query = sa.select(mentions).order_by(mentions.c.posted_at.desc(), mentions.c.id.desc())
    if after is not None:
        query = query.where(_key() < _literal(after))
    is_few = (
        "customer_id" in equal or found is not None or authors is not None or bool(search.of(Field.NUMBER))
    )
    looked = LOOKED_THROUGH // (_DEARER if search.has(Field.RULE) else 1)
    edge = None if is_few or not (equal or search) else _edge(tx, looked, after)
    if edge is not None:
        query = query.where(_key() >= _literal(edge))
    if found is not None:
        query = query.where(mentions.c.id.in_(found))
    if authors is not None:
        # One is asked for as one: then the index gives theirs in order, however many there are.
        is_theirs = mentions.c.customer_id == authors[0] if len(authors) == 1 else None
        query = query.where(mentions.c.customer_id.in_(authors) if is_theirs is None else is_theirs)
    query = query.where(*(mentions.c[name] == value for name, value in equal.items()))
    return Look(query.where(*searched.on_mentions(tx, search, asker)), edge)


def _edge(tx: Tx, looked: int, after: Key | None) -> Key | None:
    query = sa.select(mentions.c.posted_at, mentions.c.id)
    if after is not None:
        query = query.where(_key() < _literal(after))
    query = query.order_by(mentions.c.posted_at.desc(), mentions.c.id.desc())
    row = tx.execute(query.offset(looked - 1).limit(1)).first()
    return None if row is None else Key(*row)


def _key() -> Any:
    return sa.tuple_(mentions.c.posted_at, mentions.c.id)


def _literal(key: Key) -> Any:
    return sa.tuple_(sa.literal(key.at, type_=mentions.c.posted_at.type), sa.literal(key.row_id))


def _by_author(tx: Tx, search: Search) -> tuple[Search, list[int] | None]:
    """Put the customers of these handles in their place."""
    handles = search.of(Field.AUTHOR)
    if not handles:
        return search, None
    is_it = sa.or_(*(searched.is_handle(handle) for handle in handles))
    query = sa.select(customers.c.id).where(is_it).order_by(customers.c.id).limit(_MOST_NAMESAKES)
    rest = tuple(term for term in search.terms if term.field is not Field.AUTHOR or term.is_not)
    return Search(rest), list(tx.execute(query).scalars())


def _by_address(tx: Tx, search: Search) -> tuple[Search, list[int] | None]:
    """Put the mentions that stand at an address in its place, where its parts name them."""
    addresses = search.of(Field.ADDRESS)
    found = [each for address in addresses for each in at_address(tx, address)]
    if not found:
        return search, None
    rest = tuple(term for term in search.terms if term.field is not Field.ADDRESS or term.is_not)
    return Search(rest), found


def at_address(tx: Tx, address: str) -> list[int]:
    """The mentions at an address whose parts hold the platform's id, by index: one, but for rare twins."""
    place = _place(address)
    names = [prefix + part for part in place.parts for prefix in _PREFIXES] + [address]
    query = sa.select(mentions.c.id, mentions.c.url, mentions.c.native_id).where(
        mentions.c.source.in_(sources(tx)),
        among(tx, mentions.c.native_id, sorted({storable(name) for name in names})),
    )
    fits = {row.id: _fit(place, address, row.url, row.native_id) for row in tx.execute(query)}
    best = max(fits.values(), default=_NO_FIT)
    return [] if best == _NO_FIT else [row_id for row_id, fit in fits.items() if fit == best]


def sources(tx: Tx) -> list[str]:
    """Where mentions came from, by name."""
    # A loose scan: one step of the unique index per source, however many mentions there are.
    found: list[str] = []
    source: str | None = tx.execute(sa.select(sa.func.min(mentions.c.source))).scalar()
    while source is not None:
        found.append(source)
        following = sa.select(sa.func.min(mentions.c.source)).where(mentions.c.source > source)
        source = tx.execute(following).scalar()
    return found


class _Place(NamedTuple):
    host: str
    parts: list[str]


def _place(address: str) -> _Place:
    try:
        split = urlsplit(address)
        values = [value for _, value in parse_qsl(split.query, max_num_fields=_MOST_PARTS)]
    except ValueError:
        return _Place("", [])
    host = (split.hostname or "").removeprefix("www.").removeprefix("old.").removeprefix("mobile.")
    # An id in the path names a post before one in the query does, which often says how somebody got there.
    return _Place(host, [part for part in [*values, *split.path.split("/")] if part][-_MOST_PARTS:])


def _fit(place: _Place, address: str, url: str | None, native_id: str) -> tuple[int, bool]:
    """How well a post fits an address: the nearer to its end its id stands, the better."""
    if address in (url, native_id):
        return _MOST_PARTS, True
    stored = _place(url or "")
    named = native_id.partition("_")[2] if native_id.startswith(_PREFIXES[1:]) else native_id
    if named not in place.parts or named not in stored.parts:
        return _NO_FIT
    return place.parts.index(named), place.host == stored.host
