"""Customers as pages: the list, and everything that is known of one, with a form that was refused."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from engagebot.bootstrap import App
from engagebot.domain.persons.customers import Basis, NoteKind
from engagebot.domain.persons.feelings import spans
from engagebot.domain.roles import Person
from engagebot.pipeline.people.knowing import Known, know
from engagebot.pipeline.people.listing import Wanted, list_people
from engagebot.store.persons import people
from engagebot.web import customer_words
from engagebot.web.entry.auth import Reader
from engagebot.web.figures.feelings import drawing, feeling_of
from engagebot.web.rendering import page
from engagebot.web.site import Site
from engagebot.web.stands import CLOSED, FormRoute, Stands, Typed

router = APIRouter(include_in_schema=False)
PER_PAGE = 50
# The field of each form that the focus goes to, where no other one is wrong.
MAIN: Final = {
    "note": "text", "channel": "basis", "not_linked": "basis", "tag": "tag", "since": "since",
    "link": "other", "forget": "confirm",
}  # fmt: skip
# Three forms write notes, each of its own kinds.
_BY_KIND: Final = {
    NoteKind.NOT_LINKED.value: "not_linked",
    NoteKind.LIKES_CHANNEL.value: "channel",
    NoteKind.DISLIKES_CHANNEL.value: "channel",
}
Asked = Annotated[str, Query(max_length=200)]


class CustomerRoute(FormRoute):
    """A route of the forms of a customer's record."""

    home = "/customers/{customer_id}/"

    def form(self, rest: str, typed: Typed) -> tuple[str, str]:
        """The form that was sent, and its main field."""
        form = _BY_KIND.get(typed.get("kind", ""), rest) if rest == "note" else rest
        return form, MAIN.get(form, "text")

    def show(self, request: Request, app: App, me: Person, number: int, stands: Stands) -> Response:
        """The record."""
        return customer_page(request, app, me, number, stands=stands)


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
    stands: Stands = CLOSED,
) -> Response:
    """Show a customer's record, with the form that `stands` open."""
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
        "bases": [(basis, basis.words) for basis in Basis],
        "place": f"/customers/{customer_id}",
        "says": customer_words,
    }
    return page(
        request, me, "customer.html", status=stands.status, stands=stands, forms=_forms(known), **values
    )


def _forms(known: Known) -> frozenset[str]:
    """The forms that stand on the page of a record."""
    if known.customer.forgotten_at is not None:
        return frozenset()
    return frozenset(MAIN) | {f"notes/{note.id}" for note in known.standing_notes}
