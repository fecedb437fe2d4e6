"""The rule set in use."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from engagebot.bootstrap.judging import RunningScorer
from engagebot.domain.records import RuleSetRecord
from engagebot.domain.roles import Act, Right
from engagebot.domain.rules import Rulebook
from engagebot.domain.ruling.rule_changes import changes, marks
from engagebot.domain.ruling.rule_holds import has_breaker
from engagebot.errors import FilesInvalid, NotAllowed, NotFound, WrongUsage
from engagebot.pipeline import replay
from engagebot.ports import Clock
from engagebot.rulebook import Known, Setting, load_rulebook, load_sources, restoring, run_tests
from engagebot.scoring.kinds import REASONS
from engagebot.settings import Settings
from engagebot.store import audit
from engagebot.store.engine import Store, Tx
from engagebot.store.ruling import rule_faults, rule_pauses, rule_problem, rule_sets

log = logging.getLogger(__name__)

WATCHER = "watcher"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What publishing came to: the live `version`, whether it is new, and what changed in words.

    `is_signed` says that the set had gone live by itself before and carries the person's name and note now.
    `kept` is where the files are that a restored version took the place of.
    """

    version: RuleSetRecord
    rules: int
    is_new: bool
    is_signed: bool = False
    changes: tuple[str, ...] = ()
    kept: Path | None = None


