"""How somebody felt before a case and after our answer, and how the last talk with them went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from engagebot.domain.judgement import Sentiment
from engagebot.domain.outbox import CASE_OPEN
from engagebot.domain.records import CaseRecord

LEVELS: Final = {
    Sentiment.VERY_NEGATIVE: -2,
    Sentiment.NEGATIVE: -1,
    Sentiment.NEUTRAL: 0,
    Sentiment.POSITIVE: 1,
    Sentiment.VERY_POSITIVE: 2,
}
# Later words are about something else.
HEARD_AFTER: Final = timedelta(days=30)
_LONGEST_TOPIC: Final = 60


class Felt(NamedTuple):
    """How somebody felt in one post."""

    at: datetime
    mention_id: int
    sentiment: Sentiment


class Recovery(StrEnum):
    """What became of a feeling from the first contact of a case to the last word after our answer."""

    RECOVERED = "recovered"
    BETTER = "better"
    SAME = "same"
    WORSE = "worse"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a case went for its customer; `None` where nobody knows, or where we have not answered."""

    before: Sentiment | None = None
    after: Sentiment | None = None
    recovery: Recovery | None = None
    is_ended: bool = False

    @property
    def is_still_unhappy(self) -> bool:
        """Whether the case was closed over somebody unhappy: it never counts as a recovery."""
        return self.is_ended and self.after is not None and LEVELS.get(self.after, 0) < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTalk:
    """The last case that ended: what it was about, when, with whom, and how it ended."""

    case_id: int
    topic: str
    at: datetime
    who: str | None
    outcome: str | None
    after: Sentiment | None

    def words(self, zone: ZoneInfo) -> str:
        """`Last: double charge, 3 March 2026, kim_demo, refunded, ended happy`."""
        local = self.at.astimezone(zone)
        parts = [self.topic, f"{local.day} {local:%B %Y}", self.who, self.outcome, self._ending()]
        return f"Last: {', '.join(part for part in parts if part)}"

    @property
    def whose(self) -> str | None:
        """`kim_demo looked after the last one, ended happy`; `None` where nobody did."""
        if self.who is None:
            return None
        return ", ".join(part for part in (f"{self.who} looked after the last one", self._ending()) if part)

    def _ending(self) -> str | None:
        level = LEVELS.get(self.after) if self.after is not None else None
        if level is None:
            return None
        return "ended happy" if level > 0 else "ended unhappy" if level < 0 else "ended calm"


def course_of(case: CaseRecord, felt: Sequence[Felt], *, until: datetime | None = None) -> Course:
    """How a case went; `felt` is what its customer felt, oldest first, `until` when their next case began."""
    own = set(case.mention_ids)
    first = next((each.sentiment for each in felt if each.mention_id in own), None)
    is_ended = case.state not in CASE_OPEN
    if case.first_reply_at is None:
        return Course(before=first, is_ended=is_ended)
    later = [each for each in felt if each.at > case.first_reply_at and _is_about(case, each.at, until)]
    after = next((each.sentiment for each in reversed(later) if each.sentiment in LEVELS), None)
    return Course(before=first, after=after, recovery=recovery_of(first, after), is_ended=is_ended)


def _is_about(case: CaseRecord, at: datetime, until: datetime | None) -> bool:
    """Whether what was said then is still about this case, and not about the next one or something else."""
    if until is not None and at >= until:
        return False
    return case.resolved_at is None or at <= case.resolved_at + HEARD_AFTER


def recovery_of(before: Sentiment | None, after: Sentiment | None) -> Recovery | None:
    """Name the way from one feeling to another; `None` where the first is not known."""
    if after is None:
        return Recovery.NO_ANSWER
    if before is None or before not in LEVELS:
        return None
    was, became = LEVELS[before], LEVELS[after]
    if was < 0 < became:
        return Recovery.RECOVERED
    if became > was:
        return Recovery.BETTER
    return Recovery.SAME if became == was else Recovery.WORSE


def topic_of(case: CaseRecord) -> str:
    """What a case was about, on one short line."""
    line = " ".join(case.title.split())
    return line if len(line) <= _LONGEST_TOPIC else f"{line[: _LONGEST_TOPIC - 1]}…"


def last_talk(case: CaseRecord, course: Course) -> LastTalk:
    """What is said of a case that ended, when its customer comes again."""
    outcome = " ".join(case.outcome.split())[:_LONGEST_TOPIC] if case.outcome else None
    return LastTalk(
        case_id=case.id,
        topic=topic_of(case),
        at=case.resolved_at or case.updated_at,
        who=case.assignee,
        outcome=outcome or None,
        after=course.after,
    )
