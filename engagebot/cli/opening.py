"""Open the site that a command is about: the real one, or the demo that a fresh site runs as."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager

from engagebot.bootstrap import App, open_app
from engagebot.cli import log
from engagebot.cli.terminal import Terminal
from engagebot.domain.roles import Act, Person, Role
from engagebot.settings import Settings, load_settings
from engagebot.store.engine import sqlite_path
from engagebot.store.entry import accounts
from engagebot.store.heard import mentions


def read_settings(terminal: Terminal) -> Settings:
    """Load the site's settings and learn which words must never be shown."""
    terminal.secrets |= log.secrets_in(os.environ)
    settings = load_settings(terminal.site, os.environ)
    terminal.secrets |= set(settings.secrets)
    return settings


@contextmanager
def unopened_site(terminal: Terminal) -> Iterator[App]:
    """The site without its database: settings, rules and lexicons are files."""
    log.set_up(terminal, level="ERROR")
    app = App(read_settings(terminal))
    try:
        yield app
    finally:
        app.close()


@contextmanager
def real_site(terminal: Terminal, *, wants_live: bool = False, is_long: bool = False) -> Iterator[App]:
    """The site itself, its database brought up to date; a long run logs as much as the settings say."""
    settings = read_settings(terminal)
    log.set_up(terminal, level=settings.log_level if is_long else "WARNING")
    app = open_app(terminal.site, os.environ, wants_live=wants_live)
    try:
        for warning in settings.warnings if is_long else ():
            terminal.say(f"{warning} (warning)")
        yield app
    finally:
        app.close()


@contextmanager
def demo_site(terminal: Terminal) -> Iterator[App]:
    """The demo: its own database, made-up posts, this site's rules, nothing that can send."""
    log.set_up(terminal, level="WARNING")
    app = open_app(terminal.site, os.environ, is_demo=True)
    try:
        yield app
    finally:
        app.close()


@contextmanager
def shown_site(terminal: Terminal) -> Iterator[App]:
    """What `run` would show: the demo on a site that is still fresh, else the site itself."""
    if not is_fresh(terminal):
        with real_site(terminal) as app:
            yield app
        return
    terminal.say("(demo site: there is no watch yet and nothing was imported)")
    with demo_site(terminal) as app:
        yield app


def is_fresh(terminal: Terminal) -> bool:
    """Whether nothing says yet what this site listens to: no watch, no mention and no account."""
    settings = read_settings(terminal)
    if settings.watches:
        return False
    if settings.database_url.startswith("sqlite") and not sqlite_path(settings.database_url).exists():
        return True
    with real_site(terminal) as app, app.store.read() as tx:
        return not mentions.page(tx, limit=1).items and not accounts.all_of(tx)


def acting(app: App) -> Act:
    """Whoever runs the command, now; the audit shows the name of the machine's user."""
    return Act(by=Person(person(), Role.OWNER), at=app.clock.now())


def person() -> str:
    """The machine's user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
