"""The connectors' page, and the switch that stops everything."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.domain.listening.costs import money
from engagebot.pipeline import prune
from engagebot.store import site
from engagebot.store.listening import watches
from engagebot.store.replying import breakers, pacing
from engagebot.web.entry.auth import ConnectorKeeper, Pauser, Reader, Resumer
from engagebot.web.entry.entrance import own_path
from engagebot.web.figures.costing import read_report, reads_words
from engagebot.web.figures.deletion import age_words, deletion_json, receipt_words
from engagebot.web.figures.ears import DAYS, coverage_words, read_hearing
from engagebot.web.figures.sending import breaker_words
from engagebot.web.rendering import page, with_query
from engagebot.web.site import Site

router = APIRouter(include_in_schema=False)
Back = Annotated[str, Form(max_length=2000)]


@router.get("/connectors")
def list_connectors(request: Request, app: Site, me: Reader) -> Response:
    now = app.clock.now()
    with app.store.read() as tx:
        records = watches.connector_records(tx, app.settings.watches, now, prices=app.settings.prices)
        spent = read_report(app, tx)
        polled = {watch.name: watch for watch in watches.all_of(tx, [w.name for w in app.settings.watches])}
        receipt = deletion_json(prune.receipt(app.prune_context, tx))
        hearing = read_hearing(app, tx, span=timedelta(days=DAYS))
        resting = {each.source: each for each in breakers.all_open(tx)}
    return page(
        request, me, "connectors.html", connectors=records, polled=polled, watches=app.settings.watches,
        costs=spent, money=money, reads_words=reads_words,
        receipt=receipt, receipt_words=receipt_words(receipt), age_words=age_words,
        hearing=hearing, coverage_words=coverage_words, resting=resting,
        breaker_words=lambda each: breaker_words(each, now, app.settings.timezone),
    )  # fmt: skip


@router.post("/pause")
def pause(app: Site, me: Pauser, back: Back = "/") -> Response:
    with app.store.write() as tx:
        site.pause(tx, by=me.name, at=app.clock.now())
    return RedirectResponse(with_query(own_path(back), done="paused"), status_code=303)


@router.post("/resume")
def resume(app: Site, me: Resumer, back: Back = "/") -> Response:
    now = app.clock.now()
    with app.store.write() as tx:
        has_changed = site.resume(tx, by=me.name, at=now)
        waiting = pacing.waiting(tx, now)
    if has_changed and waiting.approved and app.is_live:
        return RedirectResponse("/queue?lane=leaving&done=resumed_leaving", status_code=303)
    return RedirectResponse(with_query(own_path(back), done="resumed"), status_code=303)


@router.post("/connectors/{source}/breaker/close")
def close_breaker(app: Site, me: ConnectorKeeper, source: str) -> Response:
    with app.store.write() as tx:
        breakers.close(tx, source, by=me.name, at=app.clock.now())
    return RedirectResponse("/connectors?done=breaker_closed", status_code=303)
