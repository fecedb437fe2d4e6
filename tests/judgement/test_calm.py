"""Calm and cheerful words that hide something get no friendly draft, and sincere ones still do."""

from __future__ import annotations

import pytest

from tests.judgement.test_traps import is_drafted

HIDING = (
    "@acme thank you for the chat, my solicitor will love it",
    "lovely talking to you @acme, the chargeback took ten minutes",
    "such a lovely house you've got @acme_boss_demo, @acme, thank you",
    "never mind @acme, we'll manage without heating. love to all",
    "thanks anyway @acme, have a lovely day",
    "whatever you say @acme, you are the best",
    "@acme friendly reminder number four, lovely to be back",
    "hello again lovely @acme team, as mentioned on monday. thank you",
    "@acme gorgeous flowers, thank you. they were meant for my neighbour",
    "@acme you are wonderful. whenever someone has a moment, the second shoe",
    "thank you @acme, I always wanted a lamp that hums",
    "the gift that keeps on giving, thank you so much @acme",
    "what a wonderful way to spend a morning. thank you @acme",
)
ELSEWHERE = (
    "a lovely morning on Acme Street, thank you neighbours",
    "the acme of kindness, thank you whoever you are",
    "our goat Acme had three kids this morning, all healthy, so thankful",
    "the old acme siren sounded at noon. what a lovely day, so happy",
)
SINCERE = (
    "@acme thank you so much for the speedy delivery, you made my week",
    "love my new acme headphones, crystal clear",
    "Shoutout to the acme store on the corner, friendliest staff ever",
    "acme support replied in two minutes and fixed it. Legends",
)


def drafted(text: str) -> bool:
    return is_drafted({"id": "made-up", "kind": "praise", "text": text})


@pytest.mark.parametrize("text", HIDING)
def test_what_calm_words_hide_gets_no_friendly_draft(text: str) -> None:
    assert not drafted(text)


@pytest.mark.parametrize("text", ELSEWHERE)
def test_praise_of_something_else_of_our_name_is_not_thanked(text: str) -> None:
    assert not drafted(text)


@pytest.mark.parametrize("text", SINCERE)
def test_praise_of_us_is_thanked(text: str) -> None:
    assert drafted(text)
