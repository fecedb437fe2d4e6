"""The dialect of a site: how the words of its own posts lean, learned from posts that nobody decided about.

The shipped weights judge every such post, and a regression over nothing but its words learns those judgements
(self-training). What stands beside known signs of trouble so becomes a sign of it, in the words that are used
here. No decision is needed, and none is asked for.

scikit-learn and scipy are imported only when something is fitted; scoring never needs them.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engagebot.scoring.fitting import WORD_SCALE, Example, solve
from engagebot.scoring.site import NO_DIALECT, Dialect, Leaning

FEWEST_HEARD: Final = 300
"""Fewer posts than these say too little of how people speak here."""
MOST_SHARE: Final = 0.6
"""The dialect's share of the log-odds where very many posts were heard."""
_HALF_SHARE: Final = 1_000
"""So many posts give it half of that."""
FEWEST_PEOPLE: Final = 5
"""A word counts only if so many people use it: what one person alone would say stays out."""
MOST_WORDS: Final = 5_000
# From 1 to 10 the gain is the same (benchmarks.judgement.draws).
_STRENGTH: Final = 3.0
_DIGITS: Final = 3
_FIGURE: Final = re.compile(r"\d")


@dataclass(slots=True)
class Heard:
    """Posts as the dialect is fitted on them: numbers for words and people, and no text."""

    _words: dict[str, int] = field(default_factory=dict)
    _people: dict[Hashable, int] = field(default_factory=dict)
    _person_of: array[int] = field(default_factory=lambda: array("i"))
    _word_at: array[int] = field(default_factory=lambda: array("i"))
    _post_at: array[int] = field(default_factory=lambda: array("i"))
    _share: array[float] = field(default_factory=lambda: array("d"))
    _base: tuple[array[float], array[float]] = field(default_factory=lambda: (array("d"), array("d")))

    def __len__(self) -> int:
        return len(self._share)

    @property
    def people(self) -> int:
        """How many different people wrote these posts."""
        return len(self._people)

    @property
    def share(self) -> float:
        """How much of the log-odds the dialect says: none below `FEWEST_HEARD` posts, then more with each."""
        count = len(self)
        return 0.0 if count < FEWEST_HEARD else MOST_SHARE * count / (count + _HALF_SHARE)

    def add(self, example: Example, person: Hashable) -> None:
        """Take in a post that somebody wrote; its answers are not looked at."""
        at, words = len(self._share), self._words
        self._person_of.append(self._people.setdefault(person, len(self._people)))
        self._share.append(example.share)
        for column, odds in zip(self._base, example.base, strict=True):
            column.append(odds)
        # Sets have another order in each process, and sums depend on it.
        for word in sorted(example.words):
            self._word_at.append(words.setdefault(word, len(words)))
            self._post_at.append(at)

    def keepable(self) -> dict[str, int]:
        """The words that `FEWEST_PEOPLE` use, without a digit, each with its number."""
        import numpy as np

        if not self._words:
            return {}
        people = np.asarray(self._person_of)[np.asarray(self._post_at)]
        users = np.unique(np.asarray(self._word_at, dtype=np.int64) * len(self._people) + people)
        counts = np.bincount(users // len(self._people), minlength=len(self._words))
        return {
            word: at
            for word, at in self._words.items()
            if counts[at] >= FEWEST_PEOPLE and not _FIGURE.search(word)
        }

    def dialect(self) -> Dialect:
        """Fit both questions; there is no dialect where too little was heard."""
        known = self.keepable() if self.share else {}
        if not known:
            return NO_DIALECT
        table = self._table(list(known.values()))
        return self._leaning(0, table, list(known)), self._leaning(1, table, list(known))

    def _table(self, kept: Sequence[int]) -> Any:
        """Posts by words, and a last column of ones."""
        import numpy as np
        from scipy.sparse import coo_array, hstack

        column_of = np.full(len(self._words), -1)
        column_of[kept] = np.arange(len(kept))
        columns, rows = column_of[np.asarray(self._word_at)], np.asarray(self._post_at)
        is_kept = columns >= 0
        columns, rows = columns[is_kept], rows[is_kept]
        values = np.asarray(self._share)[rows] * WORD_SCALE
        words = coo_array((values, (rows, columns)), shape=(len(self), len(kept)))
        return hstack([words, np.ones((len(self), 1))], format="csr")

    def _leaning(self, question: int, table: Any, words: Sequence[str]) -> Leaning:
        import numpy as np

        base = np.asarray(self._base[question])
        answers = 1 / (1 + np.exp(-np.clip(base, -500, 500)))
        found = solve(table, answers, np.ones(len(self)), np.zeros(len(self)), _STRENGTH)
        mixed = (1 - self.share) * base + self.share * (table @ found)
        # Two opinions together are less sure than either, and rules ask for what is very sure.
        spread = float(base.std() / (mixed.std() or 1.0))
        weights = spread * self.share * WORD_SCALE * found[:-1]
        largest = np.argsort(-np.abs(weights), kind="stable")[:MOST_WORDS]
        pairs = ((words[at], round(float(weights[at]), _DIGITS)) for at in sorted(largest))
        shift = spread * self.share * float(found[-1]) + float(base.mean() - spread * mixed.mean())
        return Leaning(
            keep=round(spread * (1 - self.share), _DIGITS),
            shift=round(shift, _DIGITS),
            words={word: weight for word, weight in pairs if weight},
        )
