"""A case and the time that passes over it, for tests of what time does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from engagebot.domain.outbox import Severity
from engagebot.domain.records import CaseRecord, DeliveryRecord
from engagebot.domain.roles import Role
from engagebot.pipeline.minding import MindContext, mind_cases
from engagebot.settings import Settings
from engagebot.store.casework import cases, clocks
from engagebot.store.casework.cases import NewCase
from engagebot.store.casework.clocks import ClockRecord
from engagebot.store.engine import Tx
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import NewUser
from engagebot.store.heard import mentions
from engagebot.store.telling import deliveries
from tests.factories import act, hear, id_of, make_mention
from tests.integration.pipeline.desk import Desk

_T = TypeVar("_T")


@dataclass
class Minded:
    """One case on a desk; `told` gathers the notices as (minutes since the start, channel, title)."""

    desk: Desk
    settings: Settings
    case_id: int = 0
    began: datetime = field(init=False)
    _seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.began = self.desk.clock.now()

    def open(self, *, posted: timedelta = timedelta(0), **over: Any) -> int:
        """Open a case about a post that was written so long before now."""
        now = self.desk.clock.now()
        hear(self.desk.store, make_mention("m", posted_at=now - posted))
        values: dict[str, Any] = {
            "severity": Severity.HIGH, "team": "support", "title": "the modem is dead",
            "why": "angry", "rule_id": "dead", "first_symptom_at": now, "first_reply_due_at": None,
        }  # fmt: skip
        with self.desk.store.write() as tx:
            heard = mentions.get(tx, id_of(tx, "m"))
            new = NewCase(**{**values, "customer_id": heard.customer_id, **over})
            self.case_id = cases.open_case(tx, new, [heard.id], now, actor="rule:dead")
        return self.case_id

    def say(self, native_id: str, *, ago: timedelta = timedelta(0), **over: Any) -> None:
        """The customer says the same again."""
        now = self.desk.clock.now()
        hear(self.desk.store, make_mention(native_id, posted_at=now - ago, **over))
        with self.desk.store.write() as tx:
            cases.join(tx, self.case_id, id_of(tx, native_id), now, actor="rule:dead")

    def reply(self, to: str = "m") -> None:
        """We say something to the customer."""
        with self.desk.store.write() as tx:
            cases.note_first_reply(tx, id_of(tx, to), self.desk.clock.now(), actor="kim_demo")

    def do(self, action: Callable[..., object], by: str = "kim_demo", **named: Any) -> None:
        """A person does something to the case."""
        with self.desk.store.write() as tx:
            action(tx, self.case_id, act(self.desk.store, by), **named)

    def mind(self) -> int:
        """Let time do its work now."""
        context = MindContext(store=self.desk.store, clock=self.desk.clock, settings=self.settings)
        return mind_cases(context)

    def pass_until(self, moment: timedelta, *, every: timedelta) -> None:
        """Let time pass, minding cases as often as that."""
        until = self.began + moment
        while self.desk.clock.now() < until:
            self.desk.clock.at = min(self.desk.clock.now() + every, until)
            self.mind()

    def news(self) -> list[tuple[float, str, str]]:
        """What was put in line since the last look: minutes since the start, channel, the title's end."""
        found = [each for each in self.deliveries if each.id not in self._seen]
        self._seen |= {each.id for each in found}
        return [
            (
                (each.created_at - self.began) / timedelta(minutes=1),
                each.channel,
                each.payload["title"].partition(": ")[2],
            )
            for each in found
        ]

    @property
    def deliveries(self) -> list[DeliveryRecord]:
        return self._ask(lambda tx: deliveries.of_case(tx, self.case_id))

    @property
    def case(self) -> CaseRecord:
        return self._ask(lambda tx: cases.get(tx, self.case_id))

    @property
    def clocks(self) -> list[ClockRecord]:
        return self._ask(lambda tx: clocks.of_case(tx, self.case_id))

    @property
    def actions(self) -> list[str]:
        return [each.action for each in self.desk.events(f"case:{self.case_id}")]

    def _ask(self, ask: Callable[[Tx], _T]) -> _T:
        with self.desk.store.read() as tx:
            return ask(tx)


def minded(desk: Desk, **over: Any) -> Minded:
    """A desk with these settings, on which time passes."""
    return Minded(desk, replace(desk.settings, **over))


def add_people(desk: Desk, *names: str) -> None:
    with desk.store.write() as tx:
        for name in names:
            accounts.add(tx, NewUser(name=name, role=Role.SUPPORT), desk.clock.now())
