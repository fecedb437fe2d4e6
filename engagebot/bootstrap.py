"""The composition root: the one place that knows concrete things and puts them together."""

from __future__ import annotations

import gc
import logging
import os
import secrets
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points
from pathlib import Path

from engagebot.domain.actions import RuleTrace
from engagebot.domain.mention import Mention
from engagebot.domain.records import DecisionRecord, DraftRecord, MentionRecord, RuleSetRecord
from engagebot.domain.rules import Rulebook, explain
from engagebot.errors import EngagebotError, FilesInvalid, NotFound, WrongUsage
from engagebot.pipeline import triage
from engagebot.pipeline.prune import PruneContext
from engagebot.pipeline.review import Terms
from engagebot.ports import Clock, ComposesByHand, Connector, ConnectorFactory, MeasuresText, Scorer, Sink
from engagebot.rulebook import Known, Setting, load_rulebook, load_sources, run_tests
from engagebot.scaffold import template_root
from engagebot.scoring import VaderScorer
from engagebot.settings import Settings, load_settings
from engagebot.sinks import console, email, slack, webhook
from engagebot.store import decisions, schema, site
from engagebot.store.engine import Store

log = logging.getLogger(__name__)
DEMO_CONFIG = "config/demo.yaml"


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The present, as aware UTC."""
        return datetime.now(UTC)  # noqa: TID251 (the one place that reads the machine's clock)


@dataclass(frozen=True, slots=True)
class FrozenClock:
    """A clock that stands still, for tests and rehearsals."""

    at: datetime

    def now(self) -> datetime:
        """The moment it was set to."""
        return self.at


class RunningRules:
    """The rule set in use: files are read anew when they change, and a bad set never replaces a good one."""

    def __init__(self, settings: Settings, store: Store, clock: Clock, scorer: Scorer) -> None:
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
        setting = Setting(hours=settings.hours, zone=settings.timezone, borders=settings.borders)
        failed = run_tests(book, self._scorer, setting)
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
        folders = (self._settings.rules_folder, self._settings.lists_folder)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Things of the outside that are there already: a clock, connectors by name, sinks by channel.

    What is not named here is opened from the settings at its first use.
    """

    clock: Clock | None = None
    connectors: Mapping[str, Connector] = field(default_factory=dict)
    sinks: Mapping[str, Sink] = field(default_factory=dict)


class App:
    """A site put together: settings, store, clock, scorer, rules, connectors and sinks."""

    def __init__(
        self,
        settings: Settings,
        *,
        is_live: bool = False,
        is_demo: bool = False,
        outside: Outside = Outside(),
    ) -> None:
        self.settings = settings
        self.is_demo = is_demo
        self.may_notify = is_live and not is_demo
        self.is_live = self.may_notify and settings.sending
        frozen = FrozenClock(settings.now) if settings.now else None
        set_by_hand = outside.clock or frozen
        self.clock: Clock = set_by_hand or SystemClock()
        self.store = Store(settings.database_url, clock=self.clock, uses_database_time=set_by_hand is None)
        self.scorer: Scorer = VaderScorer(settings.borders)
        self.rules = RunningRules(settings, self.store, self.clock, self.scorer)
        self.worker = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._connectors = dict(outside.connectors)
        self._sinks = dict(outside.sinks)
        self._lock = threading.Lock()

    def mode(self, paused_by: str | None) -> str:
        """The word that every page and command shows: DEMO, PAUSED, LIVE or DRY RUN."""
        if self.is_demo:
            return "DEMO"
        if paused_by is not None:
            return "PAUSED"
        return "LIVE" if self.is_live else "DRY RUN"

    def connector(self, name: str) -> Connector:
        """The connector with this name, opened at its first use.

        Raises:
            WrongUsage: there is none, or its options are wrong.
        """
        with self._lock:
            if name not in self._connectors:
                options = self.settings.connector_options.get(name, {})
                self._connectors[name] = open_connector(name, options, self.clock)
            return self._connectors[name]

    def sink(self, channel: str) -> Sink:
        """The way to a channel (console, slack, email:ADDRESS, webhook:NAME).

        Raises:
            WrongUsage: the channel lacks a setting; the message names it.
        """
        return self._sinks.get(channel) or open_sink(channel, self.settings, self.clock)

    @property
    def terms(self) -> Terms:
        """How approvals leave on this site."""
        return Terms(undo=timedelta(seconds=self.settings.undo_seconds), text_problem=self.text_problem)

    def text_problem(self, draft: DraftRecord, text: str) -> str | None:
        """Say why the platform would not take this text, or `None`."""
        connector = self._connector_of(draft.source)
        if connector is None:
            return None
        limit = connector.limits.reply_chars
        length = connector.length(text) if isinstance(connector, MeasuresText) else len(text)
        if length <= limit:
            return None
        return f"the reply is {length - limit} characters over {draft.source}'s limit of {limit}; shorten it"

    def compose_url(self, mention: Mention, text: str) -> str | None:
        """The link that opens the platform's own composer with this text; else the post's own address."""
        connector = self._connector_of(mention.ref.source)
        if isinstance(connector, ComposesByHand):
            return connector.compose_url(mention, text)
        return mention.url

    @property
    def prune_context(self) -> PruneContext:
        """What it takes to check which stored mentions still stand."""
        return PruneContext(self.store, self.clock, self._connector_of, self.settings.deletion)

    def _connector_of(self, source: str) -> Connector | None:
        # Imported sources (a review site, a forum) have no connector of their own.
        if source not in connector_names() | self._connectors.keys():
            return None
        try:
            return self.connector(source)
        except WrongUsage:
            return None

    def trace(self, decision: DecisionRecord, mention: MentionRecord) -> tuple[RuleTrace, ...]:
        """Compute again, from stored facts and the stored rule set, what every rule said of a mention.

        Raises:
            NotFound: the rule set is not stored any more, or the mention's words are not.
        """
        if mention.redacted_at is not None:
            raise NotFound("the mention's words are not kept any more")
        return explain(self.book_of(decision.rule_set), triage.restore_facts(mention, decision.facts))

    def book_of(self, set_hash: str) -> Rulebook:
        """The rule set with this hash, running or not.

        Raises:
            NotFound: it is not stored.
        """
        if self.rules.book.hash == set_hash:
            return self.rules.book
        with self.store.read() as tx:
            stored = decisions.rule_set(tx, set_hash)
        if stored is None:
            raise NotFound(f"rule set {set_hash[:12]} is not stored any more")
        return load_sources(stored.sources, known=self.rules.known)

    def close(self) -> None:
        """Close the database; connectors hold nothing that outlives the process."""
        self.store.close()


