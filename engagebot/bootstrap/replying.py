"""The saved replies of a site: its own where it has any, else those that come with engagebot."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from engagebot.domain.drafting import SavedReply
from engagebot.errors import FilesInvalid, Finding
from engagebot.rulebook import load_saved
from engagebot.scaffold import template_root
from engagebot.settings import Settings

log = logging.getLogger(__name__)


def saved_replies(settings: Settings) -> tuple[SavedReply, ...]:
    """What people can choose from, by name; files with errors are left to `engagebot check`."""
    try:
        return _load(settings)
    except FilesInvalid as error:
        log.error("the saved replies hold %d errors; those that are shipped are used", len(error.findings))
    try:
        return load_saved(template_root() / "config" / "replies")
    except FilesInvalid:
        return ()


def findings(settings: Settings) -> Sequence[Finding]:
    """What is wrong with the saved replies on disk."""
    try:
        _load(settings)
    except FilesInvalid as error:
        return error.findings
    return ()


def _load(settings: Settings) -> tuple[SavedReply, ...]:
    own = settings.replies_folder
    folder = own if own.is_dir() else template_root() / "config" / "replies"
    return _loaded(folder, _stamp(folder))


@lru_cache(maxsize=8)
def _loaded(folder: Path, _stamp: object) -> tuple[SavedReply, ...]:
    # Each item that is shown asks for them, and reading files anew would be a twentieth of its time.
    return load_saved(folder)


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes when somebody saves, adds or removes a file of a folder."""
    found = []
    with suppress(FileNotFoundError):
        for path in sorted(folder.iterdir()):
            # An editor may take a file away for a moment while it is saved.
            with suppress(FileNotFoundError):
                stat = path.stat()
                found.append((path.name, stat.st_mtime_ns, stat.st_size))
    return tuple(found)
