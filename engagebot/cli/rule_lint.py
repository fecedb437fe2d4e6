"""What is doubtful in the rules of a site: from the files, and from decisions where a database holds some."""

from __future__ import annotations

import re
from datetime import timedelta

from engagebot.bootstrap import App
from engagebot.domain.rules import Rulebook
from engagebot.errors import EngagebotError, Finding
from engagebot.rulebook.lint import Matches, lint
from engagebot.store import rule_lint, schema
from engagebot.store.engine import sqlite_path

_DAYS = 30


def lint_site(app: App, book: Rulebook) -> tuple[Finding, ...]:
    """Warn of what works and is probably not meant. A database is only read, and never made."""
    return lint(book, brand=app.settings.brand.name, matches=_matches(app, book))


def _matches(app: App, book: Rulebook) -> Matches | None:
    url = app.settings.database_url
    if url.startswith("sqlite") and not sqlite_path(url).exists():
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
