"""`engagebot tokens`: keys for programs."""

from __future__ import annotations

import click

from engagebot.cli.command import add, group
from engagebot.cli.opening import acting, real_site
from engagebot.cli.terminal import Terminal
from engagebot.cli.users import ROLES
from engagebot.domain.roles import Role
from engagebot.web.entry import people


@group("tokens")
def tokens() -> None:
    """Tokens for programs."""


@add(tokens, "create")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the program may do.")
@click.option("--name", metavar="NAME", help="The program's account; made where it does not exist.")
def create(terminal: Terminal, role: str, name: str | None) -> None:
    """Make a token for a program's account. It is shown once, at the end of the line."""
    with real_site(terminal) as app, app.store.write() as tx:
        made = people.make_token(tx, acting(app), role=Role(role), name=name)
    terminal.say("Keep it now: it cannot be shown again.")
    document = {"token": made.secret, "name": made.user.name, "role": made.user.role.value}
    terminal.show(document, f"token of {made.user.name} ({made.user.role}): {made.secret}")
