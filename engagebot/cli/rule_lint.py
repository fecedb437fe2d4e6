"""What is doubtful in the rules of a site: from the files, and from decisions where a database holds some."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from engagebot.bootstrap import App
from engagebot.bootstrap.outside import connector_names
from engagebot.domain.rules import Rulebook
from engagebot.errors import EngagebotError, Finding
from engagebot.rulebook import Known, check_rulebook
from engagebot.rulebook.lint import Matches, lint
from engagebot.scoring.kinds import REASONS
from engagebot.store import schema
from engagebot.store.engine import sqlite_path
from engagebot.store.heard import looking
from engagebot.store.ruling import rule_lint

_DAYS = 30


def known_here(app: App) -> Known:
    """What rules may refer to, and what nothing can match here, however right it may be elsewhere."""
    heard: list[str] = []
    if _has_database(app):
        try:
            schema.check(app.store)
            with app.store.read() as tx:
                heard = looking.sources(tx)
        except EngagebotError:
            pass  # rules are files: they can be looked at while the database cannot
    return replace(
        app.rules.known,
        platforms=tuple(sorted({*connector_names(), *heard})),
        watches=tuple(watch.name for watch in app.settings.watches),
    )


def without_settings(site: Path) -> tuple[Finding, ...]:
    """What is wrong or doubtful in the rules of a site whose settings do not hold: all is told at once.

    Names that the settings give, such as those of teams, are left unchecked.
    """
    folder = site / "rules"
    if not folder.is_dir():
        return ()
    known = Known(reasons=REASONS, lists_folder=site / "config" / "lists")
    book, findings = check_rulebook(folder, known=known)
    return tuple(sorted({*findings, *(lint(book) if book else ())}))


def lint_site(app: App, book: Rulebook) -> tuple[Finding, ...]:
    """Warn of what works and is probably not meant. A database is only read, and never made."""
    return lint(book, brand=app.settings.brand.name, matches=_matches(app, book))


def _matches(app: App, book: Rulebook) -> Matches | None:
    if not _has_database(app):
        return None
    since = app.clock.now() - timedelta(days=_DAYS)
    try:
        schema.check(app.store)
        with app.store.read() as tx:
            counted = rule_lint.matched_since(tx, since)
            before = rule_lint.texts_live_at(tx, since)
    except EngagebotError:
        return None  # rules are files: they can be looked at while the database cannot
    known = frozenset(
        rule.id for rule in book.rules if re.search(rf"\bid:\s*[\"']?{re.escape(rule.id)}(?![\w-])", before)
    )
    return Matches(days=_DAYS, mentions=counted.mentions, matched=counted.matched, known=known)


def _has_database(app: App) -> bool:
    url = app.settings.database_url
    return not url.startswith("sqlite") or sqlite_path(url).exists()
