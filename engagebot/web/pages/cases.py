"""Cases as pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.bootstrap import App
from engagebot.domain.contacts import Channel
from engagebot.domain.continuing import CHANNELS, Continuation, dislike_of, dislike_words
from engagebot.domain.outbox import CASE_OPEN, DRAFT_OPEN, CaseState
from engagebot.domain.records import CaseRecord, Slice
from engagebot.domain.remedies import lacks_ending
from engagebot.domain.roles import Person
from engagebot.errors import IllegalMove, WrongUsage
from engagebot.pipeline import casework
from engagebot.pipeline.minding import MindContext, if_nobody_answers, mind_at_once
from engagebot.store import (
    case_lists,
    cases,
    clocks,
    continuations,
    continuity,
    customers,
    drafts,
    remedies,
    tickets,
    timeline,
)
from engagebot.store.case_lists import CaseFilter, Lane
from engagebot.store.engine import Tx
from engagebot.web import case_words
from engagebot.web.api.cases import known_team, opening_of
from engagebot.web.case_reading import CaseView, cursor_of, ending, latest_of, place_of, read_case
from engagebot.web.desk.handover import assignee, familiar, people_of, refuse_sensitive
from engagebot.web.entry.auth import CaseWorker, NoteTaker, Reader
from engagebot.web.problems import status_of
from engagebot.web.rendering import page, with_query
from engagebot.web.site import Site, act
from engagebot.web.wording import snooze_until

router = APIRouter(include_in_schema=False)
PER_PAGE = 50
SHOWN_EVENTS = 200
OTHERS = 6
Line = Annotated[str, Form(max_length=200)]


class Trouble(NamedTuple):
    """What could not be done and why, and the words that somebody had written, which stay, by their field.

    Or none: a link that was `made` is shown this once.
    """

    status: int
    message: str
    note: str = ""
    log: Mapping[str, str] = MappingProxyType({})
    handed: Mapping[str, str] = MappingProxyType({})
    made: tuple[Continuation, str] | None = None
    ticket: Mapping[str, str] = MappingProxyType({})


NO_TROUBLE = Trouble(200, "")
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
    request: Request, app: Site, me: Reader, case_id: int, channel: str = "", before: str = ""
) -> Response:
    return case_page(request, app, me, case_id, asked=Asked(channel, before))


@router.post("/cases/{case_id}/ack")
def acknowledge(request: Request, app: Site, me: CaseWorker, case_id: int) -> Response:
    return carried_out(
        request, app, me, case_id, "acknowledged",
        lambda tx: casework.acknowledge(tx, case_id, act(app, me)),
    )  # fmt: skip


@router.post("/cases/{case_id}/assign")
def assign(
    request: Request,
    app: Site,
    me: CaseWorker,
    case_id: int,
    to: Annotated[str, Form(max_length=200)] = "",
    team: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    chosen = known_team(app.settings.teams, team or None)
    return carried_out(
        request, app, me, case_id,
        lambda case: "offered" if case.handed_to and case.handed_to == to.strip() else "assigned",
        lambda tx: casework.assign(
            tx, case_id, act(app, me), to=assignee(app, tx, to.strip(), me), team=chosen
        ),
    )  # fmt: skip


@router.post("/cases/{case_id}/note")
def note(
    request: Request,
    app: Site,
    me: NoteTaker,
    case_id: int,
    text: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    try:
        refuse_sensitive(app, text)
        with app.store.write() as tx:
            casework.note(tx, case_id, act(app, me), text=text.strip())
    except WrongUsage as error:
        return case_page(request, app, me, case_id, Trouble(status_of(error), str(error), text))
    return RedirectResponse(with_query(f"/cases/{case_id}", done="noted"), status_code=303)


@router.post("/cases/{case_id}/resolve")
def resolve(
    request: Request,
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
        request, app, me, case_id, "resolved",
        lambda tx: casework.resolve(tx, case_id, act(app, me), ending=end),
    )  # fmt: skip


@router.post("/cases/{case_id}/reopen")
def reopen(request: Request, app: Site, me: CaseWorker, case_id: int) -> Response:
    return carried_out(
        request, app, me, case_id, "reopened", lambda tx: casework.reopen(tx, case_id, act(app, me))
    )


@router.post("/cases/{case_id}/snooze")
def snooze(
    request: Request, app: Site, me: CaseWorker, case_id: int, until: Annotated[str, Form()]
) -> Response:
    moment = snooze_until(until, app.clock.now(), app.settings.timezone)
    return carried_out(
        request, app, me, case_id, "snoozed",
        lambda tx: casework.snooze(tx, case_id, act(app, me), until=moment),
    )  # fmt: skip


class Asked(NamedTuple):
    """Which part of the timeline an address asks for."""

    channel: str = ""
    before: str = ""


EVERYTHING = Asked()


def case_page(
    request: Request,
    app: App,
    me: Person,
    case_id: int,
    trouble: Trouble = NO_TROUBLE,
    *,
    asked: Asked = EVERYTHING,
) -> Response:
    """Show a case, with what went wrong where something did."""
    now = app.clock.now()
    with app.store.read() as tx:
        view = read_case(tx, case_id, now)
        values = _around(tx, app, view, asked)
        values["if_nobody"] = if_nobody_answers(tx, app.settings, case_id, now=now)
    return page(
        request, me, "case.html", status=trouble.status, trouble=trouble, view=view, case=view.case,
        is_open=view.case.state in CASE_OPEN, teams=tuple(app.settings.teams), case_words=case_words,
        asked=asked, made=trouble.made, latest=latest_of(view.heard), cursor_of=cursor_of,
        ticket_systems=tuple(app.settings.ticket_systems), **values,
    )  # fmt: skip


def disliked(tx: Tx, app: App, case: CaseRecord) -> dict[Channel, str]:
    """The channels that a customer does not want, with who noted it and how they know."""
    wishes = casework.wishes(tx, case)
    against = {channel: dislike_of(channel, wishes) for channel in CHANNELS}
    zone = app.settings.timezone
    return {channel: dislike_words(note, zone) for channel, note in against.items() if note is not None}


def _around(tx: Tx, app: App, view: CaseView, asked: Asked) -> dict[str, Any]:
    case, latest = view.case, latest_of(view.heard)
    waiting = [
        draft for draft in (drafts.of_mention(tx, latest.id) if latest else ()) if draft.state in DRAFT_OPEN
    ]
    people = people_of(tx)
    last = continuity.last_of(tx, case.customer_id, without_case=case.id) if case.customer_id else None
    others = cases.of_customer(tx, case.customer_id)[:OTHERS] if case.customer_id else []
    return {
        "customer": customers.get(tx, case.customer_id) if case.customer_id else None,
        "lag": clocks.detection_lag(tx, case, clocks.history(tx, case.id)),
        "clocks": [clock for clock in clocks.of_case(tx, case.id) if clock.ended_at is None],
        "happened": timeline.read(
            tx, case.id, most=SHOWN_EVENTS, before=place_of(asked.before), channel=asked.channel or None
        ),
        "channels": timeline.channels(tx, case.id),
        "ways_on": CHANNELS,
        "links": continuations.of_case(tx, case.id),
        "disliked": disliked(tx, app, case),
        "people": people,
        "last": last,
        "familiar": familiar(app, last, people, team=case.team),
        "zone": app.settings.timezone,
        "remedies": remedies.typed(tx),
        "lacks_ending": lacks_ending(case),
        "draft": waiting[0] if waiting else None,
        "others": [other for other in others if other.id != case.id],
    }


def carried_out(
    request: Request, app: App, me: Person, case_id: int, done: str | Callable[[Any], str],
    do: Callable[[Tx], object],
) -> Response:  # fmt: skip
    """Do one thing to a case and show it again, or show why it could not be done."""
    try:
        with app.store.write() as tx:
            changed = do(tx)
    except (IllegalMove, WrongUsage) as error:
        return case_page(request, app, me, case_id, Trouble(status_of(error), str(error)))
    mind_at_once(MindContext(store=app.store, clock=app.clock, settings=app.settings), case_id)
    code = done if isinstance(done, str) else done(changed)
    return RedirectResponse(with_query(f"/cases/{case_id}", done=code), status_code=303)
