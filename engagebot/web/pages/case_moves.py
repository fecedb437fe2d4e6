"""Forms for the further moves of a case: each is a button's address, and leads back to the case."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from engagebot.pipeline import casework
from engagebot.web.case_reading import ending
from engagebot.web.entry.auth import CaseWorker
from engagebot.web.pages.case_page import CaseRoute, Line, carried_out
from engagebot.web.site import Site, act

router = APIRouter(prefix="/cases", include_in_schema=False, route_class=CaseRoute)


@router.post("/{case_id}/unack")
def unacknowledge(app: Site, me: CaseWorker, case_id: int) -> Response:
    return carried_out(
        app, case_id, "unacknowledged",
        lambda tx: casework.unacknowledge(tx, case_id, act(app, me)),
    )  # fmt: skip


@router.post("/{case_id}/wait")
def wait(app: Site, me: CaseWorker, case_id: int) -> Response:
    return carried_out(app, case_id, "waits", lambda tx: casework.wait(tx, case_id, act(app, me)))


@router.post("/{case_id}/close")
def close(app: Site, me: CaseWorker, case_id: int) -> Response:
    return carried_out(app, case_id, "closed", lambda tx: casework.close(tx, case_id, act(app, me)))


@router.post("/{case_id}/ending")
def say_ending(
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
        app, case_id, "ending_said",
        lambda tx: casework.say_ending(tx, case_id, act(app, me), ending=end),
    )  # fmt: skip


@router.post("/{case_id}/accept")
def accept(app: Site, me: CaseWorker, case_id: int) -> Response:
    return carried_out(app, case_id, "accepted", lambda tx: casework.accept(tx, case_id, act(app, me)))


@router.post("/{case_id}/decline")
def decline(app: Site, me: CaseWorker, case_id: int) -> Response:
    return carried_out(app, case_id, "declined", lambda tx: casework.decline(tx, case_id, act(app, me)))
