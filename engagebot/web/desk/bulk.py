"""Deciding several drafts at once: first every text is shown, then each is decided by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from engagebot.bootstrap import App
from engagebot.domain.heard.verdicts import REASONS
from engagebot.domain.records import QueueItem
from engagebot.domain.roles import Person
from engagebot.errors import WrongUsage
from engagebot.pipeline import review
from engagebot.pipeline.review import Item, Result
from engagebot.store.desk import queue
from engagebot.store.replying import drafts
from engagebot.web.desk import lanes
from engagebot.web.desk.pages import Onward, Place
from engagebot.web.desk.where import Where
from engagebot.web.entry.auth import Reviewer
from engagebot.web.rendering import page
from engagebot.web.site import Site, act

router = APIRouter(prefix="/queue", include_in_schema=False)
Ids = Annotated[list[int], Query(alias="id", max_length=200)]


class Deed(StrEnum):
    """What can be done to several drafts at once."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Shown:
    """A draft of many, and why it cannot be decided with the others."""

    item: QueueItem
    problem: str | None

    @property
    def key(self) -> str:
        """The draft as it was shown: its id, its version and what its text was."""
        draft = self.item.draft
        return f"{draft.id}:{draft.version}:{drafts.text_hash(draft.text)}"


@router.get("/bulk")
def confirm(
    request: Request, app: Site, me: Reviewer, where: Place, ids: Ids, deed: Deed = Deed.APPROVE
) -> Response:
    shown = read_many(app, me, ids, deed)
    most = app.settings.review.most_in_bulk
    fit = [each for each in shown if each.problem is None][:most]
    left = [each for each in shown if each not in fit]
    return page(
        request, me, "desk/bulk.html", where=where, deed=deed, fit=fit, left=left, most=most,
        refusals=REASONS, lane=lanes.LANES[where.lane],
    )  # fmt: skip


@router.post("/bulk")
def decide(
    request: Request, app: Site, me: Reviewer, go: Onward,
    deed: Annotated[Deed, Form()], item: Annotated[list[str], Form(max_length=200)],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:  # fmt: skip
    items = [chosen(key) for key in item]
    with app.store.read() as tx:
        terms = app.terms_of(tx, me.name)
    if deed is Deed.APPROVE:
        results = review.approve_many(app.store, items, act(app, me), terms)
    else:
        results = review.reject_many(app.store, items, act(app, me), terms, reason=reason)
    return _told(request, app, me, go, deed, results)


@router.post("/bulk/undo")
def undo(
    request: Request, app: Site, me: Reviewer, go: Onward, item: Annotated[list[int], Form(max_length=200)]
) -> Response:
    with app.store.write() as tx:
        results = review.undo_many(tx, item, act(app, me))
    return _told(request, app, me, go, "undo", results)


def read_many(app: App, me: Person, ids: Sequence[int], deed: Deed) -> list[Shown]:
    """Read the drafts that somebody selected, each with what keeps it out."""
    shown = []
    with app.store.read() as tx:
        terms = app.terms_of(tx, me.name)
        for draft_id in dict.fromkeys(ids):
            item = queue.item(tx, draft_id)
            problem = review.unfit_for_many(tx, item.draft, terms) if deed is Deed.APPROVE else None
            shown.append(Shown(item, problem))
    return shown


def chosen(key: str) -> Item:
    """A draft as it was shown.

    Raises:
        WrongUsage: nothing that this page has shown.
    """
    number, version, shown = [*key.split(":"), "", ""][:3]
    if not (number.isascii() and number.isdigit() and version.isascii() and version.isdigit() and shown):
        raise WrongUsage("this is no item of the list; go back to the queue and select again")
    return Item(int(number), int(version), shown)


def _told(
    request: Request, app: App, me: Person, go: Where, deed: str, results: Sequence[Result]
) -> Response:
    done = [result for result in results if result.is_done]
    left = [result for result in results if not result.is_done]
    return page(request, me, "desk/bulk_done.html", where=go, deed=deed, finished=done, left=left)
