"""How a case went for its customer, and the line that says so the next time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engagebot.domain.judgement import Sentiment
from engagebot.domain.outbox import CaseState, Severity
from engagebot.domain.persons.feelings import MOST_SPANS, spans
from engagebot.domain.persons.recovery import Felt, Recovery, course_of, last_talk, recovery_of
from engagebot.domain.records import CaseRecord
from tests.fakes import NOON

BERLIN = ZoneInfo("Europe/Berlin")
VN, NEG, NEU, POS, VP, UNKNOWN = (
    Sentiment.VERY_NEGATIVE, Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE,
    Sentiment.VERY_POSITIVE, Sentiment.UNKNOWN,
)  # fmt: skip


def hours(number: float) -> datetime:
    return NOON + timedelta(hours=number)


def case(**over: Any) -> CaseRecord:
    values: dict[str, Any] = {
        "id": 1, "customer_id": 7, "state": CaseState.RESOLVED, "severity": Severity.HIGH, "team": "support",
        "title": "charged twice", "why": "rule", "rule_id": None, "contacts": 1, "mention_ids": (1,),
        "opened_at": NOON, "updated_at": NOON, "first_symptom_at": NOON, "first_reply_at": hours(1),
        "resolved_at": hours(3),
    }  # fmt: skip
    return CaseRecord(**{**values, **over})


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        (VN, POS, Recovery.RECOVERED), (NEG, VP, Recovery.RECOVERED), (VN, NEU, Recovery.BETTER),
        (VN, NEG, Recovery.BETTER), (NEU, POS, Recovery.BETTER), (NEG, NEG, Recovery.SAME),
        (NEG, VN, Recovery.WORSE), (POS, NEG, Recovery.WORSE), (NEG, None, Recovery.NO_ANSWER),
        (None, POS, None), (UNKNOWN, POS, None),
    ],
)  # fmt: skip
def test_the_way_from_one_feeling_to_another_has_a_name(
    before: Sentiment | None, after: Sentiment | None, named: Recovery | None
) -> None:
    assert recovery_of(before, after) is named


def test_the_last_word_after_our_answer_counts() -> None:
    felt = [Felt(NOON, 1, VN), Felt(hours(2), 2, NEG), Felt(hours(4), 3, POS), Felt(hours(5), 4, UNKNOWN)]
    course = course_of(case(), felt)
    assert (course.before, course.after, course.recovery) == (VN, POS, Recovery.RECOVERED)
    assert not course.is_still_unhappy


def test_a_case_closed_over_somebody_unhappy_is_never_a_recovery() -> None:
    course = course_of(case(), [Felt(NOON, 1, VN), Felt(hours(2), 2, NEG)])
    assert (course.recovery, course.is_still_unhappy) == (Recovery.BETTER, True)
    still_open = course_of(case(state=CaseState.WAITING), [Felt(NOON, 1, VN), Felt(hours(2), 2, NEG)])
    assert not still_open.is_still_unhappy


def test_what_nobody_answered_has_no_course() -> None:
    course = course_of(case(first_reply_at=None), [Felt(NOON, 1, VN), Felt(hours(2), 2, POS)])
    assert (course.before, course.after, course.recovery) == (VN, None, None)


@pytest.mark.parametrize("later", [hours(3) + timedelta(days=31), hours(30)])
def test_what_is_said_long_after_or_of_the_next_case_is_about_something_else(later: datetime) -> None:
    course = course_of(case(), [Felt(NOON, 1, VN), Felt(later, 2, POS)], until=hours(24))
    assert course.recovery is Recovery.NO_ANSWER


def test_the_last_talk_is_told_in_one_line() -> None:
    ended = case(title="charged  twice\nin March", assignee="kim_demo", outcome="refunded")
    course = course_of(ended, [Felt(NOON, 1, VN), Felt(hours(2), 2, POS)])
    said = "Last: charged twice in March, 3 August 2026, kim_demo, refunded, ended happy"
    assert last_talk(ended, course).words(BERLIN) == said
    bare = last_talk(case(), course_of(case(), []))
    assert bare.words(BERLIN) == "Last: charged twice, 3 August 2026"


def test_many_posts_are_brought_to_a_few_spans() -> None:
    felt = [
        Felt(NOON + timedelta(days=number), number, NEG if number < 200 else POS) for number in range(400)
    ]
    found = spans(felt, BERLIN)
    assert 1 < len(found) <= MOST_SPANS
    assert sum(span.posts for span in found) == 400
    assert (found[0].label, found[0].level, found[-1].level) == ("August 2026", -1, 1)
    assert sum(span.unhappy for span in found) == 200


def test_few_posts_stand_by_day_and_an_unknown_language_says_nothing() -> None:
    felt = [Felt(NOON, 1, NEG), Felt(hours(1), 2, POS), Felt(hours(26), 3, VP), Felt(hours(27), 4, UNKNOWN)]
    assert [(span.label, span.level, span.posts) for span in spans(felt, BERLIN)] == [
        ("3 Aug 2026", 0, 2), ("4 Aug 2026", 2, 1),
    ]  # fmt: skip
    assert spans([], BERLIN) == []
