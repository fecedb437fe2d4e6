"""`engagebot users`: accounts of people."""

from __future__ import annotations

import sys

import click

from engagebot.bootstrap import App
from engagebot.cli.command import add, group
from engagebot.cli.opening import acting, real_site
from engagebot.cli.terminal import Terminal, iso, table, when
from engagebot.domain.records import UserRecord
from engagebot.domain.roles import Role
from engagebot.errors import WrongUsage
from engagebot.store import audit
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind, NewUser
from engagebot.web.entry import people
from engagebot.web.entry.entrance import known_words
from engagebot.web.entry.passwords import hash_password

ROLES = [role.value for role in Role]


@group("users")
def users() -> None:
    """Accounts of people.

    A password is asked for, or read from standard input with --password-stdin; never from a flag.
    """


@add(users, "add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the person may do.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add_(terminal: Terminal, name: str, role: str, password_stdin: bool) -> None:
    """Make an account for a person."""
    people.check_name(name)
    with real_site(terminal) as app:
        hashed = hash_password(_password(terminal, password_stdin), known=known_words(app, name))
        act = acting(app)
        with app.store.write() as tx:
            new = NewUser(name=name, role=Role(role), password_hash=hashed)
            user = accounts.add(tx, new, act.at)
            # Whoever holds the first account's link must not become an owner after all.
            accounts.revoke(tx, KeyKind.SETUP)
            audit.add(
                tx,
                at=act.at,
                actor=act.by.name,
                action="user.added",
                subject=f"user:{name}",
                detail={"role": role},
            )
    terminal.show(_json(user), f"made the account {name} ({role})")


@add(users, "list")
def list_(terminal: Terminal) -> None:
    """List the accounts, those of programs too."""
    with real_site(terminal) as app, app.store.read() as tx:
        found = accounts.all_of(tx)
    rows = [
        (
            user.name,
            user.role,
            "program" if user.is_service else "person",
            "disabled" if user.is_disabled else "",
            when(user.created_at),
        )
        for user in found
    ]
    headings = ("name", "role", "kind", "", "since")
    terminal.show([_json(user) for user in found], table(headings, rows, empty="there is no account yet"))


@add(users, "disable")
@click.argument("name")
def disable(terminal: Terminal, name: str) -> None:
    """Close an account: its sessions end and its tokens stop working."""
    with real_site(terminal) as app:
        act = acting(app)
        with app.store.write() as tx:
            user = accounts.change(tx, name, {"is_disabled": True})
            audit.add(tx, at=act.at, actor=act.by.name, action="user.disabled", subject=f"user:{name}")
    terminal.show(_json(user), f"closed the account {name}")


@add(users, "reset")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--link", is_flag=True, help="Print a link, good for 72 hours, by which they choose one.")
def reset(terminal: Terminal, name: str, password_stdin: bool, link: bool) -> None:
    """Give an account a new password; a closed one is opened again, and its sessions end."""
    if link and password_stdin:
        raise WrongUsage("--link lets the person choose; leave out --password-stdin")
    with real_site(terminal) as app:
        with app.store.read() as tx:
            found = accounts.by_name(tx, name)
        if found is not None and found.is_service:
            raise WrongUsage(f"{name} is a program's account and has no password; make it a new token")
        if link:
            _print_link(terminal, app, name)
            return
        known = known_words(app, name)
        hashed = hash_password(_password(terminal, password_stdin), known=known)
        act = acting(app)
        with app.store.write() as tx:
            user = accounts.change(tx, name, {"password_hash": hashed, "is_disabled": False})
            audit.add(tx, at=act.at, actor=act.by.name, action="user.reset", subject=f"user:{name}")
    terminal.show(_json(user), f"the account {name} has a new password")


def _print_link(terminal: Terminal, app: App, name: str) -> None:
    with app.store.write() as tx:
        made = people.make_link(tx, acting(app), name)
    link = made.link(app.settings.base_url)
    terminal.say("Hand it over by a way you trust: it opens once, and cannot be shown again.")
    terminal.show({**_json(made.user), "link": link, "until": iso(made.until)}, f"link for {name}: {link}")


def _password(terminal: Terminal, is_piped: bool) -> str:
    if is_piped:
        return sys.stdin.readline().rstrip("\r\n")
    return terminal.ask("Password", instead="pipe it in with --password-stdin", hidden=True)


def _json(user: UserRecord) -> dict[str, object]:
    return {
        "name": user.name,
        "role": user.role.value,
        "is_service": user.is_service,
        "is_disabled": user.is_disabled,
        "created_at": iso(user.created_at),
    }
