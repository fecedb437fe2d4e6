"""Weights: a bias, some named features and many single words, for two questions asked of every text."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

Pair = tuple[float, float]
"""One number for "is unhappy" and one for "is praise", in log-odds."""

_NOTHING: Final[Pair] = (0.0, 0.0)
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Weights:
    """A fitted model. It is never changed, so threads may share one."""

    bias: Pair
    features: Mapping[str, Pair] = field(default_factory=dict)
    words: Mapping[str, Pair] = field(default_factory=dict)
    made_from: Mapping[str, Any] = field(default_factory=dict)

    def score(self, features: Mapping[str, float], words: Mapping[str, tuple[float, int, int]]) -> Pair:
        """The log-odds of both questions."""
        unhappy, praise = self.bias
        known = self.features
        for name, value in features.items():
            if name in known:
                pair = known[name]
                unhappy += value * pair[0]
                praise += value * pair[1]
        lexicon = self.words
        for word, (share, _, _) in words.items():
            if word in lexicon:
                pair = lexicon[word]
                unhappy += share * pair[0]
                praise += share * pair[1]
        return unhappy, praise

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
        found = json.loads(text)
        if not isinstance(found, dict) or found.get("format") != _FORMAT:
            raise ValueError("these are no weights of this version of engagebot")
        return cls(
            bias=read_pair(found["bias"]),
            features=read_pairs(found["features"]),
            words=read_pairs(found["words"]),
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


def read_pairs(found: Mapping[str, Any]) -> dict[str, Pair]:
    """Read pairs by name.

    Raises:
        ValueError: a value is no pair of finite numbers.
    """
    return {name: read_pair(values) for name, values in found.items()}


def read_pair(values: Iterable[Any]) -> Pair:
    """Read one pair.

    Raises:
        ValueError: it is no pair of finite numbers.
    """
    unhappy, praise = (float(value) for value in values)
    if not (math.isfinite(unhappy) and math.isfinite(praise)):
        raise ValueError("a weight is not a number")
    return unhappy, praise
