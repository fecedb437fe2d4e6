"""How good answers are, beside what people say is right."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFigures:
    """How well one class is told from all others, each figure from 0 to 1.

    A figure without a single case to count is 0: precision without an answer, recall with nothing to find.
    """

    precision: float
    recall: float
    f1: float


def accuracy(truth: Sequence[Hashable], answers: Sequence[Hashable]) -> float | None:
    """Return the share of right answers; `None` without rows.

    Raises:
        ValueError: the two differ in length.
    """
    right = [true == answer for true, answer in zip(truth, answers, strict=True)]
    return sum(right) / len(right) if right else None


def class_figures(truth: Sequence[Hashable], answers: Sequence[Hashable], label: Hashable) -> ClassFigures:
    """Return precision, recall and F1 of one class.

    Raises:
        ValueError: the two differ in length.
    """
    both = sum(true == label == answer for true, answer in zip(truth, answers, strict=True))
    answered = sum(answer == label for answer in answers)
    present = sum(true == label for true in truth)
    return ClassFigures(
        precision=_share(both, answered),
        recall=_share(both, present),
        f1=_share(2 * both, answered + present),
    )


def macro_f1(truth: Sequence[Hashable], answers: Sequence[Hashable]) -> float | None:
    """Return the plain mean of F1 over every class in `truth` or `answers`; `None` without rows.

    Raises:
        ValueError: the two differ in length.
    """
    labels = {*truth, *answers}
    figures = [class_figures(truth, answers, label).f1 for label in labels]
    # Sorted, because the order of a set, and with it the last bit of a sum, changes from run to run.
    return sum(sorted(figures)) / len(figures) if figures else None


def auc(wanted: Sequence[bool], scores: Sequence[float]) -> float | None:
    """Return how often a wanted row scores above an unwanted one; equal scores count half.

    `None` where all rows are wanted or none is: there is nothing to compare.

    Raises:
        ValueError: the two differ in length, or a score is not a number.
    """
    won = 0.0
    wanted_rows = unwanted_rows = 0
    for found, others in _by_score(wanted, scores):
        won += others * (wanted_rows + found / 2)
        wanted_rows += found
        unwanted_rows += others
    pairs = wanted_rows * unwanted_rows
    return won / pairs if pairs else None


def recall_at_precision(wanted: Sequence[bool], scores: Sequence[float], *, precision: float) -> float | None:
    """Return the largest share of wanted rows that one threshold finds while precision stays at `precision`.

    Rows of one score are taken together or not at all. 0 where no threshold is that precise, `None` where
    no row is wanted.

    Raises:
        ValueError: the two differ in length, or a score is not a number.
    """
    taken = found_rows = best = 0
    for found, others in _by_score(wanted, scores):
        taken += found + others
        found_rows += found
        if found_rows / taken >= precision:
            best = found_rows
    return best / found_rows if found_rows else None


def _by_score(wanted: Sequence[bool], scores: Sequence[float]) -> Iterator[tuple[int, int]]:
    """Yield how many rows are wanted and how many not, for each score from the highest down."""
    if any(score != score for score in scores):
        raise ValueError("a score is not a number")
    rows = sorted(zip(scores, wanted, strict=True), reverse=True)
    for _, tied in groupby(rows, key=lambda row: row[0]):
        flags = [flag for _, flag in tied]
        yield sum(flags), len(flags) - sum(flags)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
