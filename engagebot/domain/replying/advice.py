"""Advice on a reply that a person is about to send: what it may be read against, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from engagebot.domain.judgement import Intent, Judgement, Sentiment


class Check(StrEnum):
    """What replies are read for; `SENSITIVE` is read for in internal notes only."""

    CONDESCENSION = "condescension"
    BLAME = "blame"
    HEATED = "heated"
    EMPATHY = "empathy"
    APOLOGY = "apology"
    TENDER = "tender"
    CHEATED = "cheated"
    HUMOUR = "humour"
    OPINION = "opinion"
    PROMISE = "promise"
    SELLING = "selling"
    PRIVATE = "private"
    SAMENESS = "sameness"
    TOO_LATE = "too_late"
    QUESTIONS = "questions"
    BRAND = "brand"
    SENSITIVE = "sensitive"


CHECK_NAMES: Final[dict[Check, str]] = {
    Check.CONDESCENSION: "talks down",
    Check.BLAME: "puts the blame on them",
    Check.HEATED: "heated",
    Check.EMPATHY: "names neither feeling nor problem",
    Check.APOLOGY: "no apology",
    Check.TENDER: "too cheerful for a tender topic",
    Check.CHEATED: "they feel cheated",
    Check.HUMOUR: "humour",
    Check.OPINION: "takes a side",
    Check.PROMISE: "promises too much",
    Check.SELLING: "sells in a help reply",
    Check.PRIVATE: "private data in public",
    Check.SAMENESS: "reads like a form letter",
    Check.TOO_LATE: "late",
    Check.QUESTIONS: "questions left open",
    Check.BRAND: "a word we avoid",
    Check.SENSITIVE: "sensitive in a note",
}
"""What a check's mark is called for people, in a few words."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing found in a text.

    `start` and `end` are code points of the text, and `words` what stands there; a flag about the whole text
    has both 0. `advice` is one friendly sentence. A risky flag is a reason to send more slowly. `resembles`
    is the draft whose text is nearly the same.
    """

    check: Check
    start: int
    end: int
    words: str
    advice: str
    is_risky: bool
    resembles: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is about the whole text, with nothing to mark."""
        return self.start == self.end == 0


class Recent(NamedTuple):
    """A reply of ours from before, or another one in the same thread."""

    draft_id: int
    text: str
    is_same_thread: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is known of the mention that a reply answers, and of the replies around it.

    `answer_within` is the site's limit. `ours` are names, handles and hosts that stand for us. `is_our_fault`
    is the word of people on the cause; where it is `None`, the judged reason stands in for it.
    """

    mention_text: str = ""
    judgement: Judgement | None = None
    source: str = ""
    is_public: bool = True
    author_name: str | None = None
    author_handle: str | None = None
    said_at: datetime | None = None
    now: datetime | None = None
    answer_within: timedelta | None = None
    recent: tuple[Recent, ...] = ()
    ours: tuple[str, ...] = ()
    is_our_fault: bool | None = None

    @property
    def is_unhappy(self) -> bool:
        """Whether the person is known to be unhappy."""
        judged = self.judgement
        if judged is None:
            return False
        return judged.sentiment in _UNHAPPY or bool(judged.feels_cheated)

    @property
    def is_happy(self) -> bool:
        """Whether the person is known to be happy."""
        return self.judgement is not None and self.judgement.sentiment in _HAPPY and not self.is_unhappy

    @property
    def is_tender(self) -> bool:
        """Whether the mention is known to touch illness, death, harm and the like."""
        return self.judgement is not None and bool(self.judgement.is_tender)

    @property
    def feels_cheated(self) -> bool:
        """Whether the person is known to feel cheated."""
        return self.judgement is not None and bool(self.judgement.feels_cheated)

    @property
    def wants_help(self) -> bool:
        """Whether the person is unhappy or wants something of us; so it is where nobody has judged."""
        judged = self.judgement
        if judged is None or self.is_unhappy or judged.asks_for_human:
            return True
        return not _HELP.isdisjoint(judged.intents) or bool(judged.has_problem_words and not self.is_happy)

    @property
    def cause_is_ours(self) -> bool:
        """Whether what went wrong is ours, as far as is known."""
        if self.is_our_fault is not None:
            return self.is_our_fault
        return self.is_unhappy and self.judgement is not None and self.judgement.reason is not None


_UNHAPPY: Final = frozenset({Sentiment.NEGATIVE, Sentiment.VERY_NEGATIVE})
_HAPPY: Final = frozenset({Sentiment.POSITIVE, Sentiment.VERY_POSITIVE})
_HELP: Final = frozenset(
    {Intent.COMPLAINT, Intent.QUESTION, Intent.BUG, Intent.BILLING, Intent.DELIVERY, Intent.CHURN}
    | {Intent.LAST_PLEA}
)
