"""`engagebot customers import` and `customers since`: what another system, or a person, knows."""

from __future__ import annotations

from pathlib import Path

import click

from engagebot.cli.command import add
from engagebot.cli.customers import customers
from engagebot.cli.opening import acting, shown_site
from engagebot.cli.rows import Reading, encoding_of, name_of, open_file, read_rows
from engagebot.cli.terminal import Terminal, clean
from engagebot.errors import WrongUsage
from engagebot.pipeline.people import importing, keeping
from engagebot.pipeline.people.importing import Brought, Line
from engagebot.web.api.customers import lint
from engagebot.web.wording import counted


class _NotKept(Exception):
    """Ends a transaction whose work shall not stay."""


@add(customers, "import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--source", metavar="NAME", help="The platform of lines that name none.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; keep nothing.")
@click.option("--encoding", default="utf-8", metavar="NAME", help="For files without a BOM (default utf-8).")
def import_(terminal: Terminal, file: Path, source: str | None, dry_run: bool, encoding: str) -> None:
    """Bring in what a CSV file knows of customers who have spoken of us; "-" reads standard input.

    Columns: handle (needed), source, since (2019, 2019-04 or 2019-04-01), vip (yes or no), tags (split by ;)
    and note. An empty cell changes nothing. All lines are kept or none: where one cannot be used, each such
    line is told with what to put right. The same file again changes nothing. Whoever has not spoken of us is
    passed over, and their lines are told.
    """
    needed = {"handle": "name a column handle, which holds the account's name on its platform"}
    reading = Reading(name=name_of(file), columns={}, encoding=encoding_of(encoding), needed=needed)
    brought = Brought()
    with shown_site(terminal) as app, open_file(file) as opened, read_rows(opened, reading) as rows:
        lines = [Line(row.line, row.values, row.reason) for row in rows]
        try:
            with app.store.write() as tx:
                brought = importing.bring(tx, lines, acting(app), source=source, lint=lint(app))
                if dry_run:
                    raise _NotKept
        except _NotKept:
            pass
    names = ("read", "changed", "same", "unknown")
    document = {name: getattr(brought, name) for name in names} | {"dry_run": dry_run}
    terminal.show(document, _told(brought, is_dry=dry_run))


def _told(brought: Brought, *, is_dry: bool) -> str:
    would = "would be changed" if is_dry else "changed"
    people = f"{counted(brought.changed, 'customer')} {would}, {brought.same} as they were"
    words = f"{counted(brought.read, 'line')}: {people}"
    if not brought.unknown:
        return words
    shown = ", ".join(map(str, brought.unknown[:20])) + (" …" if len(brought.unknown) > 20 else "")
    return f"{words}, {len(brought.unknown)} of nobody who has spoken of us (lines {shown})"


@add(customers, "since")
@click.argument("customer_id", metavar="ID", type=int)
@click.argument("since", required=False)
@click.option("--remove", is_flag=True, help="Nobody knows it any more.")
def since(terminal: Terminal, customer_id: int, since: str | None, remove: bool) -> None:
    """Note since when somebody is a customer: a year, a month or a day (2019, 2019-04 or 2019-04-01)."""
    if remove == (since is not None):
        raise WrongUsage("say since when, or --remove")
    with shown_site(terminal) as app, app.store.write() as tx:
        keeping.set_since(tx, customer_id, acting(app), since)
    said = f"since {clean(since)}" if since is not None else "since nobody knows when"
    terminal.show({"customer_id": customer_id, "since": since}, f"customer {customer_id}: a customer {said}")
