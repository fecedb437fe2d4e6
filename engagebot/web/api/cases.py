"""The JSON API's cases, and what people do with them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from engagebot.domain.outbox import CaseState
from engagebot.domain.records import CaseRecord, MentionRecord
from engagebot.pipeline import casework
from engagebot.store import audit, cases, mentions
from engagebot.store.engine import Tx
from engagebot.web.api import shapes
from engagebot.web.api.asking import Cursor, JsonBody, Limit, Moment
from engagebot.web.api.shapes import CaseDetailJson, CaseJson, Listing
from engagebot.web.desk.handover import assignee, named, refuse_sensitive, utc
from engagebot.web.entry.auth import CaseWorker, NoteTaker, Reader
from engagebot.web.site import Site, act

router = APIRouter(prefix="/api/v1/cases", tags=["cases"], responses={409: {"description": "Not now."}})
States = Annotated[list[CaseState] | None, Query(alias="state", description="One or more; all by default.")]


class CaseAssignment(JsonBody):
    """A person, a team, or both."""

    to: str | None = None
    team: str | None = None


class Note(JsonBody):
    text: str = Field(max_length=10_000)


class CaseSnooze(JsonBody):
    until: Moment


class Resolution(JsonBody):
    """How it ended, in a word or two."""

    outcome: str | None = Field(default=None, max_length=200)


@router.get("")
def list_cases(
    app: Site, _: Reader, states: States = None, limit: Limit = 50, cursor: Cursor = None
) -> Listing[CaseJson]:
    with app.store.read() as tx:
        found = cases.page(tx, states=states, limit=limit, cursor=cursor)
    return shapes.listing(found, shapes.case_json)


@router.get("/{case_id}")
def show_case(app: Site, _: Reader, case_id: int) -> CaseDetailJson:
    with app.store.read() as tx:
        case = cases.get(tx, case_id)
        return shapes.case_detail_json(case, heard_in(tx, case), audit.of(tx, f"case:{case_id}"))


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
        case = cases.get(tx, case_id)
        return shapes.case_detail_json(case, heard_in(tx, case), audit.of(tx, f"case:{case_id}"))


@router.post("/{case_id}/resolve")
def resolve(app: Site, me: CaseWorker, case_id: int, body: Resolution | None = None) -> CaseJson:
    with app.store.write() as tx:
        done = casework.resolve(tx, case_id, act(app, me), outcome=body.outcome if body else None)
    return shapes.case_json(done)


@router.post("/{case_id}/reopen")
def reopen(app: Site, me: CaseWorker, case_id: int) -> CaseJson:
    with app.store.write() as tx:
        return shapes.case_json(casework.reopen(tx, case_id, act(app, me)))


@router.post("/{case_id}/snooze")
def snooze(app: Site, me: CaseWorker, case_id: int, body: CaseSnooze) -> CaseJson:
    with app.store.write() as tx:
        return shapes.case_json(casework.snooze(tx, case_id, act(app, me), until=utc(body.until)))


def heard_in(tx: Tx, case: CaseRecord) -> list[MentionRecord]:
    """A case's mentions, oldest first."""
    return sorted(
        mentions.get_many(tx, case.mention_ids).values(), key=lambda record: record.mention.posted_at
    )


def known_team(teams: Collection[str], team: str | None) -> str | None:
    """A team of the settings, or `None` where none was given.

    Raises:
        WrongUsage: there is no such team.
    """
    return None if team is None else named("team", team, teams)
