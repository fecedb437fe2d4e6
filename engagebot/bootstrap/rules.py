"""The rule set in use."""

from __future__ import annotations

import logging
import threading

from engagebot.bootstrap.judging import RunningScorer
from engagebot.domain.records import RuleSetRecord
from engagebot.domain.rules import Rulebook
from engagebot.errors import FilesInvalid, WrongUsage
from engagebot.ports import Clock
from engagebot.rulebook import Known, Setting, load_rulebook, load_sources, run_tests
from engagebot.settings import Settings
from engagebot.store import decisions, site
from engagebot.store.engine import Store

log = logging.getLogger(__name__)


class RunningRules:
    """The rule set in use: files are read anew when they change, and a bad set never replaces a good one."""

    def __init__(self, settings: Settings, store: Store, clock: Clock, scorer: RunningScorer) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._scorer = scorer
        self._lock = threading.Lock()
        self._book: Rulebook | None = None
        self._stamp: object = None
        self.problem: str | None = None

    @property
    def book(self) -> Rulebook:
        """The running set.

        Raises:
            FilesInvalid: the files hold errors and no good set ever ran on this site.
        """
        if self._book is None:
            self.refresh()
        if self._book is None:
            raise WrongUsage("no rule set is running")
        return self._book

    def refresh(self, *, author: str = "watcher", note: str = "changed on disk") -> bool:
        """Load the files when they changed since the last look; true when another set went live.

        Raises:
            FilesInvalid: the files hold errors and there is no earlier set to go on with.
        """
        with self._lock:
            stamp = self._look()
            if self._book is not None and stamp == self._stamp:
                return False
            self._stamp = stamp
            try:
                book = self.load_checked()
            except FilesInvalid as error:
                self._keep_old(error)
                return False
            before, self._book, self.problem = self._book, book, None
            now = self._clock.now()
            with self._store.write() as tx:
                site.note_rules_problem(tx, None, now)
                went_live = decisions.put_rule_set(
                    tx,
                    RuleSetRecord(
                        hash=book.hash, sources=book.sources, author=author, note=note, live_at=now
                    ),
                )
            return went_live or (before is not None and before.hash != book.hash)

    def load_checked(self) -> Rulebook:
        """Load the files on disk and run their own tests.

        Raises:
            FilesInvalid: with every error and every failed test.
        """
        book = load_rulebook(self._settings.rules_folder, known=self.known)
        settings = self._settings
        setting = Setting(hours=settings.hours, zone=settings.timezone)
        failed = run_tests(book, self._scorer.untaught, setting)
        if failed:
            raise FilesInvalid(failed)
        return book

    @property
    def known(self) -> Known:
        """What rules may refer to."""
        settings = self._settings
        return Known(
            teams=tuple(settings.teams),
            channels=settings.channels,
            webhooks=tuple(settings.webhooks),
            lists_folder=settings.lists_folder,
        )

    def _look(self) -> object:
        # Rules are tested on what the lexicons make of a text, so their change is a change of the rules.
        folders = (self._settings.rules_folder, self._settings.lists_folder, self._settings.lexicons_folder)
        files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
        return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files)

    def _keep_old(self, error: FilesInvalid) -> None:
        self.problem = str(error)
        count = len(error.findings)
        with self._store.write() as tx:
            live = decisions.live_rule_set(tx)
            site.note_rules_problem(tx, self.problem, self._clock.now())
        if self._book is None and live is not None:
            self._book = load_sources(live.sources, known=self.known)
        if self._book is None:
            raise error
        log.error("the rule files hold %d errors; set %s goes on running", count, self._book.hash[:12])
