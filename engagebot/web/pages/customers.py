"""Customers as pages."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from engagebot.store import audit, cases, customers, mentions, mutes
from engagebot.store.mentions import MentionFilter
from engagebot.web.entry.auth import Reader
from engagebot.web.rendering import page
from engagebot.web.site import Site

router = APIRouter(include_in_schema=False)
PER_PAGE = 50


@router.get("/customers")
def list_customers(request: Request, app: Site, me: Reader, cursor: str | None = None) -> Response:
    with app.store.read() as tx:
        found = customers.page(tx, limit=PER_PAGE, cursor=cursor)
    return page(request, me, "customers.html", found=found, is_first=cursor is None)


@router.get("/customers/{customer_id}")
def show_customer(
    request: Request, app: Site, me: Reader, customer_id: int, cursor: str | None = None
) -> Response:
    with app.store.read() as tx:
        customer = customers.get(tx, customer_id)
        theirs = cases.of_customer(tx, customer_id)
        only = MentionFilter(customer_id=customer_id)
        heard = mentions.page(tx, limit=PER_PAGE, cursor=cursor, only=only)
        muted = mutes.muted(tx, [customer.source]).get(customer.source, mutes.NOBODY)
        history = audit.of(tx, f"customer:{customer_id}")
    return page(
        request, me, "customer.html", customer=customer, cases=theirs, heard=heard, is_first=cursor is None,
        is_muted=muted.has_author(customer.handle, None), history=history,
    )  # fmt: skip
