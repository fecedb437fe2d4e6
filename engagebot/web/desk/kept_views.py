"""Saved views beside the lanes: where each leads, how much stands in it, and keeping or removing one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from engagebot.domain.roles import Person, Right
from engagebot.errors import NotAllowed
from engagebot.store.desk import queue, views
from engagebot.store.desk.views import View
from engagebot.store.engine import Tx
from engagebot.web.desk.view_query import filter_of, tidy
from engagebot.web.desk.where import Where
from engagebot.web.entry.auth import Reader
from engagebot.web.rendering import with_query
from engagebot.web.site import Site, act

router = APIRouter(prefix="/queue/views", include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptView:
    """A saved view as the queue shows it."""

    id: int
    name: str
    path: str
    count: int
    is_own: bool
    is_here: bool
    may_remove: bool


@router.post("")
def keep(
    app: Site, me: Reader, name: Annotated[str, Form(max_length=60)],
    query: Annotated[str, Form(max_length=2000)] = "", for_team: Annotated[str, Form(max_length=3)] = "",
) -> Response:  # fmt: skip
    is_team = bool(for_team)
    if is_team and not me.may(Right.REVIEW):
        raise NotAllowed(f"the role {me.role} may keep views for itself only")
    with app.store.write() as tx:
        view = views.add(tx, act(app, me), name=name.strip(), query=tidy(query), is_team=is_team)
    return RedirectResponse(f"/queue?{view.query}&done=view_kept", status_code=303)


@router.post("/{view_id}/remove")
def remove(app: Site, me: Reader, view_id: int) -> Response:
    with app.store.write() as tx:
        view = views.get(tx, view_id, me.name)
        if view.owner is None and not me.may(Right.REVIEW):
            raise NotAllowed(f"the role {me.role} may not remove a view of the team")
        views.remove(tx, act(app, me), view)
    return RedirectResponse(with_query("/queue", done="view_removed"), status_code=303)


def kept_views(tx: Tx, where: Where, me: Person, now: datetime) -> tuple[KeptView, ...]:
    """The views that a person sees, with how much stands in each."""
    return tuple(_kept(tx, view, where, me, now) for view in views.all_of(tx, me.name))


def _kept(tx: Tx, view: View, where: Where, me: Person, now: datetime) -> KeptView:
    shown = filter_of(view.query, now, me.name)
    return KeptView(
        id=view.id,
        name=view.name,
        path=f"/queue?{view.query}",
        count=queue.count(tx, shown) if shown is not None else 0,
        is_own=view.owner is not None,
        is_here=where.query == view.query,
        may_remove=view.owner == me.name or (view.owner is None and me.may(Right.REVIEW)),
    )
