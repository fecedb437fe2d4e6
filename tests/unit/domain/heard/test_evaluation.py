from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.domain.heard.evaluation import (
    HumanFigures,
    Label,
    LanePoint,
    RulesFigures,
    UnhappyFigures,
    answer_figures,
    answer_of,
    friendliness,
    friendly_lane,
    level_of,
    rules_figures,
    unhappiness,
)
from engagebot.domain.judgement import Judgement, Sentiment

NEG, NEU, POS = Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE
ROWS = st.lists(
    st.tuples(st.sampled_from(Label), st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])), min_size=1, max_size=60
)


def judgement(sentiment: Sentiment = Sentiment.NEUTRAL, **over: float) -> Judgement:
    return Judgement(**{"compound": 0.0, "version": "fake", "sentiment": sentiment, **over})  # type: ignore[arg-type]


def test_five_levels_become_three_and_unknown_none() -> None:
    assert [level_of(sentiment) for sentiment in Sentiment] == [NEG, NEG, NEU, POS, POS, None]


def test_friendliness_is_the_scorers_own() -> None:
    assert friendliness(judgement(praise=0.8, unhappiness=0.25, friendliness=0.5)) == 0.5


def test_a_scorer_that_knows_no_unhappiness_is_ranked_by_its_compound() -> None:
    found = answer_of(judgement(Sentiment.NEGATIVE, compound=-0.5))
    assert (found.level, found.unhappiness, found.friendliness) == (NEG, 0.75, 0.25)


def test_a_language_that_is_not_scored_stands_in_the_middle_and_is_never_friendly() -> None:
    foreign = judgement(Sentiment.UNKNOWN, compound=0.9)
    assert (unhappiness(foreign), friendliness(foreign)) == (0.5, 0.0)


def test_figures_of_a_worked_example() -> None:
    figures = answer_figures(
        [NEG, NEG, NEG, NEU, POS, POS], [NEG, NEU, NEG, NEU, NEG, POS], [0.9, 0.3, 0.8, 0.2, 0.85, 0.1]
    )
    assert figures.accuracy == pytest.approx(4 / 6)
    assert figures.macro_f1 == pytest.approx(2 / 3)
    assert figures.unhappy == UnhappyFigures(precision=2 / 3, recall=2 / 3, f1=2 / 3, auc=7 / 9)
    assert figures.recall_at_precision_90 == pytest.approx(1 / 3)


def test_no_answer_is_never_right_and_no_class_of_its_own() -> None:
    figures = answer_figures([NEG, NEG, POS, POS], [NEG, None, POS, None], [0.9, 0.5, 0.1, 0.5])
    assert figures.accuracy == 0.5
    assert figures.macro_f1 == pytest.approx(2 / 3)
    assert (figures.unhappy.precision, figures.unhappy.recall) == (1.0, 0.5)
    assert figures.unhappy.auc == pytest.approx(3.5 / 4)


def test_the_lane_counts_praise_and_unhappy_texts_from_each_threshold_up() -> None:
    lane = friendly_lane([POS, NEG, POS, NEU, POS, POS], [0.9, 0.8, 0.7, 0.6, 0.6, 0.1], points=4)
    assert lane == (
        LanePoint(threshold=0.9, coverage=0.25, unhappy_share=0.0, drafted=1),
        LanePoint(threshold=0.7, coverage=0.5, unhappy_share=1 / 3, drafted=3),
        LanePoint(threshold=0.6, coverage=0.75, unhappy_share=0.2, drafted=5),
        LanePoint(threshold=0.1, coverage=1.0, unhappy_share=1 / 6, drafted=6),
    )


def test_the_lane_needs_praise() -> None:
    assert friendly_lane([NEG, NEU], [0.5, 0.1]) == ()
    assert friendly_lane([], []) == ()


@given(ROWS)
def test_every_point_of_the_lane_holds_at_least_its_share_of_the_praise(
    rows: list[tuple[Label, float]],
) -> None:
    truth, ranks = [label for label, _ in rows], [rank for _, rank in rows]
    lane = friendly_lane(truth, ranks)
    assert len(lane) == (20 if POS in truth else 0)
    for step, point in enumerate(lane, start=1):
        taken = [label for label, rank in rows if rank >= point.threshold]
        assert point.drafted == len(taken)
        assert point.coverage == taken.count(POS) / truth.count(POS)
        assert taken.count(POS) * 20 >= step * truth.count(POS)
        assert point.unhappy_share == taken.count(NEG) / len(taken)
        # No higher threshold would have been enough.
        fewer = [label for label, rank in rows if rank > point.threshold]
        assert fewer.count(POS) * 20 < step * truth.count(POS)


def test_rules_are_measured_by_drafts_and_by_what_reaches_people() -> None:
    figures = rules_figures(
        [NEG, NEG, NEU, POS, POS],
        drafted=[True, False, False, True, False],
        escalated=[False, True, True, False, False],
    )
    assert figures == RulesFigures(
        drafted=0.4, unhappy_share=0.5, praise_coverage=0.5, human=HumanFigures(recall=0.5, share=0.4)
    )


def test_a_share_of_nothing_is_zero() -> None:
    figures = rules_figures([NEU], drafted=[False], escalated=[False])
    assert figures == RulesFigures(
        drafted=0.0, unhappy_share=0.0, praise_coverage=0.0, human=HumanFigures(recall=0.0, share=0.0)
    )
