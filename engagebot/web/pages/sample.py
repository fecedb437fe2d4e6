"""The audit sample as a page: posts that nobody routed, judged without seeing what the machine says."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.pipeline import sampling
from engagebot.pipeline.correcting import correct
from engagebot.web.desk.item import LEVELS
from engagebot.web.desk.reasons import said
from engagebot.web.entry.auth import Reviewer
from engagebot.web.rendering import page, with_query
from engagebot.web.site import Site, act

router = APIRouter(prefix="/sample", include_in_schema=False)


@router.get("")
def show_sample(request: Request, app: Site, me: Reviewer) -> Response:
    with app.store.read() as tx:
        drawn = sampling.draw(tx, app.clock.now(), share=app.settings.learning.audit_share, limit=None)
    record = drawn.items[0] if drawn.items else None
    words = said(record.mention) if record else None
    return page(request, me, "sample.html", drawn=drawn, record=record, said=words, levels=LEVELS)


@router.post("/{mention_id}")
def answer(
    app: Site, me: Reviewer, mention_id: int, sentiment: Annotated[str, Form(max_length=40)]
) -> Response:
    with app.store.write() as tx:
        correct(tx, mention_id, act(app, me), sentiment=sentiment)
    app.decide_again([mention_id])
    return RedirectResponse(with_query("/sample", done="sampled"), status_code=303)
