"""The known-bad replies of a site, for seeded checks: its own, else those that come with engagebot."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from engagebot.bootstrap.app import App
from engagebot.domain.replying.seeded import KnownBad
from engagebot.errors import FilesInvalid, Finding
from engagebot.pipeline.seeding import SeedingContext
from engagebot.rulebook import load_known_bad
from engagebot.scaffold import template_root
from engagebot.settings import Settings

log = logging.getLogger(__name__)


def seeding_context(app: App) -> SeedingContext:
    """What seeding needs on this site; with no good file of bad replies it plants none."""
    return SeedingContext(
        store=app.store,
        clock=app.clock,
        every=app.settings.review.seeded_every,
        known=lambda: _known(app.settings),
        brand=app.settings.brand.name,
        text_problem=app.text_problem,
    )


def findings(settings: Settings) -> Sequence[Finding]:
    """What is wrong with the known-bad replies on disk."""
    try:
        _load(settings)
    except FilesInvalid as error:
        return error.findings
    return ()


def _known(settings: Settings) -> tuple[KnownBad, ...]:
    try:
        return _load(settings)
    except FilesInvalid as error:
        log.error("the known-bad replies hold %d errors; no check is seeded", len(error.findings))
        return ()


def _load(settings: Settings) -> tuple[KnownBad, ...]:
    own = settings.known_bad_folder
    return load_known_bad(own if own.is_dir() else template_root() / "config" / "seeded_checks")
