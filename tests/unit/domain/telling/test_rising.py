"""What is not as usual: said beyond chance alone."""

from __future__ import annotations

import pytest

from engagebot.domain.telling.rising import Rise, news


@pytest.mark.parametrize(
    ("today", "usual", "is_news"),
    [
        (2, 0.0, False),
        (3, 0.0, True),
        (4, 0.0, True),
        (12, 2.0, True),
        (5, 2.0, False),
        (9, 2.0, True),
        (100, 90.0, False),
        (170, 90.0, False),
        (180, 90.0, True),
        (50, None, False),
    ],
)
def test_only_what_is_beyond_chance_and_double_the_usual_is_news(
    today: int, usual: float | None, is_news: bool
) -> None:
    assert Rise(problem="billing", today=today, usual=usual).is_news is is_news


def test_news_are_told_in_words_the_strongest_first() -> None:
    found = [
        Rise(problem="delivery", today=9, usual=2.0),
        Rise(problem="bug", today=100, usual=95.0),
        Rise(problem=None, today=31, usual=0.0),
        Rise(problem="billing", today=12, usual=1.4286),
    ]
    assert news(found) == [
        "31 cases that name no problem in the last day; none is usual",
        "12 cases about billing in the last day; 1.4 are usual",
        "9 cases about delivery in the last day; 2 are usual",
    ]
