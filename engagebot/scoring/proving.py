"""Proving: whether what a site teaches helps on decisions that it was not taught, and what it may keep."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from engagebot.domain.heard.metrics import auc
from engagebot.scoring.fitting import Example, fit_site
from engagebot.scoring.model import Pair, Weighed, probability
from engagebot.scoring.site import Dialect, Leaning, SiteModel

FOLDS: Final = 5
FEWEST_PEOPLE: Final = 2
"""A word that only one person uses is no word of the brand's customers, but perhaps that person's name."""
FEWEST_OF_A_NAME: Final = 5
"""The same for words that stand in the name of one of the authors."""
_SURE: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One decided text: who wrote it, and what else says nearly the same (`copies` is equal for those)."""

    example: Example
    person: Hashable
    copies: Hashable


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How well a model tells decisions it was not taught; the loss counts each by its weight."""

    auc: float
    log_loss: float

    def is_worse_than(self, other: Figures) -> bool:
        """Whether either figure is worse."""
        return self.auc < other.auc or self.log_loss > other.log_loss


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The shipped weights alone, and taught, on the same held-back decisions."""

    shipped: Figures
    taught: Figures


def keepable(lessons: Iterable[Lesson], names: Collection[str] = ()) -> frozenset[str]:
    """The words that a model may hold: used by several people, and without a digit.

    So a model holds no order number, no address, and nobody's name but where many people write it. `names`
    are words out of authors' names, which more people have to use.
    """
    people: defaultdict[str, set[Hashable]] = defaultdict(set)
    for lesson in lessons:
        for word in lesson.example.words:
            people[word].add(lesson.person)
    return frozenset(word for word, users in people.items() if _may_stay(word, len(users), names))


def _may_stay(word: str, people: int, names: Collection[str]) -> bool:
    if any(letter.isdigit() for letter in word):
        return False
    is_name = any(part in names for part in word.split(" "))
    return people >= (FEWEST_OF_A_NAME if is_name else FEWEST_PEOPLE)


def with_words(example: Example, words: Set[str]) -> Example:
    """The example without any other word."""
    return replace(example, words=example.words & words)


def prove(
    lessons: Sequence[Lesson],
    *,
    question: int,
    names: Collection[str] = (),
    leaning: Leaning | None = None,
) -> Proof | None:
    """Teach four fifths, ask about the last fifth, five times; question 0 is "unhappy", 1 is "praise".

    `leaning` is what the dialect says of the question; it has heard none of the lessons.

    What one person wrote, and what says nearly the same, is never on both sides. `None` where the decisions
    cannot be parted so that each part has both answers to learn from.
    """
    answered = [lesson for lesson in lessons if _answer(lesson.example, question) is not None]
    dialect: Dialect = (leaning, None) if question == 0 else (None, leaning)
    heard = leaning.words.keys() if leaning else frozenset[str]()
    rows: list[tuple[bool, float, float, float]] = []
    for held in folds(answered, question=question):
        out = set(held)
        taught = [lesson for at, lesson in enumerate(answered) if at not in out]
        if not held or len({_answer(lesson.example, question) for lesson in taught}) < 2:
            return None
        words = keepable(taught, names) | heard
        examples = [with_words(lesson.example, words) for lesson in taught]
        model = fit_site(examples, made_from={}, dialect=dialect)
        for at in held:
            example = answered[at].example
            scored = scored_by(model, example)
            answer = bool(_answer(example, question))
            rows.append((answer, example.weight, example.base[question], scored[question]))
    return _compared(rows)


def scored_by(model: SiteModel, example: Example) -> Pair:
    """The log-odds of both questions as a model corrects them."""
    known = model.words
    pairs = [known[word] for word in example.words if word in known]
    unhappy, praise = (math.fsum(pair[question] for pair in pairs) for question in (0, 1))
    return model.score(
        example.base, Weighed(unhappy * example.share, praise * example.share, []), example.features
    )


def folds(lessons: Sequence[Lesson], *, question: int) -> list[list[int]]:
    """Part the lessons, by index, into five with as many of each answer as whole groups allow."""
    groups: defaultdict[Hashable, list[int]] = defaultdict(list)
    for at, first in enumerate(_groups(lessons)):
        groups[first].append(at)
    found: list[list[int]] = [[] for _ in range(FOLDS)]
    wanted = [0] * FOLDS
    said_yes = [_answer(lesson.example, question) is True for lesson in lessons]

    def turn(group: list[int]) -> tuple[int, bool, bytes]:
        # Large groups are placed first, and chance, the same each time, orders equal ones.
        return -len(group), not any(said_yes[at] for at in group), sha256(str(group).encode()).digest()

    for group in sorted(groups.values(), key=turn):
        yes = sum(said_yes[at] for at in group)
        place = min(range(FOLDS), key=lambda fold: (wanted[fold] if yes else 0, len(found[fold]), fold))
        found[place] += group
        wanted[place] += yes
    return found


def _groups(lessons: Sequence[Lesson]) -> list[int]:
    """For each lesson the first one that is tied to it by a person or a copy, over others too."""
    roots = list(range(len(lessons)))

    def root(at: int) -> int:
        while roots[at] != at:
            roots[at] = roots[roots[at]]
            at = roots[at]
        return at

    first: dict[tuple[str, Hashable], int] = {}
    for at, lesson in enumerate(lessons):
        for key in (("person", lesson.person), ("copies", lesson.copies)):
            roots[root(at)] = root(first.setdefault(key, at))
    return [root(at) for at in range(len(lessons))]


def _compared(rows: Sequence[tuple[bool, float, float, float]]) -> Proof | None:
    answers = [row[0] for row in rows]
    weights = [row[1] for row in rows]
    found = []
    for column in (2, 3):
        odds = [row[column] for row in rows]
        ranked = auc(answers, odds)
        if ranked is None:
            return None
        found.append(Figures(auc=round(ranked, 4), log_loss=round(_log_loss(answers, odds, weights), 4)))
    return Proof(shipped=found[0], taught=found[1])


def _log_loss(answers: Sequence[bool], odds: Sequence[float], weights: Sequence[float]) -> float:
    total = 0.0
    for answer, each, weight in zip(answers, odds, weights, strict=True):
        right = probability(each if answer else -each)
        total -= weight * math.log(max(right, _SURE))
    return total / (math.fsum(weights) or 1.0)


def _answer(example: Example, question: int) -> bool | None:
    return (example.is_unhappy, example.is_praise)[question]


def as_json(proof: Proof) -> Mapping[str, Mapping[str, float]]:
    """The figures by name."""
    return {
        name: {"auc": figures.auc, "log_loss": figures.log_loss}
        for name, figures in (("shipped", proof.shipped), ("taught", proof.taught))
    }
