"""What a site has taught: corrections to the shipped weights, learned from the decisions of its people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from engagebot.scoring.model import Pair, Weighed, Words, read_model, read_pair, read_pairs

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class SiteModel:
    """Shifts the shipped log-odds and adds weights for features and words of this brand.

    It only adds: stretching the shipped log-odds would draw what is very sure to the middle.

    It is never changed, so threads may share one.
    """

    shift: Pair = (0.0, 0.0)
    features: Mapping[str, Pair] = field(default_factory=dict)
    words: Words = field(default_factory=lambda: Words({}))
    made_from: Mapping[str, Any] = field(default_factory=dict)

    def score(self, base: Pair, words: Weighed, features: Mapping[str, float]) -> Pair:
        """Both log-odds, corrected; `words` are weighed by this model's own weights."""
        unhappy = base[0] + self.shift[0] + words.unhappy
        praise = base[1] + self.shift[1] + words.praise
        known = self.features
        for name, value in features.items():
            if name in known:
                one, other = known[name]
                unhappy += value * one
                praise += value * other
        return unhappy, praise

    @property
    def version(self) -> str:
        """Names the numbers: equal models have equal versions."""
        return sha256(self.dump().encode()).hexdigest()[:12]

    def dump(self) -> str:
        """As JSON, in an order that depends on nothing but the numbers."""
        return json.dumps(
            {
                "format": _FORMAT,
                "made_from": self.made_from,
                "shift": self.shift,
                "features": dict(sorted(self.features.items())),
                "words": dict(sorted(self.words.items())),
            },
            ensure_ascii=False,
        )

    @classmethod
    def parse(cls, text: str) -> SiteModel:
        """Read what `dump` wrote.

        Raises:
            ValueError: it is something else.
        """
        found = read_model(text, version=_FORMAT, what="site model")
        return cls(
            shift=read_pair(found.get("shift")),
            features=read_pairs(found.get("features")),
            words=Words(read_pairs(found.get("words"))),
            made_from=found["made_from"],
        )
