from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.domain.heard.metrics import (
    ClassFigures,
    accuracy,
    auc,
    class_figures,
    macro_f1,
    recall_at_precision,
)

RANKED = st.lists(st.tuples(st.booleans(), st.sampled_from([-1.0, -0.5, 0.0, 0.3, 0.31, 1.0])), max_size=25)

TRUTH = ["negative", "negative", "negative", "neutral", "positive", "positive"]
ANSWERS = ["negative", "neutral", "negative", "neutral", "negative", "positive"]


def test_accuracy_is_the_share_of_right_answers() -> None:
    assert accuracy(TRUTH, ANSWERS) == pytest.approx(4 / 6)


def test_class_figures_of_a_worked_example() -> None:
    negative = class_figures(TRUTH, ANSWERS, "negative")
    positive = class_figures(TRUTH, ANSWERS, "positive")
    assert (negative.precision, negative.recall) == pytest.approx((2 / 3, 2 / 3))
    assert (positive.precision, positive.recall) == (1.0, 0.5)
    assert (negative.f1, positive.f1) == pytest.approx((2 / 3, 2 / 3))


def test_macro_f1_weighs_rare_and_frequent_classes_alike() -> None:
    assert macro_f1(TRUTH, ANSWERS) == pytest.approx((2 / 3 + 2 / 3 + 2 / 3) / 3)
    assert macro_f1(["a"] * 9 + ["b"], ["a"] * 10) == pytest.approx((18 / 19 + 0) / 2)


def test_a_class_that_is_only_answered_counts_in_macro_f1() -> None:
    assert macro_f1(["a", "a"], ["a", "b"]) == pytest.approx((2 / 3 + 0) / 2)


def test_figures_without_a_case_are_zero() -> None:
    assert class_figures(["a"], ["a"], "b") == ClassFigures(precision=0.0, recall=0.0, f1=0.0)


def test_no_rows_have_no_figures() -> None:
    assert accuracy([], []) is None
    assert macro_f1([], []) is None
    assert auc([], []) is None
    assert recall_at_precision([], [], precision=0.9) is None


def test_auc_counts_a_tie_as_half() -> None:
    assert auc([True, False], [0.9, 0.1]) == 1.0
    assert auc([True, False], [0.1, 0.9]) == 0.0
    assert auc([True, False], [0.5, 0.5]) == 0.5
    assert auc([True, True, False, False], [0.9, 0.5, 0.5, 0.1]) == pytest.approx(3.5 / 4)


def test_auc_needs_both_kinds_of_rows() -> None:
    assert auc([True, True], [0.1, 0.2]) is None
    assert auc([False], [0.1]) is None


def test_recall_at_precision_takes_the_deepest_threshold_that_is_precise_enough() -> None:
    wanted = [True, False, True, True, False, True]
    scores = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
    assert recall_at_precision(wanted, scores, precision=1.0) == 0.25
    # Precise at the first row, not at the second, precise enough again at the fourth.
    assert recall_at_precision(wanted, scores, precision=0.75) == 0.75
    assert recall_at_precision(wanted, scores, precision=0.6) == 1.0


def test_a_precision_that_is_met_exactly_counts() -> None:
    # 0.55 * 20 is a little more than 11.
    assert recall_at_precision([True] * 11 + [False] * 9, [0.5] * 20, precision=0.55) == 1.0


def test_rows_of_one_score_are_taken_together() -> None:
    assert recall_at_precision([True, False], [0.5, 0.5], precision=0.9) == 0.0


def test_nothing_wanted_has_no_recall() -> None:
    assert recall_at_precision([False], [0.5], precision=0.9) is None


@pytest.mark.parametrize("scores", [[0.1], [0.1, math.nan]])
def test_rows_that_cannot_be_ranked_are_refused(scores: list[float]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - zip() words one of the two messages
        auc([True, False], scores)


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        accuracy(["a", "b"], ["a"])
    with pytest.raises(ValueError, match="shorter"):
        class_figures(["a", "b"], ["a"], "a")


@given(RANKED)
def test_auc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[bool, float]]) -> None:
    wanted = [score for flag, score in rows if flag]
    others = [score for flag, score in rows if not flag]
    won = [(high > low) + (high == low) / 2 for high, low in itertools.product(wanted, others)]
    expected = sum(won) / len(won) if won else None
    assert auc([flag for flag, _ in rows], [score for _, score in rows]) == pytest.approx(expected)


@given(RANKED, st.sampled_from([0.5, 0.8, 0.9, 1.0]))
def test_recall_at_precision_is_the_best_of_all_thresholds(
    rows: list[tuple[bool, float]], precision: float
) -> None:
    total = sum(flag for flag, _ in rows)
    recalls = [0.0]
    for threshold in {score for _, score in rows}:
        taken = [flag for flag, score in rows if score >= threshold]
        if total and sum(taken) / len(taken) >= precision:
            recalls.append(sum(taken) / total)
    expected = max(recalls) if total else None
    answer = recall_at_precision([f for f, _ in rows], [s for _, s in rows], precision=precision)
    assert answer == pytest.approx(expected)
