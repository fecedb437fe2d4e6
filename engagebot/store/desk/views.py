"""Saved views of the queue: an address's query under a name, a person's own or the team's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.roles import Act
from engagebot.errors import NotFound, WrongUsage
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.tables import views

MOST = 50
"""So many views a person has at most, and so many the team."""
_TURN = 0x76696577  # any constant of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A saved view; without an owner it is the team's. `query` is an address's, without the question mark."""

    id: int
    owner: str | None
    name: str
    query: str
    made_by: str
    made_at: datetime


_SEEN_BY = sa.select(views).where(sa.or_(views.c.owner.is_(None), views.c.owner == sa.bindparam("person")))


def all_of(tx: Tx, person: str) -> list[View]:
    """What a person sees: the team's views and their own, by name."""
    found = [_view(row) for row in tx.execute(_SEEN_BY, {"person": person}).mappings()]
    return sorted(found, key=lambda view: (view.owner is not None, view.name.casefold(), view.id))


def get(tx: Tx, view_id: int, person: str) -> View:
    """One view that a person sees.

    Raises:
        NotFound: there is none with this id, or it is somebody else's.
    """
    row = tx.execute(sa.select(views).where(views.c.id == view_id)).mappings().first()
    if row is None or row["owner"] not in (None, person):
        raise NotFound(f"there is no view {view_id}")
    return _view(row)


def add(tx: Tx, act: Act, *, name: str, query: str, is_team: bool = False) -> View:
    """Save a view for whoever acts, or for the team.

    Raises:
        WrongUsage: there is one of this name, or there are too many.
    """
    owner = None if is_team else act.by.name
    _take_turn(tx)
    theirs = _named(tx, owner)
    if name.casefold() in theirs:
        raise WrongUsage(_taken(name, is_team=is_team))
    if len(theirs) >= MOST:
        raise WrongUsage(f"there are {MOST} views already; remove one first")
    values = {"owner": owner, "name": name, "query": query, "made_by": act.by.name, "made_at": act.at}
    row = tx.execute(sa.insert(views).values(**values).returning(views)).mappings().one()
    view = _view(row)
    _audit(tx, act, "saved", view)
    return view


def rename(tx: Tx, act: Act, view: View, *, name: str) -> View:
    """Give a view another name.

    Raises:
        WrongUsage: another view has it.
    """
    _take_turn(tx)
    if _named(tx, view.owner).get(name.casefold(), view.id) != view.id:
        raise WrongUsage(_taken(name, is_team=view.owner is None))
    tx.execute(sa.update(views).where(views.c.id == view.id).values(name=name))
    _audit(tx, act, "renamed", view)
    return get(tx, view.id, act.by.name)


def remove(tx: Tx, act: Act, view: View) -> None:
    """Forget a view."""
    tx.execute(sa.delete(views).where(views.c.id == view.id))
    _audit(tx, act, "removed", view)


def _taken(name: str, *, is_team: bool) -> str:
    whose = "the team has" if is_team else "you have"
    return f"{whose} a view {name!r} already; choose another name, or remove that one first"


def _named(tx: Tx, owner: str | None) -> dict[str, int]:
    whose = views.c.owner.is_(None) if owner is None else views.c.owner == owner
    rows = tx.execute(sa.select(views.c.name, views.c.id).where(whose))
    return {name.casefold(): view_id for name, view_id in rows}


def _take_turn(tx: Tx) -> None:
    # What the database would call equal names is not what people do, so it cannot keep them apart itself.
    if tx.dialect.name == "postgresql":
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))


def _audit(tx: Tx, act: Act, what: str, view: View) -> None:
    detail = {"is_team": view.owner is None}
    audit.add(
        tx, at=act.at, actor=act.by.name, action=f"view.{what}", subject=f"view:{view.id}", detail=detail
    )


def _view(row: Mapping[Any, Any]) -> View:
    return View(**{name: row[name] for name in ("id", "owner", "name", "query", "made_by", "made_at")})
