"""Checks of what lies on this machine: watches, rules, database, disk, secret files, addresses."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from engagebot.bootstrap import App
from engagebot.doctor.examination import Check, Examine, one_line
from engagebot.doctor.watches import look_at_watches
from engagebot.domain.ruling.rule_holds import Fault, Hold
from engagebot.errors import FilesInvalid, Finding, SchemaMismatch, StoreUnavailable
from engagebot.scoring import IS_COMPILED
from engagebot.store import schema, site
from engagebot.store.engine import sqlite_path, sqlite_warning
from engagebot.store.ruling import rule_sets

LEAST_FREE_BYTES = 500_000_000
OLDEST_BACKUP_DAYS = 7
_SAFE_ELSEWHERE = Path("/run/secrets")


def plan(app: App, environ: Mapping[str, str]) -> dict[str, Examine]:
    """The checks that need nobody outside."""
    return {
        "settings": lambda: _settings(app),
        "watches": lambda: _watches(app),
        "lexicons": lambda: _lexicons(app),
        "guards": lambda: _guards(app),
        "judgement": _judgement,
        "rules": lambda: _rules(app),
        "database": lambda: _database(app),
        "backup": lambda: _backup(app),
        "disk": lambda: _disk(app),
        "secrets": lambda: _secret_files(app, environ),
        "web": lambda: _web(app),
    }


def _settings(app: App) -> Sequence[Check]:
    warnings = app.settings.warnings
    if not warnings:
        return [Check("settings", True, "config/engagebot.yaml, .env and the environment hold")]
    return [Check("settings", False, one_line(Exception(each)), "engagebot check") for each in warnings]


def _watches(app: App) -> Sequence[Check]:
    looked = look_at_watches(app)
    if looked.findings:
        return [
            Check("watches", False, one_line(Exception(each)), f"correct {each.file}, line {each.line}")
            for each in looked.findings
        ]
    unseen = f"; not looked at, for want of keys: {', '.join(looked.unseen)}" if looked.unseen else ""
    return [Check("watches", True, f"nothing is wrong with them that can be seen from here{unseen}")]


def _lexicons(app: App) -> Sequence[Check]:
    found = app.judging.findings()
    if found:
        return [Check("lexicons", False, _first_of(found), "engagebot check")]
    return [Check("lexicons", True, "their words and phrases hold")]


def _guards(app: App) -> Sequence[Check]:
    found = app.guarding.findings()
    if found:
        return [Check("guards", False, _first_of(found), "engagebot check")]
    return [Check("guards", True, "the word lists that replies are read by hold")]


def _judgement() -> Sequence[Check]:
    if IS_COMPILED:
        return [Check("judgement", True, "runs compiled")]
    # Equal in all but speed, so nothing is wrong with it.
    said = "runs as plain Python, at half its compiled speed"
    return [Check("judgement", True, said, "make setup, in the checkout")]


def _first_of(findings: Sequence[Finding]) -> str:
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return one_line(Exception(f"{findings[0]}{more}"))


def _rules(app: App) -> Sequence[Check]:
    try:
        book = app.rules.load_checked()
    except FilesInvalid as error:
        if list(error.findings) == list(app.judging.findings()):
            said = "cannot be tested, for the lexicons hold errors"
            return [Check("rules", False, said, "engagebot check")]
        return [Check("rules", False, _first_of(error.findings), "engagebot rules check")]
    return [Check("rules", True, f"{len(book.rules)} rules hold, their tests pass"), *_held(app)]


def _held(app: App) -> Sequence[Check]:
    """Rules whose drafts are held back; a database that cannot be read has a check of its own."""
    try:
        schema.check(app.store)
        with app.store.read() as tx:
            found = rule_sets.holds(tx)
    except (SchemaMismatch, StoreUnavailable):
        return []
    return [
        Check(f"rule {hold.rule_id}", False, f"{hold.state}: {hold.words}", _remedy(hold)) for hold in found
    ]


def _remedy(hold: Hold) -> str:
    if isinstance(hold, Fault):
        return f"engagebot rules explain {hold.mention_id}  # then correct the rule"
    return f"engagebot rules resume {hold.rule_id}"


def _database(app: App) -> Sequence[Check]:
    try:
        schema.check(app.store)
    except SchemaMismatch as error:
        return [Check("database", False, one_line(error), "engagebot db upgrade")]
    except StoreUnavailable as error:
        return [Check("database", False, one_line(error), "set ENGAGEBOT_DATABASE_URL in .env")]
    found = [Check("database", True, f"answers, at revision {schema.head()}")]
    if app.store.is_sqlite:
        warning = sqlite_warning()
        remedy = "pip install 'pysqlite3>=0.6.1'"
        sound = "this SQLite has no known fault"
        found.append(Check("sqlite", False, warning, remedy) if warning else Check("sqlite", True, sound))
    return found


def _backup(app: App) -> Sequence[Check]:
    """How old the newest backup is; a database that cannot be read has a check of its own."""
    try:
        schema.check(app.store)
        with app.store.read() as tx:
            made_at, first_at = site.backup_made_at(tx), site.first_heard_at(tx)
    except (SchemaMismatch, StoreUnavailable):
        return []
    now, remedy = app.clock.now(), "engagebot backup /another/disk/engagebot.backup --force"
    if made_at is not None:
        days = (now - made_at).days
        said = f"the newest one that is known is {days} days old"
        return [Check("backup", days < OLDEST_BACKUP_DAYS, said, remedy)]
    days = (now - first_at).days if first_at is not None else 0
    if days < OLDEST_BACKUP_DAYS:
        return [Check("backup", True, "none is known yet", remedy)]
    said = f"none is known, and the first mention was stored {days} days ago"
    # A server of PostgreSQL often has backups of its own, of which nothing is known here.
    return [Check("backup", not app.store.is_sqlite, said, remedy)]


def _disk(app: App) -> Sequence[Check]:
    places = {app.settings.site}
    if app.store.is_sqlite:
        places.add(sqlite_path(app.settings.database_url).parent)
    for place in sorted(places):
        existing = next(folder for folder in (place, *place.parents) if folder.exists())
        free = shutil.disk_usage(existing).free
        if free < LEAST_FREE_BYTES:
            said = f"{existing} has {free // 1_000_000} MB left; the database needs room to grow"
            return [Check("disk", False, said, f"du -xh --max-depth=2 {existing} | sort -h | tail")]
        if not os.access(existing, os.W_OK):
            return [Check("disk", False, f"{existing} cannot be written to", f"chmod u+w {existing}")]
    return [Check("disk", True, "there is room, and it can be written to")]


def _secret_files(app: App, environ: Mapping[str, str]) -> Sequence[Check]:
    site = app.settings.site
    dotenv = site / ".env"
    given = {**(dotenv_values(dotenv, interpolate=False) if dotenv.is_file() else {}), **environ}
    named = [
        site / value
        for name, value in given.items()
        if name.startswith("ENGAGEBOT_") and name.endswith("_FILE") and value
    ]
    # Containers mount their secrets readable for all, inside a place of their own.
    files = {dotenv, *(path for path in named if not path.is_relative_to(_SAFE_ELSEWHERE))}
    open_ones = sorted(str(path) for path in files if path.is_file() and path.stat().st_mode & 0o077)
    if open_ones:
        said = f"other users of this machine may read {', '.join(open_ones)}"
        return [Check("secrets", False, said, f"chmod 600 {' '.join(open_ones)}")]
    return [Check("secrets", True, "only this user may read the files with secrets")]


def _web(app: App) -> Sequence[Check]:
    address = app.settings.base_url
    parts = urlsplit(address)
    host = parts.hostname or ""
    if _is_here(host):
        return [Check("web", True, f"{address}: for this machine alone")]
    if parts.scheme != "https":
        said = f"{address} sends passwords and sessions unprotected"
        return [
            Check("web", False, said, f"put a TLS proxy in front and set ENGAGEBOT_BASE_URL=https://{host}")
        ]
    try:
        socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        said = f"{host} has no address ({error.strerror or error})"
        return [Check("web", False, said, "set ENGAGEBOT_BASE_URL in .env to the address people use")]
    return [Check("web", True, address)]


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
