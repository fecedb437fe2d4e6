"""The guards in use, and what they say of a draft."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from engagebot.domain.mention import Mention
from engagebot.domain.records import DraftRecord, MentionRecord
from engagebot.domain.replying.advice import About
from engagebot.errors import FilesInvalid, Finding
from engagebot.guards import Guards, load_guards
from engagebot.scaffold import template_root
from engagebot.settings import Settings
from engagebot.store.engine import Tx
from engagebot.store.replying.recent import recent_replies

log = logging.getLogger(__name__)


class RunningGuards:
    """The guards in use: lists are read anew when they change, and broken ones never replace good ones."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._current: Guards | None = None
        self._stamp: object = None
        self.problem: str | None = None

    @property
    def current(self) -> Guards:
        """The guards by the lists on disk, else by the last good ones, else by those that are shipped."""
        with self._lock:
            stamp = self._look()
            if self._current is None or stamp != self._stamp:
                self._stamp = stamp
                self._current = self._read(self._current)
            return self._current

    def standing(self) -> str | None:
        """What is wrong with the lists on disk, as far as they are not in use; `None` where nothing is."""
        self.current  # noqa: B018 - looks at the disk
        return self.problem

    def findings(self) -> Sequence[Finding]:
        """What is wrong with the lists on disk, whatever is in use."""
        try:
            self._load()
        except FilesInvalid as error:
            return error.findings
        return ()

    def _read(self, before: Guards | None) -> Guards:
        try:
            guards = self._load()
        except FilesInvalid as error:
            self.problem = str(error)
            log.error("the guards' word lists hold %d errors; earlier ones go on", len(error.findings))
            return before or _shipped()
        self.problem = None
        return guards

    def _load(self) -> Guards:
        folder, site = self._folder, self._settings.site
        shown_as = folder.relative_to(site).as_posix() if folder.is_relative_to(site) else str(folder)
        return load_guards(folder, otherwise=_shipped_folder(), shown_as=shown_as)

    @property
    def _folder(self) -> Path:
        """The site's own lists; a site that was made without any uses those that come with engagebot."""
        own = self._settings.guards_folder
        return own if own.is_dir() else _shipped_folder()

    def _look(self) -> object:
        folder, found = self._folder, []
        with suppress(FileNotFoundError):
            for path in sorted(folder.iterdir()):
                # An editor may take a file away for a moment while it is saved.
                with suppress(FileNotFoundError):
                    stat = path.stat()
                    found.append((path.name, stat.st_mtime_ns, stat.st_size))
        return folder, found


def _shipped_folder() -> Path:
    return template_root() / "config" / "guards"


def _shipped() -> Guards:
    """The lists that come with engagebot; none where the site itself is the checkout that ships them."""
    try:
        return load_guards(_shipped_folder())
    except FilesInvalid:
        return Guards(())


def about(settings: Settings, tx: Tx, draft: DraftRecord, *, mention: MentionRecord, now: datetime) -> About:
    """What the guards know of a draft: its mention, how long it has waited, and our replies around it."""
    said: Mention = mention.mention
    said_at = draft.said_at or said.posted_at
    brand = settings.brand
    return About(
        mention_text=said.words,
        judgement=mention.judgement,
        source=said.ref.source,
        author_name=said.author.name if said.author else None,
        author_handle=said.author.handle if said.author else None,
        said_at=said_at,
        now=now,
        answer_within=draft.answer_by - said_at if draft.answer_by else None,
        recent=recent_replies(tx, said, besides=draft.id),
        ours=(brand.name, *brand.handles.values()),
    )
