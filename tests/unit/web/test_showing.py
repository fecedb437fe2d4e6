from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.web.desk.reasons import Piece, marked
from engagebot.web.desk.showing import (
    hidden,
    laid_open,
    language_tag,
    real_host,
    runs,
)
from engagebot.web.rendering import web_address
from tests.hostile import texts

APPLE = "xn--80ak6aa92e.com"


def _links(text: str) -> list[tuple[str | None, str | None]]:
    return [(run.href, run.host) for run in runs([Piece(text, False)]) if run.href]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("nothing here", []),
        ("see https://example.com/help.", [("https://example.com/help", None)]),
        ("see example.com", [("https://example.com", None)]),
        ("HTTP://EXAMPLE.COM/Help", [("http://example.com/Help", None)]),
        ("https://münchen.de/x", [("https://xn--mnchen-3ya.de/x", "xn--mnchen-3ya.de")]),
        (
            "https://\u0430\u0440\u0440\u04cf\u0435.com/",
            [("https://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com")],
        ),
        ("javascript:alert(1)", []),
        ("data:text/html,x", []),
        ("https://acme.com@evil.com/x", []),
        ("//example.com/x", []),
        ("help@example.com", []),
    ],
)
def test_a_link_leads_where_it_says(text: str, links: list[tuple[str, str | None]]) -> None:
    assert _links(text) == links


def test_a_link_may_be_marked_in_the_middle() -> None:
    text = "go to https://example.com/dead now"
    cut = marked(text, [(0, 2), (26, 30)])

    shown = runs(cut)

    assert [(run.href, [(piece.text, piece.is_marked) for piece in run.pieces]) for run in shown] == [
        (None, [("go", True), (" to ", False)]),
        ("https://example.com/dead", [("https://example.com/", False), ("dead", True)]),
        (None, [(" now", False)]),
    ]


@given(st.text(), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4))
def test_no_letter_is_lost_or_marked_otherwise(text: str, spans: list[tuple[int, int]]) -> None:
    cut = marked(text, spans)
    before = [piece.is_marked for piece in cut for _ in piece.text]

    shown = [piece for run in runs(cut) for piece in run.pieces]

    assert "".join(piece.text for piece in shown) == text
    assert [piece.is_marked for piece in shown for _ in piece.text] == before


@pytest.mark.parametrize(("name", "text"), texts(), ids=[name for name, _ in texts()])
def test_every_link_of_a_hostile_text_is_one_that_may_stand_on_a_page(name: str, text: str) -> None:
    for run in runs([Piece(text, False)]):
        if run.href:
            assert web_address(run.href) == run.href
            assert run.href.partition("://")[2].partition("/")[0].isascii()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plain, é, 日本, שלום", None),
        ("👩\u200d👧\u200d👦 👍🏽 ❤\ufe0f", None),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", None),
        ("\u0645\u06cc\u200c\u062e", None),
        ("క\u0c4d\u200cష", None),
        ("two\nlines\tand\r\nmore", None),
        ("\u202egnp.exe", "signs that turn the direction of writing"),
        ("re\u200bfund", "signs that cannot be seen"),
        ("nice \U000e0069\U000e0067", "signs that cannot be seen"),
        ("\u2066\x07", "signs that turn the direction of writing and signs that cannot be seen"),
    ],
)
def test_what_nobody_sees_is_told(text: str, said: str | None) -> None:
    assert hidden(text) == said


def test_hidden_signs_are_named_in_their_places() -> None:
    assert laid_open("re\u200bfund \u202eabc") == "re⟨U+200B⟩fund ⟨U+202E⟩abc"
    assert hidden(laid_open("a\u200b\u202e\U000e0069")) is None


@pytest.mark.parametrize(
    ("lang", "tag"),
    [("de", "de"), ("pt-BR", "pt-BR"), (None, "und"), ("", "und"), ('" onx="', "und"), ("x", "und")],
)
def test_a_language_is_one_or_unknown(lang: str | None, tag: str) -> None:
    assert language_tag(lang) == tag


def test_a_host_that_is_none_is_told_apart() -> None:
    assert real_host("a" * 70 + ".com") is None
    assert real_host("example.com") == "example.com"
