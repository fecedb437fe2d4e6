"""What fixed a problem, remembered: what was tried before for the same problem, and how often it worked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from engagebot.domain.outbox import CASE_OPEN
from engagebot.domain.records import CaseRecord
from engagebot.domain.telling.cards import HIDDEN

REMEDY_CHARS: Final = 200


class Cause(StrEnum):
    """Whose doing a problem was."""

    OURS = "ours"
    THIRD_PARTY = "third_party"
    THEIRS = "theirs"
    UNKNOWN = "unknown"


class Reached(StrEnum):
    """Whether a customer got what they wanted."""

    REACHED = "reached"
    PARTLY = "partly"
    NO = "no"


class Stayed(StrEnum):
    """Whether a customer who spoke of leaving is still one."""

    STAYED = "stayed"
    LEFT = "left"
    UNKNOWN = "unknown"


_REACHED: Final = {
    Reached.REACHED: "reached", Reached.PARTLY: "partly reached", Reached.NO: "not reached",
}  # fmt: skip
_CAUSES: Final = {
    Cause.OURS: "ours",
    Cause.THIRD_PARTY: "a third party's",
    Cause.THEIRS: "theirs",
    Cause.UNKNOWN: "nobody knows",
}
_STAYED: Final = {
    Stayed.STAYED: "they stayed",
    Stayed.LEFT: "they left",
    Stayed.UNKNOWN: "nobody knows whether they stayed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a case ended, each part only where somebody said so."""

    outcome: str | None = None
    remedy: str | None = None
    cause: Cause | None = None
    was_reached: Reached | None = None
    stayed: Stayed | None = None

    @property
    def says_something(self) -> bool:
        """Whether anything was said at all."""
        return bool(self.outcome or self.has_picks)

    @property
    def has_picks(self) -> bool:
        """Whether anything was said beside the outcome."""
        return bool(self.remedy or self.cause or self.was_reached or self.stayed)

    def words(self, *, is_masked: bool = False) -> str:
        """`reached · fixed by: replace modem · cause: ours`; what people typed may be a name."""
        remedy = HIDDEN if is_masked else self.remedy
        parts = [
            None if is_masked else self.outcome,
            _REACHED[self.was_reached] if self.was_reached else None,
            f"fixed by: {remedy}" if self.remedy else None,
            f"cause: {_CAUSES[self.cause]}" if self.cause else None,
            _STAYED[self.stayed] if self.stayed else None,
        ]
        return " · ".join(part for part in parts if part)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Ending:
        """The ending that `asdict` told."""
        cause, reached, stayed = (stored.get(name) for name in ("cause", "was_reached", "stayed"))
        return cls(
            outcome=stored.get("outcome"),
            remedy=stored.get("remedy"),
            cause=Cause(cause) if cause else None,
            was_reached=Reached(reached) if reached else None,
            stayed=Stayed(stayed) if stayed else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingQuestion:
    """What whoever resolves a case is asked: `worked` fixed the same problem before, the surest first.

    Where the customer spoke of leaving (`may_leave`), also whether they stayed. `holder` looks after the
    case, where that is somebody else.
    """

    case_id: int
    worked: tuple[Suggestion, ...] = ()
    may_leave: bool = False
    holder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One remedy of one case, as it was resolved; `failed_at` where the case looked fixed and was not."""

    case_id: int
    remedy: str
    was_reached: Reached | None
    at: datetime
    failed_at: datetime | None = None

    @property
    def worked(self) -> bool:
        """Whether it lasted, and nobody says that the customer did not get what they wanted."""
        return self.failed_at is None and self.was_reached in {None, Reached.REACHED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What might fix a case: it worked in `worked` of `tried` cases, whose ids are told, the latest first."""

    remedy: str
    worked: int
    tried: int
    case_ids: tuple[int, ...]

    @property
    def words(self) -> str:
        """`worked 7 of 9 times: replace modem`."""
        times = "time" if self.tried == 1 else "times"
        return f"worked {self.worked} of {self.tried} {times}: {self.remedy}"


def lacks_ending(case: CaseRecord) -> bool:
    """Whether a case has ended, and nobody has said how."""
    said = case.outcome or case.remedy or case.was_reached or case.stayed
    return case.state not in CASE_OPEN and not said


def key_of(remedy: str) -> str:
    """What two ways of writing one remedy have in common."""
    return " ".join(remedy.casefold().split()).rstrip(".!")


def suggestions(tried: Iterable[Tried], most: int = 3) -> list[Suggestion]:
    """What worked at least once, most often first; each case counts once for a remedy, by its last try."""
    by_remedy: defaultdict[str, dict[int, Tried]] = defaultdict(dict)
    for each in sorted(tried, key=lambda one: (one.at, one.case_id)):
        by_remedy[key_of(each.remedy)][each.case_id] = each
    found = []
    for cases in by_remedy.values():
        latest = sorted(cases.values(), key=lambda one: (one.at, one.case_id), reverse=True)
        worked = sum(one.worked for one in latest)
        ids = tuple(one.case_id for one in latest)
        found.append(Suggestion(remedy=latest[0].remedy, worked=worked, tried=len(latest), case_ids=ids))
    useful = [each for each in found if each.worked]
    return sorted(useful, key=lambda each: (-each.worked, each.tried, each.remedy))[:most]
