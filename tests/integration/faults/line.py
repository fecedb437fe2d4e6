"""A line to an emulated platform: the real connector and its client library, the pipeline, the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engagebot.domain.listening.coverage import Entry, Kind, Span
from engagebot.domain.mention import MentionRef
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord, WatchRecord
from engagebot.pipeline import review
from engagebot.pipeline.deliver import DeliverContext, Stopwatch, deliver_replies, settle_replies
from engagebot.pipeline.deliver.settle import SETTLE_AFTER
from engagebot.pipeline.pull import PollResult, PullContext, due_watches, poll
from engagebot.pipeline.review import Terms
from engagebot.ports import Connector, Watch
from engagebot.settings import Settings
from engagebot.store import tables
from engagebot.store.engine import Store
from engagebot.store.heard import mentions
from engagebot.store.listening import coverage, watches
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import NewDraft
from tests.emulators.faults import Fault
from tests.emulators.reddit import RedditEmulator
from tests.emulators.wire import Entry as Asked
from tests.emulators.x import XEmulator
from tests.factories import PLAIN, act
from tests.fakes import NOON, FakeClock

PROFILES = "/2/users"


@dataclass(kw_only=True)
class Line:
    """One watch of one platform; `read_on` and `send_on` are the endpoints it reads and writes."""

    store: Store
    clock: FakeClock
    settings: Settings
    connector: Connector
    watch: Watch
    platform: XEmulator | RedditEmulator
    read_on: str
    send_on: str
    polls: list[PollResult] = field(default_factory=list)
    stopwatch: Stopwatch = field(init=False)

    def __post_init__(self) -> None:
        self.stopwatch = Stopwatch(lambda: self.clock.now().timestamp())
        with self.store.write() as tx:
            watches.register(tx, self.settings.watches, self.clock.now())

    def tick(self) -> int:
        """Poll if it is due, as the scheduler would; answer how many requests the platform saw meanwhile.

        Those for the profiles of authors come on top, and only where somebody new was heard.
        """
        before = self._asked
        context = PullContext(
            store=self.store,
            clock=self.clock,
            owner="worker-1",
            own_handles=self.settings.brand.handles,
            manners=self.settings.manners,
        )
        for watch in due_watches(context, {self.watch.name: self.watch}):
            result = poll(context, watch, self.connector)
            assert result is not None
            self.polls.append(result)
        return self._asked - before

    def tick_after(self, **span: float) -> int:
        self.clock.forward(**span)
        return self.tick()

    def fault(self, fault: Fault, on: str, times: int | None = 1) -> None:
        self.platform.fault(fault, on=on, times=times)

    def says(self, text: str, **more: Any) -> str:
        """Somebody says something to us; answer what the platform calls it."""
        if isinstance(self.platform, XEmulator):
            return self.platform.post(text=text, **more).id
        return self.platform.comment(text=text, **more).name

    def edits(self, native_id: str, text: str) -> None:
        self.platform.edit(native_id, text)

    @property
    def _asked(self) -> int:
        return sum(entry.path != PROFILES for entry in self.platform.requests)

    @property
    def reads(self) -> list[Asked]:
        return self.platform.calls(self.read_on)

    @property
    def posts(self) -> list[Asked]:
        """Every attempt at a reply that reached the platform, even one cut off or refused."""
        return self.platform.calls(self.send_on)

    @property
    def stored(self) -> list[str]:
        with self.store.read() as tx:
            return list(tx.execute(sa.select(tables.mentions.c.native_id)).scalars())

    @property
    def texts(self) -> list[str]:
        with self.store.read() as tx:
            return list(tx.execute(sa.select(tables.mentions.c.text)).scalars())

    @property
    def row(self) -> WatchRecord:
        with self.store.read() as tx:
            return watches.all_of(tx, [self.watch.name])[0]

    @property
    def pause_s(self) -> float | None:
        """How many seconds the connector still rests."""
        with self.store.read() as tx:
            until = watches.paused_connectors(tx, self.clock.now()).get(self.watch.connector)
        return None if until is None else (until - self.clock.now()).total_seconds()

    @property
    def gaps(self) -> list[Entry]:
        with self.store.read() as tx:
            period = Span(NOON.replace(year=2000), NOON.replace(year=2100))
            return [
                entry for entry in coverage.entries(tx, self.watch.name, period) if entry.kind is Kind.GAP
            ]

    def approve(self, text: str = "@acme love it, u/acme_support") -> int:
        """Hear praise that speaks to us and approve the thanks; answer the draft's id."""
        self.clock.forward(minutes=5)
        native_id = self.says(text)
        self.tick()
        with self.store.write() as tx:
            heard = mentions.find(tx, MentionRef(self.watch.connector, native_id))
            assert heard is not None
            thanks = NewDraft(
                mention_id=heard.id,
                customer_id=heard.customer_id,
                rule_id="love",
                source=self.watch.connector,
                conversation_id=heard.mention.conversation_id,
                text="Thank you!",
                missing=(),
                reply_route=heard.reply_route,
                is_proactive=False,
                said_at=self.clock.now(),
                urgency=PLAIN,
            )
            draft_id = drafts.propose(tx, thanks, self.clock.now())
            assert draft_id is not None
            review.approve(tx, draft_id, act(self.store), terms=Terms())
        return draft_id

    def draft(self, draft_id: int) -> DraftRecord:
        with self.store.read() as tx:
            return drafts.get(tx, draft_id)

    def state(self, draft_id: int) -> DraftState:
        return self.draft(draft_id).state

    def deliver(self) -> int:
        return deliver_replies(self._context)

    def settle(self) -> int:
        """Look for replies of unknown outcome, once they had time to show."""
        self.clock.forward(seconds=SETTLE_AFTER.total_seconds())
        return settle_replies(self._context)

    @property
    def _context(self) -> DeliverContext:
        return DeliverContext(
            store=self.store,
            clock=self.clock,
            stopwatch=self.stopwatch,
            owner="worker-1",
            connector=lambda source: self.connector,
            manners=self.settings.manners,
        )
