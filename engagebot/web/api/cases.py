"""The JSON API's cases, and what people do with them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from engagebot.bootstrap import App
from engagebot.domain.casework.remedies import Ending
from engagebot.domain.outbox import CaseState
from engagebot.errors import WrongUsage
from engagebot.pipeline import casework
from engagebot.store import audit
from engagebot.store.casework import case_lists, cases
from engagebot.store.casework.case_lists import CaseFilter, Lane
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions
from engagebot.web.api import shapes
from engagebot.web.api.asking import ApiRoute, Cursor, JsonBody, Limit, Moment
from engagebot.web.api.case_shapes import CaseDetailJson, case_detail_json
from engagebot.web.api.shapes import CaseJson, Listing
from engagebot.web.case_reading import ending, read_case
from engagebot.web.desk.handover import assignee, handover, named, refuse_sensitive, utc
from engagebot.web.entry.auth import CaseWorker, NoteTaker, Reader
from engagebot.web.site import Site, act

router = APIRouter(
    prefix="/api/v1/cases", tags=["cases"], responses={409: {"description": "Not now."}}, route_class=ApiRoute
)
States = Annotated[list[CaseState] | None, Query(alias="state", description="One or more; all by default.")]
Show = Annotated[
    Lane | None, Query(description="Open cases in the order of the page: what is due first first.")
]


class CaseAssignment(JsonBody):
    """A person, a team, or both."""

    to: str | None = None
    team: str | None = None


class Note(JsonBody):
    text: str = Field(max_length=10_000)


class CaseSnooze(JsonBody):
    until: Moment


class CaseOpening(JsonBody):
    """A mention of somebody whom no rule gave to a team; `severity` is low, medium, high or urgent."""

    mention_id: int
    team: str
    severity: str = "medium"
    note: str = Field(default="", max_length=10_000)


class Resolution(JsonBody):
    """How it ended in a word or two, what fixed it, whose doing it was, whether they got what they wanted.

    Each may be left out. `cause` is ours, third_party, theirs or unknown; `reached` is reached, partly or no;
    `stayed`, of who spoke of leaving, is stayed, left or unknown.
    """

    outcome: str | None = Field(default=None, max_length=200)
    remedy: str | None = Field(default=None, max_length=200)
    cause: str | None = None
    reached: str | None = None
    stayed: str | None = None

    @property
    def ending(self) -> Ending:
        """What was said, checked."""
        return ending(
            outcome=self.outcome,
            remedy=self.remedy,
            cause=self.cause,
            was_reached=self.reached,
            stayed=self.stayed,
        )


@router.get("")
def list_cases(
    app: Site, me: Reader, states: States = None, show: Show = None, limit: Limit = 50, cursor: Cursor = None
) -> Listing[CaseJson]:
    if show is not None and states:
        raise WrongUsage("state and show: send one of them; show lists open cases by what presses most")
    with app.store.read() as tx:
        if show is None:
            found = cases.page(tx, states=states, limit=limit, cursor=cursor)
        else:
            only = CaseFilter(lane=show, person=me.name, attention=app.settings.attention)
            found = case_lists.pressing(tx, only, app.clock.now(), limit=limit, cursor=cursor)
    return shapes.listing(found, shapes.case_json)


@router.post("")
def open_case(app: Site, me: CaseWorker, body: CaseOpening) -> CaseJson:
    refuse_sensitive(app, body.note)
    with app.store.write() as tx:
        opening = opening_of(app, tx, body.mention_id, team=body.team, severity=body.severity, note=body.note)
        return shapes.case_json(casework.open_for(tx, body.mention_id, act(app, me), opening))


@router.get("/{case_id}")
def show_case(app: Site, _: Reader, case_id: int) -> CaseDetailJson:
    with app.store.read() as tx:
        return case_detail_json(read_case(tx, case_id, app.clock.now()), audit.of(tx, f"case:{case_id}"))


@router.post("/{case_id}/ack")
def acknowledge(app: Site, me: CaseWorker, case_id: int) -> CaseJson:
    with app.store.write() as tx:
        return shapes.case_json(casework.acknowledge(tx, case_id, act(app, me)))


@router.post("/{case_id}/assign")
def assign(app: Site, me: CaseWorker, case_id: int, body: CaseAssignment) -> CaseJson:
    team = known_team(app.settings.teams, body.team)
    with app.store.write() as tx:
        to = assignee(app, tx, body.to, me)
        return shapes.case_json(casework.assign(tx, case_id, act(app, me), to=to, team=team))


@router.post("/{case_id}/note")
def note(app: Site, me: NoteTaker, case_id: int, body: Note) -> CaseDetailJson:
    refuse_sensitive(app, body.text)
    with app.store.write() as tx:
        casework.note(tx, case_id, act(app, me), text=body.text)
        return case_detail_json(read_case(tx, case_id, app.clock.now()), audit.of(tx, f"case:{case_id}"))


@router.post("/{case_id}/resolve")
def resolve(app: Site, me: CaseWorker, case_id: int, body: Resolution | None = None) -> CaseJson:
    said = body or Resolution()
    end = said.ending
    with app.store.write() as tx:
        return shapes.case_json(casework.resolve(tx, case_id, act(app, me), ending=end))


@router.post("/{case_id}/reopen")
def reopen(app: Site, me: CaseWorker, case_id: int) -> CaseJson:
    with app.store.write() as tx:
        return shapes.case_json(casework.reopen(tx, case_id, act(app, me)))


@router.post("/{case_id}/snooze")
def snooze(app: Site, me: CaseWorker, case_id: int, body: CaseSnooze) -> CaseJson:
    with app.store.write() as tx:
        return shapes.case_json(casework.snooze(tx, case_id, act(app, me), until=utc(body.until)))


def opening_of(app: App, tx: Tx, mention_id: int, *, team: str, severity: str, note: str) -> casework.Opening:
    """How a case is opened for a mention, by what a form or a request says.

    Raises:
        WrongUsage: there is no such team or severity.
    """
    to = handover(app, team=team, severity=severity)
    posted_at = mentions.get(tx, mention_id).mention.posted_at
    return casework.Opening(
        team=to.team,
        severity=to.severity,
        told=to.told,
        due_at=app.settings.first_reply_due(posted_at),
        note=note,
    )


def known_team(teams: Collection[str], team: str | None) -> str | None:
    """A team of the settings, or `None` where none was given.

    Raises:
        WrongUsage: there is no such team.
    """
    return None if team is None else named("team", team, teams)
