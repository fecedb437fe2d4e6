from dataclasses import replace
from typing import Any

import pytest

from engagebot.domain.judgement import Intent, Judgement, Sentiment
from engagebot.domain.outbox import CaseState, Severity
from engagebot.domain.records import CaseRecord, CustomerRecord
from engagebot.domain.replying.advice import Check, Flag
from engagebot.domain.replying.risks import WORDS, Reply, RiskKind, risks
from tests.fakes import NOON

R = RiskKind
CALM = Judgement(compound=0.5, sentiment=Sentiment.POSITIVE, version="test")
PERSON = CustomerRecord(
    id=1, source="fake", handle="maple_fan_demo", name=None, url=None, first_seen_at=NOON,
    last_seen_at=NOON, contacts=1,
)  # fmt: skip
CASE = CaseRecord(
    id=7, customer_id=1, state=CaseState.NEW, severity=Severity.LOW, team="support", title="", why="",
    rule_id=None,
    contacts=1, mention_ids=(1,), opened_at=NOON, updated_at=NOON, first_symptom_at=NOON,
)  # fmt: skip
TALKS_DOWN = Flag(Check.CONDESCENSION, 0, 8, "Actually", "Say it kinder.", is_risky=True)
OPINION = replace(TALKS_DOWN, check=Check.OPINION)


def kinds(*given: Any, **more: Any) -> list[RiskKind]:
    return [risk.kind for risk in risks(*given, **more)]


@pytest.mark.parametrize(
    ("over", "kind"),
    [
        ({"is_tender": True}, R.TENDER_TOPIC),
        ({"feels_cheated": True}, R.FEELS_CHEATED),
        ({"intents": (Intent.COMPLAINT, Intent.LAST_PLEA)}, R.LAST_PLEA),
        ({"asks_for_human": True}, R.ASKS_FOR_HUMAN),
        ({"sentiment": Sentiment.UNKNOWN}, R.UNKNOWN_LANGUAGE),
    ],
)
def test_what_the_post_says_makes_a_reply_risky(over: dict[str, Any], kind: RiskKind) -> None:
    assert kinds(CALM._replace(**over), None, None, Reply()) == [kind]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(Reply(), [], id="nothing"),
        pytest.param(Reply(reach=49_999), [], id="just below"),
        pytest.param(Reply(reach=50_000), [R.LARGE_REACH], id="large"),
        pytest.param(Reply(is_friendly=True), [], id="friendly to the happy"),
        pytest.param(Reply(flags=(TALKS_DOWN,)), [R.WORDING], id="a risky flag"),
        pytest.param(Reply(flags=(replace(TALKS_DOWN, is_risky=False),)), [], id="mere advice"),
        pytest.param(Reply(flags=(OPINION,)), [R.TAKES_A_SIDE], id="an opinion"),
        pytest.param(Reply(flags=(OPINION, TALKS_DOWN)), [R.TAKES_A_SIDE, R.WORDING], id="and more"),
    ],
)
def test_what_is_about_to_be_sent_makes_it_risky(reply: Reply, expected: list[RiskKind]) -> None:
    assert kinds(CALM, PERSON, None, reply) == expected


@pytest.mark.parametrize("sentiment", [Sentiment.NEGATIVE, Sentiment.VERY_NEGATIVE])
def test_a_cheerful_template_is_risky_with_the_unhappy(sentiment: Sentiment) -> None:
    unhappy = CALM._replace(sentiment=sentiment)
    assert kinds(unhappy, None, None, Reply(is_friendly=True)) == [R.FRIENDLY_TO_UNHAPPY]
    assert kinds(unhappy, None, None, Reply()) == []


def test_who_it_is_and_what_is_open_make_it_risky() -> None:
    found = risks(CALM, replace(PERSON, is_vip=True), CASE, Reply())
    assert [risk.kind for risk in found] == [R.VIP, R.OPEN_CASE]
    assert found[1].words == "team support works on case 7 of theirs"


def test_the_gravest_stands_first_and_each_kind_once() -> None:
    judgement = CALM._replace(is_tender=True, feels_cheated=True, asks_for_human=True)
    flags = (TALKS_DOWN, replace(TALKS_DOWN, check=Check.SELLING), replace(TALKS_DOWN, start=20, end=28))
    found = risks(judgement, None, None, Reply(flags=flags, reach=10), large_reach=10)
    assert [risk.kind for risk in found] == [
        R.TENDER_TOPIC, R.FEELS_CHEATED, R.ASKS_FOR_HUMAN, R.LARGE_REACH, R.WORDING,
    ]  # fmt: skip
    assert found[-1].words == "the wording: talks down, sells in a help reply"
    assert found[-2].words == "10 people may read along"


def test_nobody_judged_is_no_risk_of_its_own() -> None:
    assert kinds(None, None, None, Reply(is_friendly=True)) == []


def test_every_kind_has_its_words() -> None:
    assert set(WORDS) == set(RiskKind)
