"""When a rule has matched so often that it should stop and ask."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engagebot.domain.actions import DraftReply, Tag
from engagebot.domain.rules import RuleStatus
from engagebot.domain.ruling.rule_holds import Fault, Pause, Rush, error_words, has_breaker, pause_payload
from tests.factories import make_rule, says
from tests.fakes import NOON

DAYS = timedelta(days=1)


@pytest.mark.parametrize(
    ("rush", "allowed"),
    [
        (Rush(), 100),  # nothing is known of it: 20 an hour pass for usual
        (Rush(matches=10, span=10 * DAYS), 20),  # rare, and so few in an hour stop nobody
        (Rush(matches=2400, span=10 * DAYS), 50),  # ten an hour
        (Rush(matches=4800, span=2 * DAYS), 500),  # young, and often already
        (Rush(matches=48, span=2 * DAYS), 100),  # young and rare: its rate may still show
        (Rush(matches=10, span=10 * DAYS, accepted=80), 160),
        (Rush(expected=0.5), 20),  # rare in its backtest
        (Rush(expected=30.0), 150),  # often in its backtest
        (Rush(matches=2400, span=2 * DAYS, expected=30.0), 250),  # and oftener since
        (Rush(matches=2400, span=10 * DAYS, expected=300.0), 50),  # by now it has shown its own rate
    ],
)
def test_five_times_the_usual_is_allowed(rush: Rush, allowed: int) -> None:
    assert rush.allowed == allowed


def test_only_live_rules_that_do_more_than_tag_have_a_breaker() -> None:
    drafting = make_rule("thanks", says("love"), then=[DraftReply(template="thanks")])
    assert has_breaker(drafting)
    assert not has_breaker(make_rule("tags", says("love"), then=[Tag(tags=("praise",))]))
    assert not has_breaker(
        make_rule("thanks", says("love"), then=[DraftReply(template="thanks")], status=RuleStatus.SHADOW)
    )


def test_an_error_that_quotes_the_post_is_told_by_its_kind_alone() -> None:
    assert error_words(ValueError("cannot read 'my zebra is dead'"), "My zebra is dead!") == "ValueError"
    assert (
        error_words(ZeroDivisionError("division by zero"), "My zebra")
        == "ZeroDivisionError: division by zero"
    )
    assert error_words(KeyError(), "My zebra") == "KeyError"


def test_both_holds_say_what_happened_and_what_ends_them() -> None:
    fault = Fault(
        rule_id="thanks",
        mark="m",
        rule_set="s",
        first_at=NOON,
        last_at=NOON,
        count=2,
        error="KeyError",
        mention_id=7,
    )
    assert fault.since == NOON
    assert fault.words == (
        "could not be evaluated 2 times since 2026-08-03 12:00 UTC, last on mention 7: KeyError. "
        "Such mentions go to people; its drafts are held back until the rule is changed"
    )
    pause = Pause(rule_id="thanks", mark="m", paused_at=NOON, matched=101, allowed=100)
    assert pause.since == NOON
    payload = pause_payload(make_rule("thanks", says("love")), pause, "http://engagebot.example/rules")
    assert payload["title"] == "Rule thanks paused itself"
    assert "engagebot rules resume thanks" in payload["text"]
    assert "escalations go on" in payload["text"]
