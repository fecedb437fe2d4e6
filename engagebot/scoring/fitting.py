"""Fitting: weights from labelled texts, and what a site teaches from its own decisions.

scikit-learn and scipy are imported only when something is fitted; scoring never needs them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

from engagebot.scoring.model import Pair, Weights, Words
from engagebot.scoring.site import NO_DIALECT, Dialect, Leaning, SiteModel

WORD_SCALE: Final = 1.5
"""How much a word may weigh beside a feature: the penalty holds both back alike."""
_STRENGTH: Final = 1.0
# Few decisions may change little, or a draw of two hundred that is unlike the rest would do harm (measured by
# benchmarks.judgement.draws); from a thousand on they count in full.
_SITE_STRENGTH: Final = 0.001
_MOST_SITE_STRENGTH: Final = 1.0
_SITE_FEATURES: Final = 0.3
_SHIFT: Final = "shift"
_ROUNDS: Final = 500
_DIGITS: Final = 3
_FIGURE: Final = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One labelled text: its features and words, what the shipped weights say, and what people say.

    `share` is how much each word counts (`features.share_of`).

    An answer that nobody gave is `None`, and the example is left out of that question.
    """

    features: Mapping[str, float]
    words: Set[str]
    share: float
    base: Pair = (0.0, 0.0)
    is_unhappy: bool | None = None
    is_praise: bool | None = None
    weight: float = 1.0


def fit_weights(
    examples: Sequence[Example], *, made_from: Mapping[str, Any], rarest: int = 2, most_words: int = 9_000
) -> Weights:
    """Fit both questions anew; words in fewer than `rarest` texts, or with a figure, are left out.

    Of all words the `most_words` with the largest weights are kept, and the rest of the model is fitted again
    with these alone.

    Raises:
        ValueError: one of the questions has answers of one kind only.
    """
    counts = Counter(word for example in examples for word in example.words)
    # A word with a figure in it names one flight, one law or one account, and says nothing of others.
    kept = {word for word, count in counts.items() if count >= rarest and not _FIGURE.search(word)}
    first = _both(examples, kept)
    if len(kept) > most_words:
        largest = sorted(kept, key=lambda word: (-_size(first[1].get(f"w {word}")), word))
        first = _both(examples, set(largest[:most_words]))
    bias, weights = first
    features = {name: pair for name, pair in weights.items() if not name.startswith("w ")}
    words = {
        name[2:]: (round(unhappy * WORD_SCALE, _DIGITS), round(praise * WORD_SCALE, _DIGITS))
        for name, (unhappy, praise) in weights.items()
        if name.startswith("w ")
    }
    return Weights(
        bias=_rounded(bias),
        features={name: _rounded(pair) for name, pair in features.items()},
        words=Words({word: pair for word, pair in words.items() if any(pair)}),
        made_from=made_from,
    )


def fit_site(
    examples: Sequence[Example], *, made_from: Mapping[str, Any], dialect: Dialect = NO_DIALECT
) -> SiteModel:
    """Learn what this site's people see differently from the shipped weights, or from the site's dialect.

    A question with fewer than two kinds of answers stays as shipped.
    """
    keep, shift = [1.0, 1.0], [0.0, 0.0]
    found: dict[str, list[float]] = {}
    for question, leaning in enumerate(dialect):
        asked = [(each, (each.is_unhappy, each.is_praise)[question]) for each in examples]
        answered = [(each, answer) for each, answer in asked if answer is not None]
        if len({answer for _, answer in answered}) < 2:
            continue
        rows = [_site_row(example) for example, _ in answered]
        weights = [example.weight for example, _ in answered]
        starts = [_start(example, question, leaning) for example, _ in answered]
        strength = min(_SITE_STRENGTH * len(rows), _MOST_SITE_STRENGTH)
        learned = _corrections(rows, [answer for _, answer in answered], weights, starts, strength)
        shift[question] = learned.pop(_SHIFT, 0.0)
        for name, weight in learned.items():
            factor = WORD_SCALE if name.startswith("w ") else _SITE_FEATURES
            found.setdefault(name, [0.0, 0.0])[question] = weight * factor
        if leaning is not None:
            keep[question] = leaning.keep
            shift[question] += leaning.shift
            for word, weight in leaning.words.items():
                found.setdefault(f"w {word}", [0.0, 0.0])[question] += weight
    rounded = {name: _rounded((pair[0], pair[1])) for name, pair in found.items()}
    pairs = {name: pair for name, pair in rounded.items() if any(pair)}
    return SiteModel(
        keep=(keep[0], keep[1]),
        shift=_rounded((shift[0], shift[1])),
        features={name[2:]: pair for name, pair in pairs.items() if name.startswith("f ")},
        words=Words({name[2:]: pair for name, pair in pairs.items() if name.startswith("w ")}),
        made_from=made_from,
    )