def open_app(
    folder: Path, environ: Mapping[str, str], *, wants_live: bool = False, is_demo: bool = False
) -> App:
    """Load a site's settings, bring its database up to date and put the program together.

    Raises:
        FilesInvalid: the settings hold errors.
        WrongUsage: `wants_live` together with a frozen clock.
        SchemaMismatch: a newer engagebot wrote the database.
        StoreUnavailable: the database cannot be used.
    """
    settings = _demo_settings(folder, environ) if is_demo else load_settings(folder, environ)
    if wants_live and settings.now is not None:
        raise WrongUsage("ENGAGEBOT_NOW freezes the clock, which is for rehearsals; unset it to run --live")
    app = App(settings, is_live=wants_live, is_demo=is_demo)
    # Modules, rules and lexicon stay for good; looking through them again and again for garbage costs a
    # tenth of the throughput.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        schema.upgrade(app.store)
    except EngagebotError:
        app.close()
        raise
    return app


def _demo_settings(folder: Path, environ: Mapping[str, str]) -> Settings:
    """The demo's settings: a database of its own, and no key, address or channel of the real site."""
    database = f"sqlite:///{folder.absolute() / 'var' / 'demo.db'}"
    own = folder / DEMO_CONFIG
    config = own if own.exists() else template_root() / DEMO_CONFIG
    name = DEMO_CONFIG if config == own else str(config)
    settings = load_settings(folder, {**environ, "ENGAGEBOT_DATABASE_URL": database}, config=name)
    return replace(
        settings,
        sending=False,
        connector_options={"demo": settings.connector_options.get("demo", {})},
        webhooks={},
        webhook_secret=None,
        slack_webhook_url=None,
        slack_bot_token=None,
        slack_app_token=None,
        smtp_url=None,
    )


def connector_names() -> frozenset[str]:
    """The names of all installed connectors; nothing is imported."""
    return frozenset(entry.name for entry in entry_points(group="engagebot.connectors"))


def open_connector(name: str, options: Mapping[str, object], clock: Clock) -> Connector:
    """Import and open a connector.

    Raises:
        WrongUsage: there is none with this name, or its options are wrong.
    """
    found = [entry for entry in entry_points(group="engagebot.connectors") if entry.name == name]
    if not found:
        known = ", ".join(sorted(connector_names()))
        raise WrongUsage(f"there is no connector {name!r}; there are: {known}")
    factory: ConnectorFactory = found[0].load()
    try:
        return factory(options, clock)
    except ValueError as error:
        raise WrongUsage(f"connector {name}: {error}") from error


def open_sink(channel: str, settings: Settings, clock: Clock) -> Sink:
    """Open the way to a channel.

    Raises:
        WrongUsage: a setting is missing or wrong; the message names it.
    """
    kind, _, target = channel.partition(":")
    try:
        if kind == "console":
            return console.open_sink()
        if kind == "email":
            if settings.smtp_url is None:
                raise WrongUsage(f"channel {channel} needs ENGAGEBOT_SMTP_URL")
            return email.open_sink(settings.smtp_url.reveal(), target, name=channel)
        if kind == "slack":
            if settings.slack_webhook_url is None:
                raise WrongUsage("channel slack needs ENGAGEBOT_SLACK_WEBHOOK_URL")
            return slack.open_sink(settings.slack_webhook_url.reveal())
        return _open_webhook(channel, target, settings, clock)
    except ValueError as error:
        raise WrongUsage(f"channel {channel}: {error}") from error


def _open_webhook(channel: str, target: str, settings: Settings, clock: Clock) -> Sink:
    urls = settings.webhooks
    url = urls.get(target) if target else next(iter(urls.values()), None)
    if url is None:
        raise WrongUsage(f"channel {channel} is not in the settings; add it under webhooks")
    if settings.webhook_secret is None:
        raise WrongUsage(f"channel {channel} needs ENGAGEBOT_WEBHOOK_SECRET to sign what it sends")
    return webhook.open_sink(
        url, name=channel, secret=settings.webhook_secret.reveal(), clock=clock, allow_private=True
    )
