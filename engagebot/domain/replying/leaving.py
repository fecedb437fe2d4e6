"""How much may leave, and when: what a site keeps to whatever the platforms would take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from engagebot.domain.durations import Rate, format_duration
from engagebot.domain.hours import quiet_until
from engagebot.domain.telling.notices import past_words

_SOON = timedelta(minutes=5)
_EACH = {timedelta(minutes=1): "a minute", timedelta(hours=1): "an hour", timedelta(days=1): "a day"}


class CapScope(StrEnum):
    """Over what a cap counts replies, within one source."""

    ACCOUNT = "account"
    AUTHOR = "author"
    THREAD = "thread"
    COMMUNITY = "community"

    @property
    def setting(self) -> str:
        """Where the cap stands in the settings."""
        return f"contact_policy.replies_per_{self}"


REPLIES: Mapping[CapScope, tuple[Rate, ...]] = MappingProxyType(
    {
        CapScope.ACCOUNT: (Rate(10, timedelta(minutes=1)), Rate(60, timedelta(hours=1))),
        CapScope.AUTHOR: (Rate(6, timedelta(days=1)),),
        CapScope.THREAD: (Rate(6, timedelta(days=1)),),
        CapScope.COMMUNITY: (Rate(20, timedelta(days=1)),),
    }
)
"""The caps of a site that sets none."""
_WHERE = {
    CapScope.ACCOUNT: "from this account",
    CapScope.AUTHOR: "to this person",
    CapScope.THREAD: "in this thread",
    CapScope.COMMUNITY: "in this community",
}


@dataclass(frozen=True, slots=True)
class Wait:
    """An approved reply keeps its approval and leaves later: until when, and why in words for a person."""

    until: datetime
    why: str

    def words(self, now: datetime, zone: ZoneInfo) -> str:
        """What stands beside the reply meanwhile."""
        return f"waits until {moment_words(self.until, now, zone)}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """The site's own bounds on replies; an approval is good for `approval_lasts`.

    `caps` hold for every reply, `quiet_hours` (minutes of the day in `zone`) for proactive ones.
    """

    approval_lasts: timedelta = timedelta(hours=24)
    caps: Mapping[CapScope, tuple[Rate, ...]] = field(default_factory=lambda: MappingProxyType({}))
    quiet_hours: tuple[int, int] | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def ends_at(self, approved_at: datetime) -> datetime:
        """The first moment at which an approval is too old."""
        # To the second, so that whoever comes back then finds it over.
        return approved_at + self.approval_lasts + timedelta(seconds=1)

    def quiet_wait(self, now: datetime) -> Wait | None:
        """How long a proactive reply waits for the end of the quiet hours."""
        if self.quiet_hours is None:
            return None
        until = quiet_until(now, self.quiet_hours, self.zone)
        start, end = (f"{minute // 60:02d}:{minute % 60:02d}" for minute in self.quiet_hours)
        why = f"quiet hours from {start} to {end} (contact_policy.quiet_hours)"
        return None if until is None else Wait(until, why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many replies stand between approval and arrival.

    `approved` wait to leave, `in_undo` can still be taken back by whoever approved them a moment ago,
    `on_the_way` are with the platform just now, and of those `in_doubt` nobody knows whether they arrived.
    """

    approved: int = 0
    in_undo: int = 0
    on_the_way: int = 0
    in_doubt: int = 0

    @property
    def words(self) -> str:
        """The same in a sentence without its end; what is counted is named once."""
        parts = [
            (number, one if number == 1 else many)
            for number, one, many in (
                (self.approved, "waits to leave", "wait to leave"),
                (self.in_undo, "is in its time to undo", "are in their time to undo"),
                (self.on_the_way, "is on its way", "are on their way"),
                (self.in_doubt, "is in doubt", "are in doubt"),
            )
            if number
        ]
        if not parts:
            return "no approved reply waits"
        (number, words), *others = parts
        noun = "approved reply" if number == 1 else "approved replies"
        return ", ".join([f"{number} {noun} {words}", *(f"{count} {said}" for count, said in others)])


def cap_wait(scope: CapScope, rate: Rate, attempts: Sequence[datetime], now: datetime) -> Wait | None:
    """How long one more reply waits for a cap; `attempts` are at least its newest `rate.count` moments."""
    until = frees_at(attempts, rate, now)
    return None if until is None else Wait(until, f"{rate_words(rate)} {_WHERE[scope]} ({scope.setting})")


def frees_at(attempts: Sequence[datetime], rate: Rate, now: datetime) -> datetime | None:
    """The moment from which one more leaves no window of length `rate.per` with more than `rate.count`.

    `None` when that is now. A window ends with its last moment and begins after its first.
    """
    within = sorted(at for at in attempts if at > now - rate.per)
    return None if len(within) < rate.count else within[len(within) - rate.count] + rate.per


def rate_words(rate: Rate) -> str:
    """A rate as people say it: `60 replies an hour`."""
    each = _EACH.get(rate.per) or f"in {format_duration(rate.per)}"
    return f"{rate.count} {'reply' if rate.count == 1 else 'replies'} {each}"


def moment_words(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A moment in the team's zone: with seconds when it is near, with its day when that is not today."""
    return f"{at.astimezone(zone):%H:%M:%S}" if at - now < _SOON else past_words(at, now, zone)
