"""Copies are found by what they say; voices stay apart."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from engagebot.domain.heard.copies import MOST_WORDS, NEAR_BITS, bands, fingerprint, is_near, is_short

RUMOUR = (
    "Acme raises its prices by forty percent next month and nobody at the company will say why they do it"
)


def near(one: str, other: str) -> bool:
    first, second = fingerprint(one), fingerprint(other)
    assert first is not None
    assert second is not None
    return is_near(first, second)


def test_names_links_numbers_signs_and_case_do_not_count() -> None:
    for copy in (
        f"RT @maple_fan_demo: {RUMOUR}",
        f"{RUMOUR.upper()}!!! https://example.com/a?b=1",
        f"@acme @other_demo {RUMOUR} 🤬 3/4",
        f"  {RUMOUR}\n\nu/acme_support r/gadgets www.example.com/x ",
    ):
        assert fingerprint(copy) == fingerprint(RUMOUR)


def test_a_word_put_in_front_is_near() -> None:
    assert near(RUMOUR, f"wow {RUMOUR}")
    assert fingerprint(RUMOUR) != fingerprint(f"wow {RUMOUR}")


def test_long_texts_are_near_with_one_word_changed_mostly_and_never_without_a_word_in_common() -> None:
    dice = random.Random(7)
    words = [f"w{chr(97 + first)}{chr(97 + second)}" for first in range(26) for second in range(26)]
    texts = [[dice.choice(words) for _ in range(40)] for _ in range(200)]
    changed = [[*text[:20], "changed", *text[21:]] for text in texts]
    found = sum(near(" ".join(text), " ".join(copy)) for text, copy in zip(texts, changed, strict=True))
    assert found >= 120
    values = [value for text in texts if (value := fingerprint(" ".join(text))) is not None]
    assert not any(is_near(one, other) for one, other in itertools.combinations(values, 2))


def test_another_text_is_far() -> None:
    assert not near(RUMOUR, "my modem is dead again and nobody tells me when the technician comes")
    assert not near(RUMOUR, " ".join(reversed(RUMOUR.split())))


def test_short_texts_are_near_to_equal_ones_only() -> None:
    value = fingerprint("modem dead again")
    assert value is not None
    assert is_short(value)
    assert near("modem dead again", "@acme Modem dead again!")
    assert not near("modem dead again", "modem down again")
    assert not near("modem dead", "dead modem")


def test_a_sentence_of_seven_words_is_short_and_one_of_eight_is_not() -> None:
    for text, expected in (
        ("thank you so much for your help", True),
        ("RT @maple_fan_demo: thank you so much for your help", True),
        ("thank you so very much for your help", False),
    ):
        value = fingerprint(text)
        assert value is not None
        assert is_short(value) is expected


def test_a_text_without_words_has_no_fingerprint() -> None:
    assert [fingerprint(text) for text in ("", "  ", "!!!", "@acme 42 https://example.com", "🤬🤬")] == [
        None
    ] * 5


def test_every_process_makes_the_same_fingerprint() -> None:
    code = (
        "from engagebot.domain.heard.copies import fingerprint;"
        f"print(fingerprint({RUMOUR!r}), fingerprint('no net'))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert told == {f"{fingerprint(RUMOUR)} {fingerprint('no net')}\n".encode()}


def test_a_novel_costs_no_more_than_its_first_page() -> None:
    page = " ".join(f"w{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(MOST_WORDS))
    assert fingerprint(page) == fingerprint(page + " and so on" * 1000)


@given(st.text())
def test_any_text_gives_a_number_both_databases_take(text: str) -> None:
    value = fingerprint(text)
    assert value is None or -(2**63) <= value < 2**63
    assert value is None or is_near(value, value)


@given(st.integers(0, 2**64 - 1), st.sets(st.integers(0, 63), max_size=NEAR_BITS))
def test_values_that_are_near_share_a_part(value: int, flipped: set[int]) -> None:
    other = value
    for bit in flipped:
        other ^= 1 << bit
    assert any(one == another for one, another in zip(bands(value), bands(other), strict=True))
