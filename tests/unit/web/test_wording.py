from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import pytest

from engagebot.domain.actions import Outcome
from engagebot.domain.heard.verdicts import Refusal, refusal_of
from engagebot.domain.judgement import Cue, Judgement, Sentiment
from engagebot.domain.mention import Route
from engagebot.domain.outbox import CaseState, DeliveryState, DraftState, Severity
from engagebot.domain.rules import RuleStatus
from engagebot.web import wording
from engagebot.web.desk import lanes
from tests.fakes import NOON

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Sentiment, wording.FEELINGS),
        (Outcome, wording.OUTCOMES),
        (Route, wording.ROUTES),
        (DraftState, wording.DRAFT_STATES),
        (CaseState, wording.CASE_STATES),
        (Severity, wording.SEVERITIES),
        (DeliveryState, wording.DELIVERIES),
        (RuleStatus, wording.RULE_STATUSES),
    ],
)
def test_every_value_has_a_word(kind: type[StrEnum], words: dict[StrEnum, object]) -> None:
    assert set(words) == set(kind)


def test_the_desk_offers_each_reason_for_a_rejection_once() -> None:
    assert sorted(refusal_of(reason) for reason in wording.REJECT_REASONS) == sorted(Refusal)


def test_no_two_states_share_a_word() -> None:
    for words in (wording.FEELINGS, wording.DRAFT_STATES, wording.CASE_STATES, wording.SEVERITIES):
        texts = [word.text for word in words.values()]
        assert len(texts) == len(set(texts))


def test_every_draft_state_stands_in_a_lane() -> None:
    assert {state for lane in lanes.LANES.values() for state in lane.states} == set(DraftState)
    assert lanes.lane_of(DraftState.PROPOSED) is lanes.Name.REVIEW


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "just now"),
        (-5, "5 min ago"),
        (-60, "1 h ago"),
        (-100, "1 h 40 ago"),
        (-190, "3 h ago"),
        (-60 * 24 * 9, "9 days ago"),
        (7, "in 7 min"),
        (60 * 30, "in 30 h"),
    ],
)
def test_distances_in_time_are_said_roughly(minutes: int, words: str) -> None:
    assert wording.away(NOON + timedelta(minutes=minutes), NOON) == words


def test_what_comes_within_the_minute_is_now() -> None:
    assert wording.away(NOON + timedelta(seconds=9), NOON) == "now"


def test_snoozing_over_the_change_of_clocks_keeps_the_hour() -> None:
    friday = datetime(2026, 10, 23, 10, 0, tzinfo=UTC)

    assert wording.snooze_until("monday", friday, BERLIN) == datetime(2026, 10, 26, 8, 0, tzinfo=UTC)


def test_tonight_is_tomorrow_night_when_it_is_late() -> None:
    late = datetime(2026, 8, 3, 20, 0, tzinfo=UTC)

    assert wording.snooze_until("tonight", late, BERLIN) == datetime(2026, 8, 4, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd"), (112, "112th")],
)
def test_contacts_are_counted_in_words(number: int, words: str) -> None:
    assert wording.ordinal(number) == words


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=10), "10 s"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(hours=24), "24 hours"),
        (timedelta(minutes=90), "1 h 30"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_spans_are_said_as_people_do(span: timedelta, words: str) -> None:
    assert wording.span(span) == words


def test_an_audited_line_leads_to_its_page() -> None:
    assert wording.subject_path("draft:12") == "/queue?item=12"
    assert wording.subject_path("case:3") == "/cases/3"
    assert wording.subject_path("site") is None
    assert wording.subject_path("draft:javascript") is None


def test_what_a_judgement_found_stands_in_chips() -> None:
    plain = Judgement(compound=0.0, sentiment=Sentiment.NEUTRAL, version="v")
    full = plain._replace(
        reason="no_answer",
        is_tender=True,
        asks_for_human=True,
        is_other_meaning=True,
        rivals=("Norda",),
    )

    assert wording.findings(plain) == []
    assert [word.text for word in wording.findings(full)] == [
        "tender topic: people only",
        "asks for a person",
        "because of: no answer",
        "names Norda",
        "another thing of our name",
    ]


def test_a_push_says_where_to() -> None:
    assert wording.push(Cue("word", "still waiting", 0, 13, 0.31)) == "+0.31 towards unhappy"
    assert wording.push(Cue("form", "exclaims", 0, 0, -0.08)) == "-0.08 away from unhappy"


@pytest.mark.parametrize(
    ("figure", "said"),
    [(0.0, "less than 1 %"), (0.5, "50 %"), (0.99, "99 %"), (0.9999, "more than 99 %")],
)
def test_nothing_is_quite_sure(figure: float, said: str) -> None:
    assert wording.chance(figure) == said
