"""Templates are filled once, strangers' values made inert, and gaps are told."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engagebot.domain.drafting import VALUE_CHARS, Drafted, Template, defuse, fill, placeholders

# What a platform would turn into a link, a summons or markup; letters of other widths count as their own.
LIVE = re.compile(
    r"(https?|ftp)://|www\.|(?<!\w)[@#$](?=\w)|(?<!\w)/?[ur]/(?=\w)|[*`~^|<>\[\]()\\{}]|\w\.[a-z]{2,}",
    re.IGNORECASE,
)


def filled(text: str, **values: str | None) -> Drafted:
    return fill(Template("t", text), {key.replace("_", ".", 1): value for key, value in values.items()})


def test_values_take_their_places() -> None:
    found = filled("Hi {{author.name}} ({{ author.handle }})!", author_name="Kim", author_handle="kim_demo")
    assert found == Drafted("Hi Kim (kim_demo)!")


def test_a_value_is_never_read_as_a_placeholder_again() -> None:
    found = filled("{{author.name}} {{brand.name}}", author_name="{{brand.name}}", brand_name="Acme")
    assert found == Drafted("brand.name Acme".replace("brand.name", "brand name"))


@pytest.mark.parametrize("value", [None, "", "  ", "@", "https://evil.example/x", "\u200b\u202e", "***"])
def test_a_value_that_leaves_nothing_counts_as_missing(value: str | None) -> None:
    assert filled("Hi {{author.name}}!", author_name=value) == Drafted(
        "Hi {{author.name}}!", ("author.name",)
    )


@pytest.mark.parametrize("value", [None, "", "@"])
def test_a_default_stands_in_for_a_missing_value(value: str | None) -> None:
    assert filled('Hi {{author.name | default("friend")}}!', author_name=value) == Drafted("Hi friend!")
    assert filled('Hi{{ author.name|default("") }}!', author_name=value) == Drafted("Hi!")


def test_every_gap_is_told_in_order_and_unknown_names_are_gaps() -> None:
    found = filled("{{a}} {{author.name}} {{a}} {{}}", author_name="Kim")
    assert found == Drafted("{{a}} Kim {{a}} {{}}", ("a", "a", ""))
    assert placeholders(found.text) == ("a", "a", "")


def test_a_text_without_placeholders_is_itself() -> None:
    assert filled("  Thank you { {x} }!  ") == Drafted("Thank you { {x} }!")
    assert placeholders("none {here} at all") == ()


@pytest.mark.parametrize("brand", ["Booking.com", "AT&T", "3M_*", "@acme"])
def test_our_own_name_is_written_as_we_write_it(brand: str) -> None:
    assert filled("– {{brand.name}}", brand_name=brand) == Drafted(f"– {brand}")


@pytest.mark.parametrize(
    ("hostile", "inert"),
    [
        pytest.param("Maple Fan", "Maple Fan", id="plain"),
        pytest.param("maple_fan_demo", "maple_fan_demo", id="underscores within a word"),
        pytest.param("_Maple_ __Fan__", "Maple Fan", id="underscores around words"),
        pytest.param("Zoë Müller-O'Neil 李雷", "Zoë Müller-O'Neil 李雷", id="other letters"),
        pytest.param("J. R. Doe, Jr.", "J. R. Doe, Jr.", id="initials"),
        pytest.param("win https://evil.example/a?b=c now", "win now", id="link"),
        pytest.param("HTTP://EVIL.example now", "now", id="loud link"),
        pytest.param("www.evil.example", "", id="www"),
        pytest.param("evil.example/login", "evil example/login", id="bare domain"),
        pytest.param("h*ttps://evil.example", "", id="link hidden by markup"),
        pytest.param("h\u200bttps://evil.example", "", id="link hidden by nothing"),
        pytest.param("[win](https://evil.example)", "win", id="markdown link"),
        pytest.param("@everyone", "everyone", id="at"),
        pytest.param("@@@everyone", "everyone", id="ats"),
        pytest.param("\uff20everyone", "everyone", id="wide at"),
        pytest.param("(@)everyone", "everyone", id="at hidden by markup"),
        pytest.param("_@everyone", "everyone", id="at behind a mark"),
        pytest.param("@\u2060everyone", "everyone", id="at hidden by nothing"),
        pytest.param("#win $ACME", "win ACME", id="tags"),
        pytest.param("u/spez_demo /r/acme_demo", "spez_demo acme_demo", id="reddit"),
        pytest.param("u*/spez_demo", "spez_demo", id="reddit hidden by markup"),
        pytest.param("U/u/spez_demo", "spez_demo", id="reddit twice"),
        pytest.param("**b** ~~s~~ ^up `code` > quote | x", "b s up code quote x", id="markup"),
        pytest.param("<b>x</b> \\o/", "bx/b o/", id="html"),
        pytest.param("{{brand.name}} {x}", "brand name x", id="braces"),
        pytest.param("two\nlines\r\n\tand a tab", "two lines and a tab", id="lines"),
        pytest.param("line\u2028paragraph\u2029end", "line paragraph end", id="unicode lines"),
        pytest.param("\u202eevil\u2066 \x1b[31mred\x00", "evil 31mred", id="controls"),
        pytest.param("\ud83d half", "half", id="surrogate"),
        pytest.param("&#64;all &lt;b&gt; Tom & Jerry; co", "64;all lt;bgt; Tom & Jerry; co", id="HTML signs"),
        pytest.param("1. item", "1 item", id="list with numbers"),
        pytest.param("- item", "item", id="list with dashes"),
        pytest.param("2Pac 3.5 C-3PO", "2Pac 3.5 C-3PO", id="numbers and dashes within"),
        pytest.param("win steam://run/1 mailto:a@evil.example", "win", id="other schemes"),
        pytest.param("evil\u3002example", "evil example", id="wide full stop"),
        pytest.param("\u3164\u2800", "", id="letters without ink"),
        pytest.param("e" + "\u0301" * 9, "\u00e9\u0301\u0301", id="a pile of accents"),
    ],
)
def test_a_hostile_name_becomes_inert(hostile: str, inert: str) -> None:
    assert defuse(hostile) == inert


def test_a_long_name_is_cut() -> None:
    assert defuse("x" * 500) == "x" * VALUE_CHARS


NASTY = st.text(
    alphabet=st.one_of(
        st.sampled_from("@#$ur/htps:w.*_`~^|<>[]()\\{} \n\u200b\u202e\uff20\uff0f\uff41\uff0e\ufeff\u0301"),
        st.characters(),
    ),
    max_size=60,
)


@given(NASTY)
@example("@" * 10 + "a")
@example("/".join("ururur") + "/x")
@example("hthttp://tp://x")
@example("a.b.c.example")
@example("℀x ℅x")
def test_no_value_stays_live_however_it_is_written(value: str) -> None:
    inert = defuse(value)
    assert LIVE.search(inert) is None
    assert len(inert) <= VALUE_CHARS
    assert inert == inert.strip()
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for char in inert)
    assert defuse(inert) == inert


@given(NASTY, NASTY)
def test_filling_changes_nothing_but_the_places(first: str, second: str) -> None:
    found = filled("A {{author.name}} B {{mention.community}} C", author_name=first, mention_community=second)
    assert found.text.startswith("A ")
    assert found.text.endswith(" C")
    assert " B " in found.text
    assert set(found.missing) == set(placeholders(found.text))
