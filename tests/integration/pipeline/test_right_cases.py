"""The right case: one for each problem of a customer, and what looked fixed is that same case again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engagebot.domain.actions import DraftReply, Escalate
from engagebot.domain.judgement import Intent, Judgement, Sentiment
from engagebot.domain.outbox import CaseState, DeliveryState, Severity
from engagebot.domain.records import CaseRecord
from engagebot.errors import IllegalMove
from engagebot.pipeline import casework
from engagebot.pipeline.minding import MindContext, mind_cases
from engagebot.pipeline.triage import TriageContext, triage
from engagebot.ports import Scorer
from engagebot.store.casework import cases, clocks
from engagebot.store.telling import deliveries
from tests.factories import act, hear, id_of, make_author, make_book, make_mention, make_rule, says
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

DAY = timedelta(days=1)
BOOK = make_book(
    make_rule("unhappy", says("!"), then=[Escalate(team="support", severity=Severity.HIGH)]),
    make_rule("love", says("love"), then=[DraftReply(template="thanks")]),
)


class Reader(Scorer):
    """A scorer to whom words tell plainly what they are about: `#billing`, and `!` for unhappy."""

    version = "by signs"

    def judge(self, text: str, *, lang: str | None = None) -> Judgement:
        intents = tuple(intent for intent in Intent if f"#{intent}" in text)
        feeling = Sentiment.NEGATIVE if "!" in text else Sentiment.NEUTRAL
        feeling = Sentiment.POSITIVE if "love" in text else feeling
        return Judgement(compound=0.0, sentiment=feeling, version=self.version, intents=intents)


def tell(desk: Desk, native_id: str, text: str, **over: Any) -> CaseRecord | None:
    posted_at = desk.clock.now()
    hear(desk.store, make_mention(native_id, text, **{"posted_at": posted_at, **over}))
    context = TriageContext(store=desk.store, clock=desk.clock, scorer=Reader(), settings=desk.settings)
    while triage(context, BOOK).decided:
        pass
    desk.clock.forward(minutes=1)
    return desk.case_of(native_id)


def must(case: CaseRecord | None) -> CaseRecord:
    assert case is not None
    return case


def resolve(desk: Desk, case: CaseRecord) -> None:
    with desk.store.write() as tx:
        casework.resolve(tx, case.id, act(desk.store))


def test_another_problem_is_another_case_and_each_word_finds_its_own(desk: Desk) -> None:
    bill = must(tell(desk, "1", "charged twice! #billing"))
    parcel = must(tell(desk, "2", "and where is it! #delivery"))
    assert bill.id != parcel.id
    assert (bill.problem, parcel.problem) == ("billing", "delivery")
    assert must(tell(desk, "3", "my money! #billing")).id == bill.id
    assert must(tell(desk, "4", "my parcel! #delivery")).id == parcel.id
    # Who does not say what it is about goes on about what moved last.
    assert must(tell(desk, "5", "hello?!")).id == parcel.id
    with desk.store.read() as tx:
        known = cases.open_of(tx, [bill.customer_id or 0])
    assert [case.id for case in known[bill.customer_id or 0]] == [bill.id, parcel.id]


def test_a_case_that_nobody_named_takes_the_first_name_it_gets(desk: Desk) -> None:
    first = must(tell(desk, "1", "this is bad!"))
    assert first.problem is None
    assert must(tell(desk, "2", "I mean the bill! #billing")).id == first.id
    assert must(desk.case_of("1")).problem == "billing"
    # Two at once name none.
    assert must(tell(desk, "3", "bill and box! #billing #bug")).id == first.id


def test_the_same_conversation_tells_more_than_the_words(desk: Desk) -> None:
    bill = must(tell(desk, "1", "charged twice! #billing", conversation_id="talk-1"))
    parcel = must(tell(desk, "2", "where is it! #delivery", conversation_id="talk-2"))
    assert must(tell(desk, "3", "not in the box! #delivery", conversation_id="talk-1")).id == bill.id
    assert must(tell(desk, "4", "well?!", conversation_id="talk-2")).id == parcel.id


def test_one_batch_parts_problems_as_several_would(desk: Desk) -> None:
    posts = [
        make_mention(str(n), f"{word}!", posted_at=NOON - timedelta(minutes=9 - n))
        for n, word in enumerate(("#billing", "#delivery", "#billing", "#delivery"))
    ]
    hear(desk.store, *posts)
    context = TriageContext(store=desk.store, clock=desk.clock, scorer=Reader(), settings=desk.settings)
    triage(context, BOOK)
    assert must(desk.case_of("0")).id == must(desk.case_of("2")).id
    assert must(desk.case_of("1")).id == must(desk.case_of("3")).id
    assert must(desk.case_of("0")).id != must(desk.case_of("1")).id


def test_still_broken_reopens_the_same_case_once_and_says_so(desk: Desk) -> None:
    case = must(tell(desk, "1", "dead! #bug"))
    resolve(desk, case)
    desk.clock.forward(days=3)
    again = must(tell(desk, "2", "still broken"))
    assert (again.id, again.state, again.contacts) == (case.id, CaseState.REOPENED, 2)
    assert again.looked_fixed_at is not None
    assert (again.resolved_at, again.acknowledged_at, again.first_reply_at) == (None, None, None)
    assert again.first_reply_due_at is not None
    assert case.first_reply_due_at is not None
    assert again.first_reply_due_at > case.first_reply_due_at
    mind_cases(MindContext(store=desk.store, clock=desk.clock, settings=desk.settings))
    with desk.store.read() as tx:
        running = [each for each in clocks.of_case(tx, case.id) if each.ended_at is None]
    assert [(each.kind, each.began_at > case.opened_at) for each in running] == [("first_reply", True)]
    # No rule spoke of it; its team is told all the same, once, and a rule that does speak tells nobody twice.
    with desk.store.read() as tx:
        told = [each.notice_id for each in deliveries.in_state(tx, DeliveryState.PENDING)]
    assert len([notice_id for notice_id in told if "-mention-" in notice_id]) == 2
    assert must(tell(desk, "3", "and still broken!")).id == case.id
    assert [event.action for event in desk.events(f"case:{case.id}")].count("case.looked_fixed") == 1


def test_an_unhappy_answer_in_the_thread_of_what_was_resolved_is_one_too(desk: Desk) -> None:
    case = must(tell(desk, "1", "dead! #bug", conversation_id="talk-1"))
    resolve(desk, case)
    assert must(tell(desk, "2", "what a joke!", conversation_id="talk-1")).id == case.id


def test_other_words_open_a_case_that_names_the_earlier_one(desk: Desk) -> None:
    case = must(tell(desk, "1", "dead! #bug"))
    resolve(desk, case)
    desk.clock.forward(days=2)
    other = must(tell(desk, "2", "the driver was rude!"))
    assert other.id != case.id
    assert f"case {case.id} was resolved 2 days before" in other.why


@pytest.mark.parametrize(
    ("days", "text", "over"),
    [
        pytest.param(15, "still broken!", {}, id="after a fortnight"),
        pytest.param(1, "I love it, not broken again", {}, id="happy"),
        pytest.param(1, "still broken #spam", {}, id="spam"),
        pytest.param(1, "still broken!", {"author": make_author("oak_fan_demo")}, id="somebody else"),
    ],
)
def test_what_is_no_false_fix_reopens_nothing(desk: Desk, days: int, text: str, over: dict[str, Any]) -> None:
    case = must(tell(desk, "1", "dead! #bug"))
    resolve(desk, case)
    desk.clock.forward(days=days)
    tell(desk, "2", text, **over)
    assert must(desk.case_of("1")).state is CaseState.RESOLVED


def test_history_reopens_nothing(desk: Desk) -> None:
    case = must(tell(desk, "1", "dead! #bug"))
    resolve(desk, case)
    hear(desk.store, make_mention("2", "still broken!", posted_at=desk.clock.now()), is_history=True)
    desk.triage(BOOK)
    assert must(desk.case_of("1")).state is CaseState.RESOLVED


def test_who_says_it_of_a_problem_that_is_worked_on_goes_on_there(desk: Desk) -> None:
    first = must(tell(desk, "1", "dead! #bug"))
    resolve(desk, first)
    desk.clock.forward(days=1)
    second = must(tell(desk, "2", "new trouble! #bug"))
    assert second.id != first.id
    assert must(tell(desk, "3", "still broken! #bug")).id == second.id
    assert must(desk.case_of("1")).state is CaseState.RESOLVED


def test_a_person_parts_what_is_two_problems_and_joins_what_is_one(desk: Desk) -> None:
    case = must(tell(desk, "1", "dead!"))
    tell(desk, "2", "and my bill!")
    with desk.store.write() as tx:
        bill = id_of(tx, "2")
        own = casework.part(tx, case.id, bill, act(desk.store))
    assert own.mention_ids == (bill,)
    assert (own.customer_id, own.team, own.severity) == (case.customer_id, case.team, case.severity)
    assert must(desk.case_of("1")).contacts == 1
    with desk.store.write() as tx, pytest.raises(IllegalMove, match="all that case"):
        casework.part(tx, own.id, bill, act(desk.store))
    with desk.store.write() as tx, pytest.raises(IllegalMove, match="is not in case"):
        casework.part(tx, case.id, bill, act(desk.store))

    with desk.store.write() as tx:
        whole = casework.bring(tx, case.id, bill, act(desk.store))
        left = cases.get(tx, own.id)
    assert whole.contacts == 2
    assert (left.state, left.outcome, left.mention_ids) == (
        CaseState.RESOLVED,
        f"joined to case {case.id}",
        (),
    )
