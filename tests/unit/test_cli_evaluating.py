"""Twelve rows, a scorer that says what it is told, and figures that were worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pytest

from engagebot.cli.evaluating import Asked, as_json, evaluate, evaluate_vader, learn, rounded
from engagebot.cli.labelled import Labelled
from engagebot.domain.heard.evaluation import Label
from engagebot.domain.judgement import Judgement, Sentiment
from engagebot.errors import WrongUsage
from engagebot.ports import Scorer
from engagebot.scoring.dialect import Heard
from engagebot.scoring.fitting import fit_site
from engagebot.scoring.lexicon import Lexicon
from engagebot.scoring.model import Weights, Words
from engagebot.scoring.scorer import LayeredScorer, Layers
from tests.factories import usual_book
from tests.fakes import NOON

NEG, NEU, POS = Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE
S = Sentiment

# label, text, sentiment, unhappiness, praise
SAID: tuple[tuple[Label, str, Sentiment, float | None, float | None], ...] = (
    (NEG, "line dead", S.VERY_NEGATIVE, 0.95, 0.0),
    (NEG, "it is dead", S.NEGATIVE, 0.9, 0.0),
    (NEG, "three hours on hold", S.NEGATIVE, 0.8, 0.0),
    (NEG, "love waiting here", S.POSITIVE, 0.3, 0.9),  # 0.63, the miss
    (NEG, "seit Tagen kein Netz", S.UNKNOWN, None, None),  # another language
    (NEU, "when do you open?", S.NEUTRAL, 0.2, 0.1),  # 0.08
    (NEU, "dead battery symbol, meaning?", S.NEGATIVE, 0.85, 0.0),  # a false alarm
    (NEU, "the van is here", S.NEUTRAL, 0.1, 0.2),  # 0.18
    (POS, "love it", S.VERY_POSITIVE, 0.05, 1.0),  # 0.95
    (POS, "love this so much", S.POSITIVE, 0.1, 0.9),  # 0.81
    (POS, "thanks", S.POSITIVE, 0.2, 0.5),  # 0.4
    (POS, "not bad at all", S.NEUTRAL, 0.4, 0.4),  # 0.24
)
ROWS = tuple(
    Labelled(text, label, "Acme" if at % 2 else "Maple") for at, (label, text, *_) in enumerate(SAID)
)
ASKED = Asked(book=usual_book(), now=NOON)


@dataclass(frozen=True)
class ToldScorer(Scorer):
    answers: Mapping[str, Judgement]
    version: str = "told"

    def judge(self, text: str, *, lang: str | None = None) -> Judgement:
        return self.answers[text]


def told() -> ToldScorer:
    return ToldScorer(
        {
            text: Judgement(
                compound=0.0,
                sentiment=sentiment,
                version="told",
                unhappiness=unhappy,
                praise=praise,
                friendliness=None if praise is None or unhappy is None else praise * (1 - unhappy),
                language="de" if sentiment is S.UNKNOWN else "en",
            )
            for _, text, sentiment, unhappy, praise in SAID
        }
    )


def test_every_figure_of_twelve_rows() -> None:
    found = evaluate([(ROWS, told())], ASKED)

    # Negative: 3 of 4 answers right, 3 of 5 found. Neutral: 2 of 3 and 2 of 3. Positive: 3 of 4 and 3 of 4.
    negative, neutral, positive = 2 * 3 / (4 + 5), 2 * 2 / (3 + 3), 2 * 3 / (4 + 4)
    document = rounded(as_json(found))
    lane = document.pop("friendly_lane")
    assert document == {
        "engagebot": {
            "accuracy": rounded(8 / 12),
            "macro_f1": rounded((negative + neutral + positive) / 3),
            # Pairs won: 7 for 0.95 and 0.9; 6 for 0.8; 5 for 0.3; 6 for the other language, at 0.5.
            "unhappy": {"precision": 0.75, "recall": 0.6, "f1": rounded(negative), "auc": rounded(31 / 35)},
            "recall_at_precision_90": 0.4,
        },
        "shipped_rules": {
            # Drafted: three posts with "love". To people: "dead" three times, and the other language.
            "drafted": 0.25,
            "unhappy_share": rounded(1 / 3),
            "praise_coverage": 0.5,
            "human": {"recall": 0.6, "share": rounded(4 / 12)},
        },
    }
    assert len(lane) == 20
    assert [lane[at] for at in (4, 9, 14, 19)] == [
        {"threshold": 0.95, "coverage": 0.25, "unhappy_share": 0.0, "drafted": 1},
        {"threshold": 0.81, "coverage": 0.5, "unhappy_share": 0.0, "drafted": 2},
        {"threshold": 0.4, "coverage": 0.75, "unhappy_share": 0.25, "drafted": 4},
        {"threshold": 0.24, "coverage": 1.0, "unhappy_share": 0.2, "drafted": 5},
    ]
    assert (found.languages, found.unscored) == ({"en": 11, "de": 1}, 1)


def test_brands_are_told_apart() -> None:
    found = evaluate([(ROWS, told())], None)

    # Maple: 0.95, 0.8 and 0.5 against 0.85, 0.05 and 0.2. Acme: 0.9 and 0.3 against 0.2, 0.1, 0.1 and 0.4.
    assert rounded(found.brands) == {
        "Acme": {"rows": 6, "auc": rounded(7 / 8)},
        "Maple": {"rows": 6, "auc": rounded(7 / 9)},
    }
    assert found.rules is None
    assert as_json(found)["shipped_rules"] is None


def test_rows_without_a_brand_have_no_figures_by_brand() -> None:
    rows = [Labelled(row.text, row.label) for row in ROWS]
    assert evaluate([(rows, told())], None).brands == {}


def test_another_language_goes_to_people_whatever_a_rule_would_answer() -> None:
    foreign = Judgement(compound=0.0, sentiment=S.UNKNOWN, version="told")
    assert ASKED.outcome("ich love euch", foreign) == (False, True)
    assert ASKED.outcome("hallo", foreign) == (False, True)
    assert ASKED.outcome("love, but dead", foreign) == (False, True)


def test_vader_is_measured_on_the_raw_text() -> None:
    rows = [Labelled("I hate it", NEG), Labelled("I love it", POS), Labelled("the van", NEU)]
    assert rounded(asdict(evaluate_vader(rows))) == {
        "accuracy": 1.0,
        "macro_f1": 1.0,
        "unhappy": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "auc": 1.0},
        "recall_at_precision_90": 1.0,
    }


BAD, GOOD = "the zorp is back", "a lovely fleem today"
LESSONS = tuple(
    Labelled(f"{text} {at}", label) for at in range(40) for text, label in ((BAD, NEG), (GOOD, POS))
)


def layered() -> LayeredScorer:
    return LayeredScorer(Layers(lexicon=Lexicon([]), weights=Weights((0.0, 0.0))))


def test_a_scorer_that_learned_tells_apart_what_it_could_not() -> None:
    lesson = learn(LESSONS, 20, seed=1, scorer=layered())
    before = evaluate([(lesson.rest, layered())], None).figures
    after = evaluate([*zip(lesson.halves, lesson.scorers, strict=True)], None).figures

    assert len(lesson.rest) == 60
    assert before.unhappy.auc == 0.5
    assert after.unhappy.auc == 1.0
    assert lesson.about["rows"] == 20
    assert lesson.about["unhappy"] + lesson.about["praise"] == 20


def test_each_half_is_scored_by_a_scorer_that_heard_the_other_one() -> None:
    known = Weights((0.0, 0.0), words=Words({"zorp": (2.0, -2.0), "fleem": (-2.0, 2.0)}))
    scorer = LayeredScorer(Layers(lexicon=Lexicon([]), weights=known))
    rows = [Labelled(f"{row.text} {at % 5}", row.label) for at in range(10) for row in LESSONS]
    lesson = learn(rows, 20, seed=1, scorer=scorer)
    assert lesson.about["heard"] == [len(half) for half in lesson.halves] == [390, 390]
    scored = {id(row) for row in lesson.rest}
    assert len(scored) == 780
    chosen = [
        scorer.example(row.text, is_unhappy=row.label is NEG, is_praise=row.label is POS)
        for row in rows
        if id(row) not in scored
    ]
    about = {name: lesson.about[name] for name in ("rows", "seed", "unhappy", "praise")}
    for other, version in zip(reversed(lesson.halves), lesson.about["models"], strict=True):
        heard = Heard()
        for at, row in enumerate(other):
            heard.add(scorer.example(row.text, is_unhappy=None, is_praise=None), at)
        model = fit_site(chosen, made_from={"evaluation": about}, dialect=heard.dialect())
        assert model.keep[0] < 1
        assert model.version == version


def test_equal_seeds_learn_the_same_and_other_seeds_something_else() -> None:
    first, again, other = (learn(LESSONS, 20, seed=seed, scorer=layered()) for seed in (7, 7, 8))

    assert (first.rest, first.about) == (again.rest, again.about)
    versions = [[scorer.version for scorer in lesson.scorers] for lesson in (first, again, other)]
    assert versions[0] == versions[1] != versions[2]
    assert first.rest != other.rest


def test_learning_from_few_rows_says_what_a_site_would_do() -> None:
    rows = [Labelled(f"{row.text} {at}", row.label) for at in range(4) for row in LESSONS]

    assert (
        "a site learns only from 200 decisions on" in learn(rows, 199, seed=0, scorer=layered()).about["note"]
    )
    assert learn(rows, 200, seed=0, scorer=layered()).about["note"] is None


def test_learning_leaves_rows_to_score_and_needs_a_scorer_that_can() -> None:
    with pytest.raises(WrongUsage, match="take at most 79"):
        learn(LESSONS, 80, seed=0, scorer=layered())
    with pytest.raises(WrongUsage, match="cannot be taught"):
        learn(ROWS, 3, seed=0, scorer=told())
