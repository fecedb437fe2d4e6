"""Held-back proofs part people and copies, and a model holds no word that points at a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

import pytest

from engagebot.scoring.fitting import Example
from engagebot.scoring.proving import FOLDS, Figures, Lesson, folds, keepable, prove, with_words
from engagebot.scoring.site import Leaning


def lesson(
    *words: str,
    person: Hashable,
    copies: Hashable | None = None,
    is_unhappy: bool | None = None,
    base: float = 0.0,
) -> Lesson:
    example = Example(
        features={}, words=set(words), share=0.5, base=(base, 0.0), is_unhappy=is_unhappy, weight=1.0
    )
    return Lesson(example=example, person=person, copies=copies or f"post of {person}")


def many(count: int) -> list[Lesson]:
    words = ("gribbled", "fine")
    return [lesson(words[at % 2], "it", person=at, is_unhappy=at % 2 == 0) for at in range(count)]


def test_every_lesson_is_held_back_once_with_as_many_of_each_answer() -> None:
    parts = folds(many(100), question=0)
    assert sorted(at for part in parts for at in part) == list(range(100))
    assert [len(part) for part in parts] == [20] * FOLDS
    assert [sum(at % 2 == 0 for at in part) for part in parts] == [10] * FOLDS
    assert parts == folds(many(100), question=0)


def test_one_person_and_all_copies_stay_on_one_side() -> None:
    tied = [
        lesson("a", person="one", is_unhappy=True),
        lesson("b", person="one", copies="echo", is_unhappy=False),
        lesson("c", person="two", copies="echo", is_unhappy=True),
        lesson("d", person="two", is_unhappy=False),
    ]
    parts = folds([*many(40), *tied], question=0)
    assert [len([at for at in part if at >= 40]) for part in parts if any(at >= 40 for at in part)] == [4]


def test_what_is_learned_is_measured_on_people_it_was_not_learned_from() -> None:
    found = prove(many(60), question=0)
    assert found is not None
    assert (found.shipped.auc, found.taught.auc) == (0.5, 1.0)
    assert found.taught.log_loss < found.shipped.log_loss
    assert not found.taught.is_worse_than(found.shipped)
    assert found.shipped.is_worse_than(found.taught)


def test_what_the_dialect_says_is_part_of_what_is_proved() -> None:
    words = {"gribbled": 4.0, "fine": -4.0}
    knows = Leaning(keep=1.0, shift=0.0, words=words)
    errs = Leaning(keep=1.0, shift=0.0, words={word: -weight for word, weight in words.items()})
    losses = []
    for leaning in (knows, None, errs):
        found = prove(many(60), question=0, leaning=leaning)
        assert found is not None
        losses.append(found.taught.log_loss)
    assert losses == sorted(losses)
    assert len(set(losses)) == 3


@pytest.mark.parametrize(
    "lessons",
    [
        [],
        [lesson("a", person=at, is_unhappy=True) for at in range(30)],
        [lesson("a", person=at) for at in range(30)],
        [lesson("a", person="one", is_unhappy=at % 2 == 0) for at in range(30)],
        [*many(3)],
    ],
    ids=["none", "one answer", "no answer", "one person", "too few"],
)
def test_nothing_is_proved_where_nothing_can_be_held_back(lessons: list[Lesson]) -> None:
    assert prove(lessons, question=0) is None


def test_a_figure_that_is_worse_in_one_way_is_worse() -> None:
    one = Figures(auc=0.9, log_loss=0.3)
    assert Figures(auc=0.89, log_loss=0.2).is_worse_than(one)
    assert Figures(auc=0.95, log_loss=0.31).is_worse_than(one)
    assert not Figures(auc=0.9, log_loss=0.3).is_worse_than(one)


def test_a_word_needs_two_people_and_no_digit_and_a_name_needs_five() -> None:
    said = [lesson("box", "box tamsin", "tamsin", "ab12", "a7 box", person=at) for at in range(4)]
    said += [lesson("once", "twice", person="one"), lesson("twice", person="one")]
    counted = Counter(word for each in said for word in each.example.words)
    assert counted["tamsin"] == 4
    assert keepable(said) == {"box", "tamsin", "box tamsin"}
    assert keepable(said, {"tamsin"}) == {"box"}
    said.append(lesson("tamsin", person="five"))
    assert keepable(said, {"tamsin"}) == {"box", "tamsin"}


def test_an_example_can_be_left_with_some_of_its_words() -> None:
    example = lesson("a", "b", person=1).example
    assert with_words(example, frozenset({"b", "c"})).words == {"b"}
