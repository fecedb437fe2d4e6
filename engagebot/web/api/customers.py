"""The JSON API's customers: what is known of them, and what people keep about them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from engagebot.bootstrap import App
from engagebot.domain.persons.customers import (
    LONGEST_BASIS,
    LONGEST_NOTE,
    LONGEST_TAG,
    Mark,
    NewNote,
    NoteKind,
)
from engagebot.domain.records import CustomerRecord
from engagebot.domain.roles import Person
from engagebot.errors import WrongUsage
from engagebot.pipeline.avatars import Avatars
from engagebot.pipeline.people import forgetting, keeping, linking
from engagebot.pipeline.people.forgetting import Gone
from engagebot.pipeline.people.keeping import Lint
from engagebot.pipeline.people.knowing import know
from engagebot.pipeline.people.listing import Listed, Show, Wanted, list_people
from engagebot.web.api.asking import ApiRoute, Cursor, JsonBody, Limit
from engagebot.web.api.recorded import (
    CustomerDetailJson,
    LinkJson,
    NoteJson,
    RecordJson,
    detail_json,
    record_json,
)
from engagebot.web.api.shapes import CustomerJson, Listing, Shape, listing
from engagebot.web.desk.handover import named, refuse_sensitive
from engagebot.web.entry.auth import CaseWorker, Forgetter, Muter, NoteTaker, Reader
from engagebot.web.site import Site, act

router = APIRouter(
    prefix="/api/v1/customers",
    tags=["customers"],
    responses={409: {"description": "Not possible now."}},
    route_class=ApiRoute,
)


Asked = Annotated[str, Query(max_length=200)]


class ListedJson(CustomerJson):
    """A customer of the list; `reasons` say why they may leave us, where `show=at_risk` was asked for.

    `contacts` are their posts; `contacts_elsewhere` and `minutes` of their time were logged in cases.
    """

    contacts_elsewhere: int
    minutes: int
    tags: list[str]
    reasons: list[str]


class NoteBody(JsonBody):
    """A note; all kinds but `note` say in `basis` when and in which words the person told us."""

    kind: str = NoteKind.NOTE.value
    text: str = Field(default="", max_length=LONGEST_NOTE)
    basis: str | None = Field(default=None, max_length=LONGEST_BASIS)


class NoteWords(JsonBody):
    """The new words of a note."""

    text: str = Field(max_length=LONGEST_NOTE)
    basis: str | None = Field(default=None, max_length=LONGEST_BASIS)


class TagBody(JsonBody):
    tag: str = Field(max_length=LONGEST_TAG * 2)


class SinceBody(JsonBody):
    """A year, a month or a day (2019, 2019-04 or 2019-04-01); `null` where nobody knows."""

    since: str | None = Field(max_length=40)


class MarkBody(JsonBody):
    """`staff` or `press`."""

    mark: str


class LinkBody(JsonBody):
    """Another account of the same person; `basis` is said_it_themselves, opted_in or public_link."""

    other: int
    basis: str
    reason: str = Field(max_length=LONGEST_NOTE)


class ForgetBody(JsonBody):
    """`confirm` says that it is meant."""

    confirm: bool = False


class GoneJson(Shape):
    """What was forgotten, in numbers."""

    customer_ids: list[int]
    mentions: int
    cases: int
    notes: int


@router.get("")
def list_customers(
    app: Site, _: Reader, q: Asked = "", tag: Asked = "", show: Show = Show.ALL, limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[ListedJson]:  # fmt: skip
    """Customers by letters of their name, a tag, or `show`; those who spoke last first."""
    with app.store.read() as tx:
        listed = list_people(tx, app.clock.now(), Wanted(q, tag, show), limit=limit, cursor=cursor)
    return listing(listed.found, lambda each: _listed_json(listed, each))


@router.get("/{customer_id}")
def show_customer(
    app: Site, _: Reader, customer_id: int, limit: Limit = 50, cursor: Cursor = None
) -> CustomerDetailJson:
    with app.store.read() as tx:
        known = know(tx, customer_id, limit=limit, cursor=cursor)
    return detail_json(known, app.settings.timezone)


@router.post("/{customer_id}/notes", status_code=201)
def add_note(app: Site, me: NoteTaker, customer_id: int, body: NoteBody) -> NoteJson:
    kind = NoteKind(named("kind", body.kind, list(NoteKind)))
    with app.store.write() as tx:
        new = NewNote(kind=kind, text=body.text, basis=body.basis)
        return NoteJson.model_validate(keeping.note(tx, customer_id, act(app, me), new, lint(app)))


@router.put("/{customer_id}/notes/{note_id}")
def edit_note(app: Site, me: NoteTaker, customer_id: int, note_id: int, body: NoteWords) -> NoteJson:
    words = keeping.Words(body.text, body.basis)
    with app.store.write() as tx:
        edited = keeping.edit_note(tx, (customer_id, note_id), act(app, me), words, lint(app))
    return NoteJson.model_validate(edited)


@router.delete("/{customer_id}/notes/{note_id}")
def end_note(app: Site, me: NoteTaker, customer_id: int, note_id: int) -> NoteJson:
    with app.store.write() as tx:
        return NoteJson.model_validate(keeping.end_note(tx, (customer_id, note_id), act(app, me)))


@router.post("/{customer_id}/tags")
def tag(app: Site, me: NoteTaker, customer_id: int, body: TagBody) -> dict[str, str]:
    with app.store.write() as tx:
        return {"tag": keeping.tag(tx, customer_id, act(app, me), body.tag, lint(app))}


@router.delete("/{customer_id}/tags/{tag}")
def untag(app: Site, me: NoteTaker, customer_id: int, tag: str) -> dict[str, bool]:
    with app.store.write() as tx:
        return {"changed": keeping.untag(tx, customer_id, act(app, me), tag)}


@router.post("/{customer_id}/vip")
def make_vip(app: Site, me: CaseWorker, customer_id: int) -> CustomerJson:
    with app.store.write() as tx:
        return CustomerJson.model_validate(keeping.set_vip(tx, customer_id, act(app, me), is_vip=True))


@router.delete("/{customer_id}/vip")
def make_no_vip(app: Site, me: CaseWorker, customer_id: int) -> CustomerJson:
    with app.store.write() as tx:
        return CustomerJson.model_validate(keeping.set_vip(tx, customer_id, act(app, me), is_vip=False))


@router.put("/{customer_id}/since")
def set_since(app: Site, me: NoteTaker, customer_id: int, body: SinceBody) -> dict[str, bool]:
    with app.store.write() as tx:
        return {"changed": keeping.set_since(tx, customer_id, act(app, me), body.since)}


@router.put("/{customer_id}/mark")
def mark(app: Site, me: Muter, customer_id: int, body: MarkBody) -> CustomerJson:
    whose = Mark(named("mark", body.mark, list(Mark)))
    with app.store.write() as tx:
        return CustomerJson.model_validate(keeping.mark(tx, customer_id, act(app, me), whose))


@router.delete("/{customer_id}/mark")
def unmark(app: Site, me: Muter, customer_id: int) -> CustomerJson:
    with app.store.write() as tx:
        return CustomerJson.model_validate(keeping.mark(tx, customer_id, act(app, me), None))


@router.post("/{customer_id}/links", status_code=201)
def link(app: Site, me: CaseWorker, customer_id: int, body: LinkBody) -> LinkJson:
    lint(app)(body.reason)
    with app.store.write() as tx:
        ends = (customer_id, body.other)
        made = linking.link(tx, ends, act(app, me), basis=body.basis, reason=body.reason)
    return LinkJson.model_validate(made)


@router.delete("/{customer_id}/links/{link_id}")
def unlink(app: Site, me: CaseWorker, customer_id: int, link_id: int) -> LinkJson:
    with app.store.write() as tx:
        return LinkJson.model_validate(linking.unlink(tx, customer_id, link_id, act(app, me)))


@router.get("/{customer_id}/export")
def export(app: Site, me: Forgetter, customer_id: int) -> RecordJson:
    """Everything that is kept of a person, over all their accounts; the audit says that it was taken out."""
    return exported(app, me, customer_id)


@router.post("/{customer_id}/forget")
def forget(app: Site, me: Forgetter, customer_id: int, body: ForgetBody) -> GoneJson:
    """Forget a person and all accounts that are known to be theirs. It cannot be undone."""
    if not body.confirm:
        raise WrongUsage("nothing comes back after this: send confirm as true where it is meant")
    return GoneJson.model_validate(forgotten(app, me, customer_id))


def _listed_json(listed: Listed, customer: CustomerRecord) -> ListedJson:
    return ListedJson(
        **CustomerJson.model_validate(customer).model_dump(),
        contacts_elsewhere=listed.reached[customer.id].logged,
        minutes=listed.reached[customer.id].minutes,
        tags=[each.tag for each in listed.tags.get(customer.id, ())],
        reasons=list(listed.reasons.get(customer.id, ())),
    )


def exported(app: App, me: Person, customer_id: int) -> RecordJson:
    """A person's whole record; the audit says who took it out."""
    with app.store.write() as tx:
        known, said = forgetting.export(tx, customer_id, act(app, me))
    return record_json(known, app.settings.timezone, said)


def forgotten(app: App, me: Person, customer_id: int) -> Gone:
    """Forget a person, their pictures with them."""
    with app.store.write() as tx:
        gone = forgetting.forget(tx, customer_id, act(app, me))
    Avatars(app.settings.avatars).drop(gone.mention_ids)
    return gone


def lint(app: App) -> Lint:
    """What refuses words that hold a trait that is not kept about people."""
    return lambda words: refuse_sensitive(app, words)
