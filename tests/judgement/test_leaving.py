"""Going to somebody else is leaving for good; going somewhere else is not."""

from __future__ import annotations

import pytest

from tests.judgement.test_traps import scorer


@pytest.mark.parametrize(
    "text",
    [
        "I am leaving for another provider",
        "leaving you for another provider",
        "I'm switching to a different provider tomorrow",
        "we're moving to another carrier",
        "I'm off to a competitor",
        "Time to find a new provider",
    ],
)
def test_whoever_goes_to_another_provider_may_leave(text: str) -> None:
    assert scorer().judge(text).may_leave


@pytest.mark.parametrize(
    "text",
    [
        "I am leaving for the weekend",
        "we left for another hotel because yours was full",
        "I am leaving my router at the desk",
        "switching to another plan of yours",
        "Switching to your new network was great",
        "Switching from another provider to you was painless",
        "My boss is moving to another company",
        "off to the competition finals!",
    ],
)
def test_whoever_goes_somewhere_else_stays(text: str) -> None:
    assert not scorer().judge(text).may_leave


@pytest.mark.parametrize("text", ["I'm reporting you to the BBB", "bbb complaint filed against you"])
def test_an_authority_is_a_last_plea(text: str) -> None:
    assert "last_plea" in scorer().judge(text).intents


@pytest.mark.parametrize(
    "text", ["You are the best b/c you fixed it", "see u b4 the show", "thanks b", "plan B"]
)
def test_a_single_letter_is_none(text: str) -> None:
    assert "last_plea" not in scorer().judge(text).intents
