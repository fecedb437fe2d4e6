"""What customers say of how often they have asked, wherever that was."""

from __future__ import annotations

import pytest

from engagebot.domain.casework.asked_before import MANY, asked_before, asked_words


@pytest.mark.parametrize(
    ("words", "times"),
    [
        ("I have called twice and still no modem", 2),
        ("I’ve emailed your team twice now", 2),
        ("rang you 4 times about the same thing", 4),
        ("on hold 2x today, nobody picked up", 2),
        ("3 times I've called your service, each time cut off", 3),
        ("this is my third call today", 3),
        ("after two phone calls and five e-mails still nothing", 5),
        ("Five days, three mails, no answer.", 3),
        ("four calls and still nothing", 4),
        ("the second time I have to ask", 2),
        ("I've called dozens of times", MANY),
        ("We have written several times.", MANY),
        ("Wrote to you thrice", 3),
    ],
)
def test_what_they_say_is_counted(words: str, times: int) -> None:
    assert asked_before(words) == times


@pytest.mark.parametrize(
    "words",
    [
        "my modem is dead",
        "You have called twice, please stop ringing me",
        "they called me three times to sell me something",
        "I was called twice by your robot",
        "restarted it three times",
        "the second time it rained",
        "ordered two tickets to Elm Town",
        "I called yesterday",
        "called 800 times 3",
        "",
    ],
)
def test_what_says_nothing_of_it_counts_nothing(words: str) -> None:
    assert asked_before(words) is None


def test_it_is_told_in_words() -> None:
    told = [asked_words(times) for times in (2, 5, MANY)]
    assert told == ["says they asked twice", "says they asked 5 times", "says they asked several times"]
