"""What decisions of people say of a post."""

from __future__ import annotations

import pytest

from engagebot.domain.heard.verdicts import (
    FINE,
    NOT_UNHAPPY,
    NOTHING_SAID,
    PRAISE,
    UNHAPPY,
    Labels,
    Origin,
    Refusal,
    Verdict,
    is_friendly,
    labels_of_correction,
    labels_of_rejection,
    labels_of_sentiment,
    merged,
    refusal_of,
)
from engagebot.domain.judgement import Intent, Sentiment
from tests.fakes import NOON

NEUTRAL = (Sentiment.NEUTRAL, (Intent.QUESTION,))


def verdict(number: int, labels: Labels, origin: Origin) -> Verdict:
    return Verdict(id=number, mention_id=1, labels=labels, origin=origin, at=NOON, by="agent_demo")


@pytest.mark.parametrize(
    ("level", "says"),
    [
        ("very_negative", UNHAPPY),
        ("negative", UNHAPPY),
        ("neutral", FINE),
        ("positive", PRAISE),
        ("very_positive", PRAISE),
        ("unknown", NOTHING_SAID),
    ],
)
def test_a_level_says_how_the_author_feels(level: str, says: Labels) -> None:
    assert labels_of_sentiment(Sentiment(level)) == says


@pytest.mark.parametrize(
    ("sentiment", "intents", "says"),
    [
        ("negative", None, UNHAPPY),
        ("neutral", None, FINE),
        (None, ["complaint"], UNHAPPY),
        (None, ["praise"], PRAISE),
        (None, ["praise", "complaint"], Labels(is_unhappy=True)),
        (None, ["bug"], NOTHING_SAID),
        (None, [], NOTHING_SAID),
        ("neutral", ["question", "complaint"], UNHAPPY),
        ("positive", ["question", "complaint"], PRAISE),
        ("neutral", ["question"], FINE),
        ("unknown", ["complaint"], NOTHING_SAID),
    ],
)
def test_a_changed_level_decides_and_else_the_added_intents(
    sentiment: str | None, intents: list[str] | None, says: Labels
) -> None:
    level = None if sentiment is None else Sentiment(sentiment)
    wanted = None if intents is None else [Intent(name) for name in intents]
    assert labels_of_correction(NEUTRAL, sentiment=level, intents=wanted) == says


@pytest.mark.parametrize(
    ("reason", "refusal"),
    [
        ("not_happy", Refusal.NOT_HAPPY),
        ("Not happy: third time", Refusal.NOT_HAPPY),
        ("they are not happy", Refusal.NOT_HAPPY),
        (" SARCASM ", Refusal.SARCASM),
        ("wrong tone: too stiff", Refusal.TONE),
        ("not about us", Refusal.NOT_ABOUT_US),
        ("she is not happy", Refusal.OTHER),
        ("", Refusal.OTHER),
    ],
)
def test_a_reason_is_known_by_how_it_begins(reason: str, refusal: Refusal) -> None:
    assert refusal_of(reason) is refusal


def test_only_reasons_about_the_feeling_say_something() -> None:
    say = {reason: labels_of_rejection(reason) for reason in Refusal}
    assert {reason for reason, labels in say.items() if labels == UNHAPPY} == {"not_happy", "sarcasm"}
    assert all(
        labels.says_nothing for reason, labels in say.items() if reason not in {"not_happy", "sarcasm"}
    )


def test_an_apology_is_no_friendly_reply() -> None:
    assert [is_friendly(name) for name in ("thanks", "answer_question", "sorry", "Sorry_for_the_wait")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_word_on_the_feeling_outweighs_what_a_decision_implies() -> None:
    corrected = verdict(1, UNHAPPY, Origin.CORRECTION)
    approved = verdict(2, NOT_UNHAPPY, Origin.APPROVED)
    assert merged([corrected, approved]) == UNHAPPY
    assert merged([approved]) == NOT_UNHAPPY
    assert merged([]) == NOTHING_SAID


def test_of_one_origin_the_newest_counts_even_where_it_takes_back() -> None:
    said = [verdict(1, PRAISE, Origin.APPROVED), verdict(2, NOTHING_SAID, Origin.APPROVED)]
    assert merged(said) == NOTHING_SAID
    assert merged(reversed(said)) == NOTHING_SAID
    assert merged([*said, verdict(3, UNHAPPY, Origin.REJECTED)]) == UNHAPPY
