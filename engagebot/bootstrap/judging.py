"""The scorer in use."""

from __future__ import annotations

import logging
import threading
from importlib.resources import files
from pathlib import Path

from engagebot.errors import FilesInvalid, WrongUsage
from engagebot.scaffold import template_root
from engagebot.scoring import LayeredScorer, Layers, Names, Weights, load_lexicon
from engagebot.settings import Settings

log = logging.getLogger(__name__)


class RunningScorer:
    """The scorer in use: lexicons are read anew when they change, and broken ones never replace good ones."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._current: LayeredScorer | None = None
        self._stamp: object = None
        self.problem: str | None = None

    @property
    def current(self) -> LayeredScorer:
        """The scorer; what it is made of is loaded at its first use, which many commands never need.

        Raises:
            FilesInvalid: the lexicons hold errors, and there is no earlier scorer to go on with.
        """
        current = self._current
        if current is None:
            self.refresh()
            current = self._current
        if current is None:
            raise WrongUsage("no scorer could be put together")
        return current

    def refresh(self) -> bool:
        """Put the scorer together anew when its files changed since the last look; true when it did.

        Raises:
            FilesInvalid: as `current`.
        """
        with self._lock:
            stamp = self._look()
            if self._current is not None and stamp == self._stamp:
                return False
            self._stamp = stamp
            try:
                layers = self._layers()
            except FilesInvalid as error:
                if self._current is None:
                    raise
                self.problem = str(error)
                log.error("the lexicons hold %d errors; the scorer in use goes on", len(error.findings))
                return False
            before, self._current, self.problem = self._current, LayeredScorer(layers), None
            return before is None or before.version != self._current.version

    def _layers(self) -> Layers:
        settings = self._settings
        brand = settings.brand
        return Layers(
            lexicon=load_lexicon(self._folder),
            weights=shipped_weights(),
            names=Names([brand.name, *brand.handles.values()], brand.rivals),
            borders=settings.borders,
        )

    @property
    def _folder(self) -> Path:
        """The site's own lexicons; a site that was made without any uses those that come with engagebot."""
        own = self._settings.lexicons_folder
        return own if own.is_dir() else template_root() / "config" / "lexicons"

    def _look(self) -> object:
        paths = sorted(self._folder.glob("*.txt"))
        return tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in paths)


def shipped_weights() -> Weights:
    """The weights that come with engagebot."""
    return Weights.parse((files("engagebot.scoring") / "weights.json").read_text(encoding="utf-8"))
