"""The JSON API's saved views of the queue: a person's own, and the team's."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from engagebot.bootstrap import App
from engagebot.domain.roles import Person, Right
from engagebot.errors import NotAllowed
from engagebot.store.desk import queue, views
from engagebot.store.desk.views import View
from engagebot.store.engine import Tx
from engagebot.web.api.asking import ApiRoute, JsonBody
from engagebot.web.desk.view_query import filter_of, tidy
from engagebot.web.entry.auth import Reader
from engagebot.web.site import Site, act

router = APIRouter(prefix="/api/v1/views", tags=["queue"], route_class=ApiRoute)
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Asked = Annotated[
    str,
    Field(max_length=2000, description="An address's query: `lane=unhappy&q=older%3A2h&sort=reach`."),
]


class NewView(JsonBody):
    """A view to be saved: for whoever saves it, or for the team."""

    name: Name
    query: Asked
    team: bool = False


class Renaming(JsonBody):
    name: Name


class ViewJson(BaseModel):
    """A saved view; `count` ends at 1000, and is null where the search cannot be read any more."""

    id: int
    name: str
    query: str
    team: bool
    made_by: str
    made_at: datetime
    count: int | None


class ViewsJson(BaseModel):
    items: list[ViewJson]


@router.get("")
def list_views(app: Site, me: Reader) -> ViewsJson:
    with app.store.read() as tx:
        return ViewsJson(items=[_json(app, tx, me, view) for view in views.all_of(tx, me.name)])


@router.post("", status_code=201)
def save_view(app: Site, me: Reader, body: NewView) -> ViewJson:
    if body.team:
        _may_change_the_teams(me)
    query = tidy(body.query)
    with app.store.write() as tx:
        view = views.add(tx, act(app, me), name=body.name, query=query, is_team=body.team)
        return _json(app, tx, me, view)


@router.post("/{view_id}")
def rename_view(app: Site, me: Reader, view_id: int, body: Renaming) -> ViewJson:
    with app.store.write() as tx:
        view = _theirs(tx, view_id, me)
        return _json(app, tx, me, views.rename(tx, act(app, me), view, name=body.name))


@router.delete("/{view_id}", status_code=204)
def remove_view(app: Site, me: Reader, view_id: int) -> None:
    with app.store.write() as tx:
        views.remove(tx, act(app, me), _theirs(tx, view_id, me))


def _theirs(tx: Tx, view_id: int, me: Person) -> View:
    view = views.get(tx, view_id, me.name)
    if view.owner is None:
        _may_change_the_teams(me)
    return view


def _may_change_the_teams(me: Person) -> None:
    if not me.may(Right.REVIEW):
        raise NotAllowed(f"the role {me.role} may keep views for itself only; ask a lead or the owner")


def _json(app: App, tx: Tx, me: Person, view: View) -> ViewJson:
    only = filter_of(view.query, app.clock.now(), me.name)
    return ViewJson(
        id=view.id,
        name=view.name,
        query=view.query,
        team=view.owner is None,
        made_by=view.made_by,
        made_at=view.made_at,
        count=None if only is None else queue.count(tx, only),
    )
