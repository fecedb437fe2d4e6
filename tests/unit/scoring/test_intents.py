"""Intents, the reason when it is sure, and what must be known before anybody answers."""

from __future__ import annotations

import pytest

from engagebot.domain.judgement import Cue, Intent
from engagebot.scoring.cues import Found
from engagebot.scoring.features import Reading
from engagebot.scoring.friendliness import Friendliness
from engagebot.scoring.intents import (
    COMPLAINT_FROM,
    PRAISE_FROM,
    SURE,
    flags_of,
    has_catch,
    intents_of,
    problems_of,
    reason_of,
)
from engagebot.scoring.kinds import KINDS
from engagebot.scoring.tokens import Names, tokenise
from tests.unit.scoring.texts import reading


def with_cues(*cues: tuple[str, float], text: str = "x") -> Reading:
    return Reading(tokenise(text), [Found("x", kind, weight, 0, 0) for kind, weight in cues], 0.0, 0.0)


@pytest.mark.parametrize(
    ("cues", "unhappiness", "praise", "expected"),
    [
        ([], 0.0, 0.0, ["other"]),
        ([], COMPLAINT_FROM, 0.0, ["complaint"]),
        ([], 0.4999, PRAISE_FROM, ["praise"]),
        ([], 0.9, 0.9, ["complaint"]),
        ([("lost", 1.0)], 0.9, 0.0, ["complaint"]),
        ([("lost", 1.0), ("delivery", 0.0)], 0.9, 0.0, ["complaint", "delivery"]),
        ([("product", 1.0), ("billing", 0.3)], 0.9, 0.0, ["complaint", "bug", "billing"]),
        ([("lost", -0.25)], 0.0, 0.0, ["other"]),
        ([("money", 0.0)], 0.0, 0.0, ["other"]),
        ([("money", 0.0)], COMPLAINT_FROM, 0.0, ["complaint", "billing"]),
        ([("money", 0.0), ("question", 0.0)], 0.0, 0.0, ["question", "billing"]),
        ([("delivery", 0.0), ("request", 0.0)], 0.0, 0.0, ["delivery"]),
        ([("price", 0.0)], COMPLAINT_FROM, 0.0, ["complaint"]),
        ([("churn", 1.0), ("last_plea", 1.0)], 0.9, 0.0, ["complaint", "churn", "last_plea"]),
        ([("recommendation", -1.0)], 0.0, 0.9, ["praise", "recommendation"]),
        ([("recommendation", -1.0)], 0.9, 0.0, ["complaint"]),
        ([("advice", 0.0)], 0.0, 0.0, ["recommendation"]),
        ([("praise", -1.0)], 0.0, 0.0, ["other"]),
        ([("spam", 0.0), ("question", 0.0)], 0.0, 0.0, ["question", "spam"]),
    ],
)
def test_intents(
    cues: list[tuple[str, float]], unhappiness: float, praise: float, expected: list[str]
) -> None:
    assert intents_of(with_cues(*cues), unhappiness, praise) == tuple(map(Intent, expected))


def test_a_question_mark_asks() -> None:
    assert intents_of(reading("when?!"), 0.0, 0.0) == (Intent.QUESTION,)
    assert intents_of(reading("how do I reset it"), 0.0, 0.0) == (Intent.QUESTION,)
    assert intents_of(reading("see https://example.com/?q"), 0.0, 0.0) == (Intent.OTHER,)


def test_intents_come_in_one_order() -> None:
    every = with_cues(*((kind.name, 0.0) for kind in KINDS.values()), text="?")
    found = intents_of(every, 0.9, 0.9)
    assert list(found) == [intent for intent in Intent if intent in found]
    assert set(Intent) - set(found) == {Intent.PRAISE, Intent.OTHER}


@pytest.mark.parametrize(
    ("cues", "expected"),
    [
        ([("late", SURE)], "late"),
        ([("late", SURE - 0.01)], None),
        ([("late", 0.4), ("late", 0.4)], "late"),
        ([("late", 1.5), ("staff", 1.0)], "late"),
        ([("late", 1.4), ("staff", 1.0)], None),
        ([("staff", 1.0), ("late", 1.0)], None),
        ([("late", 1.0), ("problem", 3.0), ("anger", 3.0)], "late"),
        ([("late", 1.0), ("late", -0.25)], "late"),
        ([("money", 0.0)], None),
        ([], None),
    ],
)
def test_a_reason_is_named_only_when_it_stands_out(
    cues: list[tuple[str, float]], expected: str | None
) -> None:
    assert reason_of(with_cues(*cues), 0.9) == expected


def test_nobody_who_is_not_unhappy_has_a_reason() -> None:
    assert reason_of(with_cues(("late", 4.0)), COMPLAINT_FROM - 0.001) is None
    assert reason_of(with_cues(("late", 4.0)), COMPLAINT_FROM) == "late"


def test_flags_say_what_cues_and_names_say() -> None:
    names = Names(["Acme"], ["Shaw"])
    calm = flags_of(reading("late bus", names=names), names)
    assert calm == (False, False, False, ())
    busy = "the Acme of funerals, no, a funeral. let me speak to your manager or go to @shaw"
    assert flags_of(reading(busy, names=names), names) == (True, True, True, ("Shaw",))


@pytest.mark.parametrize("kind", ["tender", "threat"])
def test_threats_are_as_tender_as_a_death(kind: str) -> None:
    assert flags_of(with_cues((kind, 0.0)), Names()).is_tender


@pytest.mark.parametrize(
    ("cue", "problems"),
    [
        (Cue("late: late", "late", 0, 4, 0.3), {"late"}),
        (Cue("late: late", "late", 0, 4, 0.29), set()),
        (Cue("cheated: scam", "scam", 0, 4, 1.2), {"cheated"}),
        (Cue("delivery: parcel*", "parcel", 0, 6, 0.6), set()),
        (Cue("price: cheap", "cheap", 0, 5, 0.6), set()),
        (Cue("thanks: thanks", "thanks", 0, 6, -1.0), set()),
        (Cue("word", "late", 0, 4, 2.0), set()),
        (Cue("form", "asks", 0, 0, 2.0), set()),
    ],
)
def test_problem_words_are_cues_that_push_and_no_topics(cue: Cue, problems: set[str]) -> None:
    assert problems_of([cue]) == problems


def test_an_undertone_is_a_catch_however_friendly_the_words() -> None:
    assert has_catch(with_cues(("undertone", 0.0)), Friendliness(0.99, is_doubted=False))


@pytest.mark.parametrize(
    ("value", "is_doubted", "expected"),
    [
        (0.99, False, False),
        (0.99, True, False),
        (0.1, False, False),
        (0.1, True, True),
        (PRAISE_FROM, True, False),
    ],
)
def test_a_doubt_is_a_catch_where_there_is_no_praise(value: float, is_doubted: bool, expected: bool) -> None:
    assert has_catch(with_cues(("small_talk", 0.0)), Friendliness(value, is_doubted)) is expected


def test_that_something_is_ours_is_no_problem() -> None:
    assert problems_of([Cue("ours: BRAND .. app", "acme app", 0, 8, 0.5)]) == set()
