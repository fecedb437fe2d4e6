"""Score and decide labelled rows, and count how good that was; nothing is stored."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from engagebot.cli.labelled import Labelled
from engagebot.cli.progress import Progress
from engagebot.domain.actions import DraftReply, Escalate
from engagebot.domain.facts import facts_of
from engagebot.domain.heard.evaluation import (
    Answer,
    AnswerFigures,
    Label,
    LanePoint,
    RulesFigures,
    answer_figures,
    answer_of,
    friendly_lane,
    level_of,
    rules_figures,
)
from engagebot.domain.heard.metrics import auc
from engagebot.domain.judgement import VADER_BORDERS, Judgement, Sentiment
from engagebot.domain.mention import Kind, Mention, MentionRef
from engagebot.domain.rules import Rulebook, decide
from engagebot.errors import WrongUsage
from engagebot.pipeline.learning import ENOUGH, ENOUGH_OF_EITHER
from engagebot.ports import Scorer
from engagebot.scoring.dialect import Heard
from engagebot.scoring.fitting import Example, fit_site
from engagebot.scoring.scorer import LayeredScorer
from engagebot.scoring.vader import Vader

UNDETERMINED: Final = "und"
"""The code (BCP 47) of a language that nobody recognised."""
_DIGITS: Final = 6
_STEP: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How rules are asked: each row as a first post to us, at one moment, so that every run says the same."""

    book: Rulebook
    now: datetime
    business_open: bool | None = None

    def outcome(self, text: str, judgement: Judgement) -> tuple[bool, bool]:
        """Whether a friendly draft stands, and whether the text goes to people, as other languages do."""
        mention = Mention(
            ref=MentionRef("x", "row"), kind=Kind.POST, text=text, posted_at=self.now, addressed_to_us=True
        )
        facts = facts_of(mention, judgement, now=self.now, business_open=self.business_open)
        actions = [planned.action for planned in decide(self.book, facts).actions]
        if any(isinstance(action, DraftReply) for action in actions):
            return True, False
        is_foreign = judgement.sentiment is Sentiment.UNKNOWN
        return False, is_foreign or any(isinstance(action, Escalate) for action in actions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Everything counted for one scorer; `rules` is `None` where they were not asked."""

    figures: AnswerFigures
    lane: tuple[LanePoint, ...]
    rules: RulesFigures | None
    languages: Mapping[str, int]
    unscored: int
    brands: Mapping[str, Mapping[str, float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What was learned from some rows: the others in two halves, each with a scorer that never heard it."""

    halves: tuple[tuple[Labelled, ...], tuple[Labelled, ...]]
    scorers: tuple[Scorer, Scorer]
    about: Mapping[str, Any]

    @property
    def rest(self) -> tuple[Labelled, ...]:
        """All rows that nothing was learned from by their labels."""
        return self.halves[0] + self.halves[1]


def evaluate(
    parts: Sequence[tuple[Sequence[Labelled], Scorer]],
    asked: Asked | None,
    progress: Progress | None = None,
) -> Evaluation:
    """Score the rows of each part with its scorer, ask the rules where they are given, and count them all."""
    rows = [row for part, _ in parts for row in part]
    bar = progress or Progress()
    answers: list[Answer] = []
    outcomes: list[tuple[bool, bool]] = []
    languages: Counter[str] = Counter()
    for done, (row, judgement) in enumerate(_judged(parts), start=1):
        answers.append(answer_of(judgement))
        languages[judgement.language or UNDETERMINED] += 1
        if asked is not None:
            outcomes.append(asked.outcome(row.text, judgement))
        if done % _STEP == 0:
            bar.show(done)
    truth = [row.label for row in rows]
    ranks = [answer.unhappiness for answer in answers]
    levels = [answer.level for answer in answers]
    return Evaluation(
        figures=answer_figures(truth, levels, ranks),
        lane=friendly_lane(truth, [answer.friendliness for answer in answers]),
        rules=_rules(truth, outcomes) if asked is not None else None,
        languages=dict(languages.most_common()),
        unscored=levels.count(None),
        brands=_by_brand(rows, ranks),
    )


def _judged(parts: Sequence[tuple[Sequence[Labelled], Scorer]]) -> Iterator[tuple[Labelled, Judgement]]:
    """A few at a time, so that progress is told all along."""
    for rows, scorer in parts:
        for first in range(0, len(rows), _STEP):
            some = rows[first : first + _STEP]
            yield from zip(some, scorer.judge_all([(row.text, None) for row in some]), strict=True)


def evaluate_vader(rows: Sequence[Labelled]) -> AnswerFigures:
    """The same figures for plain VADER on the raw text, with the levels of its paper."""
    compound: Callable[[str], float] = Vader().compound
    compounds = [compound(row.text) for row in rows]
    levels = [level_of(VADER_BORDERS.level(value)) for value in compounds]
    return answer_figures([row.label for row in rows], levels, [-value for value in compounds])


def learn(rows: Sequence[Labelled], wanted: int, *, seed: int, scorer: Scorer) -> Lesson:
    """Teach a scorer the labels of some random rows, and the words of others; equal seeds take equal rows.

    As at a site, where most posts are heard and never decided about, the texts of all other rows teach the
    dialect, without their labels: those of either half teach the scorer of the other one.

    Raises:
        WrongUsage: no row would be left, or the scorer cannot be taught.
    """
    if wanted >= len(rows):
        raise WrongUsage(
            f"--learn {wanted} leaves none of {len(rows)} rows to score; take at most {len(rows) - 1}"
        )
    if not isinstance(scorer, LayeredScorer):
        raise WrongUsage("--learn: the scorer of this site cannot be taught")
    chance = random.Random(seed)  # noqa: S311 (a draw, not a secret)
    chosen = set(chance.sample(range(len(rows)), wanted))
    lessons = [row for at, row in enumerate(rows) if at in chosen]
    others = [row for at, row in enumerate(rows) if at not in chosen]
    chance.shuffle(others)
    halves = tuple(others[::2]), tuple(others[1::2])
    examples = [example for row in lessons if (example := _example(row, scorer)) is not None]
    counts = Counter(row.label for row in lessons)
    unhappy, praise = counts[Label.NEGATIVE], counts[Label.POSITIVE]
    about = {"rows": wanted, "seed": seed, "unhappy": unhappy, "praise": praise}
    heard = [_heard(half, scorer) for half in halves]
    first, second = (
        fit_site(examples, made_from={"evaluation": about}, dialect=other.dialect())
        for other in reversed(heard)
    )
    return Lesson(
        halves=halves,
        scorers=(scorer.taught(first), scorer.taught(second)),
        about={
            **about,
            "heard": [len(other) for other in reversed(heard)],
            "models": [first.version, second.version],
            "note": _note(wanted, unhappy),
        },
    )


def _heard(rows: Sequence[Labelled], scorer: LayeredScorer) -> Heard:
    """Texts as a site hears them; a file need not say who wrote them, so each row is a person's."""
    heard = Heard()
    for at, row in enumerate(rows):
        if scorer.judge(row.text).sentiment is not Sentiment.UNKNOWN:
            heard.add(scorer.example(row.text, is_unhappy=None, is_praise=None), at)
    return heard


def rounded(value: Any) -> Any:
    """A figure, or everything in it, without the noise of the last digits."""
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, Mapping):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(part) for part in value]
    return value


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """What the evaluation of one scorer says, by the document's names."""
    return {
        "engagebot": asdict(evaluation.figures),
        "friendly_lane": [asdict(point) for point in evaluation.lane],
        "shipped_rules": asdict(evaluation.rules) if evaluation.rules else None,
    }


