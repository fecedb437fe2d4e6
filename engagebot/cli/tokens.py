"""`engagebot tokens`: keys for programs."""

from __future__ import annotations

from itertools import count

import click

from engagebot.cli.command import add, group
from engagebot.cli.opening import acting, real_site
from engagebot.cli.terminal import Terminal
from engagebot.cli.users import ROLES, check_name
from engagebot.domain.records import UserRecord
from engagebot.domain.roles import Act, Role
from engagebot.errors import WrongUsage
from engagebot.store import accounts, audit
from engagebot.store.accounts import KeyKind, NewUser
from engagebot.store.engine import Tx


@group("tokens")
def tokens() -> None:
    """Tokens for programs."""


@add(tokens, "create")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the program may do.")
@click.option("--name", metavar="NAME", help="The program's account; made where it does not exist.")
def create(terminal: Terminal, role: str, name: str | None) -> None:
    """Make a token for a program's account. It is shown once, at the end of the line."""
    if name is not None:
        check_name(name)
    with real_site(terminal) as app:
        act = acting(app)
        with app.store.write() as tx:
            user = _account(tx, name, Role(role), act)
            token = accounts.issue(tx, KeyKind.TOKEN, user_id=user.id, at=act.at)
            audit.add(
                tx,
                at=act.at,
                actor=act.by.name,
                action="token.created",
                subject=f"user:{user.name}",
                detail={"role": role},
            )
    terminal.say("Keep it now: it cannot be shown again.")
    document = {"token": token, "name": user.name, "role": user.role.value}
    terminal.show(document, f"token of {user.name} ({user.role}): {token}")


def _account(tx: Tx, name: str | None, role: Role, act: Act) -> UserRecord:
    if name is None:
        taken = {user.name for user in accounts.all_of(tx)}
        name = next(free for number in count(1) if (free := f"{role}-program-{number}") not in taken)
    found = accounts.by_name(tx, name)
    if found is None:
        return accounts.add(tx, NewUser(name=name, role=role, is_service=True), act.at)
    if not found.is_service:
        raise WrongUsage(f"{name} is a person's account; a token belongs to a program: choose another --name")
    if found.is_disabled or found.role is not role:
        what = "is closed" if found.is_disabled else f"has the role {found.role}, not {role}"
        raise WrongUsage(f"the account {name} {what}; choose another --name")
    return found
