"""The composition root: the one place that knows concrete things and puts them together."""

from __future__ import annotations

import gc
import logging
import os
import secrets
import socket
import threading
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from engagebot.bootstrap import replying
from engagebot.bootstrap.clocks import FrozenClock, SystemClock, seconds_passing
from engagebot.bootstrap.guarding import RunningGuards, about
from engagebot.bootstrap.judging import RunningScorer
from engagebot.bootstrap.outside import (
    Outside,
    connector_names,
    mark_of,
    open_connector,
    open_sink,
    ways_of,
)
from engagebot.bootstrap.rules import RunningRules
from engagebot.domain.actions import RuleTrace
from engagebot.domain.drafting import Drafted, SavedReply, fill, values_of
from engagebot.domain.mention import Mention
from engagebot.domain.records import DecisionRecord, DeliveryRecord, DraftRecord, MentionRecord
from engagebot.domain.replying.advice import Flag
from engagebot.domain.rules import Rulebook
from engagebot.domain.ruling.explaining import explain
from engagebot.errors import EngagebotError, NotFound, WrongUsage
from engagebot.guards import Guards
from engagebot.pipeline import triage
from engagebot.pipeline.deliver import Showing, Stopwatch
from engagebot.pipeline.learning import LearningContext
from engagebot.pipeline.prune import PruneContext
from engagebot.pipeline.review import Caution, Terms
from engagebot.ports import Clock, ComposesByHand, Connector, MeasuresText, Scorer, Sink
from engagebot.rulebook import load_sources
from engagebot.scaffold import template_root
from engagebot.settings import Settings, load_settings
from engagebot.store import schema
from engagebot.store.desk import preferences
from engagebot.store.engine import Store, Tx
from engagebot.store.ruling import rule_sets

log = logging.getLogger(__name__)

DEMO_CONFIG = "config/demo.yaml"
NOTHING = Outside()


class App:
    """A site put together: settings, store, clock, scorer, rules, connectors and sinks."""

    def __init__(
        self,
        settings: Settings,
        *,
        is_live: bool = False,
        is_demo: bool = False,
        outside: Outside = NOTHING,
    ) -> None:
        self.settings = settings
        self.is_demo = is_demo
        self.may_notify = is_live and not is_demo
        self.is_live = self.may_notify and settings.sending
        frozen = FrozenClock(settings.now) if settings.now else None
        set_by_hand = outside.clock or frozen
        self.clock: Clock = set_by_hand or SystemClock()
        self.store = Store(settings.database_url, clock=self.clock, uses_database_time=set_by_hand is None)
        self.judging = RunningScorer(settings)
        self.guarding = RunningGuards(settings)
        self.rules = RunningRules(settings, self.store, self.clock, self.judging)
        self.stopwatch = Stopwatch(self._seconds)
        self.worker = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._connectors = dict(outside.connectors)
        self._sinks = dict(outside.sinks)
        self._lock = threading.Lock()

    def _seconds(self) -> float:
        # A clock that is set by hand is all the time there is.
        is_real = isinstance(self.clock, SystemClock)
        return seconds_passing() if is_real else self.clock.now().timestamp()

    @property
    def scorer(self) -> Scorer:
        """The scorer in use, put together at its first use.

        Raises:
            FilesInvalid: the lexicons hold errors.
        """
        return self.judging.current

    @property
    def guards(self) -> Guards:
        """The guards in use; a word list that changed on disk is read anew."""
        return self.guarding.current

    def advice_on(self, tx: Tx, draft: DraftRecord, text: str, *, mention: MentionRecord) -> tuple[Flag, ...]:
        """What the guards say of a text that somebody is about to send as this draft, to this mention."""
        return self.guards.check(text, about(self.settings, tx, draft, mention=mention, now=self.clock.now()))

    @property
    def learning_context(self) -> LearningContext:
        """What it takes to learn from what people decided."""
        return LearningContext(store=self.store, clock=self.clock, scorer=self.judging.current)

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

    def mark(self, channel: str) -> str:
        """A mark of where a channel leads by the present settings."""
        return mark_of(channel, self.settings)

    def ways(self, delivery: DeliveryRecord) -> tuple[str, ...]:
        """The channels that a notice may take, in order."""
        return ways_of(delivery, self.settings)

    @property
    def showing(self) -> Showing:
        """How messages show cases."""
        settings = self.settings
        return Showing(base_url=settings.base_url, zone=settings.timezone, is_masked=settings.masks_notices)

    @property
    def terms(self) -> Terms:
        """How approvals leave on this site."""
        review = self.settings.review
        return Terms(
            undo=timedelta(seconds=self.settings.undo_seconds),
            text_problem=self.text_problem,
            caution=Caution(
                second_reader=frozenset(review.second_reader),
                large_reach=review.large_reach,
                flags=lambda tx, matter, text: self.advice_on(tx, matter.draft, text, mention=matter.mention),
            ),
            most_in_bulk=review.most_in_bulk,
        )

    def terms_of(self, tx: Tx, person: str) -> Terms:
        """How approvals of this person leave, by what they prefer."""
        return self.terms.of(preferences.read(tx, person))

    def saved_replies(self, words: str = "") -> tuple[SavedReply, ...]:
        """The saved replies that hold these words, by name."""
        return tuple(reply for reply in replying.saved_replies(self.settings) if reply.holds(words))

    def fill_reply(self, reply: SavedReply, mention: Mention) -> Drafted:
        """A saved reply as it begins for this mention; what its sender has to add is `missing`."""
        return fill(reply.template, values_of(mention, self.settings.brand.name))

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
            stored = rule_sets.by_hash(tx, set_hash)
        if stored is None:
            raise NotFound(f"rule set {set_hash[:12]} is not stored any more")
        return load_sources(stored.sources, known=self.rules.known)

    def decide_again(self, mention_ids: Collection[int]) -> int:
        """Decide at once what was let be decided again; answer how many were.

        Where that cannot be done here (the rule files hold errors and no set ran yet, the database is busy),
        they go on waiting, and a running process decides them as it does all that waits.
        """
        wanted = sorted(mention_ids)
        if not wanted:
            return 0
        try:
            self.rules.refresh()
            context = triage.TriageContext(
                store=self.store, clock=self.clock, scorer=self.scorer, settings=self.settings
            )
            return sum(
                triage.triage(context, self.rules.book, only=wanted[start : start + triage.BATCH]).decided
                for start in range(0, len(wanted), triage.BATCH)
            )
        except EngagebotError as error:
            log.warning("what was corrected or scored anew goes on waiting to be decided again: %s", error)
            return 0

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
    # tenth of the throughput. A page leaves thousands of objects that hold one another: collected seldom,
    # they would keep one reader in fifteen waiting for 30 ms, collected often nobody notices. What outlives
    # one turn is looked at again after the next: ten turns' worth at once was a pause of 10 ms.
    gc.freeze()
    gc.set_threshold(5_000, 1, 5_000)
    try:
        schema.upgrade(app.store)
        app.judging.follow(app.store)
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
        slack_signing_secret=None,
        smtp_url=None,
        apprise_urls={},
    )