def _rules(truth: Sequence[Label], outcomes: Sequence[tuple[bool, bool]]) -> RulesFigures:
    return rules_figures(
        truth, drafted=[drafted for drafted, _ in outcomes], escalated=[people for _, people in outcomes]
    )


def _by_brand(rows: Sequence[Labelled], ranks: Sequence[float]) -> dict[str, dict[str, float | None]]:
    labels: defaultdict[str, list[bool]] = defaultdict(list)
    placed: defaultdict[str, list[float]] = defaultdict(list)
    for row, rank in zip(rows, ranks, strict=True):
        if row.brand is not None:
            labels[row.brand].append(row.label is Label.NEGATIVE)
            placed[row.brand].append(rank)
    return {
        brand: {"rows": len(labels[brand]), "auc": auc(labels[brand], placed[brand])}
        for brand in sorted(labels)
    }


def _example(row: Labelled, scorer: LayeredScorer) -> Example | None:
    """Nothing is learned from a language that is not scored: its posts would never be asked about."""
    if scorer.judge(row.text).sentiment is Sentiment.UNKNOWN:
        return None
    return scorer.example(
        row.text, is_unhappy=row.label is Label.NEGATIVE, is_praise=row.label is Label.POSITIVE
    )


def _note(wanted: int, unhappy: int) -> str | None:
    if wanted >= ENOUGH and ENOUGH_OF_EITHER <= unhappy <= wanted - ENOUGH_OF_EITHER:
        return None
    return (
        f"a site learns only from {ENOUGH} decisions on, {ENOUGH_OF_EITHER} of them unhappy and "
        f"{ENOUGH_OF_EITHER} not; this evaluation learned from {wanted} rows, {unhappy} of them unhappy"
    )
