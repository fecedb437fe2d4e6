"""Customers as pages: the list, and everything that is known of one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from engagebot.bootstrap import App
from engagebot.domain.customers import Basis
from engagebot.domain.feelings import spans
from engagebot.domain.roles import Person
from engagebot.pipeline.people.knowing import know
from engagebot.pipeline.people.listing import Wanted, list_people
from engagebot.store import people
from engagebot.web import customer_words
from engagebot.web.entry.auth import Reader
from engagebot.web.figures.feelings import drawing, feeling_of
from engagebot.web.pages.trouble import NO_TROUBLE, Trouble
from engagebot.web.rendering import page
from engagebot.web.site import Site

router = APIRouter(include_in_schema=False)
PER_PAGE = 50
Asked = Annotated[str, Query(max_length=200)]


@router.get("/customers")
def list_customers(
    request: Request, app: Site, me: Reader, q: Asked = "", tag: Asked = "", show: Asked = "all",
    cursor: str | None = None,
) -> Response:  # fmt: skip
    with app.store.read() as tx:
        listed = list_people(tx, app.clock.now(), Wanted(q, tag, show), cursor=cursor)
        tags = people.known_tags(tx)
    return page(
        request, me, "customers.html", listed=listed, found=listed.found, is_first=cursor is None,
        says=customer_words, known_tags=tags,
    )  # fmt: skip


@router.get("/customers/{customer_id}")
def show_customer(
    request: Request, app: Site, me: Reader, customer_id: int, cursor: str | None = None
) -> Response:
    return customer_page(request, app, me, customer_id, cursor=cursor)


def customer_page(
    request: Request,
    app: App,
    me: Person,
    customer_id: int,
    *,
    cursor: str | None = None,
    trouble: Trouble = NO_TROUBLE,
) -> Response:
    """Show a customer's record, with what went wrong where something did."""
    zone = app.settings.timezone
    with app.store.read() as tx:
        known = know(tx, customer_id, limit=PER_PAGE, cursor=cursor)
        tags = people.known_tags(tx)
    felt = spans(known.felt, zone)
    values: dict[str, Any] = {
        "known": known,
        "customer": known.customer,
        "last": known.last.words(zone) if known.last else None,
        "is_first": cursor is None,
        "felt": felt,
        "drawn": drawing(felt),
        "feeling_of": feeling_of,
        "known_tags": tags,
        "bases": tuple(Basis),
        "says": customer_words,
    }
    return page(request, me, "customer.html", status=trouble.status, trouble=trouble, **values)
