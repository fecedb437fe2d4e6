"""Fitting: labelled texts give weights with the right signs, the same ones every time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engagebot.scoring.fitting import Example, fit_site, fit_weights
from engagebot.scoring.model import Weights, probability
from engagebot.scoring.site import Leaning, SiteModel

ROOT = Path(__file__).parents[3]


def example(
    words: str,
    *,
    unhappy: bool | None,
    praise: bool | None = None,
    base: float = 0.0,
    weight: float = 1.0,
    **features: float,
) -> Example:
    return Example(
        features=features,
        words=set(words.split()),
        share=0.5,
        base=(base, -base),
        is_unhappy=unhappy,
        is_praise=(not unhappy if praise is None else praise) if unhappy is not None else praise,
        weight=weight,
    )


TOY = [
    *(example("late bus today", unhappy=True, asks=1.0) for _ in range(20)),
    *(example("great bus today", unhappy=False) for _ in range(20)),
    example("once only", unhappy=True),
]


def odds(model: Weights, words: str) -> tuple[float, float]:
    return model.score({}, model.words.weigh(words.split(), 0.5))[0]


def test_what_is_told_apart_gets_the_right_signs() -> None:
    model = fit_weights(TOY, made_from={"rows": 41})
    assert model.words["late"][0] > 0 > model.words["late"][1]
    assert model.words["great"][0] < 0 < model.words["great"][1]
    assert model.features["asks"][0] > 0 > model.features["asks"][1]
    assert abs(model.words["bus"][0]) < model.words["late"][0] / 2
    assert model.made_from == {"rows": 41}
    assert odds(model, "late")[0] > 0 > odds(model, "great")[0]


def test_rare_words_are_left_out() -> None:
    assert {"once", "only"}.isdisjoint(fit_weights(TOY, made_from={}).words)
    assert "once" in fit_weights(TOY, made_from={}, rarest=1).words
    assert not fit_weights(TOY, made_from={}, rarest=100).words


def test_words_with_figures_are_left_out() -> None:
    examples = [
        *TOY,
        *(example("late prop8 @someone1", unhappy=True) for _ in range(9)),
    ]
    assert not [word for word in fit_weights(examples, made_from={}).words if "8" in word or "1" in word]


def test_of_too_many_words_the_telling_ones_are_kept() -> None:
    assert set(fit_weights(TOY, made_from={}, most_words=2).words) == {"late", "great"}


@pytest.mark.parametrize(
    "examples",
    [
        [],
        [example("late", unhappy=True)] * 3,
        [example("late", unhappy=True, praise=False), example("great", unhappy=False, praise=False)] * 3,
        [example("late", unhappy=None, praise=True), example("great", unhappy=None, praise=False)] * 3,
    ],
    ids=["nothing", "all unhappy", "no praise", "nobody asked"],
)
def test_answers_of_one_kind_teach_nothing(examples: list[Example]) -> None:
    with pytest.raises(ValueError, match="one kind only"):
        fit_weights(examples, made_from={})


def test_the_same_examples_give_the_same_weights() -> None:
    assert fit_weights(TOY, made_from={}).dump() == fit_weights(TOY, made_from={}).dump()
    assert fit_site(TOY, made_from={}).dump() == fit_site(TOY, made_from={}).dump()


def test_the_same_examples_give_the_same_weights_in_every_process() -> None:
    program = (
        "from engagebot.scoring.fitting import fit_site, fit_weights;"
        "from tests.unit.scoring.test_fitting import mixed;"
        "print(fit_weights(mixed(), made_from={}).dump(), fit_site(mixed(), made_from={}).dump())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def mixed() -> list[Example]:
    """Texts of many words each, so that sums depend on the order of adding."""
    words = [f"word{chr(97 + at)}" for at in range(26)]
    return [
        example(
            " ".join(words[(at * step) % 26] for step in range(1, 12)),
            unhappy=at % 3 == 0,
            base=at / 37,
            asks=at / 7,
            length=at / 11,
        )
        for at in range(60)
    ]


def test_weights_of_examples_count() -> None:
    def fitted(weight: float) -> float:
        examples = [example("late", unhappy=True), example("late", unhappy=False, weight=weight)]
        return odds(fit_weights(examples * 5, made_from={}), "late")[0]

    assert fitted(0.2) > 0.1 > -0.1 > fitted(5.0)
    assert fitted(1.0) == pytest.approx(0.0, abs=0.01)


def test_what_nobody_answered_is_left_out() -> None:
    unanswered = [example("late", unhappy=None, praise=None)] * 30
    assert fit_site([*TOY, *unanswered], made_from={}).dump() == fit_site(TOY, made_from={}).dump()


def test_a_site_learns_its_own_words() -> None:
    examples = [
        *(example("grue room", unhappy=True, base=-1.0) for _ in range(300)),
        *(example("plain room", unhappy=False, base=-1.0) for _ in range(300)),
    ]
    model = fit_site(examples, made_from={"decisions": 600})
    assert model.words["grue"][0] > 0 > model.words["plain"][0]
    assert model.words["grue"][1] < 0 < model.words["plain"][1]
    before = probability(-1.0)
    after = probability(model.score((-1.0, 1.0), model.words.weigh(["grue", "room"], 0.5), {})[0])
    assert before < 0.3 < 0.5 < after
    assert SiteModel.parse(model.dump()).version == model.version


def test_a_question_with_one_kind_of_answer_stays_as_shipped() -> None:
    examples = [example(word, unhappy=word == "late", praise=False) for word in ("late", "great") * 50]
    model = fit_site(examples, made_from={})
    assert model.shift[1] == 0.0
    assert all(pair[1] == 0.0 for pair in model.words.values())
    assert model.words["late"][0] > 0
    assert fit_site([], made_from={}).dump() == SiteModel().dump()


def test_decisions_add_to_what_the_dialect_says() -> None:
    leaning = Leaning(keep=0.75, shift=0.5, words={"grue": 2.0, "unsaid": -1.0})
    examples = [
        *(example("grue room", unhappy=True, base=-1.0) for _ in range(300)),
        *(example("plain room", unhappy=False, base=-1.0) for _ in range(300)),
    ]
    with_it = fit_site(examples, made_from={}, dialect=(leaning, None))
    without = fit_site(examples, made_from={})
    assert with_it.keep == (0.75, 1.0)
    assert with_it.words["unsaid"] == (-1.0, 0.0)
    # What the dialect knows need not be learned once more.
    assert 0 < with_it.words["grue"][0] - 2.0 < without.words["grue"][0]
    assert [pair[1] for name, pair in with_it.words.items() if name != "unsaid"] == [
        pair[1] for pair in without.words.values()
    ]


def test_a_dialect_stays_out_of_a_question_that_nobody_answered() -> None:
    leaning = Leaning(keep=0.75, shift=0.5, words={"grue": 2.0})
    asked = [example(word, unhappy=None, praise=word == "great") for word in ("late", "great") * 50]
    model = fit_site(asked, made_from={}, dialect=(leaning, None))
    assert (model.keep, model.shift[0]) == ((1.0, 1.0), 0.0)
    assert "grue" not in model.words


def test_few_decisions_change_less_than_many() -> None:
    def learned(times: int) -> float:
        few = [example("grue", unhappy=True), example("plain", unhappy=False)]
        return fit_site(few * times, made_from={}).words["grue"][0]

    assert 0 < learned(10) < learned(100) < learned(1_000)


def test_scikit_learn_is_loaded_only_to_fit() -> None:
    program = (
        "import sys; from engagebot.scoring.fitting import fit_weights;"
        "from engagebot.scoring import LayeredScorer; print('sklearn' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
