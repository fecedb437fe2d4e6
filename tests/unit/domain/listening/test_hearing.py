from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from engagebot.domain.listening.hearing import (
    REMEDIES,
    Cause,
    Deaf,
    Trouble,
    Usual,
    alarm_payload,
    judge,
    recovery_payload,
    too_silent,
)
from engagebot.domain.records import WatchRecord
from tests.fakes import NOON

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVERY = 5 * MINUTE


def watch(**over: Any) -> WatchRecord:
    values = {"id": 1, "name": "talk", "connector": "fake", "cursor": None, "next_poll_at": NOON}
    return WatchRecord(**{**values, **over})


def judged(heard: timedelta | None, trouble: Trouble | None = None, **over: Any) -> Deaf | None:
    heard_at: datetime | None = None if heard is None else NOON - heard
    return judge(watch(**over), EVERY, trouble, heard_at=heard_at, now=NOON)


@pytest.mark.parametrize(
    ("heard", "is_deaf"),
    [(None, False), (timedelta(0), False), (15 * MINUTE, False), (15 * MINUTE + timedelta(seconds=1), True)],
)
def test_a_watch_is_deaf_after_three_intervals_without_a_good_poll(
    heard: timedelta | None, is_deaf: bool
) -> None:
    assert (judged(heard) is not None) is is_deaf


def test_why_it_is_deaf_is_said_in_words() -> None:
    deaf = judged(25 * MINUTE, last_error="the platform does not answer")
    assert deaf is not None
    assert (deaf.cause, deaf.since) == (Cause.FAILING, NOON - 25 * MINUTE)
    assert deaf.why == (
        "no successful read for 25 min, though it is due every 5 min: the platform does not answer"
    )


def test_a_watch_that_rests_for_its_budget_says_so() -> None:
    resting = judged(HOUR, note="budget: 500 of 500 posts", next_poll_at=NOON + HOUR)
    assert resting is not None
    assert resting.why.endswith("budget: 500 of 500 posts")
    ready = judged(HOUR, note="budget: 500 of 500 posts", next_poll_at=NOON)
    assert ready is not None
    assert "budget" not in ready.why


@pytest.mark.parametrize(("kind", "cause"), [("AuthFailed", Cause.KEY), ("OutOfCredit", Cause.CREDIT)])
def test_a_refused_key_or_an_empty_account_is_told_at_once(kind: str, cause: Cause) -> None:
    deaf = judged(MINUTE, Trouble(kind=kind, words="401 from the platform"))
    assert deaf is not None
    assert (deaf.cause, "401 from the platform" in deaf.why) == (cause, True)


def test_a_stopped_watch_is_told_with_the_platforms_words() -> None:
    deaf = judged(None, is_stopped=True, last_error="no such community")
    assert deaf is not None
    assert (deaf.cause, deaf.since) == (Cause.STOPPED, NOON)
    assert "no such community" in deaf.why


def test_a_usual_rate_limit_calls_nobody_and_a_long_one_does() -> None:
    limit = Trouble(kind="RateLimited", words="slow", until=NOON + MINUTE)
    assert judged(HOUR, limit) is None
    assert judged(HOUR + MINUTE, limit) is not None
    over = Trouble(kind="RateLimited", words="slow", until=NOON)
    assert judged(HOUR, over) is not None


@pytest.mark.parametrize(
    ("silence", "history", "mentions", "is_deaf"),
    [
        pytest.param(25 * HOUR, 13 * DAY, 20, True, id="far longer than ever"),
        pytest.param(24 * HOUR, 13 * DAY, 20, False, id="twice as long as ever"),
        pytest.param(25 * HOUR, 13 * DAY, 19, False, id="too few to know"),
        pytest.param(25 * HOUR, 6 * DAY, 500, False, id="no weekend seen yet"),
        pytest.param(11 * HOUR, 13 * DAY, 5000, False, id="a usual night"),
    ],
)
def test_only_an_unusual_silence_counts(
    silence: timedelta, history: timedelta, mentions: int, is_deaf: bool
) -> None:
    usual = Usual(mentions=mentions, since=NOON - silence - history, longest_silence=12 * HOUR)
    found = too_silent(watch(), usual, NOON - silence, NOON)
    assert (found is not None) is is_deaf
    if found is not None:
        assert (found.cause, found.since) == (Cause.SILENT, NOON - silence)
        assert "no mention for 25 h 00" in found.why
        assert "was 12 h 00" in found.why


def test_nobody_knows_what_is_usual_without_mentions() -> None:
    usual = Usual(mentions=100, since=NOON - 13 * DAY, longest_silence=HOUR)
    assert too_silent(watch(), usual, None, NOON) is None
    assert too_silent(watch(), None, NOON - DAY, NOON) is None


def test_a_verdict_survives_being_stored() -> None:
    deaf = judged(HOUR)
    assert deaf is not None
    assert Deaf.from_json(deaf.as_json()) == deaf


def test_the_alarm_names_every_watch_and_the_remedies_once() -> None:
    made = [judged(HOUR, Trouble(kind="AuthFailed", words="401"), name=name) for name in ("one", "two")]
    deaf = [each for each in made if each is not None]
    payload = alarm_payload(deaf, "https://engage.example.com/connectors")
    assert payload["title"] == "Deaf: fake (2 watches) hears nothing"
    assert [line.partition(" ")[0] for line in payload["text"].splitlines()] == ["one", "two", "Fix:"]
    assert payload["text"].count(REMEDIES[Cause.KEY]) == 1
    assert payload["data"]["type"] == "listening.deaf"
    assert payload["url"] == "https://engage.example.com/connectors"

    over = recovery_payload(deaf[:1], "https://engage.example.com/connectors", NOON)
    assert over["title"] == "Hearing again: one"
    assert "after 1 h 00" in over["text"]
    assert over["data"]["type"] == "listening.recovered"
