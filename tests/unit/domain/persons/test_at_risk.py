"""Why somebody may leave us: each reason in words, and none without what it is drawn from."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engagebot.domain.casework.clocks import ClockKind
from engagebot.domain.judgement import Sentiment
from engagebot.domain.persons.at_risk import Broken, Talk, reasons
from tests.fakes import NOON

VN, NEG, NEU, POS, UNKNOWN = (
    Sentiment.VERY_NEGATIVE, Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE, Sentiment.UNKNOWN,
)  # fmt: skip


def talk(days: float, sentiment: Sentiment | None = NEU, *, is_leaving: bool = False) -> Talk:
    return Talk(NOON - timedelta(days=days), sentiment, is_leaving)


@pytest.mark.parametrize(
    ("talks", "said"),
    [
        ([talk(3, NEG, is_leaving=True)], ("spoke of leaving 3 days ago",)),
        ([talk(0.2, NEG, is_leaving=True)], ("spoke of leaving today",)),
        ([talk(31, NEG, is_leaving=True)], ()),
        ([talk(60, POS), talk(50, NEU), talk(40, NEG)],
         ("feels worse from talk to talk: happy, neutral, unhappy",)),
        ([talk(40, NEG), talk(60, POS), talk(50, NEU)],
         ("feels worse from talk to talk: happy, neutral, unhappy",)),
        ([talk(60, POS), talk(50, NEG), talk(45, UNKNOWN), talk(40, NEG)],
         ("feels worse from talk to talk: happy, unhappy, unhappy",)),
        ([talk(60, NEG), talk(50, NEG), talk(40, NEG)], ()),
        ([talk(60, NEG), talk(50, POS), talk(40, NEG)], ()),
        ([talk(50, POS), talk(40, NEG)], ()),
        ([talk(5, NEG), talk(4, NEG), talk(3, None)], ("3 contacts in 30 days, 2 of them unhappy",)),
        ([talk(5, POS), talk(4, POS), talk(3, NEG)], ()),
        ([], ()),
    ],
)  # fmt: skip
def test_a_reason_is_told_in_words(talks: list[Talk], said: tuple[str, ...]) -> None:
    assert reasons(talks, NOON) == said


def test_all_reasons_are_told_together() -> None:
    talks = [talk(9, POS), talk(6, NEG), talk(2, VN, is_leaving=True)]
    assert reasons(talks, NOON) == (
        "spoke of leaving 2 days ago",
        "feels worse from talk to talk: happy, unhappy, very unhappy",
        "3 contacts in 30 days, 2 of them unhappy",
    )


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("kind", "late", "kept", "words"),
    [
        (ClockKind.FIRST_REPLY, 5, True, "answered late: promised 4 h, took 9 h"),
        (ClockKind.NEXT_REPLY, 5.1, True, "answered late: promised 4 h, took 9 h 06"),
        (ClockKind.RESOLUTION, 92, True, "solved late: promised 4 h, took 4 days"),
        (ClockKind.FOLLOW_UP, 5, True, "followed up late: promised 4 h, took 9 h"),
        (ClockKind.FIRST_REPLY, 5, False, "not answered in time: promised 4 h, 9 h so far"),
    ],
)
def test_a_promise_that_was_broken_is_a_reason(kind: ClockKind, late: float, kept: bool, words: str) -> None:
    due_at = NOON - late * HOUR
    broken = Broken(kind, 4 * HOUR, due_at, NOON if kept else None)
    assert reasons([], NOON, [broken]) == (words,)
    small = Broken(kind, HOUR, NOON - HOUR, NOON)
    assert reasons([], NOON, [small, broken]) == (f"{words} (and 1 more broken in 90 days)",)


def test_working_time_is_not_held_against_the_clock_on_the_wall() -> None:
    kept = Broken(ClockKind.FIRST_REPLY, 4 * HOUR, NOON - 30 * HOUR, NOON, is_business_time=True)
    assert reasons([], NOON, [kept]) == ("answered late: promised 4 h of working time, 30 h after that",)
    assert reasons([], NOON, [kept._replace(kept_at=None)]) == (
        "not answered in time: promised 4 h of working time, 30 h over so far",
    )
