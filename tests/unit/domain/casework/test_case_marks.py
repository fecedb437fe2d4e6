"""What whoever opens a case has to know at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engagebot.domain.casework.case_marks import marks_of
from engagebot.domain.casework.contacts import effort_of
from engagebot.domain.casework.problems import problem_of, right_case
from engagebot.domain.judgement import Intent, Judgement, Sentiment
from engagebot.domain.mention import Engagement, MentionState
from engagebot.domain.outbox import CaseState, Severity
from engagebot.domain.records import CaseRecord, MentionRecord
from tests.factories import API, make_mention
from tests.fakes import NOON

HOUR = timedelta(hours=1)


def make_case(**over: Any) -> CaseRecord:
    values: dict[str, Any] = {
        "id": 1, "customer_id": 1, "state": CaseState.NEW, "severity": Severity.LOW, "team": "support",
        "title": "dead", "why": "w", "rule_id": None, "contacts": 1, "mention_ids": (1,), "opened_at": NOON,
        "updated_at": NOON, "first_symptom_at": NOON,
    }  # fmt: skip
    return CaseRecord(**{**values, **over})


def heard(number: int, *, customer_id: int = 1, copy_of: int | None = None, **judged: Any) -> MentionRecord:
    values = {"compound": 0.0, "sentiment": Sentiment.NEGATIVE, "version": "v", **judged}
    return MentionRecord(
        id=number, mention=make_mention(str(number), posted_at=NOON + number * HOUR),
        fetched_at=NOON + 9 * HOUR, state=MentionState.DECIDED, is_history=False, reply_route=API,
        customer_id=customer_id, copy_of=copy_of, judgement=Judgement(**values),
    )  # fmt: skip


def words(*records: MentionRecord, **over: Any) -> list[str]:
    return [mark.words for mark in marks_of(make_case(**over), records)]


def test_marks_are_told_gravest_first_with_the_rival_by_name() -> None:
    said = heard(
        1, intents=(Intent.CHURN, Intent.LAST_PLEA), rivals=("Shaw",), feels_cheated=True,
        asks_for_human=True, is_tender=True,
    )  # fmt: skip
    assert words(said, looked_fixed_at=NOON) == [
        "tender topic: people only", "a last plea", "looked fixed, was not", "may leave for Shaw",
        "feels cheated", "asks for a person",
    ]  # fmt: skip


def test_a_rival_that_was_named_once_stays_named() -> None:
    first = heard(1, intents=(Intent.CHURN,), rivals=("Shaw", "Netflix"))
    assert words(first, heard(2, intents=(Intent.CHURN,))) == ["may leave for Shaw or Netflix"]
    assert words(heard(2, intents=(Intent.CHURN,))) == ["may leave"]
    assert words(heard(3, intents=(Intent.LAST_PLEA,), rivals=("Shaw",))) == [
        "a last plea", "may leave for Shaw",
    ]  # fmt: skip
    assert words(heard(4, intents=(Intent.LAST_PLEA,))) == ["a last plea"]


def test_what_they_say_of_how_often_they_asked_is_told_as_they_said_it_last() -> None:
    first, later = heard(1), heard(2)
    first = first._replace(mention=first.mention._replace(text="I have called twice"))
    later = later._replace(mention=later.mention._replace(text="this is my fourth call"))
    assert words(later, first) == ["says they asked 4 times"]
    assert words(first._replace(redacted_at=NOON), heard(2)) == []


def test_echoes_of_others_say_nothing_of_the_customer() -> None:
    assert words(heard(1), heard(2, customer_id=2, copy_of=1, is_tender=True)) == []
    assert words(heard(1), heard(2, copy_of=1, is_tender=True)) == ["tender topic: people only"]
    assert words(heard(1), echoes=5) == ["spreads: 5 people say it again"]


def test_what_gains_many_reactions_in_a_short_time_spreads_fast() -> None:
    slow, fast = heard(1), heard(7)
    counts = Engagement(likes=50, replies=20)
    slow = slow._replace(mention=slow.mention._replace(engagement=counts))
    fast = fast._replace(mention=fast.mention._replace(engagement=counts))
    assert words(slow) == []
    assert words(slow, fast) == ["spreads fast: 35 reactions an hour since it was posted"]


def test_effort_is_said_in_words_and_ends_with_the_case() -> None:
    late = NOON + timedelta(days=40)
    assert effort_of(make_case(contacts=4, minutes=185), NOON + timedelta(days=23)).words == (
        "4 contacts · 3 h 05 of their time · 23 days"
    )
    assert effort_of(make_case(), NOON).words == "1 contact"
    assert effort_of(make_case(resolved_at=NOON + timedelta(days=1)), late).words == "1 contact · 1 day"


def test_the_right_case_goes_by_talk_then_problem_then_what_nobody_named() -> None:
    bill = make_case(id=1, problem="billing", updated_at=NOON + HOUR)
    bug, unnamed = make_case(id=2, problem="bug"), make_case(id=3)
    every = [bill, bug, unnamed]
    assert right_case(every, "bug", in_talk={1}) == bill
    assert right_case(every, "bug") == bug
    assert right_case(every, "delivery") == unnamed
    assert right_case([bill, bug], "delivery") is None
    assert right_case(every, None) == bill
    assert right_case([], None) is None
    assert problem_of(None) is None
