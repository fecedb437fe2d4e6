"""What people keep about a customer: forms of the customer's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from engagebot.bootstrap import App
from engagebot.domain.persons.customers import Mark, NewNote, NoteKind
from engagebot.domain.replying.routes import account_key
from engagebot.domain.roles import Act, Person
from engagebot.errors import WrongUsage
from engagebot.pipeline.people import keeping, linking
from engagebot.store.engine import Tx
from engagebot.store.persons import customers
from engagebot.web.api.customers import exported, forgotten, lint
from engagebot.web.desk.handover import named, refuse_sensitive
from engagebot.web.entry.auth import CaseWorker, Forgetter, Muter, NoteTaker
from engagebot.web.pages.customers import CustomerRoute
from engagebot.web.rendering import with_query
from engagebot.web.site import Site, act

router = APIRouter(prefix="/customers/{customer_id}", include_in_schema=False, route_class=CustomerRoute)
Line = Annotated[str, Form(max_length=500)]
Words = Annotated[str, Form(max_length=10_000)]


@router.post("/note")
def note(
    app: Site, me: NoteTaker, customer_id: int, kind: Line = "", text: Words = "", basis: Line = "",
) -> Response:  # fmt: skip
    def write(tx: Tx, deed: Act) -> object:
        new = NewNote(kind=NoteKind(named("kind", kind, list(NoteKind))), text=text, basis=basis)
        return keeping.note(tx, customer_id, deed, new, lint(app))

    return carried_out(app, me, customer_id, "noted", write)


@router.post("/notes/{note_id}")
def edit_note(
    app: Site, me: NoteTaker, customer_id: int, note_id: int, text: Words = "", basis: Line = "",
) -> Response:  # fmt: skip
    words = keeping.Words(text, basis)
    return carried_out(
        app, me, customer_id, "note_changed",
        lambda tx, deed: keeping.edit_note(tx, (customer_id, note_id), deed, words, lint(app)),
    )  # fmt: skip


@router.post("/notes/{note_id}/end")
def end_note(app: Site, me: NoteTaker, customer_id: int, note_id: int) -> Response:
    return carried_out(
        app, me, customer_id, "note_ended",
        lambda tx, deed: keeping.end_note(tx, (customer_id, note_id), deed),
    )  # fmt: skip


@router.post("/tag")
def tag(app: Site, me: NoteTaker, customer_id: int, tag: Line = "") -> Response:
    return carried_out(
        app, me, customer_id, "tagged",
        lambda tx, deed: keeping.tag(tx, customer_id, deed, tag, lint(app)),
    )  # fmt: skip


@router.post("/untag")
def untag(app: Site, me: NoteTaker, customer_id: int, tag: Line = "") -> Response:
    return carried_out(
        app, me, customer_id, "untagged",
        lambda tx, deed: keeping.untag(tx, customer_id, deed, tag),
    )  # fmt: skip


@router.post("/since")
def set_since(app: Site, me: NoteTaker, customer_id: int, since: Line = "") -> Response:
    return carried_out(
        app, me, customer_id, "since_noted",
        lambda tx, deed: keeping.set_since(tx, customer_id, deed, since.strip() or None),
    )  # fmt: skip


@router.post("/vip")
def make_vip(app: Site, me: CaseWorker, customer_id: int) -> Response:
    return carried_out(
        app, me, customer_id, "made_vip",
        lambda tx, deed: keeping.set_vip(tx, customer_id, deed, is_vip=True),
    )  # fmt: skip


@router.post("/not-vip")
def make_no_vip(app: Site, me: CaseWorker, customer_id: int) -> Response:
    return carried_out(
        app, me, customer_id, "made_no_vip",
        lambda tx, deed: keeping.set_vip(tx, customer_id, deed, is_vip=False),
    )  # fmt: skip


@router.post("/mark")
def mark(app: Site, me: Muter, customer_id: int, mark: Line = "") -> Response:
    """Say whose account it is; nothing chosen is a customer's."""

    def say(tx: Tx, deed: Act) -> object:
        whose = Mark(named("mark", mark, list(Mark))) if mark else None
        return keeping.mark(tx, customer_id, deed, whose)

    return carried_out(app, me, customer_id, "marked" if mark else "unmarked", say)


@router.post("/link")
def link(
    app: Site, me: CaseWorker, customer_id: int, other: Line = "", basis: Line = "", reason: Words = "",
) -> Response:  # fmt: skip
    def join(tx: Tx, deed: Act) -> object:
        refuse_sensitive(app, reason, field="reason")
        ends = (customer_id, linking.account_named(tx, other))
        return linking.link(tx, ends, deed, basis=basis, reason=reason)

    return carried_out(app, me, customer_id, "linked", join)


@router.post("/links/{link_id}/undo")
def unlink(app: Site, me: CaseWorker, customer_id: int, link_id: int) -> Response:
    return carried_out(
        app, me, customer_id, "unlinked",
        lambda tx, deed: linking.unlink(tx, customer_id, link_id, deed),
    )  # fmt: skip


@router.post("/export")
def export(app: Site, me: Forgetter, customer_id: int) -> Response:
    record = exported(app, me, customer_id).model_dump_json(indent=2)
    held = {"content-disposition": f'attachment; filename="customer-{customer_id}.json"'}
    return Response(record, media_type="application/json", headers=held)


@router.post("/forget")
def forget(app: Site, me: Forgetter, customer_id: int, confirm: Line = "") -> Response:
    """Forget a person, where their name was written to confirm it."""
    with app.store.read() as tx:
        handle = customers.get(tx, customer_id).handle
    if account_key(confirm) != account_key(handle):
        raise WrongUsage(f"nothing was changed: write {handle!r} to say that it is meant")
    forgotten(app, me, customer_id)
    return RedirectResponse(with_query(f"/customers/{customer_id}", done="forgotten"), status_code=303)


def carried_out(
    app: App, me: Person, customer_id: int, done: str, do: Callable[[Tx, Act], object]
) -> Response:
    """Do one thing to a record and show it again; `CustomerRoute` shows why it could not be done."""
    with app.store.write() as tx:
        do(tx, act(app, me))
    return RedirectResponse(with_query(f"/customers/{customer_id}", done=done), status_code=303)
