"""The page of the rules: what runs, since when, what is wrong with the files, and what holds itself back."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.store.ruling import rule_sets
from engagebot.web.entry.auth import Publisher, Reader
from engagebot.web.pages.rules_shown import read_rules
from engagebot.web.rendering import page, with_query
from engagebot.web.site import Site, act

router = APIRouter(include_in_schema=False)
SHOWN_VERSIONS = 20


@router.get("/rules")
def list_rules(request: Request, app: Site, me: Reader) -> Response:
    shown = read_rules(app)
    with app.store.read() as tx:
        versions = rule_sets.newest(tx, SHOWN_VERSIONS)
    return page(request, me, "rules.html", shown=shown, versions=versions)


@router.post("/rules/{rule_id}/resume")
def resume(app: Site, me: Publisher, rule_id: str) -> Response:
    app.rules.resume(act(app, me), rule_id)
    return RedirectResponse(with_query("/rules", done="rule_resumed"), status_code=303)
