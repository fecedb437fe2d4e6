"""The scorer in use."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from engagebot.errors import FilesInvalid, Finding, WrongUsage
from engagebot.scaffold import template_root
from engagebot.scoring import LayeredScorer, Layers, Names, Weights, load_lexicon
from engagebot.scoring.site import SiteModel
from engagebot.settings import Settings
from engagebot.store.engine import Store
from engagebot.store.heard import models

log = logging.getLogger(__name__)


class RunningScorer:
    """The scorer in use: lexicons are read anew when they change, and broken ones never replace good ones.

    Once it follows a store, it also takes up the site model that is adopted there.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._current: LayeredScorer | None = None
        self._taught: LayeredScorer | None = None
        self._store: Store | None = None
        self._model: str | None = None
        self._stamp: object = None
        self.problem: str | None = None

    def follow(self, store: Store) -> None:
        """Judge by this store's site model from now on; its tables have to be there."""
        self._store = store
        self._taught = None

    @property
    def current(self) -> LayeredScorer:
        """The scorer; what it is made of is loaded at its first use, which many commands never need.

        Raises:
            FilesInvalid: the lexicons hold errors, and there is no earlier scorer to go on with.
        """
        if self._taught is None:
            self.refresh()
        return self._taught or self.untaught

    @property
    def untaught(self) -> LayeredScorer:
        """The scorer without what the site has taught: rules are tested on what is the same everywhere.

        Raises:
            FilesInvalid: as `current`.
        """
        self.refresh()
        current = self._current
        if current is None:
            raise WrongUsage("no scorer could be put together")
        return current

    def standing(self) -> tuple[str | None, str | None]:
        """The version in use, and what is wrong with the lexicons on disk; `None` where there is none."""
        try:
            self.refresh()
            return self.current.version, self.problem
        except FilesInvalid as error:
            return None, str(error)

    def findings(self) -> Sequence[Finding]:
        """What is wrong with the lexicons on disk, whatever is in use."""
        try:
            load_lexicon(self._folder, shown_as=self._shown_as)
        except FilesInvalid as error:
            return error.findings
        return ()

    def refresh(self) -> bool:
        """Put the scorer together anew when files or the site model changed; true when it judges anew.

        Raises:
            FilesInvalid: as `current`.
        """
        with self._lock:
            before = self._taught
            base = self._read_files()
            model = None if self._store is None else self._version_in_use(self._store)
            if self._taught is None or base is not self._current or model != self._model:
                taught = None if self._store is None else self._read_model(self._store)
                self._taught = base if taught is None else base.taught(taught)
                self._model = model
            self._current = base
            return before is None or before.version != self._taught.version

    def _read_files(self) -> LayeredScorer:
        stamp = self._look()
        if self._current is not None and stamp == self._stamp:
            return self._current
        self._stamp = stamp
        try:
            layers = self._layers()
        except FilesInvalid as error:
            if self._current is None:
                raise
            self.problem = str(error)
            log.error("the lexicons hold %d errors; the scorer in use goes on", len(error.findings))
            return self._current
        self.problem = None
        return LayeredScorer(layers)

    @staticmethod
    def _version_in_use(store: Store) -> str | None:
        with store.read() as tx:
            return models.version_in_use(tx)

    @staticmethod
    def _read_model(store: Store) -> SiteModel | None:
        with store.read() as tx:
            weights = models.weights_in_use(tx)
        try:
            return None if weights is None else SiteModel.parse(weights)
        except (ValueError, LookupError, TypeError) as error:
            log.error("the site model cannot be used; judging goes on without: %r", error)
            return None

    def _layers(self) -> Layers:
        settings = self._settings
        brand = settings.brand
        return Layers(
            lexicon=load_lexicon(self._folder, shown_as=self._shown_as),
            weights=shipped_weights(),
            names=Names([brand.name, *brand.handles.values()], brand.rivals),
            borders=settings.borders,
        )

    @property
    def _folder(self) -> Path:
        """The site's own lexicons; a site that was made without any uses those that come with engagebot."""
        own = self._settings.lexicons_folder
        return own if own.is_dir() else template_root() / "config" / "lexicons"

    @property
    def _shown_as(self) -> str:
        """The folder as people of the site call it."""
        folder, site = self._folder, self._settings.site
        return folder.relative_to(site).as_posix() if folder.is_relative_to(site) else str(folder)

    def _look(self) -> object:
        folder, found = self._folder, []
        for path in sorted(folder.glob("*.txt")):
            # An editor may take a file away for a moment while it is saved.
            with suppress(FileNotFoundError):
                stat = path.stat()
                found.append((path.name, stat.st_mtime_ns, stat.st_size))
        return folder, found


def shipped_weights() -> Weights:
    """The weights that come with engagebot."""
    return Weights.parse((files("engagebot.scoring") / "weights.json").read_text(encoding="utf-8"))
