"""`engagebot customers`: people who have spoken of us, and whether they want to hear from us."""

from __future__ import annotations

from collections.abc import Callable

import click

from engagebot.cli.command import add, group
from engagebot.cli.opening import acting, shown_site
from engagebot.cli.terminal import Terminal, clean
from engagebot.domain.records import CustomerRecord
from engagebot.domain.roles import Act
from engagebot.pipeline import silencing
from engagebot.store.engine import Tx
from engagebot.web.api.shapes import CustomerJson


@group("customers")
def customers() -> None:
    """People who have spoken of us."""


@add(customers, "opt-out")
@click.argument("customer_id", metavar="ID", type=int)
def opt_out(terminal: Terminal, customer_id: int) -> None:
    """Note that somebody asked not to be written to; drafts that wait are withdrawn."""
    _do(terminal, customer_id, silencing.opt_out)


@add(customers, "opt-in")
@click.argument("customer_id", metavar="ID", type=int)
def opt_in(terminal: Terminal, customer_id: int) -> None:
    """Take an opt-out back."""
    _do(terminal, customer_id, silencing.opt_in)


def _do(terminal: Terminal, customer_id: int, deed: Callable[[Tx, int, Act], CustomerRecord]) -> None:
    with shown_site(terminal) as app, app.store.write() as tx:
        person = deed(tx, customer_id, acting(app))
    document = CustomerJson.model_validate(person).model_dump(mode="json")
    may = "asked not to be written to" if person.is_opted_out else "may be written to"
    terminal.show(document, clean(f"customer {person.id}, @{person.handle} on {person.source}: {may}"))
