"""What is known of the customers of one batch, gathered in a handful of queries."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engagebot.domain.casework.false_fix import LOOKS_FIXED_FOR, says_not_fixed
from engagebot.domain.casework.problems import problem_of, right_case
from engagebot.domain.facts import CustomerFacts
from engagebot.domain.judgement import Intent, Judgement, Sentiment
from engagebot.domain.limits import DAY
from engagebot.domain.persons.customers import Mark
from engagebot.domain.records import CaseRecord, MentionRecord
from engagebot.pipeline.triage.linked import (
    ended_together,
    marks_together,
    open_together,
    outcomes_together,
    times_together,
)
from engagebot.store.casework import cases, right_cases
from engagebot.store.casework.right_cases import Talk
from engagebot.store.engine import Tx
from engagebot.store.persons import contacts, customers
from engagebot.store.persons import people as accounts
from engagebot.store.persons.customers import Marks

_MAX_AGES = 100
_DAY_S = DAY.total_seconds()
_UNMARKED = Marks()
_FIRST = (0.0,)
_HAPPY = frozenset({Sentiment.POSITIVE, Sentiment.VERY_POSITIVE})
_UNHAPPY = frozenset({Sentiment.NEGATIVE, Sentiment.VERY_NEGATIVE})


@dataclass(slots=True)
class People:
    """Everything known of the customers of one batch; cases change as the batch goes on.

    `elsewhere` is when they called, wrote or came to us outside what is heard. `lately` are their cases that
    ended a short while ago. `echoed` holds open cases by the mention that first said what they are about.
    """

    marks: Mapping[int, Marks]
    contacts: Mapping[int, list[datetime]]
    open_cases: dict[int, dict[int, CaseRecord]]
    outcomes: Mapping[int, str]
    echoed: dict[int, CaseRecord] = field(default_factory=dict)
    elsewhere: Mapping[int, list[datetime]] = field(default_factory=dict)
    lately: dict[int, tuple[CaseRecord, ...]] = field(default_factory=dict)
    talks: dict[Talk, set[int]] = field(default_factory=dict)
    complaints: dict[int, list[MentionRecord]] = field(default_factory=lambda: defaultdict(list))

    def remember_complaint(self, heard: MentionRecord) -> None:
        """Keep a complaint that starts nothing itself, for a case that this batch may open later."""
        if heard.customer_id is not None:
            self.complaints[heard.customer_id].append(heard)

    @classmethod
    def gather(cls, tx: Tx, heard: list[MentionRecord], now: datetime) -> People:
        """Ask the store for everybody who wrote these mentions."""
        ids = {record.customer_id for record in heard if record.customer_id is not None}
        firsts = {record.copy_of for record in heard if record.copy_of is not None}
        echoed = cases.open_about(tx, firsts) if firsts else {}
        if not ids:
            return cls({}, {}, {}, {}, echoed)
        groups = accounts.linked(tx, ids)
        ids |= {each for group in groups.values() for each in group}
        times = [record.mention.posted_at for record in heard]
        since = min(times) - customers.CONTACT_WINDOW
        found, lately = cases.open_of(tx, ids), cases.ended_since(tx, ids, min(times) - LOOKS_FIXED_FOR)
        told = [case.id for each in (*found.values(), *lately.values()) for case in each]
        return cls(
            marks=marks_together(groups, customers.marks(tx, ids)),
            contacts=times_together(
                groups, customers.contact_times(tx, ids, since=since, until=max(*times, now))
            ),
            open_cases=open_together(groups, found),
            outcomes=outcomes_together(groups, cases.last_outcomes(tx, ids)),
            echoed=echoed,
            elsewhere=times_together(groups, contacts.times(tx, ids, since=since, until=now)),
            lately=ended_together(groups, lately),
            talks=right_cases.talks(tx, told) if told else {},
        )

    def case_for(self, heard: MentionRecord, judgement: Judgement) -> CaseRecord | None:
        """The open case it belongs to: the right one of its author's, else the one about what it copies."""
        mine = self._open(heard.customer_id)
        if mine:
            return right_case(mine, problem_of(judgement), in_talk=self._in_talk(heard))
        return self.echoed.get(heard.copy_of) if heard.copy_of is not None else None

    def _in_talk(self, heard: MentionRecord) -> Collection[int]:
        talk = right_cases.talk_of(heard)
        return self.talks.get(talk, ()) if talk is not None else ()

    def _open(self, customer_id: int | None) -> list[CaseRecord]:
        return list(self.open_cases.get(customer_id, {}).values()) if customer_id is not None else []

    def remember_case(self, heard: MentionRecord, case: CaseRecord) -> None:
        """Keep what a case has become, for the mentions of this batch that follow."""
        if case.customer_id is not None:
            self.open_cases.setdefault(case.customer_id, {})[case.id] = case
        self.echoed[heard.copy_of or heard.id] = case
        if (talk := right_cases.talk_of(heard)) is not None:
            self.talks.setdefault(talk, set()).add(case.id)

    def ended_before(self, heard: MentionRecord, judgement: Judgement) -> CaseRecord | None:
        """The case of its author that a mention would belong to, had it not ended a short while ago."""
        at = heard.mention.posted_at
        theirs = self.lately.get(heard.customer_id, ()) if heard.customer_id is not None else ()
        ended = [case for case in theirs if case.resolved_at and _is_lately(case.resolved_at, at)]
        return right_case(ended, problem_of(judgement), in_talk=self._in_talk(heard)) if ended else None

    def says_not_fixed(self, heard: MentionRecord, judgement: Judgement, ended: CaseRecord) -> bool:
        """Whether a mention says that what this ended case was about is still there, or back.

        Where its words do not say, an unhappy answer in the thread of the case does. Where people are at work
        on the same problem by now, it belongs to their case.
        """
        newer = self.case_for(heard, judgement)
        if newer is not None and (newer.problem == ended.problem or None in {newer.problem, ended.problem}):
            return False
        is_no_word_of_it = judgement.is_other_meaning or Intent.SPAM in judgement.intents
        if is_no_word_of_it or judgement.sentiment in _HAPPY:
            return False
        is_unhappy = judgement.sentiment in _UNHAPPY
        if is_unhappy and ended.id in self._in_talk(heard):
            return True
        return says_not_fixed(heard.mention.words, is_unhappy=is_unhappy)

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
            contact_ages_days=self._ages(customer_id, heard),
            has_open_case=bool(self.open_cases.get(customer_id)),
            last_outcome=self.outcomes.get(customer_id),
            is_vip=marks.is_vip,
            is_opted_out=marks.is_opted_out,
        )

    def _ages(self, customer_id: int, heard: MentionRecord) -> tuple[float, ...]:
        times, calls = self.contacts.get(customer_id, []), self.elsewhere.get(customer_id)
        if len(times) < 2 and not calls:  # of most people this mention is all we know
            return _FIRST
        at = heard.mention.posted_at
        if calls:
            at = _counted_from(heard, times, calls)
            times = sorted([*times, *calls])
        first = bisect_left(times, at - customers.CONTACT_WINDOW)
        last = bisect_right(times, at)
        ages = [
            round((at - time).total_seconds() / _DAY_S, 4)
            for time in reversed(times[max(first, last - _MAX_AGES) : last])
        ]
        return tuple(ages) or _FIRST


def _counted_from(heard: MentionRecord, times: list[datetime], calls: list[datetime]) -> datetime:
    """The moment from which contacts are counted back: when it was posted.

    Who called since, and whose mention is decided again for that, has contacted us once more than when they
    wrote it; with their next mention a new count begins.
    """
    posted_at = heard.mention.posted_at
    if heard.outcome is None:
        return posted_at
    following = bisect_right(times, posted_at)
    until = times[following] if following < len(times) else None
    since = [call for call in calls if call > posted_at and (until is None or call < until)]
    return since[-1] if since else posted_at


def _is_lately(resolved_at: datetime, at: datetime) -> bool:
    return at - LOOKS_FIXED_FOR <= resolved_at <= at
