"""What a site has taught: corrections to the shipped weights, learned from the decisions of its people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from engagebot.scoring.model import Pair, Weighed, Words, read_model, read_pair, read_pairs

_FORMAT: Final = 2
_BEFORE: Final = 1
"""The format of models that know nothing of `keep`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaning:
    """What a site's dialect says of one question: `keep` times the shipped log-odds, `shift`, and words."""

    keep: float
    shift: float
    words: Mapping[str, float]


Dialect = tuple[Leaning | None, Leaning | None]
"""A leaning for "is unhappy" and one for "is praise"; `None` where the shipped log-odds stay as they are."""

NO_DIALECT: Final[Dialect] = (None, None)


@dataclass(frozen=True, slots=True)
class SiteModel:
    """Shifts the shipped log-odds and adds weights for features and words of this brand.

    `keep` is how much of the shipped log-odds stays where the site's dialect says the rest. Decisions by
    themselves only add: stretching the shipped log-odds would draw what is very sure to the middle.

    It is never changed, so threads may share one.
    """

    keep: Pair = (1.0, 1.0)
    shift: Pair = (0.0, 0.0)
    features: Mapping[str, Pair] = field(default_factory=dict)
    words: Words = field(default_factory=lambda: Words({}))
    made_from: Mapping[str, Any] = field(default_factory=dict)

    def score(self, base: Pair, words: Weighed, features: Mapping[str, float]) -> Pair:
        """Both log-odds, corrected; `words` are weighed by this model's own weights."""
        unhappy = base[0] * self.keep[0] + self.shift[0] + words.unhappy
        praise = base[1] * self.keep[1] + self.shift[1] + words.praise
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
                "keep": self.keep,
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
        found = read_model(text, versions=(_FORMAT, _BEFORE), what="site model")
        return cls(
            keep=(1.0, 1.0) if found["format"] == _BEFORE else read_pair(found.get("keep")),
            shift=read_pair(found.get("shift")),
            features=read_pairs(found.get("features")),
            words=Words(read_pairs(found.get("words"))),
            made_from=found["made_from"],
        )
