"""The dialect: words that stand beside known trouble lean towards it, nobody's own words are kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engagebot.scoring.dialect import FEWEST_HEARD, FEWEST_PEOPLE, MOST_SHARE, Heard
from engagebot.scoring.fitting import Example
from engagebot.scoring.site import NO_DIALECT, Leaning

ROOT = Path(__file__).parents[3]
TROUBLE = ("gribbled box", 3.0)
CALM = ("plain box", -3.0)


def post(words: str, base: float) -> Example:
    return Example(features={}, words=set(words.split()), share=0.5, base=(base, -base))


def heard(count: int = 600) -> Heard:
    """Every second post is one of trouble; each is somebody else's."""
    found = Heard()
    for at in range(count):
        found.add(post(*(CALM if at % 2 else TROUBLE)), at)
    return found


def leaning(found: Heard, question: int = 0) -> Leaning:
    said = found.dialect()[question]
    assert said is not None
    return said


def odds(said: Leaning, words: str, base: float) -> float:
    return said.keep * base + said.shift + sum(said.words.get(word, 0.0) for word in words.split()) * 0.5


def test_a_word_beside_known_trouble_leans_towards_it() -> None:
    unhappy, praise = leaning(heard()), leaning(heard(), 1)
    assert unhappy.words["gribbled"] > 0.2 > -0.2 > unhappy.words["plain"]
    assert praise.words["gribbled"] < -0.2 < 0.2 < praise.words["plain"]
    assert abs(unhappy.words.get("box", 0.0)) < 0.05
    # A post in which the shipped weights see nothing at all.
    assert odds(unhappy, "gribbled", 0.0) > 0.2 > -0.2 > odds(unhappy, "plain", 0.0)


def test_what_is_very_sure_stays_as_sure() -> None:
    said = leaning(heard())
    assert odds(said, *TROUBLE) == pytest.approx(3.0, abs=0.05)
    assert odds(said, *CALM) == pytest.approx(-3.0, abs=0.05)


def test_below_enough_posts_there_is_no_dialect_and_its_share_grows() -> None:
    assert heard(FEWEST_HEARD - 1).dialect() == NO_DIALECT
    assert Heard().dialect() == NO_DIALECT
    shares = [heard(count).share for count in (0, FEWEST_HEARD - 1, FEWEST_HEARD, 1_000, 5_000)]
    assert shares == sorted(shares)
    assert shares[1] == 0.0
    assert shares[3] == MOST_SHARE / 2
    assert shares[-1] < MOST_SHARE
    assert leaning(heard(FEWEST_HEARD)).keep > leaning(heard(2_000)).keep


def test_a_word_needs_five_people_and_no_digit() -> None:
    found = heard()
    for number in range(20):
        found.add(post("secret", 2.0), "one person")
        found.add(post("order4711", 2.0), f"person {number}")
    for number in range(FEWEST_PEOPLE):
        found.add(post("known", 2.0), f"person {number}")
        found.add(post("rare", 2.0), f"person {min(number, FEWEST_PEOPLE - 2)}")
    assert found.keepable().keys() == {"gribbled", "plain", "box", "known"}
    assert leaning(found).words.keys() <= found.keepable().keys()
    assert found.people == 600 + 1 + 20


def test_posts_of_words_that_nobody_shares_teach_nothing() -> None:
    found = Heard()
    for at in range(FEWEST_HEARD):
        found.add(post("x" * (at + 1), 1.0), at)
    assert found.dialect() == NO_DIALECT


def test_the_same_posts_give_the_same_dialect_in_every_process() -> None:
    program = (
        "from tests.unit.scoring.test_dialect import heard, post\n"
        "found = heard()\n"
        "for at in range(60): found.add(post('late bus box again today', at % 7 - 3.0), f'later {at}')\n"
        "print(found.dialect())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
