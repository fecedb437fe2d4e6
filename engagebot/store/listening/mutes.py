"""Mutes: authors and communities that engagebot does not speak to, by a person's word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.records import Slice
from engagebot.domain.replying.routes import Mute, MuteKind, account_key, community_key
from engagebot.store.engine import Tx, upsert
from engagebot.store.paging import Key, next_cursor, read_cursor
from engagebot.store.tables import mutes
from engagebot.store.texts import storable

_KEYS = {MuteKind.AUTHOR: account_key, MuteKind.COMMUNITY: community_key}


@dataclass(frozen=True, slots=True)
class Muted:
    """The muted authors (handles or platform ids) and communities of one source, as keys."""

    authors: frozenset[str] = frozenset()
    communities: frozenset[str] = frozenset()

    def has_author(self, handle: str, native_id: str | None) -> bool:
        """Whether one of an account's names is muted."""
        if not self.authors:
            return False
        return account_key(handle) in self.authors or (native_id or "").casefold() in self.authors

    def has_community(self, community: str | None) -> bool:
        """Whether a community is muted."""
        return (
            bool(self.communities) and community is not None and community_key(community) in self.communities
        )


NOBODY = Muted()


def key_of(kind: MuteKind, name: str) -> str:
    """The one form of a name that a mute is kept under."""
    return storable(_KEYS[kind](name))


def add(tx: Tx, source: str, kind: MuteKind, name: str, *, by: str, at: datetime) -> bool:
    """Mute somebody or some place; false when that was so already."""
    values = {"source": source, "kind": kind.value, "key": key_of(kind, name), "muted_by": by, "muted_at": at}
    statement = upsert(tx, mutes).values(**values).on_conflict_do_nothing().returning(mutes.c.id)
    return tx.execute(statement).scalar_one_or_none() is not None


def remove(tx: Tx, source: str, kind: MuteKind, name: str) -> bool:
    """Take a mute back; false when there was none."""
    statement = (
        sa.delete(mutes)
        .where(mutes.c.source == source, mutes.c.kind == kind.value, mutes.c.key == key_of(kind, name))
        .returning(mutes.c.id)
    )
    return tx.execute(statement).scalar_one_or_none() is not None


def muted(tx: Tx, sources: Iterable[str]) -> dict[str, Muted]:
    """Everything that is muted of these sources; a source without mutes is left out.

    Mutes are made one by one by people, so that all of a source's are read at once.
    """
    found: dict[str, dict[str, set[str]]] = {}
    query = sa.select(mutes.c.source, mutes.c.kind, mutes.c.key).where(
        mutes.c.source.in_(sorted(set(sources)))
    )
    for source, kind, key in tx.execute(query):
        found.setdefault(source, {}).setdefault(kind, set()).add(key)
    return {
        source: Muted(
            authors=frozenset(kinds.get(MuteKind.AUTHOR.value, ())),
            communities=frozenset(kinds.get(MuteKind.COMMUNITY.value, ())),
        )
        for source, kinds in found.items()
    }


def page(tx: Tx, *, limit: int = 50, cursor: str | None = None) -> Slice[Mute]:
    """All mutes, newest first."""
    query = sa.select(mutes).order_by(mutes.c.id.desc())
    if cursor is not None:
        query = query.where(mutes.c.id < read_cursor(cursor).row_id)
    rows = [_record(row) for row in tx.execute(query.limit(limit + 1)).mappings()]
    return Slice(rows[:limit], next_cursor(rows, limit, lambda last: Key(last.muted_at, last.id)))


def _record(row: Mapping[Any, Any]) -> Mute:
    return Mute(
        id=row["id"],
        source=row["source"],
        kind=MuteKind(row["kind"]),
        key=row["key"],
        muted_by=row["muted_by"],
        muted_at=row["muted_at"],
    )
