"""What people's decisions say of a post: is its author unhappy, is it praise?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from engagebot.domain.judgement import Intent, Sentiment

_UNHAPPY: Final = frozenset({Sentiment.NEGATIVE, Sentiment.VERY_NEGATIVE})
_HAPPY: Final = frozenset({Sentiment.POSITIVE, Sentiment.VERY_POSITIVE})
_NOT_FRIENDLY: Final = ("sorry", "apology", "apologies")


class Origin(StrEnum):
    """Where a verdict comes from; the first two are a person's word on the feeling itself."""

    CORRECTION = "correction"
    AUDIT_SAMPLE = "audit_sample"
    APPROVED = "approved"
    REJECTED = "rejected"
    ESCALATED_BY_HAND = "escalated_by_hand"


OUTSPOKEN: Final = frozenset({Origin.CORRECTION, Origin.AUDIT_SAMPLE})
"""A person was asked how the author feels; the other origins only imply it."""


class Refusal(StrEnum):
    """Short reasons for rejecting a draft; any other words do as well."""

    NOT_HAPPY = "not_happy"
    SARCASM = "sarcasm"
    NOT_ABOUT_US = "not_about_us"
    TONE = "tone"
    FACTS = "facts"
    SHOULD_NOT_ANSWER = "should_not_answer"
    ALREADY_HANDLED = "already_handled"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason as the desk offers it: the digit that chooses it, and the words people read."""

    code: Refusal
    key: str
    words: str
    says_unhappy: bool = False


REASONS: Final = (
    Reason(Refusal.NOT_HAPPY, "1", "they are not happy", says_unhappy=True),
    Reason(Refusal.SARCASM, "2", "meant sarcastically", says_unhappy=True),
    Reason(Refusal.TONE, "3", "wrong tone"),
    Reason(Refusal.FACTS, "4", "wrong facts"),
    Reason(Refusal.NOT_ABOUT_US, "5", "not about us"),
    Reason(Refusal.SHOULD_NOT_ANSWER, "6", "should not answer"),
    Reason(Refusal.ALREADY_HANDLED, "7", "already handled"),
    Reason(Refusal.OTHER, "8", "other"),
)
"""The reasons for rejecting a draft, in the order of their keys."""
_SAY_UNHAPPY: Final = frozenset(reason.code for reason in REASONS if reason.says_unhappy)
_WORDS: Final = {reason.code: reason.words for reason in REASONS}
_KEYS: Final = frozenset(reason.key for reason in REASONS)
# People type their own words too.
_WAYS_TO_SAY: Final = {
    **{reason.words: reason.code for reason in REASONS},
    **{reason.key: reason.code for reason in REASONS},
    "unhappy": Refusal.NOT_HAPPY,
    "sarcastic": Refusal.SARCASM,
}


@dataclass(frozen=True, slots=True)
class Labels:
    """Answers to the two questions; `None` where nothing was said."""

    is_unhappy: bool | None = None
    is_praise: bool | None = None

    @property
    def says_nothing(self) -> bool:
        """Whether both questions are open."""
        return self.is_unhappy is None and self.is_praise is None


class ModelState(StrEnum):
    """What became of a site model; `refused` are those that were no better, and those rolled back."""

    ADOPTED = "adopted"
    REFUSED = "refused"
    RETIRED = "retired"


NOTHING_SAID: Final = Labels()
UNHAPPY: Final = Labels(is_unhappy=True, is_praise=False)
PRAISE: Final = Labels(is_unhappy=False, is_praise=True)
FINE: Final = Labels(is_unhappy=False, is_praise=False)
NOT_UNHAPPY: Final = Labels(is_unhappy=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One person's decision on one mention, as far as it says how the author feels."""

    id: int
    mention_id: int
    labels: Labels
    origin: Origin
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteModelRecord:
    """A model that was learned; `figures` are what it learned from and how it did, as plain JSON values."""

    id: int = 0
    version: str
    made_at: datetime
    state: ModelState
    figures: Mapping[str, Any]
    made_by: str
    note: str | None = None


def labels_of_sentiment(sentiment: Sentiment) -> Labels:
    """What a level says; `unknown` says nothing."""
    if sentiment is Sentiment.UNKNOWN:
        return NOTHING_SAID
    if sentiment in _UNHAPPY:
        return UNHAPPY
    return PRAISE if sentiment in _HAPPY else FINE


def labels_of_correction(
    before: tuple[Sentiment, Collection[Intent]],
    *,
    sentiment: Sentiment | None,
    intents: Collection[Intent] | None,
) -> Labels:
    """What a correction says. A level that was changed decides; else the intents that were added do.

    A form sends the level that it showed along with changed intents: that is no word on the level.
    """
    level, wanted = before
    added = frozenset(intents or ()) - frozenset(wanted)
    if sentiment is None or sentiment is level:
        if Intent.COMPLAINT in added:
            return Labels(is_unhappy=True, is_praise=None if Intent.PRAISE in added else False)
        if Intent.PRAISE in added:
            return PRAISE
    return NOTHING_SAID if sentiment is None else labels_of_sentiment(sentiment)


def labels_of_rejection(reason: str) -> Labels:
    """What a reason for rejecting a draft says: only those that speak of the feeling say something."""
    return Labels(is_unhappy=True, is_praise=False) if refusal_of(reason) in _SAY_UNHAPPY else NOTHING_SAID


def refusal_of(reason: str) -> Refusal:
    """The short reason that free words begin with, up to a colon; `other` where they begin with none."""
    head = " ".join(reason.partition(":")[0].lower().replace("_", " ").replace("-", " ").split())
    for refusal in Refusal:
        if head == refusal.value.replace("_", " "):
            return refusal
    return _WAYS_TO_SAY.get(head, Refusal.OTHER)


def spoken_refusal(reason: str) -> str:
    """The reason as people read it: a code or a digit becomes its words, and what follows a colon stays."""
    head, colon, note = reason.partition(":")
    code = refusal_of(head)
    is_short = head.strip() == code.value or head.strip() in _KEYS
    words = _WORDS[code] if is_short else head.strip()
    return f"{words}: {note.strip()}" if colon and note.strip() else words


def is_friendly(template: str) -> bool:
    """Whether a reply by this template is cheerful; an apology says by its name that it is none."""
    return not template.lower().startswith(_NOT_FRIENDLY)


def merged(verdicts: Iterable[Verdict]) -> Labels:
    """What all verdicts on one mention say together.

    Of each origin only the newest counts; a word on the feeling itself outweighs what a decision implies, and
    among equals the newest wins.
    """
    newest = {each.origin: each for each in sorted(verdicts, key=lambda each: each.id)}
    ordered = sorted(newest.values(), key=lambda each: (each.origin in OUTSPOKEN, each.id), reverse=True)
    unhappy = (each.labels.is_unhappy for each in ordered if each.labels.is_unhappy is not None)
    praise = (each.labels.is_praise for each in ordered if each.labels.is_praise is not None)
    return Labels(is_unhappy=next(unhappy, None), is_praise=next(praise, None))
