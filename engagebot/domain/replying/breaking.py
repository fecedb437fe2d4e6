"""The circuit breaker of a source: when nothing is sent there any more, and when one reply may try again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

OPENS_AT = 5
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """How often a source failed in a row; open from `opened_at` on, until one reply may try at `probe_at`."""

    source: str
    failures: int = 0
    opened_at: datetime | None = None
    probe_at: datetime | None = None
    reason: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether replies wait here; also while one of them may try."""
        return self.opened_at is not None

    def rests_until(self, now: datetime) -> datetime | None:
        """When the next reply may try, or `None` when one may leave now."""
        return self.probe_at if self.probe_at is not None and self.probe_at > now else None

    def failed(self, reason: str, now: datetime) -> Breaker:
        """After one more failure."""
        failures = self.failures + 1
        if failures < OPENS_AT:
            return Breaker(source=self.source, failures=failures, reason=reason)
        return Breaker(
            source=self.source,
            failures=failures,
            opened_at=self.opened_at or now,
            probe_at=now + _rest(failures),
            reason=reason,
        )

    def trying(self, now: datetime) -> Breaker:
        """With one reply on its way; until it is known what came of it, no other tries."""
        return Breaker(
            source=self.source,
            failures=self.failures,
            opened_at=self.opened_at,
            probe_at=now + _rest(self.failures),
            reason=self.reason,
        )

    def resting(self, until: datetime, reason: str) -> Breaker:
        """After the platform asked us to send nothing before `until`, which is no failure."""
        latest = max(until, self.probe_at or until)
        return replace(self, probe_at=latest, reason=reason)

    @property
    def why(self) -> str:
        """Why nothing is sent there, for people."""
        if not self.is_open:
            return f"{self.source} takes no replies for now: {self.reason}"
        return f"{self.source} failed {self.failures} times in a row, at last: {self.reason}"


def _rest(failures: int) -> timedelta:
    """A minute at first, twice as long after each further failure, an hour at most."""
    doublings: int = 2 ** min(failures - OPENS_AT, 6)
    return min(FIRST_REST * doublings, LONGEST_REST)
