"""`engagebot backup` and `engagebot restore`: the whole database as one file, and back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import click

from engagebot.bootstrap import App
from engagebot.cli import lock
from engagebot.cli.command import command
from engagebot.cli.opening import person, unopened_site
from engagebot.cli.terminal import Terminal, iso, when
from engagebot.errors import WrongUsage
from engagebot.store import backup as backups
from engagebot.store.backup import Backup, Restored

_file = click.argument("file", metavar="FILE", type=click.Path(path_type=Path))


@contextmanager
def _timed(terminal: Terminal) -> Iterator[tuple[App, list[float]]]:
    """The site as it is, its database neither made nor brought up to date, and the seconds taken so far."""
    began = time.monotonic()
    took: list[float] = []
    with unopened_site(terminal) as app:
        yield app, took
    took.append(round(time.monotonic() - began, 3))


@command("backup")
@_file
@click.option("--force", is_flag=True, help="Replace a FILE that is there already.")
def backup(terminal: Terminal, file: Path, force: bool) -> None:
    """Write the database into FILE while engagebot goes on working.

    FILE appears whole and checked, or not at all, and only you may read it. On PostgreSQL it is a dump by
    pg_dump in its custom format. Settings, rules and .env are files and not in it.
    """
    with _timed(terminal) as (app, took):
        made = backups.make(app.store, file, by=person(), may_replace=force)
    if made.unnoted is not None:
        terminal.say(f"The backup is whole, but the site could not note it: {made.unnoted} (warning)")
    document = {**_json(made), "took_s": took[0]}
    terminal.show(document, f"{_words(made)}, to {made.file} in {took[0]:.1f} s")


@command("restore")
@_file
@click.option("--yes", is_flag=True, help="Do not ask whether this is meant.")
def restore(terminal: Terminal, file: Path, yes: bool) -> None:
    """Put the backup FILE in place of the database; stop engagebot first.

    The former database is kept beside it (on PostgreSQL: as a dump in SITE/var), and the message says where.
    Afterwards nothing leaves until `engagebot resume`: what the backup shows as waiting may have been posted
    since it was made, and the platform is asked before any reply of before is sent.
    """
    with _timed(terminal) as (app, took):
        found = backups.examine(app.store, file)
        alone = lock.hold(lock.path_of(app)) if app.store.is_sqlite else nullcontext()
        with alone:
            if not yes:
                _confirm(terminal, found)
            done = backups.restore(app.store, found, by=person(), keep_in=app.settings.var)
    terminal.show({**_restored(done), "took_s": took[0]}, lambda: _told(done))


def _confirm(terminal: Terminal, found: Backup) -> None:
    terminal.say(f"{found.file} holds {_words(found)}. What came after that moment is put aside.")
    answer = terminal.ask('Type "yes" to put it in place', instead="say --yes where it is meant")
    if answer.strip().lower() not in {"y", "yes"}:
        raise WrongUsage("nothing was changed")


def _words(found: Backup) -> str:
    size = f"{found.bytes / 1e6:,.1f} MB"
    moment = when(found.made_at) or "an unknown moment"
    return f"{found.mentions:,} mentions as of {moment}, {size}, revision {found.revision}"


def _json(found: Backup) -> dict[str, object]:
    return {
        "file": str(found.file),
        "bytes": found.bytes,
        "revision": found.revision,
        "mentions": found.mentions,
        "made_at": iso(found.made_at),
    }


def _restored(done: Restored) -> dict[str, object]:
    return {
        **_json(done.backup),
        "made_at": iso(done.made_at),
        "restored_at": iso(done.restored_at),
        "aside": str(done.aside) if done.aside else None,
        "unknown": done.unknown,
        "paused": True,
    }


def _told(done: Restored) -> str:
    lines = [f"the site is as of {when(done.made_at)} again: {done.backup.mentions:,} mentions"]
    if done.aside is not None:
        lines.append(f"what was there before is in {done.aside}")
    if done.unknown:
        lines.append(
            f"{done.unknown} replies that were on their way are unknown until the platform was asked"
        )
    return "\n".join(
        [
            *lines,
            "Nothing leaves until `engagebot resume`. Before that:",
            "  start engagebot and let it listen; what came since the backup is heard again, not doubled",
            "  look through the queue: what was decided after the backup waits there again",
            "  do again what people asked for since: forgetting, opt-outs, accounts and tokens to close",
            "Replies approved before the restore are looked for on the platform before they are sent.",
        ]
    )
