"""Seeded checks: now and then a bad reply stands where a good one waits, to see whether it is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from engagebot.domain.desk.urgency import Lane
from engagebot.domain.drafting import Template

LANES: Final = (Lane.APPRECIATION, Lane.SMALL_TALK)
"""Where checks stand: never among people who are unhappy or want an answer."""
STANDS_FOR: Final = timedelta(hours=4)
"""So long a check waits for somebody; then the reply that it covers stands there again."""
KEPT_FOR: Final = timedelta(days=1)
"""So long after its end the words of a check are known, and refused wherever a page still shows them."""
KINDS: Final = (
    "wrong_facts", "condescending", "promise", "selling", "other_post", "private_data", "blame", "joke",
    "opinion", "rival", "careless",
)  # fmt: skip
"""What is bad about the replies that stand in for good ones."""


class CheckOutcome(StrEnum):
    """How a check ended; one that was `lifted` asked nobody anything."""

    SEEN = "seen"
    MISSED = "missed"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True)
class KnownBad:
    """A reply that must never be sent: what is bad about it, in a clause that follows "this was a check"."""

    kind: str
    because: str
    template: Template
    language: str


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """What somebody is told at once after a check."""

    outcome: CheckOutcome
    because: str

    @property
    def words(self) -> str:
        """The result in words."""
        seen = ", well seen" if self.outcome is CheckOutcome.SEEN else ""
        return f"This was a check{seen}: {self.because}. Nothing was sent; the real reply stands here now"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFigures:
    """How checks ended; of a team, and how many people answered them."""

    seen: int = 0
    missed: int = 0
    people: int = 0

    @property
    def answered(self) -> int:
        """All that somebody answered."""
        return self.seen + self.missed


def spaced(every: int, salt: str) -> int:
    """After how many decisions the next check may stand: `every` on average, and nobody can count along."""
    if every < 1:
        return 0
    return every // 2 + drawn(salt) % (every + 1)


def drawn(salt: str) -> int:
    """A number that nobody foresees who does not know the salt, and everybody finds again who does."""
    return int.from_bytes(sha256(salt.encode()).digest()[:6])


def holds(words: str, bad: str) -> bool:
    """Whether these words still hold those of a check, whatever stands around them."""
    return _bare(bad) in _bare(words)


def _bare(text: str) -> str:
    return " ".join(text.casefold().split())
