"""What is known of the customers of one batch, gathered in a handful of queries."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engagebot.domain.customers import Mark
from engagebot.domain.facts import CustomerFacts
from engagebot.domain.limits import DAY
from engagebot.domain.records import CaseRecord, MentionRecord
from engagebot.store import cases, customers
from engagebot.store.customers import Marks
from engagebot.store.engine import Tx

_MAX_AGES = 100
_DAY_S = DAY.total_seconds()
_UNMARKED = Marks()
_FIRST = (0.0,)


@dataclass(slots=True)
class People:
    """Everything known of the customers of one batch; open cases change as the batch goes on.

    `echoed` holds open cases by the mention that first said what they are about.
    """

    marks: Mapping[int, Marks]
    contacts: Mapping[int, list[datetime]]
    open_cases: dict[int, CaseRecord]
    outcomes: Mapping[int, str]
    echoed: dict[int, CaseRecord] = field(default_factory=dict)
    complaints: dict[int, list[MentionRecord]] = field(default_factory=lambda: defaultdict(list))

    def remember_complaint(self, heard: MentionRecord) -> None:
        """Keep a complaint that starts nothing itself, for a case that this batch may open later."""
        if heard.customer_id is not None:
            self.complaints[heard.customer_id].append(heard)

    @classmethod
    def gather(cls, tx: Tx, heard: list[MentionRecord]) -> People:
        """Ask the store for everybody who wrote these mentions."""
        ids = {record.customer_id for record in heard if record.customer_id is not None}
        firsts = {record.copy_of for record in heard if record.copy_of is not None}
        echoed = cases.open_about(tx, firsts) if firsts else {}
        if not ids:
            return cls({}, {}, {}, {}, echoed)
        times = [record.mention.posted_at for record in heard]
        since = min(times) - customers.CONTACT_WINDOW
        return cls(
            marks=customers.marks(tx, ids),
            contacts=customers.contact_times(tx, ids, since=since, until=max(times)),
            open_cases=cases.open_of(tx, ids),
            outcomes=cases.last_outcomes(tx, ids),
            echoed=echoed,
        )

    def case_for(self, heard: MentionRecord) -> CaseRecord | None:
        """The open case an escalation joins: its author's own, else the one about what it copies."""
        own = self.open_cases.get(heard.customer_id) if heard.customer_id is not None else None
        return own or (self.echoed.get(heard.copy_of) if heard.copy_of is not None else None)

    def remember_case(self, heard: MentionRecord, case: CaseRecord) -> None:
        """Keep what a case has become, for the mentions of this batch that follow."""
        if case.customer_id is not None:
            self.open_cases[case.customer_id] = case
        self.echoed[heard.copy_of or heard.id] = case

    def has_opted_out(self, customer_id: int | None) -> bool:
        """Whether this person has asked not to be written to."""
        return customer_id is not None and bool(self.marks.get(customer_id, _UNMARKED).is_opted_out)

    def is_staff(self, customer_id: int | None) -> bool:
        """Whether this is one of our own people, who get no drafts."""
        return customer_id is not None and self.marks.get(customer_id, _UNMARKED).mark is Mark.STAFF

    def facts(self, heard: MentionRecord) -> CustomerFacts:
        """What was known of a mention's author when it was posted."""
        customer_id = heard.customer_id
        if customer_id is None:
            return CustomerFacts()
        marks = self.marks.get(customer_id, _UNMARKED)
        return CustomerFacts(
            contact_ages_days=self._ages(customer_id, heard.mention.posted_at),
            has_open_case=customer_id in self.open_cases,
            last_outcome=self.outcomes.get(customer_id),
            is_vip=marks.is_vip,
            is_opted_out=marks.is_opted_out,
        )

    def _ages(self, customer_id: int, at: datetime) -> tuple[float, ...]:
        times = self.contacts.get(customer_id, ())
        if len(times) < 2:  # of most people this mention is all we know
            return _FIRST
        first = bisect_left(times, at - customers.CONTACT_WINDOW)
        last = bisect_right(times, at)
        ages = [
            round((at - time).total_seconds() / _DAY_S, 4)
            for time in reversed(times[max(first, last - _MAX_AGES) : last])
        ]
        return tuple(ages) or _FIRST
