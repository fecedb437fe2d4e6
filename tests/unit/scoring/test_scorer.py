"""All layers together behind the Scorer port."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.domain.judgement import Borders, Intent, Judgement, Sentiment
from engagebot.ports import Scorer
from engagebot.scoring import LONGEST_TEXT, LayeredScorer, Layers, Names, VaderScorer
from engagebot.scoring.lexicon import Lexicon, read_entry
from engagebot.scoring.model import Words
from engagebot.scoring.scorer import MOST_TOKENS
from engagebot.scoring.site import SiteModel
from tests.unit.scoring.texts import lexicon, weights

LAYERS = Layers(lexicon=lexicon(), weights=weights(), names=Names(["Acme"], ["Shaw", "Virgin Media"]))
SCORER = LayeredScorer(LAYERS)
SITE = SiteModel(shift=(0.5, 0.0), words=Words({"grue": (3.0, 0.0)}))


def test_an_unhappy_text_is_judged_with_everything() -> None:
    scorer: Scorer = SCORER
    text = "@acme my bus is late again, I will go to Virgin Media! Can I speak to a manager?"
    found = scorer.judge(text, lang="en")
    assert found.sentiment is Sentiment.NEGATIVE
    assert found.unhappiness == pytest.approx(0.8, abs=0.1)
    assert (found.language, found.version, found.reason) == ("en", scorer.version, "late")
    assert found.intents == (Intent.COMPLAINT, Intent.QUESTION)
    assert (found.is_tender, found.asks_for_human, found.is_other_meaning) == (False, True, False)
    assert found.rivals == ("Virgin Media",)
    assert found.cues[0].name == "late: late"
    assert text[found.cues[0].start : found.cues[0].end] == "late"


def test_a_happy_text_is_praise_without_a_reason() -> None:
    found = SCORER.judge("the new bus is great, thank you")
    assert found.sentiment in (Sentiment.POSITIVE, Sentiment.VERY_POSITIVE)
    assert found.intents == (Intent.PRAISE,)
    assert found.reason is None
    assert found.unhappiness is not None
    assert found.praise is not None
    assert found.praise > 0.8 > 0.2 > found.unhappiness


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("der Zug ist schon wieder viel zu spät und niemand hilft mir weiter", "de"),
        ("поезд снова опоздал и никто не помогает", "ru"),
        ("電車がまた遅れて誰も助けてくれない", "ja"),
    ],
)
def test_another_language_is_not_scored_and_never_neutral(text: str, language: str) -> None:
    found = SCORER.judge(text, lang=language)
    assert found == Judgement(
        compound=found.compound, sentiment=Sentiment.UNKNOWN, version=SCORER.version, language=language
    )
    assert (found.unhappiness, found.praise, found.reason, found.rivals) == (None, None, None, None)
    assert (found.is_tender, found.asks_for_human, found.is_other_meaning) == (None, None, None)
    assert (found.intents, found.cues) == ((), ())


@pytest.mark.parametrize(
    "text", ["", " \n", "👍", "@acme", "https://example.com", "\x00", "\ud83d", "((((", "123"]
)
def test_a_text_without_words_is_judged_too(text: str) -> None:
    found = SCORER.judge(text)
    assert found.language is None
    assert found.sentiment is not Sentiment.UNKNOWN
    assert found.unhappiness is not None


TEXTS = [
    "the bus is late again and nobody answers me",
    "thank you so much, this was great",
    "der Zug ist schon wieder viel zu spät und niemand hilft mir weiter",
    "please speak to your manager about my refund",
    "",
    "it is not late! " * 200,
]


def test_many_threads_judge_as_one() -> None:
    scorer = LayeredScorer(replace(LAYERS, lexicon=lexicon()))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(scorer.judge, TEXTS * 25))
    assert found == [SCORER.judge(text) for text in TEXTS] * 25


@given(st.text(max_size=80), st.sampled_from(["", "late", "great", "@acme"]))
def test_figures_are_probabilities_and_places_hold(text: str, more: str) -> None:
    text = f"{text} {more} it was not so late"
    found = SCORER.judge(text, lang="en")
    assert found == SCORER.judge(text, lang="en")
    if found.sentiment is Sentiment.UNKNOWN:
        assert found.unhappiness is found.praise is None
        return
    assert found.unhappiness is not None
    assert found.praise is not None
    assert 0 <= found.unhappiness <= 1
    assert 0 <= found.praise <= 1
    assert all(text[cue.start : cue.end] == cue.text for cue in found.cues if cue.name != "form")


def test_levels_are_named_by_the_borders() -> None:
    strict = LayeredScorer(
        replace(
            LAYERS, borders=Borders(very_negative=-0.2, negative=-0.1, positive=0.995, very_positive=0.999)
        )
    )
    assert strict.judge("the bus is late again").sentiment is Sentiment.VERY_NEGATIVE
    assert strict.judge("the bus is great").sentiment is Sentiment.NEUTRAL


@pytest.mark.parametrize(
    "text",
    ["it was late " * 20_000, "(" * 60_000, "! " * 60_000, "@a " * 60_000, "so late, " * 1_000, "a" * 60_000],
)
def test_no_text_costs_more_than_the_longest(text: str) -> None:
    found = SCORER.judge(text, lang="en")
    assert all(cue.end <= LONGEST_TEXT for cue in found.cues)
    assert len(SCORER.read(text).tokens) <= MOST_TOKENS


def test_the_end_of_a_long_text_is_heard() -> None:
    story = "it was a day like any other and the sun was shining on us " * 300
    assert SCORER.judge(story).reason is None
    assert [cue.text for cue in SCORER.judge(story + "and so late").cues] == ["late"]
    assert [cue.text for cue in SCORER.judge("so late. " + story).cues if cue.name != "word"] == ["late"]


def test_every_layer_is_part_of_the_version() -> None:
    layers = [
        LAYERS,
        replace(LAYERS, lexicon=lexicon("late | 1.1 | late")),
        replace(LAYERS, weights=weights(bias=(-1.0, -1.01))),
        replace(LAYERS, borders=Borders(negative=-0.31)),
        replace(LAYERS, names=Names(["Acme"], ["Shaw"])),
        replace(LAYERS, names=Names()),
        replace(LAYERS, site=SiteModel()),
        replace(LAYERS, site=SITE),
    ]
    assert len({LayeredScorer(each).version for each in layers}) == len(layers)
    assert LayeredScorer(replace(LAYERS, lexicon=lexicon())).version == SCORER.version


def test_a_site_model_is_put_on_and_taken_off() -> None:
    taught = SCORER.taught(SITE)
    text = "there was a grue in the room"
    before, after = SCORER.judge(text), taught.judge(text)
    assert before.unhappiness is not None
    assert after.unhappiness is not None
    assert before.unhappiness + 0.2 < after.unhappiness
    assert before.praise == after.praise
    assert "grue" in [cue.text for cue in after.cues]
    assert taught.taught(None).judge(text) == before
    assert SCORER.judge(text) == before


def test_vader_is_masked_where_names_and_courtesy_are_no_joy() -> None:
    names = Names(["Best Buy"], ["Sunny"])
    scorer = LayeredScorer(replace(LAYERS, names=names))
    text = "please tell Best Buy and @great_fan_demo and Sunny"
    assert scorer.read(text).masked == 0.0
    assert scorer.judge(text).compound > 0.5


def test_an_example_says_what_the_shipped_weights_say() -> None:
    example = SCORER.taught(SITE).example("a grue was late", is_unhappy=True, is_praise=None)
    assert example.base == SCORER.score(SCORER.read("a grue was late")).base
    assert {"grue", "was late", "late"} <= example.words
    assert (example.share, example.is_unhappy, example.is_praise) == (0.5, True, None)
    assert example.features["cue late"] == 1.0


def test_an_undertone_is_a_problem_word_and_moves_no_figure() -> None:
    quiet = Lexicon([*lexicon().entries, read_entry("hello again | 0 | undertone")])
    scorer = LayeredScorer(replace(LAYERS, lexicon=quiet))
    text = "hello again, the bus is great, thank you"
    found, plain = scorer.judge(text), SCORER.judge(text)

    assert (found.has_problem_words, plain.has_problem_words) == (True, False)
    assert (found.unhappiness, found.praise) == (plain.unhappiness, plain.praise)
    assert [cue.text for cue in found.cues if cue.name.startswith("undertone: ")] == ["hello again"]


def test_many_texts_are_judged_as_each_by_itself() -> None:
    odd = [
        "",
        " ",
        "\n",
        "late " * 2_000,
        "Das ist leider viel zu sp\u00e4t gekommen",
        "\N{POUTING FACE} late",
    ]
    told = [(text, (None, "en", "de")[at % 3]) for at, text in enumerate([*TEXTS, *odd] * 40)]
    for scorer in (SCORER, VaderScorer()):
        assert scorer.judge_all(told) == [scorer.judge(text, lang=lang) for text, lang in told]
        assert scorer.judge_all([]) == []


def test_tokens_lie_where_they_are_found_whatever_stands_between_parts() -> None:
    for text in ("so late, @acme!", " so  late,\t@acme!\n", "so\u2003late ,@acme !"):
        tokens = SCORER.read(text).tokens
        places = zip(tokens.starts, tokens.ends, strict=True)
        assert [text[start:end] for start, end in places] == ["so", "late", "@acme", "!"]