def _start(example: Example, question: int, leaning: Leaning | None) -> float:
    """The log-odds of an example before any decision."""
    base = example.base[question]
    if leaning is None:
        return base
    known = leaning.words
    # Sets have another order in each process, and sums depend on it.
    words = math.fsum(known[word] for word in example.words if word in known)
    return leaning.keep * base + leaning.shift + words * example.share


def _site_row(example: Example) -> dict[str, float]:
    row = {f"w {word}": example.share * WORD_SCALE for word in example.words}
    row.update({f"f {name}": value * _SITE_FEATURES for name, value in example.features.items()})
    row[_SHIFT] = 1.0
    return row


def _corrections(
    rows: Sequence[Mapping[str, float]],
    answers: Sequence[bool],
    weights: Sequence[float],
    starts: Sequence[float],
    strength: float,
) -> dict[str, float]:
    """The weights that, added to log-odds that stand already, fit the answers best under an even penalty."""
    import numpy as np
    from sklearn.feature_extraction import DictVectorizer

    names = DictVectorizer()
    table = names.fit_transform(rows)
    found = solve(table, np.asarray(answers, dtype=float), np.asarray(weights), np.asarray(starts), strength)
    return {name: float(weight) for name, weight in zip(names.feature_names_, found, strict=True)}


def solve(table: Any, answers: Any, counts: Any, starts: Any, strength: float) -> Any:
    """A logistic regression with an even penalty that begins at `starts`, in log-odds: a weight a column.

    `answers` are from 0 to 1, so that it can learn from probabilities; `counts` says how much each counts.

    scikit-learn's regression knows no such start. Letting it stretch log-odds that stand already would draw
    the sure ones towards the middle, and rules ask for what is very sure.
    """
    import numpy as np
    from scipy.optimize import minimize

    def loss(found: Any) -> tuple[float, Any]:
        odds = table @ found + starts
        slopes = counts * (1 / (1 + np.exp(-np.clip(odds, -500, 500))) - answers)
        value = float(counts @ (np.logaddexp(0, odds) - answers * odds) + found @ found / (2 * strength))
        return value, table.T @ slopes + found / strength

    solved = minimize(
        loss, np.zeros(table.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": _ROUNDS}
    )
    return solved.x


def _both(examples: Sequence[Example], words: set[str]) -> tuple[Pair, dict[str, Pair]]:
    biases: list[float] = []
    found: list[dict[str, float]] = []
    for question in (0, 1):
        asked = [(each, (each.is_unhappy, each.is_praise)[question]) for each in examples]
        answered = [(each, answer) for each, answer in asked if answer is not None]
        rows = [_row(each, words) for each, _ in answered]
        answers = [answer for _, answer in answered]
        bias, weights = _logistic(rows, answers, [each.weight for each, _ in answered], _STRENGTH)
        biases.append(bias)
        found.append(weights)
    names = sorted(found[0].keys() | found[1].keys())
    pairs = {name: (found[0].get(name, 0.0), found[1].get(name, 0.0)) for name in names}
    return (biases[0], biases[1]), pairs


def _row(example: Example, words: Set[str]) -> dict[str, float]:
    row = dict(example.features)
    row.update({f"w {word}": example.share * WORD_SCALE for word in example.words & words})
    return row


def _logistic(
    rows: Sequence[Mapping[str, float]], answers: Sequence[bool], weights: Sequence[float], strength: float
) -> tuple[float, dict[str, float]]:
    """A logistic regression with an even penalty: the bias, and the weight of every name.

    Raises:
        ValueError: all answers are the same.
    """
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    if len(set(answers)) < 2:
        raise ValueError("there are answers of one kind only, so there is nothing to tell apart")
    names = DictVectorizer()
    table = names.fit_transform(rows)
    # liblinear takes indices of 32 bits alone.
    table.indices, table.indptr = table.indices.astype("int32"), table.indptr.astype("int32")
    model = LogisticRegression(C=strength, solver="liblinear", max_iter=_ROUNDS, random_state=0)
    model.fit(table, answers, sample_weight=weights)
    found = zip(names.feature_names_, model.coef_[0], strict=True)
    return float(model.intercept_[0]), {name: float(weight) for name, weight in found}


def _size(pair: Iterable[float] | None) -> float:
    return sum(map(abs, pair or ()))


def _rounded(pair: Pair) -> Pair:
    return round(pair[0], _DIGITS), round(pair[1], _DIGITS)
