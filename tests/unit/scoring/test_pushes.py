"""What is shown of a judgement adds up to it, and stands where it says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.domain.judgement import Cue
from engagebot.scoring.model import Weights, Words
from engagebot.scoring.pushes import MOST_CUES, MOST_OTHERS, Scored, cues_shown
from engagebot.scoring.scorer import LayeredScorer, Layers
from engagebot.scoring.site import SiteModel
from tests.unit.scoring.texts import lexicon, weights

SITE = SiteModel(
    shift=(0.25, 0.0),
    features={"cue late": (0.75, 0.0), "exclaims": (1.5, 0.0), "asks": (0.5, 0.0)},
    words=Words({"grue": (2.0, 0.0), "late": (1.0, 0.0)}),
)
WITH_DIALECT = replace(SITE, keep=(0.5, 0.75))


def shown(
    text: str, known: Weights | None = None, site: SiteModel | None = None
) -> tuple[tuple[Cue, ...], Scored]:
    known = known or weights()
    scorer = LayeredScorer(Layers(lexicon=lexicon(), weights=known, site=site))
    reading = scorer.read(text)
    scored = scorer.score(reading)
    return cues_shown(reading, scored, known, site), scored


TEXTS = [
    "late",
    "so late again!",
    "late, late, late, late, late, late, late",
    "not late. late. late, late and late! late? late; late",
    "still waiting for the great rude broken bus again",
    "great! not great. great, great, great, great, great, great",
    "nothing here",
    "",
]


@pytest.mark.parametrize(
    "site",
    [None, SITE, SiteModel(), WITH_DIALECT],
    ids=["shipped", "taught", "taught nothing", "with a dialect"],
)
@pytest.mark.parametrize("text", TEXTS)
def test_what_is_shown_adds_up_to_the_log_odds(text: str, site: SiteModel | None) -> None:
    known = weights()
    cues, scored = shown(text, known, site)
    assert sum(cue.name in ("word", "form") for cue in cues) <= MOST_OTHERS
    assert len(cues) <= MOST_CUES
    bias = known.bias[0] * site.keep[0] + site.shift[0] if site else known.bias[0]
    # Each push is rounded to two digits.
    rounding = 0.005 * len(cues) + 1e-9
    assert bias + sum(cue.weight for cue in cues) == pytest.approx(scored.final[0], abs=rounding)


@pytest.mark.parametrize("site", [None, SITE], ids=["shipped", "taught"])
@pytest.mark.parametrize("text", TEXTS)
def test_the_strongest_push_comes_first(text: str, site: SiteModel | None) -> None:
    strengths = [abs(cue.weight) for cue in shown(text, site=site)[0]]
    assert strengths == sorted(strengths, reverse=True)


def test_a_cue_is_told_by_kind_and_name_with_its_place() -> None:
    text = "It is &amp; was\u200b still not waiting 👍"
    (cue,) = [cue for cue in shown(text)[0] if cue.name.startswith("waiting")]
    assert cue == Cue("waiting: still .. waiting", "still not waiting", 17, 34, 2.25)
    assert text[cue.start : cue.end] == cue.text


def test_a_form_has_no_place() -> None:
    assert Cue("form", "exclaims", 0, 0, 0.17) in shown("now!")[0]


def test_words_outside_of_cues_are_shown_as_words_and_within_as_the_cue() -> None:
    known = weights(
        bias=(0.0, 0.0), features={"cue late": (2.0, 0.0)}, words={"late": (1.0, 0), "bus": (1.0, 0)}
    )
    assert shown("late bus", known)[0] == (
        Cue("late: late", "late", 0, 4, 2.5),
        Cue("word", "bus", 5, 8, 0.5),
    )


def test_a_pair_that_reaches_out_of_a_cue_is_a_word() -> None:
    known = weights(bias=(0.0, 0.0), features={}, words={"late bus": (1.0, 0)})
    assert shown("late bus", known)[0] == (
        Cue("word", "late bus", 0, 8, 0.5),
        Cue("late: late", "late", 0, 4, 0.0),
    )


def test_what_the_site_taught_is_in_the_push() -> None:
    plain = {cue.text: cue.weight for cue in shown("late grue!")[0]}
    taught = {cue.text: cue.weight for cue in shown("late grue!", site=SITE)[0]}
    assert taught["late"] == pytest.approx(plain["late"] + 0.75 + 1.0 / 2)
    assert taught["grue"] == 1.0
    assert taught["exclaims"] == pytest.approx(plain["exclaims"] + 0.5, abs=0.01)
    assert {cue.text: cue.weight for cue in shown("bus?", site=SITE)[0]} == {"asks": 0.5}


def test_only_the_strongest_are_shown() -> None:
    words = {f"word{chr(97 + at)}": (1.0 + at / 10, 0.0) for at in range(20)}
    known = weights(features={"cue staff": (9.0, 0.0)}, words=words)
    cues, _ = shown(" ".join([*words, "rude." * 30]), known)
    others = [cue for cue in cues if cue.name == "word"]
    assert len(cues) == MOST_CUES + MOST_OTHERS
    assert [cue.text for cue in others] == [f"word{chr(97 + at)}" for at in range(19, 19 - MOST_OTHERS, -1)]


PIECES = [
    "late",
    "Not",
    "great",
    "still",
    "waiting",
    "grue",
    "👍🏽",
    "&amp;",
    ":/",
    "_:)_",
    "\u200b",
    "don’t",
    "!",
    "\n",
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=30), st.sampled_from(["", " "]))
def test_every_place_holds_in_the_text_what_is_shown(pieces: list[str], between: str) -> None:
    text = between.join(pieces)
    for cue in shown(text, site=SITE)[0]:
        if cue.name == "form":
            assert (cue.start, cue.end) == (0, 0)
        else:
            assert cue.text
            assert text[cue.start : cue.end] == cue.text


def test_what_every_post_has_is_not_told() -> None:
    known = weights(
        bias=(-2.0, 0.0),
        features={"length": (2.0, 0.0), "names an account": (2.0, 0.0)},
        words={"<handle>": (1.0, 0)},
    )
    scorer = LayeredScorer(Layers(lexicon=lexicon(), weights=known))
    assert scorer.judge("@acme the bus is here", lang="en").cues == ()
