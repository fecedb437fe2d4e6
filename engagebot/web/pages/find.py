"""The palette and the help page: any action, page, person, case or view, found by a few letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from engagebot.bootstrap import App
from engagebot.domain.roles import Person
from engagebot.store.desk import views
from engagebot.store.engine import Tx
from engagebot.store.persons import customers
from engagebot.web.entry.auth import Reader
from engagebot.web.rendering import is_part, nav_of, page, partial
from engagebot.web.site import Site

router = APIRouter(include_in_schema=False)
_MOST = 6
Asked = Annotated[str, Query(max_length=200, alias="q")]


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was looked for, and where it is."""

    label: str
    path: str
    detail: str = ""


@router.get("/keys")
def show_keys(request: Request, app: Site, me: Reader) -> Response:
    return page(request, me, "keys.html")


@router.get("/find")
def find(request: Request, app: Site, me: Reader, asked: Asked = "") -> Response:
    # A search of mentions that leads here says with quotes which words belong together.
    wanted = asked.strip().strip('"').strip()
    with app.store.read() as tx:
        groups = [(label, hits) for label, hits in hits_of(app, tx, me, wanted) if hits] if wanted else []
    if is_part(request):
        return partial(request, me, "found.html", asked=wanted, groups=groups)
    return page(request, me, "find.html", asked=wanted, groups=groups)


def hits_of(app: App, tx: Tx, me: Person, wanted: str) -> Iterator[tuple[str, list[Hit]]]:
    """Everything with these letters in its name, by kind."""
    small = wanted.casefold()
    yield "By number", list(_numbers(wanted))
    pages = [Hit(each.label, each.path) for each in nav_of(me) if small in each.label.casefold()]
    yield "Pages", pages
    rules = [
        Hit(rule.name, f"/rules#{rule.id}", rule.id)
        for rule in app.rules.book.rules
        if small in f"{rule.name} {rule.id}".casefold()
    ]
    yield "Rules", rules[:_MOST]
    kept = [view for view in views.all_of(tx, me.name) if small in view.name.casefold()]
    yield "Views", [Hit(view.name, f"/queue?{view.query}") for view in kept[:_MOST]]
    people = customers.named_like(tx, wanted.removeprefix("@"), limit=_MOST)
    yield "People", [Hit(f"@{each.handle}", f"/customers/{each.id}", each.source) for each in people]


def _numbers(wanted: str) -> Iterator[Hit]:
    digits = wanted.removeprefix("#").removeprefix("case").strip()
    if digits.isascii() and digits.isdigit() and len(digits) < 16:
        yield Hit(f"Draft {digits}", f"/queue?item={int(digits)}")
        yield Hit(f"Case {digits}", f"/cases/{int(digits)}")
        yield Hit(f"Mention {digits}", f"/mentions/{int(digits)}")
