"""Weights: a bias, some named features and many single words, for two questions asked of every text."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

Pair = tuple[float, float]
"""One number for "is unhappy" and one for "is praise", in log-odds."""

LEAST_PUSH: Final = 0.15
"""Words that push less than this are not shown."""
_NOTHING: Final[Pair] = (0.0, 0.0)
_NO_PAIRS: Final[dict[str, complex]] = {}
_FORMAT: Final = 1
_LARGEST: Final = int(sys.float_info.max)


class Weighed(NamedTuple):
    """What the words of a text push together, and the strong ones: (push to unhappy, first, last token)."""

    unhappy: float
    praise: float
    strong: list[tuple[float, int, int]]


class WordWeight:
    """What a word weighs by itself, and behind which others it weighs what."""

    # A complex number holds the weights for both questions, so that one addition adds both.
    __slots__ = ("behind", "strength", "weight")

    def __init__(self, weight: complex, behind: dict[str, complex]) -> None:
        self.weight = weight
        self.strength = abs(weight.real)
        self.behind = behind


class Words(Mapping[str, Pair]):
    """The weights of single words and of pairs of neighbours, laid out for a fast walk."""

    __slots__ = ("_by_name", "_known")

    def __init__(self, by_name: Mapping[str, Pair]) -> None:
        self._by_name = dict(by_name)
        pairs: dict[str, dict[str, complex]] = {}
        single: dict[str, complex] = {}
        for word, (unhappy, praise) in by_name.items():
            before, _, last = word.rpartition(" ")
            if before:
                pairs.setdefault(last, {})[before] = complex(unhappy, praise)
            else:
                single[word] = complex(unhappy, praise)
        self._known = {
            sys.intern(word): WordWeight(single.get(word, 0j), pairs.get(word, _NO_PAIRS))
            for word in single.keys() | pairs.keys()
        }

    def __getitem__(self, word: str) -> Pair:
        return self._by_name[word]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def weigh(self, forms: Sequence[str], share: float) -> Weighed:
        """Add up the weights of all words and pairs of a text, each counted once, times `share`."""
        return add_up(list(map(self._known.get, forms)), forms, share)

    def known(self, form: str) -> WordWeight | None:
        """What is known of a word, for `add_up`."""
        return self._known.get(form)


def add_up(known: Sequence[WordWeight | None], forms: Sequence[str], share: float) -> Weighed:
    """The weights of a text where it is known what each of its words weighs."""
    total = 0j
    strong: list[tuple[float, int, int]] = []
    least = LEAST_PUSH / share
    seen: set[str | tuple[str, str]] = set()
    before = ""
    for at, form in enumerate(forms):
        if (found := known[at]) is not None:
            if found.weight and form not in seen:
                seen.add(form)
                total += found.weight
                if found.strength >= least:
                    strong.append((found.weight.real * share, at, at))
            if found.behind and before in found.behind and (before, form) not in seen:
                seen.add((before, form))
                weight = found.behind[before]
                total += weight
                if not -least < weight.real < least:
                    strong.append((weight.real * share, at - 1, at))
        before = form
    return Weighed(total.real * share, total.imag * share, strong)


@dataclass(frozen=True, slots=True)
class Weights:
    """A fitted model. It is never changed, so threads may share one."""

    bias: Pair
    features: Mapping[str, Pair] = field(default_factory=dict)
    words: Words = field(default_factory=lambda: Words({}))
    made_from: Mapping[str, Any] = field(default_factory=dict)

    def score(self, features: Mapping[str, float], words: Weighed) -> tuple[Pair, list[tuple[float, str]]]:
        """The log-odds of both questions, and the push to unhappy of each feature that is no sum of cues."""
        unhappy, praise = self.bias
        pushes: list[tuple[float, str]] = []
        known = self.features
        for name, value in features.items():
            if name in known:
                one, other = known[name]
                unhappy += value * one
                praise += value * other
                if name[:4] != "cue " and not -LEAST_PUSH < value * one < LEAST_PUSH:
                    pushes.append((value * one, name))
        return (unhappy + words.unhappy, praise + words.praise), pushes

    def pair(self, feature: str) -> Pair:
        """The weights of one feature."""
        return self.features.get(feature, _NOTHING)

    @property
    def digest(self) -> str:
        """Names the numbers: equal weights have equal digests."""
        return sha256(self.dump().encode()).hexdigest()[:12]

    def dump(self) -> str:
        """As JSON, in an order that depends on nothing but the numbers."""
        return json.dumps(
            {
                "format": _FORMAT,
                "made_from": self.made_from,
                "bias": self.bias,
                "features": dict(sorted(self.features.items())),
                "words": dict(sorted(self.words.items())),
            },
            ensure_ascii=False,
            indent=0,
        )

    @classmethod
    def parse(cls, text: str) -> Weights:
        """Read what `dump` wrote.

        Raises:
            ValueError: it is something else.
        """
        found = read_model(text, versions=(_FORMAT,), what="set of weights")
        return cls(
            bias=read_pair(found.get("bias")),
            features=read_pairs(found.get("features")),
            words=Words(read_pairs(found.get("words"))),
            made_from=found["made_from"],
        )


def load_weights(path: Path) -> Weights:
    """Read a file of weights.

    Raises:
        ValueError: it holds something else.
        OSError: it cannot be read.
    """
    return Weights.parse(path.read_text(encoding="utf-8"))


def probability(log_odds: float) -> float:
    """The probability, 0 to 1, that these log-odds mean; no value overflows."""
    if log_odds >= 0:
        return 1 / (1 + math.exp(-min(log_odds, 700.0)))
    growth = math.exp(max(log_odds, -700.0))
    return growth / (1 + growth)


def read_model(text: str, *, versions: Collection[int], what: str) -> dict[str, Any]:
    """Read a JSON object of one of these formats with a `made_from`.

    Raises:
        ValueError: it is something else.
    """
    found = json.loads(text)
    if not isinstance(found, dict) or found.get("format") not in versions:
        raise ValueError(f"this is no {what} of this version of engagebot")
    if not isinstance(found.get("made_from"), dict):
        raise ValueError(f"this {what} does not say what it was made from")
    return found


def read_pairs(found: object) -> dict[str, Pair]:
    """Read pairs by name.

    Raises:
        ValueError: a value is no pair of finite numbers.
    """
    if not isinstance(found, dict):
        raise ValueError("weights are given by name")
    return {name: read_pair(values) for name, values in found.items()}


def read_pair(values: object) -> Pair:
    """Read one pair.

    Raises:
        ValueError: it is no pair of finite numbers.
    """
    if not isinstance(values, list) or len(values) != 2:
        raise ValueError("a weight is a pair of numbers")
    unhappy, praise = values
    if not (_is_number(unhappy) and _is_number(praise)):
        raise ValueError("a weight is not a number")
    return float(unhappy), float(praise)


def _is_number(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    # An integer may be larger than any float.
    return isinstance(value, int) and abs(value) <= _LARGEST
