"""Today: whom we helped, who waits, what breaks soon, what is not as usual."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from engagebot.bootstrap import App
from engagebot.domain.casework.clocks import ClockKind
from engagebot.domain.outbox import CASE_OPEN
from engagebot.domain.roles import Person
from engagebot.domain.telling import rising
from engagebot.store import site
from engagebot.store.casework import cases
from engagebot.store.desk import helped
from engagebot.store.desk import today as days
from engagebot.store.engine import Tx
from engagebot.store.listening import watches
from engagebot.store.persons import customers
from engagebot.web.case_words import CLOCKS
from engagebot.web.desk import lanes
from engagebot.web.desk.bench import midnight
from engagebot.web.entry.auth import Reader
from engagebot.web.rendering import page
from engagebot.web.site import Site

router = APIRouter(include_in_schema=False)
SHOWN = 8
SOON = timedelta(hours=4)


@router.get("/")
def today(request: Request, app: Site, me: Reader) -> Response:
    with app.store.read() as tx:
        values = _values(app, tx, me)
    return page(request, me, "today.html", has_watches=bool(app.settings.watches), clocks=CLOCKS, **values)


def _values(app: App, tx: Tx, me: Person) -> Mapping[str, Any]:
    now = app.clock.now()
    offered = days.offered_to(tx, me.name, limit=SHOWN)
    # A case stands once: what is offered does so there, so that more is read where it is left out.
    most = SHOWN + len(offered)
    pressing = cases.most_pressing(tx, now, most)
    soon = [
        each
        for each in days.breaking(tx, now, within=SOON, limit=most)
        if each.kind is not ClockKind.FOLLOW_UP
    ]
    told = days.follow_ups(tx, limit=most)
    nearest = {each.case_id: each for each in sorted([*soon, *told], key=lambda each: each.due_at)[::-1]}
    back = days.looked_fixed(tx, now - days.DAY, limit=SHOWN)
    shown = {case.id: case for case in pressing}
    others = {each.case_id for each in (*soon, *told)} | {*offered, *back}
    shown |= {case.id: case for case in cases.get_many(tx, sorted(others - shown.keys()))}
    figures = site.status(tx, is_rough=True)
    return {
        "pressing": [case for case in pressing if case.id not in offered][:SHOWN],
        "soon": [(each, shown[each.case_id]) for each in soon if each.case_id not in offered][:SHOWN],
        "follow_ups": [(each, shown[each.case_id]) for each in told if each.case_id not in offered][:SHOWN],
        "offered": [(nearest.get(case_id), shown[case_id]) for case_id in offered],
        "back": [shown[case_id] for case_id in back],
        "rises": rising.news(days.rises(tx, now)),
        "helped": helped.since(tx, midnight(app, now)),
        "people": customers.get_many(tx, [case.customer_id for case in shown.values() if case.customer_id]),
        "waiting": lanes.read(tx, lanes.Name.REVIEW, now, limit=SHOWN).items,
        "counts": lanes.counts(tx, now),
        "figures": figures,
        "open_cases": sum(figures.cases.get(state.value, 0) for state in CASE_OPEN),
        "connectors": watches.connector_records(tx, app.settings.watches, now),
    }
