"""`engagebot cases ticket`: a case's problem in another system."""

from __future__ import annotations

import click

from engagebot.cli.case_contents import cases
from engagebot.cli.command import add
from engagebot.cli.opening import acting, shown_site
from engagebot.cli.terminal import Terminal, clean
from engagebot.domain.casework.tickets import read_ticket
from engagebot.errors import WrongUsage
from engagebot.pipeline.casework import ticketing
from engagebot.web.api.case_shapes import ticket_json, wanted_json

__all__ = ["cases"]


@add(cases, "ticket")
@click.argument("case_id", metavar="ID", type=int)
@click.argument("system")
@click.argument("key", required=False)
@click.option("--url", metavar="URL", help="Where people find the ticket.")
@click.option("--off", is_flag=True, help="Undo a link that was wrong.")
def ticket(
    terminal: Terminal, case_id: int, system: str, key: str | None, url: str | None, off: bool
) -> None:
    """Link a ticket of another system to a case, or ask that system for one.

    With a KEY the ticket is linked. Without one the system is asked for a ticket, once; it has to be a
    webhook of the settings with `tickets: true`.
    """
    if key is None:
        if url is not None or off:
            raise WrongUsage("name the ticket: engagebot cases ticket ID SYSTEM KEY")
        _want(terminal, case_id, system)
        return
    with shown_site(terminal) as app, app.store.write() as tx:
        if off:
            found = ticketing.unlink(tx, case_id, acting(app), system=system, key=key)
        else:
            new = read_ticket(system=system, key=key, url=url)
            found, _ = ticketing.link(tx, case_id, acting(app), new)
    done = f"case {case_id} has {clean(found.name)}{' no more' if off else ''}"
    terminal.show(ticket_json(found).model_dump(mode="json"), done)


def _want(terminal: Terminal, case_id: int, system: str) -> None:
    with shown_site(terminal) as app, app.store.write() as tx:
        asked = ticketing.want(tx, case_id, acting(app), system, settings=app.settings)
    name = system.strip().lower()
    done = f"{name} is asked for a ticket of case {case_id}; it leaves while `engagebot run --live` runs"
    terminal.show(wanted_json(name, asked).model_dump(mode="json"), done)
