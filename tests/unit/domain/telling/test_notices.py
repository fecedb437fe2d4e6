"""One message that holds all it takes to act."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engagebot.domain.heard.removal import masked
from engagebot.domain.mention import platform_name
from engagebot.domain.outbox import Severity
from engagebot.domain.telling.notices import (
    QUOTE_CHARS,
    CaseNews,
    case_payload,
    due_words,
    is_titled_by,
    span_words,
    title_of,
)
from tests.factories import make_mention
from tests.fakes import NOON

BERLIN = ZoneInfo("Europe/Berlin")


def news(**over: Any) -> CaseNews:
    values: dict[str, Any] = {
        "case_id": 7,
        "severity": Severity.HIGH,
        "team": "support",
        "contacts": 1,
        "why": "Very negative: “Dead”",
        "mention": make_mention(),
        "sentiment": "very_negative",
        "is_new": True,
        "at": NOON,
        "due_at": NOON + timedelta(hours=3),
        "url": "http://127.0.0.1:8000/cases/7",
    }
    return CaseNews(**{**values, **over})


def test_a_new_case_is_told_with_everything_one_needs() -> None:
    found = case_payload(news(), BERLIN)
    assert found["title"] == "[High] 1st contact: @maple_fan_demo, due 17:00 CEST"
    assert found["text"].splitlines() == [
        "[High] very negative · Fake · reply due Mon 17:00 CEST (in 3 h 00)",
        "@maple_fan_demo · 1st contact · team support",
        "> the modem is dead again",
        "Why you: Very negative: “Dead”",
        "Post: https://fake.example/1",
    ]
    assert found["url"] == "http://127.0.0.1:8000/cases/7"
    assert (found["data"]["schema"], found["data"]["type"]) == ("engagebot.case.v1", "case.opened")
    assert found["data"]["case"]["first_reply_due_at"] == "2026-08-03T15:00:00+00:00"


def test_a_further_contact_of_somebody_whose_account_is_gone() -> None:
    mention = make_mention(author=None, url=None, community="r/acme_demo", title="Dead", text="x" * 500)
    found = case_payload(news(mention=mention, contacts=4, is_new=False, due_at=None), BERLIN)
    assert found["title"] == "[High] 4th contact: someone whose account is gone"
    assert "Fake r/acme_demo · no clock" in found["text"]
    assert "Post:" not in found["text"]
    data = found["data"]
    assert (data["type"], data["mention"]["author"], data["case"]["first_reply_due_at"]) == (
        "case.contact", None, None,
    )  # fmt: skip
    assert len(data["mention"]["text"]) == QUOTE_CHARS


def test_the_title_says_what_presses_and_until_when() -> None:
    found = case_payload(news(contacts=3, may_leave=True, due_at=NOON + timedelta(days=1)), BERLIN)
    assert found["title"] == "[High] 3rd contact, may leave: @maple_fan_demo, due Tue 14:00 CEST"


def test_who_says_that_they_have_asked_is_no_first_contact_like_others() -> None:
    said = make_mention(text="Dead. I have called twice, nobody rings back.")
    found = case_payload(news(mention=said, may_leave=True), BERLIN)
    assert found["title"].startswith("[High] 1st contact, says they asked twice, may leave: @maple_fan_demo")
    assert "@maple_fan_demo · 1st contact, says they asked twice · team support" in found["text"]
    assert masked(found, said)["title"].startswith(
        "[High] 1st contact, says they asked twice, may leave: someone"
    )


def test_whom_they_would_leave_for_is_told_even_where_people_are_masked() -> None:
    told = case_payload(news(contacts=3, may_leave=True, rivals=("Shaw", "Otto")), BERLIN)
    assert told["title"] == "[High] 3rd contact, may leave for Shaw or Otto: @maple_fan_demo, due 17:00 CEST"
    assert told["text"].startswith("[High] very negative, may leave for Shaw or Otto · Fake")
    assert told["data"]["case"]["rivals"] == ["Shaw", "Otto"]
    hidden = masked(told, make_mention())
    assert hidden["title"] == "[High] 3rd contact, may leave for Shaw or Otto: someone, due 17:00 CEST"
    assert case_payload(news(rivals=("Shaw",)), BERLIN)["title"].startswith("[High] 1st contact: ")


def test_a_masked_notice_tells_neither_who_nor_what() -> None:
    found = masked(case_payload(news(), BERLIN), make_mention())
    said = f"{found['title']} {found['text']} {found['data']}"
    assert "maple" not in said
    assert "dead" not in said.lower()
    assert found["title"] == "[High] 1st contact: someone, due 17:00 CEST"
    assert found["data"]["case"]["id"] == 7


@pytest.mark.parametrize(
    ("text", "title", "limit", "words"),
    [
        ("dead", None, 10, "dead"),
        (" two\n\n lines ", None, 20, "two lines"),
        ("text", "Title", 20, "Title: text"),
        (" text\nfurther", "Why?  ", 20, "Why? text further"),
        ("text", "They said “no.”", 30, "They said “no.” text"),
        ("文", "\uff01 \uff1f", 20, "\uff01 \uff1f 文"),
        ("text", "It (again)", 20, "It (again): text"),
        ("", "Title", 20, "Title"),
        ("text", " ", 20, "text"),
        ("", None, 10, "(no text)"),
        ("   ", None, 10, "(no text)"),
        ("x" * 10, None, 10, "x" * 10),
        ("x" * 11, None, 10, "x" * 9 + "…"),
        ("word word", None, 6, "word…"),
    ],
)
def test_a_title_is_the_customers_first_words(text: str, title: str | None, limit: int, words: str) -> None:
    assert title_of(make_mention(text=text, title=title), limit) == words


@pytest.mark.parametrize("title", ["Title text", "Title: text"])
def test_a_title_of_before_is_still_known_to_be_of_its_post(title: str) -> None:
    assert is_titled_by(title, make_mention(text="text", title="Title"))
    assert not is_titled_by(title, make_mention(text="text", title="Another"))


@pytest.mark.parametrize(("source", "word"), [("x", "X"), ("reddit", "Reddit"), ("rss", "RSS"), ("", "")])
def test_a_platform_has_a_name(source: str, word: str) -> None:
    assert platform_name(source) == word


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 min"), (59, "59 min"), (60, "1 h 00"), (185, "3 h 05"), (2879, "47 h 59"), (2880, "2 days")],
)
def test_spans_read_as_people_say_them(minutes: int, words: str) -> None:
    assert span_words(minutes) == words


@pytest.mark.parametrize(
    ("due_at", "words"),
    [
        (NOON + timedelta(minutes=27), "Mon 14:27 CEST (in 27 min)"),
        (NOON, "Mon 14:00 CEST (in 0 min)"),
        (NOON - timedelta(minutes=90), "Mon 12:30 CEST (1 h 30 late)"),
        (datetime(2026, 12, 1, 8, 0, tzinfo=NOON.tzinfo), "Tue 09:00 CET (in 119 days)"),
    ],
)
def test_a_due_time_is_told_in_the_teams_zone(due_at: datetime, words: str) -> None:
    assert due_words(due_at, NOON, BERLIN) == words
