"""The JSON API's further moves of cases, their clocks, and those that time lets down."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter

from engagebot.pipeline import casework
from engagebot.pipeline.minding import if_nobody_answers
from engagebot.store.casework import cases, clocks, idle
from engagebot.store.casework.clocks import ClockRecord
from engagebot.web.api import shapes
from engagebot.web.api.asking import ApiRoute, Limit
from engagebot.web.api.cases import Resolution
from engagebot.web.api.shapes import CaseJson, Shape
from engagebot.web.entry.auth import CaseWorker, Reader
from engagebot.web.site import Site, act

router = APIRouter(
    prefix="/api/v1/cases", tags=["cases"], responses={409: {"description": "Not now."}}, route_class=ApiRoute
)


class ClockJson(Shape):
    """A promise: a first_reply, next_reply, resolution or follow_up; one that rests has no `due_at`."""

    kind: str
    promise: str
    span_s: int
    is_business_time: bool
    began_at: datetime
    due_at: datetime | None
    paused_at: datetime | None
    left_s: int | None
    ended_at: datetime | None


class TimesJson(Shape):
    """What time does to a case: its clocks, how late we heard of it, and who is told if nobody answers."""

    clocks: list[ClockJson]
    detection_lag_s: int | None
    if_nobody_answers: list[str]


@router.get("/stale")
def stale(app: Site, _: Reader, limit: Limit = 50) -> list[CaseJson]:
    with app.store.read() as tx:
        return [shapes.case_json(case) for case in idle.stale(tx, app.clock.now(), limit=limit)]


@router.get("/silent")
def silent(app: Site, _: Reader, limit: Limit = 50) -> list[CaseJson]:
    after = app.settings.attention.silent_after
    with app.store.read() as tx:
        found = idle.silent(tx, app.clock.now(), after=after, limit=limit) if after else []
    return [shapes.case_json(case) for case in found]


@router.get("/{case_id}/clocks")
def show_clocks(app: Site, _: Reader, case_id: int) -> TimesJson:
    with app.store.read() as tx:
        case = cases.get(tx, case_id)
        lag = clocks.detection_lag(tx, case, clocks.history(tx, case_id))
        return TimesJson(
            clocks=[_clock_json(each) for each in clocks.of_case(tx, case_id)],
            detection_lag_s=None if lag is None else round(lag.total_seconds()),
            if_nobody_answers=if_nobody_answers(tx, app.settings, case_id, now=app.clock.now()),
        )


@router.post("/{case_id}/unack")
def unacknowledge(app: Site, me: CaseWorker, case_id: int) -> CaseJson:
    with app.store.write() as tx:
        return shapes.case_json(casework.unacknowledge(tx, case_id, act(app, me)))


@router.post("/{case_id}/wait")
def wait(app: Site, me: CaseWorker, case_id: int) -> CaseJson:
    with app.store.write() as tx:
        return shapes.case_json(casework.wait(tx, case_id, act(app, me)))


@router.post("/{case_id}/close")
def close(app: Site, me: CaseWorker, case_id: int) -> CaseJson:
    with app.store.write() as tx:
        return shapes.case_json(casework.close(tx, case_id, act(app, me)))


@router.post("/{case_id}/ending")
def say_ending(app: Site, me: CaseWorker, case_id: int, said: Resolution) -> CaseJson:
    end = said.ending
    with app.store.write() as tx:
        return shapes.case_json(casework.say_ending(tx, case_id, act(app, me), ending=end))


@router.post("/{case_id}/accept")
def accept(app: Site, me: CaseWorker, case_id: int) -> CaseJson:
    with app.store.write() as tx:
        return shapes.case_json(casework.accept(tx, case_id, act(app, me)))


@router.post("/{case_id}/decline")
def decline(app: Site, me: CaseWorker, case_id: int) -> CaseJson:
    with app.store.write() as tx:
        return shapes.case_json(casework.decline(tx, case_id, act(app, me)))


def _clock_json(clock: ClockRecord) -> ClockJson:
    return ClockJson(
        kind=clock.kind.value,
        promise=clock.policy,
        span_s=round(clock.span.total_seconds()),
        is_business_time=clock.is_business_time,
        began_at=clock.began_at,
        due_at=clock.due_at,
        paused_at=clock.paused_at,
        left_s=None if clock.left is None else round(clock.left.total_seconds()),
        ended_at=clock.ended_at,
    )
