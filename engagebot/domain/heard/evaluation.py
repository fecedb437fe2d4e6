"""How good judgements and decisions are on labelled texts: the figures, from plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Final

from engagebot.domain.heard.metrics import ClassFigures, accuracy, auc, class_figures, recall_at_precision
from engagebot.domain.judgement import Judgement, Sentiment

LANE_POINTS: Final = 20
_MIDDLE: Final = 0.5


class Label(StrEnum):
    """What a person says of a text, in three levels."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


_LEVELS: Final = {
    Sentiment.VERY_NEGATIVE: Label.NEGATIVE,
    Sentiment.NEGATIVE: Label.NEGATIVE,
    Sentiment.NEUTRAL: Label.NEUTRAL,
    Sentiment.POSITIVE: Label.POSITIVE,
    Sentiment.VERY_POSITIVE: Label.POSITIVE,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is kept of a judgement: its level of three and two places in a ranking, each from 0 to 1.

    `level` is `None` where the language is not scored.
    """

    level: Label | None
    unhappiness: float
    friendliness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnhappyFigures:
    """How well unhappy texts are told from all others; `auc` is `None` where there is one kind alone."""

    precision: float
    recall: float
    f1: float
    auc: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFigures:
    """How good the answers are, beside the labels; `None` where nothing could be counted."""

    accuracy: float | None
    macro_f1: float | None
    unhappy: UnhappyFigures
    recall_at_precision_90: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePoint:
    """The texts that are at least as friendly as `threshold`.

    `coverage` is their share of all praise, `unhappy_share` the share of unhappy ones among them.
    """

    threshold: float
    coverage: float
    unhappy_share: float
    drafted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanFigures:
    """What goes to people: the share of all unhappy texts, and the share of all texts."""

    recall: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesFigures:
    """What a rule set does to texts, in shares.

    `drafted` are those with a friendly draft, `unhappy_share` the unhappy ones among them, `praise_coverage`
    the share of all praise among them.
    """

    drafted: float
    unhappy_share: float
    praise_coverage: float
    human: HumanFigures


def answer_of(judgement: Judgement) -> Answer:
    """Take from a judgement what the figures need."""
    return Answer(level_of(judgement.sentiment), unhappiness(judgement), friendliness(judgement))


def level_of(sentiment: Sentiment) -> Label | None:
    """Name the level of three that one of five belongs to; `None` for `unknown`."""
    return _LEVELS.get(sentiment)


def unhappiness(judgement: Judgement) -> float:
    """Rank a text among the unhappy ones; in the middle where the language is not scored.

    A scorer that knows no unhappiness is ranked by its compound.
    """
    if judgement.sentiment is Sentiment.UNKNOWN:
        return _MIDDLE
    if judgement.unhappiness is None:
        return (1 - judgement.compound) / 2
    return judgement.unhappiness


def friendliness(judgement: Judgement) -> float:
    """Rank a text among those that deserve a friendly answer; last where the language is not scored.

    A scorer that does not know how friendly a text is, is ranked by its compound score.
    """
    if judgement.sentiment is Sentiment.UNKNOWN:
        return 0.0
    if judgement.friendliness is None:
        return (1 + judgement.compound) / 2
    return judgement.friendliness


def answer_figures(
    truth: Sequence[Label], levels: Sequence[Label | None], ranks: Sequence[float]
) -> AnswerFigures:
    """Compare levels and ranks of unhappiness with the labels.

    A text without a level is never right and counts for no class; its rank counts like any other.

    Raises:
        ValueError: the three differ in length, or a rank is not a number.
    """
    is_unhappy = [label is Label.NEGATIVE for label in truth]
    unhappy = class_figures(truth, levels, Label.NEGATIVE)
    return AnswerFigures(
        accuracy=accuracy(truth, levels),
        macro_f1=_macro_f1(truth, levels),
        unhappy=_with_auc(unhappy, auc(is_unhappy, ranks)),
        recall_at_precision_90=recall_at_precision(is_unhappy, ranks, precision=0.9),
    )


def friendly_lane(
    truth: Sequence[Label], ranks: Sequence[float], *, points: int = LANE_POINTS
) -> tuple[LanePoint, ...]:
    """Say for rising shares of the praise how many unhappy texts a friendly lane would hold.

    The points are spread evenly over the coverage, up to all praise; texts of one rank are taken together
    or not at all. Without praise there is no point.

    Raises:
        ValueError: the two differ in length.
    """
    reached = _reached(truth, ranks)
    praise = reached[-1][2] if reached else 0
    lane: list[LanePoint] = []
    at = 0
    for step in range(1, points + 1 if praise else 1):
        while reached[at][2] * points < step * praise:
            at += 1
        threshold, taken, happy, unhappy = reached[at]
        lane.append(
            LanePoint(
                threshold=threshold, coverage=happy / praise, unhappy_share=unhappy / taken, drafted=taken
            )
        )
    return tuple(lane)


def rules_figures(
    truth: Sequence[Label], *, drafted: Sequence[bool], escalated: Sequence[bool]
) -> RulesFigures:
    """Count what becomes of the texts; a share of nothing is 0.

    Raises:
        ValueError: the three differ in length.
    """
    rows = list(zip(truth, drafted, escalated, strict=True))
    with_draft = [label for label, is_drafted, _ in rows if is_drafted]
    with_people = [label for label, _, is_escalated in rows if is_escalated]
    return RulesFigures(
        drafted=_share(len(with_draft), len(rows)),
        unhappy_share=_share(with_draft.count(Label.NEGATIVE), len(with_draft)),
        praise_coverage=_share(with_draft.count(Label.POSITIVE), list(truth).count(Label.POSITIVE)),
        human=HumanFigures(
            recall=_share(with_people.count(Label.NEGATIVE), list(truth).count(Label.NEGATIVE)),
            share=_share(len(with_people), len(rows)),
        ),
    )


def _macro_f1(truth: Sequence[Label], levels: Sequence[Label | None]) -> float | None:
    """The mean over the three levels that occur: no answer is not a class of its own."""
    labels = {*truth, *levels} - {None}
    figures = sorted(class_figures(truth, levels, label).f1 for label in labels)
    return sum(figures) / len(figures) if figures else None


def _with_auc(figures: ClassFigures, area: float | None) -> UnhappyFigures:
    return UnhappyFigures(precision=figures.precision, recall=figures.recall, f1=figures.f1, auc=area)


def _reached(truth: Sequence[Label], ranks: Sequence[float]) -> list[tuple[float, int, int, int]]:
    """For each rank from the highest down: how many texts, praise and unhappy ones stand there or above."""
    rows = sorted(zip(ranks, truth, strict=True), key=lambda row: -row[0])
    found: list[tuple[float, int, int, int]] = []
    taken = happy = unhappy = 0
    for rank, tied in groupby(rows, key=lambda row: row[0]):
        labels = [label for _, label in tied]
        taken += len(labels)
        happy += labels.count(Label.POSITIVE)
        unhappy += labels.count(Label.NEGATIVE)
        found.append((rank, taken, happy, unhappy))
    return found


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
