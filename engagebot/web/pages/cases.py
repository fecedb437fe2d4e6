"""Cases as pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.bootstrap import App
from engagebot.domain.outbox import CASE_OPEN, CaseState
from engagebot.domain.records import CaseRecord
from engagebot.domain.roles import Person
from engagebot.errors import IllegalMove, WrongUsage
from engagebot.pipeline import casework
from engagebot.store import audit, cases, customers, deliveries
from engagebot.store.engine import Tx
from engagebot.web.api.cases import heard_in, known_team
from engagebot.web.desk.handover import assignee, people_of, refuse_sensitive
from engagebot.web.entry.auth import CaseWorker, NoteTaker, Reader
from engagebot.web.problems import status_of
from engagebot.web.rendering import page, with_query
from engagebot.web.site import Site, act
from engagebot.web.wording import snooze_until

router = APIRouter(include_in_schema=False)
PER_PAGE = 50


class Trouble(NamedTuple):
    """What could not be done and why, and the note that somebody had written, which stays."""

    status: int
    message: str
    note: str = ""


NO_TROUBLE = Trouble(200, "")
SHOWN = {"open": tuple(sorted(CASE_OPEN)), "ended": (CaseState.RESOLVED, CaseState.CLOSED), "all": None}


@router.get("/cases")
def list_cases(
    request: Request, app: Site, me: Reader, show: str = "open", cursor: str | None = None
) -> Response:
    chosen = show if show in SHOWN else "open"
    now = app.clock.now()
    with app.store.read() as tx:
        pressing = cases.most_pressing(tx, now) if chosen == "open" and cursor is None else []
        found = cases.page(tx, states=SHOWN[chosen], limit=PER_PAGE, cursor=cursor)
        people = customers.get_many(tx, [case.customer_id for case in found.items if case.customer_id])
    return page(
        request, me, "cases.html", found=found, show=chosen, pressing=pressing, people=people,
        is_first=cursor is None,
    )  # fmt: skip


@router.get("/cases/{case_id}")
def show_case(request: Request, app: Site, me: Reader, case_id: int) -> Response:
    return case_page(request, app, me, case_id)


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
        request, app, me, case_id, "assigned",
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
    outcome: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    return carried_out(
        request, app, me, case_id, "resolved",
        lambda tx: casework.resolve(tx, case_id, act(app, me), outcome=outcome.strip() or None),
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


def case_page(
    request: Request, app: App, me: Person, case_id: int, trouble: Trouble = NO_TROUBLE
) -> Response:
    """Show a case, with what went wrong where something did."""
    with app.store.read() as tx:
        case: CaseRecord = cases.get(tx, case_id)
        customer = customers.get(tx, case.customer_id) if case.customer_id else None
        heard = heard_in(tx, case)
        values: dict[str, Any] = {
            "history": audit.of(tx, f"case:{case_id}"),
            "told": deliveries.of_case(tx, case_id),
            "people": people_of(tx),
        }
    return page(
        request, me, "case.html", status=trouble.status, trouble=trouble, case=case, customer=customer,
        heard=heard, is_open=case.state in CASE_OPEN, teams=tuple(app.settings.teams), **values,
    )  # fmt: skip


def carried_out(
    request: Request, app: App, me: Person, case_id: int, done: str, do: Callable[[Tx], object]
) -> Response:
    """Do one thing to a case and show it again, or show why it could not be done."""
    try:
        with app.store.write() as tx:
            do(tx)
    except (IllegalMove, WrongUsage) as error:
        return case_page(request, app, me, case_id, Trouble(status_of(error), str(error)))
    return RedirectResponse(with_query(f"/cases/{case_id}", done=done), status_code=303)
