"""A desk to work at: the store, a fake platform and a fake channel, with short names for each step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engagebot.domain.mention import Mention, ReplyRoute
from engagebot.domain.outbox import CaseState, DraftState
from engagebot.domain.records import CaseRecord, DecisionRecord, DraftRecord, Event, WatchRecord
from engagebot.domain.rules import Rulebook
from engagebot.pipeline.deliver import DeliverContext, Stopwatch
from engagebot.pipeline.pull import PollResult, PullContext, poll
from engagebot.pipeline.triage import Tally, TriageContext, triage
from engagebot.ports import Watch
from engagebot.scoring import VaderScorer
from engagebot.settings import Settings
from engagebot.store import audit, tables
from engagebot.store.casework import cases
from engagebot.store.engine import Store
from engagebot.store.heard import decisions
from engagebot.store.listening import watches
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import NewDraft
from tests.factories import API, PLAIN, hear, id_of, make_mention, make_watch, usual_book
from tests.fakes import FakeClock, FakeConnector, FakeSink

SCORER = VaderScorer()


@dataclass
class Desk:
    store: Store
    clock: FakeClock
    settings: Settings
    fake: FakeConnector
    sink: FakeSink = field(default_factory=FakeSink)
    stopwatch: Stopwatch = field(init=False)

    def __post_init__(self) -> None:
        self.stopwatch = Stopwatch(lambda: self.clock.now().timestamp())

    def pull_context(self, owner: str = "worker-1") -> PullContext:
        return PullContext(
            store=self.store,
            clock=self.clock,
            owner=owner,
            own_handles=self.settings.brand.handles,
            manners=self.settings.manners,
        )

    def register(self, *configured: Watch) -> None:
        with self.store.write() as tx:
            watches.register(tx, configured or (make_watch(),), self.clock.now())

    def poll(self, watch: Watch | None = None, owner: str = "worker-1") -> PollResult | None:
        return poll(self.pull_context(owner), watch or make_watch(), self.fake)

    def watch(self, name: str = "talk") -> WatchRecord:
        with self.store.read() as tx:
            (found,) = watches.all_of(tx, [name])
        return found

    @property
    def triage_context(self) -> TriageContext:
        return TriageContext(store=self.store, clock=self.clock, scorer=SCORER, settings=self.settings)

    def triage(self, book: Rulebook | None = None, *, batch: int = 500) -> Tally:
        return triage(self.triage_context, book or usual_book(), batch=batch)

    @property
    def deliver_context(self) -> DeliverContext:
        return DeliverContext(
            store=self.store,
            clock=self.clock,
            stopwatch=self.stopwatch,
            owner="worker-1",
            connector=lambda source: self.fake,
            manners=self.settings.manners,
        )

    def hear(
        self, *heard: Mention, route: ReplyRoute = API, is_history: bool = False, book: Rulebook | None = None
    ) -> Tally:
        """Store mentions, show them on the platform too, and decide them."""
        self.fake.posts.extend(heard)
        hear(self.store, *heard, route=route, is_history=is_history)
        return self.triage(book)

    def draft_of(self, native_id: str) -> DraftRecord:
        with self.store.read() as tx:
            return drafts.of_mention(tx, id_of(tx, native_id))[0]

    def drafts_of(self, native_id: str) -> list[DraftRecord]:
        with self.store.read() as tx:
            return drafts.of_mention(tx, id_of(tx, native_id))

    def draft(self, draft_id: int) -> DraftRecord:
        with self.store.read() as tx:
            return drafts.get(tx, draft_id)

    def case_of(self, native_id: str) -> CaseRecord | None:
        with self.store.read() as tx:
            return cases.of_mention(tx, id_of(tx, native_id))

    def decision_of(self, native_id: str) -> DecisionRecord | None:
        with self.store.read() as tx:
            return decisions.latest(tx, id_of(tx, native_id))

    def events(self, subject: str) -> list[Event]:
        with self.store.read() as tx:
            return audit.of(tx, subject)

    def count(self, table: sa.Table) -> int:
        with self.store.read() as tx:
            found: int = tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        return found

    def propose(
        self,
        native_id: str = "1",
        *,
        route: ReplyRoute = API,
        text: str = "Thank you!",
        said: str | None = None,
    ) -> int:
        """A draft in the queue for a mention of its own."""
        mention = make_mention(native_id, said) if said else make_mention(native_id)
        self.fake.posts.append(mention)
        hear(self.store, mention, route=route)
        with self.store.write() as tx:
            new = NewDraft(
                mention_id=id_of(tx, native_id),
                customer_id=None,
                rule_id="love",
                source="fake",
                conversation_id=None,
                text=text,
                missing=(),
                reply_route=route,
                is_proactive=False,
                said_at=self.clock.now(),
                urgency=PLAIN,
            )
            draft_id = drafts.propose(tx, new, self.clock.now())
        assert draft_id is not None
        return draft_id

    def put_draft(self, draft_id: int, state: DraftState, **values: Any) -> None:
        """Write a state past the state machine, as a test's starting point."""
        self._put(tables.drafts, draft_id, {"state": state.value, **values})

    def put_case(self, case_id: int, state: CaseState, **values: Any) -> None:
        self._put(tables.cases, case_id, {"state": state.value, **values})

    def _put(self, table: sa.Table, row_id: int, values: Mapping[str, Any]) -> None:
        with self.store.write() as tx:
            tx.execute(sa.update(table).where(table.c.id == row_id).values(**values))