class RunningRules:
    """The rule set in use: files are read anew when they change, and a bad set never replaces a good one."""

    def __init__(self, settings: Settings, store: Store, clock: Clock, scorer: RunningScorer) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._scorer = scorer
        self._lock = threading.RLock()
        self._book: Rulebook | None = None
        self._shown: Rulebook | None = None
        self._stamp: object = None
        self._folders = restoring.Folders(
            rules=settings.rules_folder, lists=settings.lists_folder, state=settings.var
        )
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

    def live(self) -> tuple[Rulebook, RuleSetRecord]:
        """The set that is live on this site, whichever process put it there, with its version.

        Raises:
            FilesInvalid: the files hold errors and no good set ever ran on this site.
        """
        with self._store.read() as tx:
            record = rule_sets.live(tx)
        if record is None:
            self.refresh()
            with self._store.read() as tx:
                record = rule_sets.live(tx)
        if record is None:
            raise WrongUsage("no rule set is live yet")
        for book in (self._book, self._shown):
            if book is not None and book.hash == record.hash:
                return book, record
        self._shown = load_sources(record.sources, known=Known())
        return self._shown, record

    def refresh(self, *, author: str = WATCHER, note: str = "changed on disk") -> bool:
        """Load the files when they changed since the last look; true when another set went live.

        Raises:
            FilesInvalid: the files hold errors and there is no earlier set to go on with.
        """
        with self._lock:
            if restoring.is_underway(self._folders):
                return False
            stamp = self._look()
            if self._book is not None and stamp == self._stamp:
                return False
            self._stamp = stamp
            try:
                book = self.load_checked()
            except FilesInvalid as error:
                self._keep_old(error)
                return False
            before = self._book
            done = self._go_live(book, author=author, note=note)
            return done.is_new or (before is not None and before.hash != book.hash)

    def publish(self, act: Act, note: str) -> Published:
        """Make the files on disk the live set, with a person's name and note.

        A set that went live by itself when its files changed gets that name and note, too.

        Raises:
            NotAllowed: the person's role does not include it.
            WrongUsage: there is no note.
            FilesInvalid: with every error and every failed test; nothing was changed.
        """
        note = _allowed(act, note)
        with self._lock:
            stamp = self._look()
            book = self.load_checked(finishes_restore=True)
            done = self._go_live(book, author=act.by.name, note=note, is_person=True)
            self._stamp = stamp
            restoring.forget(self._folders)
            return done

    def restore(self, act: Act, version: int, note: str) -> Published:
        """Put the files of an earlier version back in place and make it live.

        Raises:
            NotAllowed: the person's role does not include it.
            NotFound: there is no such version.
            WrongUsage: there is no note.
            FilesInvalid: it does not hold any more with today's settings; nothing was touched.
            AlreadyRunning: another process puts rules back now.
        """
        note = _allowed(act, note)
        with self._store.read() as tx:
            wanted = rule_sets.get(tx, version)
        with self._lock:
            book = self._checked(load_sources(wanted.sources, known=self.known))
            stamp = f"{act.at:%Y%m%dT%H%M%SZ}"
            with restoring.exchange(wanted.sources, self._folders, version=version, stamp=stamp) as kept:
                done = self._go_live(
                    book, author=act.by.name, note=note, is_person=True, restores=version, kept=kept
                )
            self._stamp = self._look()
            return done

    def resume(self, act: Act, rule_id: str) -> bool:
        """Let a rule draft again that paused itself or was quarantined; false when it does so already.

        Raises:
            NotAllowed: the person's role does not include it.
            NotFound: the live set has no such rule.
        """
        if not act.by.may(Right.PUBLISH_RULES):
            raise NotAllowed(f"the role {act.by.role} does not include resuming rules")
        book, _ = self.live()
        if book.rule(rule_id) is None:
            raise NotFound(f"the live rules have no rule {rule_id}")
        with self._store.write() as tx:
            was_paused = rule_pauses.resume(tx, rule_id, by=act.by.name, at=act.at)
            was_quarantined = rule_faults.lift(tx, rule_id, by=act.by.name, at=act.at)
            if not (was_paused or was_quarantined):
                return False
            detail = {"paused": was_paused, "quarantined": was_quarantined}
            audit.add(
                tx, at=act.at, actor=act.by.name, action="rule.resumed", subject=f"rule:{rule_id}",
                detail=detail,
            )  # fmt: skip
        return True

    def load_checked(self, *, finishes_restore: bool = False) -> Rulebook:
        """Load the files on disk and run their own tests.

        Where putting a version back was cut off, the files may be a mixture: they do not hold before a person
        says that they do.

        Raises:
            FilesInvalid: with every error and every failed test.
        """
        if not finishes_restore and (cut := restoring.cut_off(self._folders)) is not None:
            raise FilesInvalid([cut])
        return self._checked(load_rulebook(self._settings.rules_folder, known=self.known))

    @property
    def known(self) -> Known:
        """What rules may refer to."""
        settings = self._settings
        return Known(
            teams=tuple(settings.teams),
            channels=settings.channels,
            webhooks=tuple(settings.webhooks),
            reasons=REASONS,
            lists_folder=settings.lists_folder,
        )

    def _checked(self, book: Rulebook) -> Rulebook:
        setting = Setting(hours=self._settings.hours, zone=self._settings.timezone)
        failed = run_tests(book, self._scorer.untaught, setting)
        if failed:
            raise FilesInvalid(failed)
        return book

    def _look(self) -> object:
        # Rules are tested on what the lexicons make of a text, so their change is a change of the rules.
        settings = self._settings
        folders = (settings.rules_folder, settings.lists_folder, settings.lexicons_folder)
        files = [path for folder in folders for path in sorted(folder.rglob("*"))]
        files.append(self._folders.journal)
        return tuple(
            (str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files if path.is_file()
        )

    def _go_live(
        self,
        book: Rulebook,
        *,
        author: str,
        note: str,
        is_person: bool = False,
        restores: int | None = None,
        kept: Path | None = None,
    ) -> Published:
        """Write down that a set is live, then use it."""
        now = self._clock.now()
        new = RuleSetRecord(
            hash=book.hash, sources=book.sources, author=author, note=note, live_at=now, marks=marks(book),
            changes=self._changes(book), rates=self._rates(book),
        )  # fmt: skip
        with self._store.write() as tx:
            rule_problem.note(tx, (), now)
            before = rule_sets.live(tx)
            if before is None and not is_person:
                new = replace(new, note="the first rules of this site")
            is_new = rule_sets.put(tx, new)
            is_signed = is_person and not is_new and before is not None and before.author == WATCHER
            if is_signed and before is not None:
                rule_sets.sign(tx, before.version, author=author, note=note)
            version = rule_sets.live(tx)
            if version is None:
                raise NotFound("the rule set that just went live is not stored")
            if is_new or is_signed or restores is not None:
                _audit(tx, version, new, restores=restores, kept=kept)
        if self.problem is not None:
            log.warning("the rule files hold again")
        if is_new:
            log.info("version %d of the rules is live: %s", version.version, "; ".join(new.changes))
        self._book, self.problem = book, None
        return Published(
            version=version, rules=len(book.rules), is_new=is_new, is_signed=is_signed,
            changes=new.changes if is_new else (), kept=kept,
        )  # fmt: skip

    def _rates(self, book: Rulebook) -> dict[str, float] | None:
        """What each rule matched an hour in its backtest; a rule that did not change keeps what it had."""
        with self._store.read() as tx:
            before = rule_sets.live(tx)
            if before is not None and before.hash == book.hash:
                return None
            kept, now = (
                ((before.marks or {}, before.rates or {}) if before is not None else ({}, {})),
                marks(book),
            )
            known = {
                rule_id: rate for rule_id, rate in kept[1].items() if kept[0].get(rule_id) == now.get(rule_id)
            }
            new = [rule for rule in book.rules if rule.id not in known and has_breaker(rule) and rule.when]
            place = replay.Place(self._settings.timezone, self._settings.hours)
            return known | replay.rates(tx, new, place)

    def _changes(self, book: Rulebook) -> tuple[str, ...]:
        with self._store.read() as tx:
            record = rule_sets.live(tx)
        if record is None or record.hash == book.hash:
            return changes(None, book)
        if self._book is not None and self._book.hash == record.hash:
            return changes(self._book, book)
        try:
            return changes(load_sources(record.sources, known=Known()), book)
        except FilesInvalid:
            return (f"the set before, version {record.version}, cannot be read any more",)

    def _keep_old(self, error: FilesInvalid) -> None:
        self.problem = str(error)
        count = sum(not finding.is_warning for finding in error.findings)
        with self._store.write() as tx:
            live = rule_sets.live(tx)
            rule_problem.note(tx, error.findings, self._clock.now())
        if self._book is None and live is not None:
            try:
                self._book = load_sources(live.sources, known=self.known)
            except FilesInvalid:  # the settings changed, too, and neither set holds with them
                raise error from None
        if self._book is None:
            raise error
        log.error(
            "the rule files hold %d %s; set %s goes on running. %s",
            count, "error" if count == 1 else "errors", self._book.hash[:12], error.findings[0],
        )  # fmt: skip


def _allowed(act: Act, note: str) -> str:
    if not act.by.may(Right.PUBLISH_RULES):
        raise NotAllowed(f"the role {act.by.role} does not include publishing rules")
    if not (note := " ".join(note.split())):
        raise WrongUsage("the note is empty; say in a few words why these rules go live")
    return note


def _audit(
    tx: Tx, version: RuleSetRecord, new: RuleSetRecord, *, restores: int | None, kept: Path | None
) -> None:
    detail = {
        "version": version.version,
        "hash": version.hash,
        "note": new.note,
        "changes": list(new.changes),
        "restores": restores,
        "kept": kept.name if kept is not None else None,
    }
    audit.add(
        tx,
        at=new.live_at,
        actor=new.author,
        action="rules.published" if restores is None else "rules.restored",
        subject=f"rules:{version.version}",
        detail={name: value for name, value in detail.items() if value is not None},
    )
