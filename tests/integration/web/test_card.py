"""A mention on a page, with what platforms ask of whoever shows one."""

from __future__ import annotations

import re

import pytest

from engagebot.domain.heard.removal import Removal
from engagebot.domain.mention import Author
from engagebot.store.heard import redaction
from tests.integration.web.office import Office

OUT = 'target="_blank" rel="noopener noreferrer nofollow ugc"'
AUTHOR = Author(handle="maple_fan_demo", name="Maple <Fan>", url="https://fake.example/maple_fan_demo")


def _card(office: Office, mention_id: int) -> str:
    page = office.person().get(f"/mentions/{mention_id}").text
    card = re.search(r'<article class="card mention">.*?</article>', page, re.DOTALL)
    assert card is not None
    return card[0]


def test_the_card_has_the_parts_that_platforms_ask_for(office: Office) -> None:
    url = "https://fake.example/post/1"
    mention_id = office.hears("I love it", author=AUTHOR, url=url, lang="en", community="acme_fans")

    card = _card(office, mention_id)

    assert re.search(r'<svg [^>]*class="avatar"[^>]*aria-hidden="true".*>M</text>', card)
    assert '<bdi class="name">Maple &lt;Fan&gt;</bdi>' in card
    assert (
        f'<a href="https://fake.example/maple_fan_demo" {OUT}><bdi class="handle">@maple_fan_demo</bdi></a>'
        in card
    )
    assert re.search(rf'<a href="{url}" {OUT}><time datetime="[^"]+">', card)
    assert '<div class="said" lang="en" dir="auto">' in card
    assert 'class="platform" title="said on Demo"' in card
    assert f'<a class="out" href="{url}" {OUT}>View on <bdi>Demo</bdi></a>' in card
    assert "<form" not in card
    assert "<button" not in card


def test_who_shows_a_picture_is_shown_by_it(office: Office) -> None:
    author = AUTHOR._replace(avatar_url="https://fake.example/me.png")
    mention_id = office.hears("I love it", author=author)
    card = _card(office, mention_id)
    assert f'<img class="avatar" src="/avatars/{mention_id}" alt=""' in card
    assert "<svg" not in card


def test_words_are_unmodified(office: Office) -> None:
    text = 'I  love\n\n  "this" & <that> ' + "\u202e" + "x, see https://xn--mnchen-3ya.de/a?b=1&c=2."
    mention_id = office.hears(text)

    said = re.search(r'<div class="said".*?</div>', _card(office, mention_id), re.DOTALL)

    assert said is not None
    shown = re.sub(r"<[^>]+>", "", said[0]).strip()
    assert shown == text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")


@pytest.mark.parametrize(
    ("text", "link"),
    [
        pytest.param("https://example.com/x", f'<a href="https://example.com/x" {OUT}>', id="plain"),
        pytest.param("https://m\u00fcnchen.de/", "[leads to xn--mnchen-3ya.de]", id="other letters"),
        pytest.param("\u0430cm\u0435.com", None, id="no scheme, other letters"),
        pytest.param("javascript:alert(1)", None, id="a script"),
    ],
)
def test_links_say_where_they_lead(office: Office, text: str, link: str | None) -> None:
    said = _card(office, office.hears(f"I love {text}")).partition('<div class="said"')[2]

    if link is None:
        assert "<a " not in said.partition("</div>")[0]
    else:
        assert link in said


def test_hidden_signs_are_told_and_named(office: Office) -> None:
    card = _card(office, office.hears("I love re\u200bfunds \u202egnp.exe"))

    assert "It holds signs that turn the direction of writing and signs that cannot be seen" in card
    assert "re⟨U+200B⟩funds ⟨U+202E⟩gnp.exe" in card


def test_a_name_hides_nothing_either(office: Office) -> None:
    card = _card(
        office, office.hears("I love it", author=Author(handle="acme\u200b_demo", name="\u202eemcA"))
    )

    assert "It holds signs that turn the direction of writing and signs that cannot be seen" in card
    assert "⟨U+202E⟩emcA @acme⟨U+200B⟩_demo: I love it" in card


def test_a_removed_mention_keeps_no_picture_name_or_link(office: Office) -> None:
    mention_id = office.hears("I love it", author=AUTHOR, url="https://fake.example/post/1")
    with office.app.store.write() as tx:
        redaction.redact(tx, [mention_id], office.clock.now(), Removal.GONE)

    card = _card(office, mention_id)

    assert "removed by author" in card
    assert re.findall("<img|Maple|maple_fan|post/1|I love it", card) == []
