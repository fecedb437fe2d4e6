"""Cases as pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.bootstrap import App
from engagebot.domain.outbox import CASE_OPEN, CaseState
from engagebot.domain.records import CaseRecord, Slice
from engagebot.domain.roles import Person
from engagebot.pipeline import casework
from engagebot.store.casework import case_lists, cases, clocks, tickets
from engagebot.store.casework.case_lists import CaseFilter, Lane
from engagebot.store.engine import Tx
from engagebot.store.persons import customers
from engagebot.web import case_words
from engagebot.web.api.cases import known_team, opening_of
from engagebot.web.case_reading import ending
from engagebot.web.desk.handover import assignee, refuse_sensitive
from engagebot.web.entry.auth import CaseWorker, NoteTaker, Reader
from engagebot.web.pages.case_page import Asked, CaseRoute, Line, carried_out, case_page
from engagebot.web.rendering import page, with_query
from engagebot.web.site import Site, act
from engagebot.web.wording import snooze_until

router = APIRouter(include_in_schema=False, route_class=CaseRoute)
PER_PAGE = 50
ENDED = (CaseState.RESOLVED, CaseState.CLOSED)
SHOWN = {"ended": ENDED, "all": None}
_LANES = {lane.value: lane for lane in Lane}


@router.get("/cases")
def list_cases(
    request: Request, app: Site, me: Reader, show: str = "open", team: str = "", state: str = "",
    cursor: str | None = None,
) -> Response:  # fmt: skip
    asked = {"show": show if show in {*SHOWN, *_LANES} else "open", "team": team, "state": state}
    with app.store.read() as tx:
        found, counts = read_list(tx, app, me, asked, cursor)
        people = customers.get_many(tx, [case.customer_id for case in found.items if case.customer_id])
        running = clocks.running(tx, [case.id for case in found.items])
        linked = tickets.of_cases(tx, [case.id for case in found.items])
        teams = case_lists.teams(tx)
    chosen = {name: value for name, value in asked.items() if value}
    return page(
        request, me, "cases.html", found=found, asked=asked, chosen=chosen, people=people, running=running,
        teams=teams, counts=counts, case_words=case_words, lanes=LANES_SHOWN, is_first=cursor is None,
        linked=linked,
    )  # fmt: skip


LANES_SHOWN = tuple(Lane)


def read_list(
    tx: Tx, app: App, me: Person, asked: Mapping[str, str], cursor: str | None
) -> tuple[Slice[CaseRecord], dict[Lane, int]]:
    """The page of cases that an address asks for, and how many wait in each lane."""
    now = app.clock.now()
    states = {case.value: case for case in CASE_OPEN}
    only = CaseFilter(
        lane=_LANES.get(asked["show"], Lane.OPEN),
        team=asked["team"] or None,
        state=states.get(asked["state"]),
        person=me.name,
        attention=app.settings.attention,
    )
    counts = case_lists.counts(tx, only, now)
    if asked["show"] in SHOWN:
        return cases.page(tx, states=SHOWN[asked["show"]], limit=PER_PAGE, cursor=cursor), counts
    if cursor and cursor.isdigit():
        # A link of an earlier version: it counted rows, which say nothing of where somebody was.
        cursor = None
    return case_lists.pressing(tx, only, now, limit=PER_PAGE, cursor=cursor or None), counts


@router.post("/cases")
def open_case(
    app: Site, me: CaseWorker, mention_id: Annotated[int, Form()] = 0, team: Line = "",
    severity: Line = "medium", note: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:  # fmt: skip
    refuse_sensitive(app, note)
    with app.store.write() as tx:
        opening = opening_of(app, tx, mention_id, team=team, severity=severity, note=note)
        case = casework.open_for(tx, mention_id, act(app, me), opening)
    return RedirectResponse(with_query(f"/cases/{case.id}", done="opened"), status_code=303)


@router.get("/cases/{case_id}")
def show_case(
    request: Request, app: Site, me: Reader, case_id: int, channel: str = "", before: str = "", do: str = ""
) -> Response:
    return case_page(request, app, me, case_id, asked=Asked(channel, before, do))


@router.post("/cases/{case_id}/ack")
def acknowledge(app: Site, me: CaseWorker, case_id: int) -> Response:
    return carried_out(
        app, case_id,
        lambda case: "acknowledged" if case.assignee == me.name else "acknowledged_for",
        lambda tx: casework.acknowledge(tx, case_id, act(app, me)),
    )  # fmt: skip


@router.post("/cases/{case_id}/assign")
def assign(
    app: Site,
    me: CaseWorker,
    case_id: int,
    to: Annotated[str, Form(max_length=200)] = "",
    team: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    chosen = known_team(app.settings.teams, team or None)
    return carried_out(
        app, case_id, lambda case: _assigned(case, to.strip(), me),
        lambda tx: casework.assign(
            tx, case_id, act(app, me), to=assignee(app, tx, to.strip(), me), team=chosen
        ),
    )  # fmt: skip


def _assigned(case: CaseRecord, to: str, me: Person) -> str:
    if to and case.handed_to == to:
        return "offered"
    return "accepted" if to == me.name else "given"


@router.post("/cases/{case_id}/note")
def note(
    app: Site,
    me: NoteTaker,
    case_id: int,
    text: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    refuse_sensitive(app, text)
    with app.store.write() as tx:
        casework.note(tx, case_id, act(app, me), text=text.strip())
    return RedirectResponse(with_query(f"/cases/{case_id}", done="noted"), status_code=303)


@router.post("/cases/{case_id}/resolve")
def resolve(
    app: Site,
    me: CaseWorker,
    case_id: int,
    outcome: Line = "",
    remedy: Line = "",
    cause: Line = "",
    reached: Line = "",
    stayed: Line = "",
) -> Response:
    end = ending(outcome=outcome, remedy=remedy, cause=cause, was_reached=reached, stayed=stayed)
    return carried_out(
        app, case_id, "resolved",
        lambda tx: casework.resolve(tx, case_id, act(app, me), ending=end),
    )  # fmt: skip


@router.post("/cases/{case_id}/reopen")
def reopen(app: Site, me: CaseWorker, case_id: int) -> Response:
    return carried_out(app, case_id, "reopened", lambda tx: casework.reopen(tx, case_id, act(app, me)))


@router.post("/cases/{case_id}/snooze")
def snooze(app: Site, me: CaseWorker, case_id: int, until: Annotated[str, Form()]) -> Response:
    moment = snooze_until(until, app.clock.now(), app.settings.timezone)
    return carried_out(
        app, case_id, "snoozed",
        lambda tx: casework.snooze(tx, case_id, act(app, me), until=moment),
    )  # fmt: skip
