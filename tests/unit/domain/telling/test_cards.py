"""A case as one message shows it."""

from __future__ import annotations

import pytest

from engagebot.domain.outbox import CaseState, Severity
from engagebot.domain.telling.cards import CaseCard
from tests.fakes import NOON


@pytest.mark.parametrize(
    ("url", "reply_url"),
    [
        ("https://care.example/desk/cases/7", "https://care.example/desk/cases/7?do=reply"),
        (
            "https://care.example/cases/7?a=b#happened-h",
            "https://care.example/cases/7?a=b&do=reply#happened-h",
        ),
    ],
)
def test_a_reply_is_written_on_the_page_of_the_case(url: str, reply_url: str) -> None:
    card = CaseCard(
        case_id=7, state=CaseState.NEW, severity=Severity.HIGH, feeling="unhappy", who="@maple_fan_demo",
        where="X", quote="dead again", contacts=1, why="Very negative", team="support", at=NOON, url=url,
    )  # fmt: skip
    assert card.reply_url == reply_url
